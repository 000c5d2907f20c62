//! `X-authentik-jwt`: made at the first check of a session or an app password, remembered as long as it is
//! good.
//!
//! Leaves what it says to `oauth::door`. Rules: a check of somebody who is known signs nothing and asks
//! nothing; what is remembered is bounded, and fits the person, the keys and the provider as they are;
//! no token is good for longer than what its holder came with.

use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::MAX_VALUE_BYTES;
use http::HeaderValue;

use super::App;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::oauth::{Come, Door};
use crate::person::Person;
use crate::session::{AppSession, LiveSession};
use crate::snapshot::Snapshot;

/// Many servers take no more than 8 KiB of headers in all.
const LONG_BYTES: usize = 4096;
/// So long a failure is believed.
const FAILED_MS: i64 = 60_000;

const NOTHING: HeaderValue = HeaderValue::from_static("");

/// One that was made. No `Debug`: whoever has it is believed.
pub(crate) struct Minted {
    value: HeaderValue,
    stamp: u64,
    serial: u32,
    until: i64,
    /// Whom no session keeps in memory: every check would meet another record of them.
    _keeps: Option<Arc<Person>>,
}

impl Minted {
    fn fits(&self, door: &Door, person: &Person, now: i64) -> bool {
        self.stamp == door.stamp && self.serial == person.serial && !self.is_over(now)
    }

    /// Whether it is too old to be shown.
    pub(crate) fn is_over(&self, now: i64) -> bool {
        self.until <= now
    }
}

impl Engine {
    /// The one of a session, if it is known.
    pub(super) fn known_jwt(
        &self,
        app: &App,
        digest: &[u8; 32],
        person: &Person,
        now: i64,
    ) -> Option<HeaderValue> {
        let Some(door) = &app.door else {
            return Some(NOTHING);
        };
        let minted = self.sessions.jwts.get(digest)?;
        minted.fits(door, person, now).then(|| minted.value.clone())
    }

    /// The one of a session; nothing where none can be made.
    pub(super) async fn jwt(
        &self,
        snapshot: &Snapshot,
        app: &App,
        token: &str,
        session: &AppSession,
        ctx: &Context,
    ) -> HeaderValue {
        let holder = Holder {
            digest: encoding::sha256(token.as_bytes()),
            person: session.session.person(),
            session: Some(&session.session),
            ends_at: i64::MAX,
        };
        self.jwt_of(snapshot, app, &holder, ctx).await
    }

    /// The one of whoever has just proven to hold this app password, which ends at `ends_at`.
    pub(super) async fn app_password_jwt(
        &self,
        snapshot: &Snapshot,
        app: &App,
        (key, ends_at): (&str, i64),
        person: &Arc<Person>,
        ctx: &Context,
    ) -> HeaderValue {
        // One password opens many applications; each is told something else. Its end may be moved.
        let named = format!("app password\0{}\0{ends_at}\0{key}", app.provider.pk);
        let holder = Holder {
            digest: encoding::sha256(named.as_bytes()),
            person: Arc::clone(person),
            session: None,
            ends_at,
        };
        self.jwt_of(snapshot, app, &holder, ctx).await
    }

    async fn jwt_of(
        &self,
        snapshot: &Snapshot,
        app: &App,
        holder: &Holder<'_>,
        ctx: &Context,
    ) -> HeaderValue {
        let (digest, person) = (holder.digest, &holder.person);
        let known = || self.known_jwt(app, &digest, person, ctx.now);
        // A page asks for many things at once: one of them signs.
        let _turn = match known() {
            Some(value) => return value,
            None => self.sessions.turn_of(&digest).lock().await,
        };
        if let Some(value) = known() {
            return value;
        }
        let Some(door) = &app.door else {
            return NOTHING;
        };
        let come = Come {
            person,
            session: holder.session,
            lives_ms: door.lives_ms().min(holder.ends_at.saturating_sub(ctx.now)),
        };
        let made = self.door_token(snapshot, ctx, door, &come).await;
        let minted = minted(app, door, &come, ctx.now, made);
        let value = minted.value.clone();
        self.sessions.jwts.insert(digest, Arc::new(minted));
        value
    }
}

/// Whoever one is for, and what it is found by again.
struct Holder<'a> {
    digest: [u8; 32],
    person: Arc<Person>,
    session: Option<&'a LiveSession>,
    /// Unix milliseconds.
    ends_at: i64,
}

fn minted(
    app: &App,
    door: &Door,
    come: &Come<'_>,
    now: i64,
    made: Result<String, Fault>,
) -> Minted {
    let application = &*app.application.slug;
    let value = match made {
        Ok(token) if token.len() > MAX_VALUE_BYTES => {
            tracing::warn!(
                application,
                bytes = token.len(),
                "X-authentik-jwt is too long to be sent"
            );
            None
        }
        Ok(token) => {
            if token.len() > LONG_BYTES {
                let bytes = token.len();
                tracing::warn!(
                    application,
                    bytes,
                    "X-authentik-jwt is longer than many servers take"
                );
            }
            HeaderValue::try_from(token).ok()
        }
        Err(error) => {
            tracing::warn!(application, %error, "X-authentik-jwt cannot be made");
            None
        }
    };
    // The application has a quarter of its life left, however late it looks.
    let lives_ms = match value {
        Some(_) => come.lives_ms / 4 * 3,
        None => FAILED_MS,
    };
    let mut value = value.unwrap_or(NOTHING);
    value.set_sensitive(true);
    Minted {
        value,
        stamp: door.stamp,
        serial: come.person.serial,
        until: now.saturating_add(lives_ms),
        _keeps: come.session.is_none().then(|| Arc::clone(come.person)),
    }
}
