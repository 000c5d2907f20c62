//! The authorization endpoint: what a request leads to.
//!
//! Owns the order of its questions: is it a request of a client of ours (`request`), who is signed
//! in, may they open the application, does a flow stand before it, and only then the answer
//! (`answer`). Rules: before the client and its address are known nothing is sent anywhere
//! (OpenID Connect Core §3.1.2.6, RFC 9700 §4.11); afterwards every refusal goes there, with the
//! `state` and the `iss` (RFC 9207).

mod addressed;
mod answer;
mod opening;
mod pushed;
mod request;

use std::sync::Arc;

use doorward_protocol::oauth::{ErrorCode, Parameters};
use doorward_store::attempt::Limit;
use doorward_store::{StoreError, Tx};
use serde_json::json;

pub(super) use addressed::resources;
pub use answer::{Answer, answered_by_page};
pub(crate) use opening::{Opening, Prepared};
pub(super) use opening::{record, signed_in};
pub use pushed::{Brought, NotBrought, PushedAnswer};
pub use request::{PageRefusal, Request, destination};

use super::client::Client;
use super::subject::ANOTHERS;
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::expression::Kind;
use crate::flow::asks_nothing;
use crate::person::Person;
use crate::policy::{FlowFacts, Question, Step, Verdict};
use crate::session::LiveSession;
use crate::snapshot::Snapshot;
use crate::throttle;

/// A sign-in that a request asked for counts for so long, milliseconds.
const REAUTHENTICATION_MS: i64 = 30 * 60_000;
/// Whoever signed in for a request comes back with it at once, milliseconds.
const JUST_NOW_MS: i64 = 5 * 60_000;
/// So often a client is opened in one session without a pause.
const OPENED: Limit = Limit {
    free: 150,
    pause_ms: 10_000,
    window_ms: 5 * 60_000,
};
/// Our own parameter: since when somebody has to have signed in, and that we said so.
pub(super) const SINCE: &str = "doorward_since";

/// What a request asks, as the web hands it over.
pub struct Asked<'a> {
    /// What the browser brings.
    pub brought: &'a Brought,
    /// The browser's session.
    pub session: Option<&'a LiveSession>,
}

/// What the authorization endpoint answers.
pub enum Authorization {
    /// The request cannot be answered to its client: a page says why.
    Page(Box<Unanswerable>),
    /// The browser takes this to the client.
    Answer(Box<Answer>),
    /// Somebody has to sign in with this flow, then the same request comes again.
    SignIn {
        /// Its slug.
        flow: String,
        /// What was hinted at as a name.
        hint: String,
        /// The parameters with which the request comes back.
        again: Parameters,
        /// Although somebody is signed in.
        switch: bool,
    },
    /// This flow stands before the application; its end answers.
    Run {
        /// Its slug.
        flow: String,
        /// Whether nobody may be asked anything (`prompt=none`).
        silently: Option<Box<Request>>,
    },
    /// A page sends this browser round and round.
    Slow {
        /// Unix milliseconds.
        until: i64,
    },
    /// Somebody who may not open it.
    Refused {
        /// Whose request.
        request: Box<Request>,
        /// Who.
        person: Arc<Person>,
        /// What each binding said.
        steps: Vec<Step>,
    },
}

/// A request that nobody but the person in front of it can be told about.
pub struct Unanswerable {
    /// What is wrong with it.
    pub refusal: PageRefusal,
    /// The client, if it is known.
    pub client: Option<Arc<Client>>,
}

impl Unanswerable {
    fn page(refusal: PageRefusal, client: Option<&Arc<Client>>) -> Self {
        Self {
            refusal,
            client: client.cloned(),
        }
    }
}

