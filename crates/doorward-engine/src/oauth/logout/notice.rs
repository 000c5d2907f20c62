//! Telling apps that a session has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! Rules: whatever ends a session (a sign-out, an administrator, its time, an account that was shut)
//! is noticed by the session not being there any more, so no way of ending one can be forgotten;
//! an app that does not answer is asked again, ever more rarely, for a day.

use std::time::Duration;

use bytes::Bytes;
use doorward_protocol::encoding;
use doorward_protocol::jose::{Typ, sign};
use doorward_store::relying_session::{self, NoticeRow, RelyingSessionRow};
use doorward_store::{StoreError, Tx};
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::Full;
use serde_json::json;
use tokio::task::JoinSet;
use url::form_urlencoded::Serializer;

use super::super::client::Client;
use super::super::grant::sid;
use super::super::provider::LogoutMethod;
use crate::broken::{self, Mutant};
use crate::engine::{Engine, Fault};
use crate::remote::Bounds;
use crate::resource::OAUTH2_PROVIDER;
use crate::snapshot::Snapshot;

/// So long an app may take, and say.
const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(10),
    most: 64 * 1024,
};
/// A notice belongs to whoever took it for the time of one question, then longer each time.
const PAUSE_MS: i64 = 15_000;
const PAUSE_MAX_MS: i64 = 60 * 60 * 1000;
/// So long an app is tried.
const TRIED_MAX_MS: i64 = 24 * 60 * 60 * 1000;
/// A logout token is for now (Back-Channel Logout §2.4).
const TOKEN_S: i64 = 120;
/// Sessions also end by their time.
const PERIOD: Duration = Duration::from_secs(30);
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Engine {
    /// Tells apps what they are to be told until the runtime ends; `clock` gives Unix milliseconds.
    pub(crate) async fn tell_logouts(self, clock: impl Fn() -> i64) {
        loop {
            let told = self.tell_logouts_once(clock()).await;
            if let Err(error) = told {
                tracing::warn!(%error, "apps could not be told that sessions ended");
            }
            let wanted = self.logout_wanted.notified();
            drop(tokio::time::timeout(PERIOD, wanted).await);
        }
    }

    /// Notes what has ended and tells what is due; answers how many apps were told.
    ///
    /// # Errors
    ///
    /// Only if the database fails: an app that does not answer is asked again later.
    pub async fn tell_logouts_once(&self, now: i64) -> Result<usize, Fault> {
        let is_more = self.note_ended(now).await?;
        let mut tx = self.store.read().await?;
        let due = relying_session::due(&mut tx, now).await?;
        drop(tx);
        if is_more || due.len() == relying_session::DUE_MAX {
            self.logout_wanted.notify_one();
        }
        self.tell_all(due, now).await
    }

    /// All at once, so that an app that does not answer keeps no other waiting.
    async fn tell_all(&self, due: Vec<i64>, now: i64) -> Result<usize, Fault> {
        let mut telling = JoinSet::new();
        for id in due {
            let engine = self.clone();
            telling.spawn(async move { engine.tell_one(id, now).await });
        }
        let mut told = 0;
        while let Some(one) = telling.join_next().await {
            let one = one.map_err(|error| Fault::Broken(error.to_string()))?;
            told += usize::from(one?);
        }
        Ok(told)
    }

    /// Turns what ended sessions have left behind into notices, so many in a turn; answers whether
    /// there may be more.
    async fn note_ended(&self, now: i64) -> Result<bool, StoreError> {
        let mut tx = self.store.read().await?;
        let is_any = relying_session::is_any_left(&mut tx, now).await?;
        drop(tx);
        if !is_any {
            return Ok(false);
        }
        let snapshot = self.snapshot();
        let mut tx = self.store.begin().await?;
        let left = relying_session::take_left(&mut tx, now).await?;
        for row in &left {
            let hears = Hearing::of(&snapshot, row.provider_id);
            self.note_logout(&mut tx, &hears, row, now).await?;
        }
        self.commit(tx).await?;
        Ok(left.len() == relying_session::TAKEN_MAX)
    }

    /// Notes that an app is to be told, if it wants to be.
    pub(super) async fn note_logout(
        &self,
        tx: &mut Tx,
        hears: &Hearing<'_>,
        row: &RelyingSessionRow,
        now: i64,
    ) -> Result<(), StoreError> {
        if matches!(hears, Hearing::Nothing) {
            return Ok(());
        }
        let until = now.saturating_add(TRIED_MAX_MS);
        relying_session::insert_notice(tx, row, now, until).await
    }

    /// Tells one app; answers whether it took it.
    async fn tell_one(&self, id: i64, now: i64) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        let claimed = relying_session::claim(&mut tx, id, now + PAUSE_MS, now).await?;
        self.commit(tx).await?;
        let Some(notice) = claimed else {
            return Ok(false);
        };
        let snapshot = self.snapshot();
        let outcome = match Hearing::of(&snapshot, notice.provider_id) {
            _ if notice.expires_at <= now => Outcome::Moot,
            Hearing::Nothing => Outcome::Moot,
            Hearing::Later => Outcome::Later("its provider cannot be served".to_owned()),
            Hearing::Now(client) => self.ask_app(client, &notice, now).await?,
        };
        self.note_outcome(&notice, outcome, now).await
    }

    async fn ask_app(
        &self,
        client: &Client,
        notice: &NoticeRow,
        now: i64,
    ) -> Result<Outcome, Fault> {
        let Some(token) = self.logout_token(client, notice, now)? else {
            return Ok(Outcome::Later("the public address is not known".to_owned()));
        };
        let body = Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let request = Request::post(&client.provider.logout_uri)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)));
        let request = match request {
            Ok(request) => request,
            Err(error) => return Ok(Outcome::Later(error.to_string())),
        };
        // What a client has said of itself is asked within bounds (CVE-2026-4874); an administrator's
        // word leads into private networks too, where the apps of a home are.
        let answer = if client.is_issuer() {
            self.remote.ask(request, BOUNDS).await
        } else {
            self.guarded.ask(request, BOUNDS).await
        };
        Ok(match answer {
            // Some answer 204 (Back-Channel Logout §2.8).
            Ok(answer) if matches!(answer.status, 200 | 204) => Outcome::Told,
            Ok(answer) => Outcome::Later(format!("it answered {}", answer.status)),
            Err(why) => Outcome::Later(why),
        })
    }

    /// Back-Channel Logout §2.4; `None` while the public address is not known.
    fn logout_token(
        &self,
        client: &Client,
        notice: &NoticeRow,
        now: i64,
    ) -> Result<Option<String>, Fault> {
        let base = self.snapshot().public_url();
        let Some(at) = client.addresses(base.as_ref()) else {
            return Ok(None);
        };
        let mut claims = json!({
            "iss": at.issuer(), "sub": notice.sub, "aud": client.id(), "iat": now / 1000,
            "exp": now / 1000 + TOKEN_S, "jti": jti(notice),
            "events": { EVENT: {} }, "sid": sid(&notice.session_id, notice.provider_id),
        });
        if broken::is(Mutant::LogoutTokenWithNonce) {
            claims["nonce"] = json!("of the sign-in");
        }
        if broken::is(Mutant::LogoutEventWrong) {
            claims["events"] = json!({ "logout": {} });
        }
        if broken::is(Mutant::LogoutTokenWithoutSid) {
            claims["sid"] = json!(null);
        }
        let token = sign(client.keys.signing(), Typ::LogoutToken, &claims);
        token
            .map(Some)
            .map_err(|error| Fault::Broken(error.to_string()))
    }

    async fn note_outcome(
        &self,
        notice: &NoticeRow,
        outcome: Outcome,
        now: i64,
    ) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        match &outcome {
            Outcome::Told | Outcome::Moot => {
                relying_session::delete_notice(&mut tx, notice.id).await?;
            }
            Outcome::Later(why) => {
                let pause = PAUSE_MS << notice.tries.clamp(0, 10);
                let due_at = now + pause.min(PAUSE_MAX_MS);
                relying_session::postpone(&mut tx, notice.id, due_at).await?;
                tracing::warn!(
                    provider = notice.provider_id,
                    tries = notice.tries,
                    why,
                    "an app could not be told that a session ended"
                );
            }
        }
        self.commit(tx).await?;
        Ok(matches!(outcome, Outcome::Told))
    }
}

