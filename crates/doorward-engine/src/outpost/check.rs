//! The decision of a check: who stands at the door of an application.
//!
//! Owns the way from the app's cookie to a standing. Rule: nothing but a live app session of an
//! active person whom the bindings let in opens a guarded path, and what is not known is not let
//! in while the store is away.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::{IdentityHeaders, PersonHeaders, join_names};
use doorward_store::StoreError;
use http::HeaderValue;

use super::App;
use crate::access;
use crate::context::{ClientSource, Context};
use crate::engine::Engine;
use crate::model::PolicyBinding;
use crate::person::Person;
use crate::policy::{BRIEFLY_MS, Lasting, Question, Rule, Step};
use crate::session::AppSession;
use crate::snapshot::Snapshot;

/// How long the store's last answer counts as "it is there".
const STORE_SEEN_MS: u64 = 250;
/// How long all that one answer asks of the store may take together, while a proxy waits.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Somebody who may come in.
#[derive(Clone)]
pub struct Admitted {
    /// Who.
    pub person: Arc<Person>,
    /// What `X-authentik-jwt` says of their session; empty where there is none.
    pub jwt: HeaderValue,
}

impl Admitted {
    /// Without a session of the application.
    fn new(person: Arc<Person>) -> Self {
        Self {
            person,
            jwt: HeaderValue::from_static(""),
        }
    }
}

/// Who stands at the door.
#[derive(Clone)]
pub enum Standing {
    /// Somebody who may come in.
    In(Admitted),
    /// Somebody who is known and may not, with what each binding said.
    Refused(Arc<Person>, Vec<Step>),
    /// Nobody we know.
    Nobody(Missing),
}

/// Why it is nobody we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No cookie of the application came.
    NoCookie,
    /// The cookies that came lead to no session: it has run out, was ended, or never was.
    NoSession,
    /// The session is bound to where it began, and its client is elsewhere.
    Moved,
    /// The session is for another application.
    Another,
    /// The account is disabled.
    Inactive,
    /// A policy that only a login can ask was never asked.
    AskedAtLogin,
    /// The credentials that came are nobody's.
    WrongCredentials,
}

impl Standing {
    /// Somebody stays, and of several reasons the one that says more.
    fn or_nobody(self, why: Missing) -> Self {
        match self {
            Self::Nobody(Missing::NoCookie | Missing::NoSession) => Self::Nobody(why),
            known => known,
        }
    }
}

impl Engine {
    /// The standing, if it is known without asking the store: the hot path, which never waits.
    pub fn standing_cached(
        &self,
        snapshot: &Snapshot,
        app: &App,
        token: &str,
        now: i64,
    ) -> Option<Standing> {
        let digest = encoding::sha256(token.as_bytes());
        let session = self.cached_app_session(&digest, now)?;
        // Where its client is has to be looked up.
        if session.session.is_bound() || !self.is_within_grace(now) {
            return None;
        }
        let mut standing = judge(snapshot, app, &session, now)?;
        if let Standing::In(admitted) = &mut standing {
            admitted.jwt = self.known_jwt(app, &digest, &admitted.person, now)?;
        }
        Some(standing)
    }

    /// The standing of whoever brings one of these cookies. Nobody is only nobody while the store is
    /// there to sign them in.
    ///
    /// # Errors
    ///
    /// If the store does not answer within two seconds, however many cookies there are to ask about.
    pub async fn standing(
        &self,
        snapshot: &Snapshot,
        app: &App,
        tokens: &[&str],
        ctx: &Context,
    ) -> Result<Standing, StoreError> {
        patient(async {
            let standing = self.best_of(snapshot, app, tokens, ctx).await?;
            if matches!(standing, Standing::Nobody(_)) {
                self.hear_from_store(ctx.now).await?;
            }
            Ok(standing)
        })
        .await
    }

    async fn best_of(
        &self,
        snapshot: &Snapshot,
        app: &App,
        tokens: &[&str],
        ctx: &Context,
    ) -> Result<Standing, StoreError> {
        let mut best = Standing::Nobody(Missing::NoCookie);
        for token in tokens {
            let Some(session) = self.app_session(token, ctx.now).await? else {
                best = best.or_nobody(Missing::NoSession);
                continue;
            };
            if !self.stays(&session.session, ctx).await? {
                best = best.or_nobody(Missing::Moved);
                continue;
            }
            let standing = match judge(snapshot, app, &session, ctx.now) {
                Some(standing) => standing,
                None => self.ask_policies(snapshot, app, &session, ctx).await,
            };
            match standing {
                Standing::In(mut admitted) => {
                    let jwt = self.jwt(snapshot, app, token, &session, ctx);
                    admitted.jwt = jwt.await;
                    return Ok(Standing::In(admitted));
                }
                Standing::Refused(..) => best = standing,
                Standing::Nobody(why) => best = best.or_nobody(why),
            }
        }
        Ok(best)
    }