impl Engine {
    /// Answers a request to authorize.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn oauth_authorize(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        asked: Asked<'_>,
    ) -> Result<Authorization, Fault> {
        let request = match Request::read(snapshot, asked.brought) {
            Ok(request) => request,
            Err(request::Refusal::Page(page)) => return Ok(Authorization::Page(page)),
            Err(request::Refusal::Answer(refused)) => return Ok(refused.answer.into()),
        };
        let who = ctx.actor.person().zip(asked.session);
        let Some((person, session)) = who.filter(|(_, session)| {
            self.is_recent_enough(&request, asked.brought, session.created_at, ctx.now)
        }) else {
            return Ok(self.sign_in(snapshot, &request, &asked, ctx));
        };
        if request.is_for_somebody_else(snapshot, person) {
            return Ok(request.refused(ErrorCode::LoginRequired, ANOTHER).into());
        }
        let verdict = self.may_authorize(snapshot, ctx, &request, person).await;
        if !verdict.passing {
            return Ok(denied(request, person, verdict));
        }
        if self.is_anothers(ctx, &request.client, person).await? {
            return Ok(request.refused(ErrorCode::AccessDenied, ANOTHERS).into());
        }
        self.granted(snapshot, ctx, request, session).await
    }

    async fn granted(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        request: Request,
        session: &LiveSession,
    ) -> Result<Authorization, Fault> {
        let flow = request.client.provider.authorization_flow.as_deref();
        let flow = flow.and_then(|pk| snapshot.flow(pk));
        // Without its flow nobody has said yes.
        let Some(flow) = flow else {
            return Ok(request.refused(ErrorCode::AccessDenied, NO_FLOW).into());
        };
        if !asks_nothing(snapshot, flow) || request.insists().is_some() {
            let mut tx = self.store.begin().await?;
            if let Some(until) = self.count_opening(&mut tx, ctx, &request, session).await? {
                return Ok(too_often(&request, until));
            }
            self.commit(tx).await?;
            let flow = flow.slug.clone();
            let silently = request.is_silent().then(|| Box::new(request));
            return Ok(Authorization::Run { flow, silently });
        }
        let asked = request.clone();
        let opening = Opening::new(request, &session.id, session.created_at);
        let prepared = opening.prepare(self, snapshot, ctx).await?;
        let mut tx = self.store.begin().await?;
        if let Some(until) = self.count_opening(&mut tx, ctx, &asked, session).await? {
            return Ok(too_often(&asked, until));
        }
        let Some(answer) = prepared.write(self, &mut tx, ctx).await? else {
            let told = Unanswerable::page(PageRefusal::Pushed, Some(&asked.client));
            return Ok(Authorization::Page(Box::new(told)));
        };
        self.commit(tx).await?;
        Ok(Authorization::Answer(Box::new(answer)))
    }

    /// Each opening leaves rows, so a page in a loop has to wait: for each session and client. Answers
    /// until when.
    async fn count_opening(
        &self,
        tx: &mut Tx,
        ctx: &Context,
        request: &Request,
        session: &LiveSession,
    ) -> Result<Option<i64>, StoreError> {
        let pk = request.client.provider.pk;
        let name = format!("openings of {pk} in {}", session.id);
        throttle::count(self, tx, &name, OPENED, ctx.now).await
    }

    /// What is to be answered at the end of the flow before the application, if everything is still
    /// so that it may be opened: the same questions once more.
    pub(crate) async fn oauth_may_open(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        brought: &Brought,
        session: (&str, i64),
    ) -> Result<Option<Prepared>, Fault> {
        let Ok(request) = Request::read(snapshot, brought) else {
            return Ok(None);
        };
        let Some(person) = ctx.actor.person() else {
            return Ok(None);
        };
        let (id, signed_in_at) = session;
        let fits = self.is_recent_enough(&request, brought, signed_in_at, ctx.now)
            && !request.is_for_somebody_else(snapshot, person)
            && self
                .may_authorize(snapshot, ctx, &request, person)
                .await
                .passing;
        if !fits || self.is_anothers(ctx, &request.client, person).await? {
            return Ok(None);
        }
        let opening = Opening::new(request, id, signed_in_at);
        opening.prepare(self, snapshot, ctx).await.map(Some)
    }

    /// What the bindings of the application say to this person and request.
    pub(super) async fn may_authorize(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        request: &Request,
        person: &Person,
    ) -> Verdict {
        let facts = request.facts();
        let question = Question {
            flow: Some(&facts),
            ..Question::new(snapshot, ctx, Some(person))
        };
        self.lets_in(&question, &request.client).await
    }

    /// Whether the sign-in of a session is as recent as the request wants it
    /// (OpenID Connect Core §3.1.2.1: `prompt`, `max_age`).
    fn is_recent_enough(
        &self,
        request: &Request,
        brought: &Brought,
        signed_in: i64,
        now: i64,
    ) -> bool {
        let since = self.since(&brought.address, now);
        let is_for_this = since.is_some_and(|since| {
            signed_in >= since && now.saturating_sub(signed_in) <= JUST_NOW_MS
        });
        let is_wanted = request.wants_sign_in() && !broken::is(Mutant::PromptLoginIgnored);
        if is_wanted && !is_for_this {
            return false;
        }
        request.max_age_s.is_none_or(|seconds| {
            let oldest = now.saturating_sub(seconds.saturating_mul(1000));
            // Who has just signed in for this very request is not asked again (max_age=0).
            signed_in >= oldest || is_for_this || broken::is(Mutant::MaxAgeIgnored)
        })
    }

    /// Since when this very request wants somebody signed in, if we said so before.
    fn since(&self, parameters: &Parameters, now: i64) -> Option<i64> {
        let (since, mac) = parameters.get(SINCE)?.split_once('.')?;
        let mac = doorward_protocol::encoding::from_base64url(mac)?;
        let said = since_text(since, &parameters.clone().without(SINCE));
        let purpose = doorward_protocol::seal::Purpose::OauthRequest;
        let since: i64 = since.parse().ok()?;
        let is_ours = self.keys.verify_mac(purpose, said.as_bytes(), &mac);
        (is_ours && (since..since + REAUTHENTICATION_MS).contains(&now)).then_some(since)
    }

    fn sign_in(
        &self,
        snapshot: &Snapshot,
        request: &Request,
        asked: &Asked<'_>,
        ctx: &Context,
    ) -> Authorization {
        if request.is_silent() && !broken::is(Mutant::PromptNoneAsks) {
            let why = "Nobody is signed in, or not recently enough.";
            return request.refused(ErrorCode::LoginRequired, why).into();
        }
        let again = if request.wants_sign_in() || request.max_age_s.is_some() {
            self.with_since(&asked.brought.address, ctx.now)
        } else {
            asked.brought.again().clone()
        };
        Authorization::SignIn {
            flow: snapshot
                .sign_in_flow(request.client.provider.authentication_flow.as_deref())
                .to_owned(),
            hint: request.login_hint.clone(),
            again,
            switch: asked.session.is_some(),
        }
    }

    fn with_since(&self, parameters: &Parameters, now: i64) -> Parameters {
        let plain = parameters.clone().without(SINCE);
        let said = since_text(&now.to_string(), &plain);
        let purpose = doorward_protocol::seal::Purpose::OauthRequest;
        let mac = self.keys.mac(purpose, said.as_bytes());
        plain.with(
            SINCE,
            &format!("{now}.{}", doorward_protocol::encoding::base64url(mac)),
        )
    }
}

