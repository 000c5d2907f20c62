//! Signing out at an app's wish (OpenID Connect RP-Initiated Logout 1.0), and telling apps that
//! somebody signed out (`notice`).
//!
//! Rules: only a hint that we signed, for this client and this session, spares the person the
//! question; nobody is sent anywhere that is not registered for it; the session ends first, pages
//! come afterwards.

mod leaving;
mod notice;

pub use self::leaving::{LEAVING, Leaving};
use self::notice::Hearing;

use std::sync::Arc;

use doorward_protocol::encoding::from_base64url;
use doorward_protocol::jose::TOKEN_MAX_BYTES;
use doorward_protocol::oauth::{Parameters, ResponseMode, delivery_address};
use doorward_protocol::redirect::registered::{RedirectUse, UriRefusal, approve};
use doorward_protocol::seal::Purpose;
use doorward_store::{StoreError, Tx, grant, relying_session};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::bound_key::verify_hint;
use super::client::Client;
use super::grant::sid;
use super::provider::LogoutMethod;
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::outpost::sealed;
use crate::session::{self, LiveSession};
use crate::snapshot::Snapshot;

const STATE_BYTES_MAX: usize = 4096;
/// How long the question stands, milliseconds.
const QUESTION_MS: i64 = 600_000;

/// What an app's wish leads to.
pub enum Ending {
    /// The address to go to afterwards is not registered; nothing ended.
    Unregistered {
        /// Whose wish.
        client: Arc<Client>,
        /// Why not.
        why: UriRefusal,
    },
    /// The person has to say so.
    Ask {
        /// Whose wish.
        client: Arc<Client>,
        /// What the answer has to bring along.
        question: String,
    },
    /// It is done, or there was nothing to end.
    Done(Ended),
}

/// Where somebody goes who has signed out.
pub struct Ended {
    /// Of which app.
    pub client: Arc<Client>,
    /// Approved; nowhere: a page says so.
    pub location: Option<String>,
    /// Whether the central session ended.
    pub everything: bool,
    /// Pages of apps that hear of it in the browser.
    pub frames: Vec<String>,
}

/// In the form of the question.
#[derive(Serialize, Deserialize)]
struct Question {
    session: String,
    provider: i64,
    location: Option<String>,
    expires_at: i64,
}

/// What an app brings to show that it knows who is to sign out.
#[derive(PartialEq, Eq)]
enum Hint {
    /// Nothing, or nothing that we made for it.
    NotOurs,
    /// An ID token of its own.
    Ours {
        /// The session that it was made in.
        sid: Option<String>,
    },
}

/// A wish whose address was approved.
struct Wish {
    client: Arc<Client>,
    location: Option<String>,
}

impl Engine {
    /// What `end-session` of an application leads to; `None` if there is no such application.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn oauth_end_session(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        slug: &str,
        asked: &Parameters,
        session: Option<&LiveSession>,
    ) -> Result<Option<Ending>, Fault> {
        let Some(issuer) = snapshot.oauth.of_application(slug) else {
            return Ok(None);
        };
        let client = wishing(snapshot, issuer, asked);
        let hint = hint(client, asked);
        let location = match location(client, asked) {
            Ok(location) => location,
            Err(why) => {
                let client = Arc::clone(client);
                return Ok(Some(Ending::Unregistered { client, why }));
            }
        };
        let client = Arc::clone(client);
        let Some(session) = session else {
            // Only whoever has an ID token of ours sends anybody on unasked (RP-Initiated Logout §3).
            let location = location.filter(|_| hint != Hint::NotOurs);
            let wish = Wish { client, location };
            return Ok(Some(Ending::Done(wish.done(false))));
        };
        let wish = Wish { client, location };
        let own = sid(&session.id, wish.client.provider.pk);
        if hint == (Hint::Ours { sid: Some(own) }) {
            let everything = wish.client.ends_everything(snapshot);
            let ended = self.leave(ctx, wish, &session.id, everything).await?;
            return Ok(Some(Ending::Done(ended)));
        }
        let question = Question {
            session: session.id.to_string(),
            provider: wish.client.provider.pk,
            location: wish.location,
            expires_at: ctx.now.saturating_add(QUESTION_MS),
        };
        let question = sealed::seal(&self.keys, Purpose::OauthRequest, "end", &question);
        let client = wish.client;
        Ok(Some(Ending::Ask { client, question }))
    }

    /// The person's answer to the question; `None` if it is not this session's, or too old.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn oauth_end_confirmed(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        question: &str,
        everything: bool,
        session: Option<&LiveSession>,
    ) -> Result<Option<Ended>, Fault> {
        let opened = sealed::open::<Question>(&self.keys, Purpose::OauthRequest, "end", question);
        let Some(question) = opened.filter(|one| one.expires_at > ctx.now) else {
            return Ok(None);
        };
        let Some(client) = snapshot.oauth.of_provider(question.provider) else {
            return Ok(None);
        };
        let client = Arc::clone(client);
        let wish = Wish {
            client,
            location: question.location,
        };
        match session {
            Some(session) if *session.id == *question.session => {
                let ended = self.leave(ctx, wish, &session.id, everything);
                ended.await.map(Some)
            }
            // It ended meanwhile: that is what was wanted.
            None => Ok(Some(wish.done(true))),
            Some(_) => Ok(None),
        }
    }

    /// Ends the app's part of a session, or all of it.
    async fn leave(
        &self,
        ctx: &Context,
        wish: Wish,
        session: &str,
        everything: bool,
    ) -> Result<Ended, Fault> {
        let provider = wish.client.provider.pk;
        let mut tx = self.store.begin().await?;
        let mut frames = Vec::new();
        if broken::is(Mutant::LogoutKeepsSession) {
            // Nothing ends.
        } else if everything {
            frames = self.frames_of(&mut tx, session).await?;
            session::end(&mut tx, session, ctx.now).await?;
        } else if let Some(row) = relying_session::take(&mut tx, session, provider).await? {
            frames.extend(self.frame(session, provider));
            let hears = Hearing::by(&wish.client);
            self.note_logout(&mut tx, &hears, &row, ctx.now).await?;
        }
        grant::delete_of_session(&mut tx, session, provider, ctx.now).await?;
        let told = json!({ "application": wish.client.application.name, "everything": everything });
        let app = "authentik.providers.oauth2";
        event::record(self, &mut tx, ctx, Action::Logout, app, told).await?;
        self.commit(tx).await?;
        self.logout_wanted.notify_one();
        Ok(Ended {
            frames,
            ..wish.done(everything)
        })
    }

    /// The pages of the apps in a session that is about to end.
    pub(crate) async fn frames_of(
        &self,
        tx: &mut Tx,
        session: &str,
    ) -> Result<Vec<String>, StoreError> {
        let apps = relying_session::of_session(tx, session).await?;
        let frames = apps
            .iter()
            .filter_map(|row| self.frame(session, row.provider_id));
        Ok(frames.collect())
    }

    /// The page of a provider's app that hears in the browser that a session ended (Front-Channel
    /// Logout §3); over https alone, or from this very machine.
    fn frame(&self, session: &str, provider: i64) -> Option<String> {
        let snapshot = self.snapshot();
        let client = snapshot.oauth.of_provider(provider)?;
        let hears = client.provider.logout_method == LogoutMethod::Frontchannel;
        let mut url = Url::parse(&client.provider.logout_uri)
            .ok()
            .filter(|_| hears)?;
        let is_local = url.host_str() == Some("127.0.0.1");
        (url.scheme() == "https" || is_local).then_some(())?;
        let at = client.addresses(snapshot.public_url().as_ref())?;
        url.query_pairs_mut()
            .append_pair("iss", at.issuer())
            .append_pair("sid", &sid(session, provider));
        if broken::is(Mutant::FrameTellsMore) {
            url.query_pairs_mut().append_pair("session", session);
        }
        Some(url.to_string())
    }
}