/// Each time that an app is told the same, it is told under the same name, so that one whose answer
/// was lost can see that it has heard it (Back-Channel Logout §2.6).
fn jti(notice: &NoticeRow) -> String {
    let what = (notice.id, &notice.session_id, notice.provider_id);
    let text = format!("logout notice {what:?}");
    encoding::base64url(&encoding::sha256(text.as_bytes())[..16])
}

/// Whether a provider's app hears that a session ended.
pub(super) enum Hearing<'a> {
    /// It is called.
    Now(&'a Client),
    /// Its provider is there and cannot be served, so nobody knows yet.
    Later,
    /// It does not want to, or is gone.
    Nothing,
}

impl<'a> Hearing<'a> {
    fn of(snapshot: &'a Snapshot, provider: i64) -> Self {
        match snapshot.oauth.of_provider(provider) {
            Some(client) => Self::by(client),
            None if snapshot
                .object(OAUTH2_PROVIDER, &provider.to_string())
                .is_some() =>
            {
                Self::Later
            }
            None => Self::Nothing,
        }
    }

    pub(super) fn by(client: &'a Client) -> Self {
        if client.hears_by_backchannel() {
            Self::Now(client)
        } else {
            Self::Nothing
        }
    }
}

/// What came of telling an app.
enum Outcome {
    /// It knows.
    Told,
    /// Nobody wants to know any more.
    Moot,
    /// Not yet, and why.
    Later(String),
}

impl Client {
    /// Whether we call it when a session ends.
    pub(super) fn hears_by_backchannel(&self) -> bool {
        !self.provider.logout_uri.is_empty()
            && self.provider.logout_method == LogoutMethod::Backchannel
    }
}