/// The request names somebody, and somebody else is signed in.
const ANOTHER: &str = "Somebody else is signed in than the request asks for.";
const NO_FLOW: &str = "The provider has no authorization flow.";

fn since_text(since: &str, plain: &Parameters) -> String {
    format!("{since}\n{}", plain.encoded())
}

fn too_often(request: &Request, until: i64) -> Authorization {
    if request.is_silent() {
        let why = "The application asks too often in this session.";
        return request
            .refused(ErrorCode::TemporarilyUnavailable, why)
            .into();
    }
    Authorization::Slow { until }
}

fn denied(request: Request, person: &Arc<Person>, verdict: Verdict) -> Authorization {
    if request.is_silent() {
        let why = "This person may not open the application.";
        return request.refused(ErrorCode::AccessDenied, why).into();
    }
    Authorization::Refused {
        request: Box::new(request),
        person: Arc::clone(person),
        steps: verdict.steps,
    }
}

impl From<Answer> for Authorization {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl Request {
    /// The request as policies see it (authentik's names).
    pub(super) fn facts(&self) -> FlowFacts {
        let told = [
            ("oauth_scopes", json!(self.scopes)),
            ("oauth_grant_type", json!("authorization_code")),
            (
                "oauth_code_challenge",
                json!(self.challenge.as_ref().map(|_| "given")),
            ),
            (
                "oauth_code_challenge_method",
                json!(
                    self.challenge
                        .as_ref()
                        .map(doorward_protocol::oauth::Challenge::method)
                ),
            ),
            ("oauth_max_age", json!(self.max_age_s)),
            ("oauth_redirect_uri", json!(self.redirect_uri)),
            ("oauth_response_type", json!(self.response_type.word())),
        ];
        FlowFacts {
            context: told
                .into_iter()
                .map(|(key, value)| (key.to_owned(), Kind::Json, value))
                .collect(),
            ..FlowFacts::default()
        }
    }
}