impl Wish {
    fn done(self, everything: bool) -> Ended {
        Ended {
            client: self.client,
            location: self.location,
            everything,
            frames: Vec::new(),
        }
    }
}

impl Client {
    /// Whether the provider's invalidation flow ends the central session, too: it has a stage that
    /// signs people out.
    fn ends_everything(&self, snapshot: &Snapshot) -> bool {
        let flow = self.provider.invalidation_flow.as_deref();
        let bindings = flow.and_then(|pk| snapshot.stage_bindings.get(pk));
        let mut stages = bindings.into_iter().flatten();
        stages.any(|binding| {
            let stage = snapshot.stages.get(&binding.stage);
            stage.is_some_and(|stage| stage.kind == "authentik_stages_user_logout.userlogoutstage")
        })
    }
}

/// Whose wish it says it is: the application's own client's, or that of one that registered there.
fn wishing<'a>(
    snapshot: &'a Snapshot,
    issuer: &'a Arc<Client>,
    asked: &Parameters,
) -> &'a Arc<Client> {
    let hint = asked.get("id_token_hint").unwrap_or_default();
    let said = said_audience(hint).or_else(|| asked.get("client_id").map(str::to_owned));
    let found = said.and_then(|id| snapshot.oauth.registered_with(issuer, &id));
    found.unwrap_or(issuer)
}

/// Whose a hint says it is, before anything of it is believed.
fn said_audience(hint: &str) -> Option<String> {
    let payload = hint
        .split('.')
        .nth(1)
        .filter(|_| hint.len() <= TOKEN_MAX_BYTES)?;
    let claims: Value = serde_json::from_slice(&from_base64url(payload)?).ok()?;
    claims["aud"].as_str().map(str::to_owned)
}

/// Reads the hint of a request. It may be late (RP-Initiated Logout §2).
fn hint(client: &Client, asked: &Parameters) -> Hint {
    let hint = asked.get("id_token_hint").unwrap_or_default();
    let Ok(signed) = verify_hint(hint, &client.keys) else {
        if broken::is(Mutant::LogoutHintUnverified) {
            return Hint::Ours {
                sid: broken::unread_sid(hint),
            };
        }
        return Hint::NotOurs;
    };
    let audience = signed.claims.get("aud");
    if !audience.is_some_and(|aud| *aud == *client.id()) {
        return Hint::NotOurs;
    }
    let sid = signed.claims.get("sid").and_then(Value::as_str);
    Hint::Ours {
        sid: sid.map(str::to_owned),
    }
}

/// The approved address with the client's `state`; nothing if none is asked for.
fn location(client: &Client, asked: &Parameters) -> Result<Option<String>, UriRefusal> {
    let Some(uri) = asked.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    let uri = match approve(uri, &client.redirect_uris, RedirectUse::Logout) {
        Err(_) if broken::is(Mutant::LogoutRedirectUnregistered) => uri,
        approved => approved?,
    };
    let state = asked
        .get("state")
        .filter(|state| state.len() <= STATE_BYTES_MAX);
    Ok(Some(match state {
        Some(state) => {
            let answer = [("state", state.to_owned())];
            delivery_address(uri, ResponseMode::Query, &answer)
        }
        None => uri.to_owned(),
    }))
}