    /// The standing of an active person where policies are bound; remembered as long as they allow.
    async fn ask_policies(
        &self,
        snapshot: &Snapshot,
        app: &App,
        session: &AppSession,
        ctx: &Context,
    ) -> Standing {
        let person = session.session.person();
        let none = HashMap::new();
        let at_login = session.at_login.as_deref().unwrap_or(&none);
        let (standing, lasting) = self
            .standing_at(snapshot, app, &person, ctx, at_login)
            .await;
        let until = match lasting {
            Lasting::Never => return standing,
            Lasting::Briefly => ctx.now.saturating_add(BRIEFLY_MS),
            Lasting::Always => i64::MAX,
        };
        if matches!(standing, Standing::In(_)) {
            session.remember_allowed(snapshot.generation, &person, until);
        }
        standing
    }

    /// Where a person stands who has proven who they are; a disabled account is nobody. A policy that
    /// only a login can ask, and that no login has asked, makes nobody of them, too.
    pub(super) async fn standing_at(
        &self,
        snapshot: &Snapshot,
        app: &App,
        person: &Arc<Person>,
        ctx: &Context,
        at_login: &HashMap<String, bool>,
    ) -> (Standing, Lasting) {
        if !person.is_active {
            return (Standing::Nobody(Missing::Inactive), Lasting::Never);
        }
        let question = Question {
            at_login: Some(at_login),
            ..Question::new(snapshot, ctx, Some(person))
        };
        let verdict = self.may_open(&question, &app.application).await;
        let standing = match (verdict.passing, verdict.needs_login) {
            (true, _) => Standing::In(Admitted::new(Arc::clone(person))),
            (false, true) => Standing::Nobody(Missing::AskedAtLogin),
            (false, false) => Standing::Refused(Arc::clone(person), verdict.steps),
        };
        (standing, verdict.lasting)
    }

    /// Whether a request needs no login: a policy about networks says so of the address that a
    /// trusted proxy has stated, and all bindings together let nobody in.
    pub async fn admits_nobody(&self, snapshot: &Snapshot, app: &App, ctx: &Context) -> bool {
        if !app.may_admit_nobody || ctx.client_source != ClientSource::Proxy {
            return false;
        }
        let none = HashMap::new();
        let question = Question {
            at_login: Some(&none),
            ..Question::new(snapshot, ctx, None)
        };
        let verdict = self.may_open(&question, &app.application).await;
        let admits = |step: &Step| step.passing && admits_nobody(snapshot, &step.binding);
        verdict.passing && verdict.steps.iter().any(admits)
    }

    /// Asks the store whether it is there, unless it answered a moment ago: no login is begun that
    /// could not be finished.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub async fn store_answers(&self, now: i64) -> Result<(), StoreError> {
        patient(self.hear_from_store(now)).await
    }

    async fn hear_from_store(&self, now: i64) -> Result<(), StoreError> {
        // A clock that was set back since says nothing about when that was.
        if now.abs_diff(self.store_seen_ms.load(Ordering::Relaxed)) <= STORE_SEEN_MS {
            return Ok(());
        }
        self.store.ping().await?;
        self.store_seen_ms.store(now, Ordering::Relaxed);
        Ok(())
    }
}

/// Lets the store take a while, but less than a proxy waits. Once for an answer, around everything
/// that it asks.
pub(crate) async fn patient<T>(
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(StoreError::too_slow()))
}

/// `None` where a policy has to be asked, which may wait.
fn judge(snapshot: &Snapshot, app: &App, session: &AppSession, now: i64) -> Option<Standing> {
    if session.provider_id != app.provider.pk {
        return Some(Standing::Nobody(Missing::Another));
    }
    let person = session.session.person();
    if app.is_cacheable && session.was_allowed(snapshot.generation, &person, now) {
        return Some(Standing::In(Admitted::new(person)));
    }
    if !person.is_active {
        return Some(Standing::Nobody(Missing::Inactive));
    }
    if app.asks_policies {
        return None;
    }
    if !access::check(snapshot, &person, &app.application, now).is_allowed() {
        let steps = access::steps(snapshot, &person, &app.application, now);
        return Some(Standing::Refused(person, steps));
    }
    session.remember_allowed(snapshot.generation, &person, i64::MAX);
    Some(Standing::In(Admitted::new(person)))
}

/// Whether a binding is one of a policy that admits requests without a login.
pub(super) fn admits_nobody(snapshot: &Snapshot, binding: &PolicyBinding) -> bool {
    let policy = binding.policy.as_ref();
    let policy = policy.and_then(|pk| snapshot.policies.get(pk));
    let admits = |rule: &Rule| matches!(rule, Rule::Networks(rule) if rule.admits_without_login);
    !binding.negate && policy.is_some_and(|policy| admits(&policy.rule))
}

impl Person {
    /// What headers say about this person, made on first use and shared by all their sessions.
    pub fn headers(&self) -> &PersonHeaders {
        self.headers.get_or_init(|| {
            let groups = join_names(self.groups.iter().map(|group| &*group.name));
            let identity = IdentityHeaders {
                username: &self.username,
                groups: &groups,
                email: &self.email,
                name: &self.name,
                uid: &self.uid,
                ..IdentityHeaders::default()
            };
            PersonHeaders::new(&identity, self.attributes.get("additionalHeaders"))
        })
    }
}
