//! Who a request comes from, by the central session cookie.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use doorward_engine::session::LiveSession;
use doorward_engine::{Context, Person};
use doorward_protocol::cookie::{self, SameSite, SetCookie};
use doorward_protocol::seal::Keys;
use doorward_protocol::session_cookie::{self, Claims};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

/// The central session cookie's name; authentik's, because outposts read it.
pub const SESSION_COOKIE: &str = "authentik_session";

/// A browser may send several cookies of one name; so many are looked at.
const COOKIES_MAX: usize = 4;

/// A request with whoever it comes from.
#[derive(Clone)]
pub struct Visitor {
    /// Circumstances; `ctx.actor` is the person, if there is one.
    pub asked: Asked,
    /// The session, if there is a live one with an active person.
    pub session: Option<Arc<LiveSession>>,
}

impl Visitor {
    /// Who is signed in.
    pub fn person(&self) -> Option<Arc<Person>> {
        self.asked.ctx.actor.person().cloned()
    }

    /// The context for the engine.
    pub fn ctx(&self) -> &Context {
        &self.asked.ctx
    }

    /// Finds the session that a request's cookies name.
    ///
    /// # Errors
    ///
    /// Only if the store does not answer.
    pub async fn find(
        state: &AppState,
        asked: Asked,
        headers: &HeaderMap,
    ) -> Result<Self, Failure> {
        for value in cookie::find(headers, SESSION_COOKIE).take(COOKIES_MAX) {
            let Ok(claims) = session_cookie::verify(&state.engine.keys, value) else {
                continue;
            };
            if let Some(session) = state.engine.session(&claims.sid, asked.ctx.now).await?
                && state.engine.stays(&session, &asked.ctx).await?
            {
                let mut asked = asked.acting_as(&session.person());
                asked.ctx.proven_at = session.proven_at();
                return Ok(Self {
                    asked,
                    session: Some(session),
                });
            }
        }
        Ok(Self {
            asked,
            session: None,
        })
    }
}

/// Whether a session that the browser still names ended because it had moved.
///
/// # Errors
///
/// Only if the store does not answer.
pub(crate) async fn has_moved(
    state: &AppState,
    headers: &HeaderMap,
    now: i64,
) -> Result<bool, Failure> {
    for value in cookie::find(headers, SESSION_COOKIE).take(COOKIES_MAX) {
        if let Ok(claims) = session_cookie::verify(&state.engine.keys, value)
            && state.engine.has_moved(&claims.sid, now).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let Ok(asked) = Asked::from_request_parts(parts, state).await;
        let asked = asked.with_line(parts);
        let asked = asked.through_outpost(state, &parts.headers).await?;
        Self::find(state, asked, &parts.headers).await
    }
}

/// The cookie of a session that just began. `max_age_s` is `None` for "until the browser closes".
///
/// # Panics
///
/// Never: a JWT fits a cookie.
pub fn session_cookie(
    keys: &Keys,
    sid: &str,
    uid: &str,
    secure: bool,
    max_age_s: Option<i64>,
) -> HeaderValue {
    let claims = Claims {
        sid: sid.to_owned(),
        sub: uid.to_owned(),
        authenticated: true,
    };
    let value = session_cookie::encode(keys, &claims);
    let cookie = SetCookie::new(SESSION_COOKIE, &value);
    let cookie = cookie
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax);
    let cookie = match max_age_s {
        Some(seconds) => cookie.max_age_s(seconds),
        None => cookie,
    };
    cookie.header().expect("a JWT fits a cookie")
}

/// The cookie that takes the session's cookie away.
///
/// # Panics
///
/// Never: an empty cookie is well formed.
pub fn session_cookie_ended(secure: bool) -> HeaderValue {
    let cookie = SetCookie::expired(SESSION_COOKIE).path("/").http_only(true);
    cookie
        .secure(secure)
        .same_site(SameSite::Lax)
        .header()
        .expect("an empty cookie is well formed")
}
