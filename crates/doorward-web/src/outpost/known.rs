//! Somebody who is known and may come in: the hottest path of the product, taken before the router.
//!
//! Owns the pass and its headers. Whoever is not known, and whatever is not a plain check, is left to
//! the router and `check`. Rule: nothing here waits, asks the store or writes a log line, and nothing
//! is answered that `check` would answer otherwise.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use doorward_engine::Person;
use doorward_engine::outpost::{Admitted, App, Outcome, Standing};
use doorward_protocol::cookie;
use doorward_protocol::forward_auth::{
    InBand, OriginalRequest, Proxy, basic_injection, write_empty,
};
use http::header::{AUTHORIZATION, COOKIE, HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request};
use serde_json::Value;

use super::check::COOKIES_MAX;
use super::{EVERY_REQUEST, is_own_cookie};
use crate::state::AppState;

/// Tells a proxy's configuration that `Cookie` of this answer replaces the request's.
const COOKIE_HIDDEN: HeaderName = HeaderName::from_static("x-doorward-cookie-hidden");

/// The answer to a check about somebody who is known and may come in; `None` leaves the request,
/// whatever it is, to the router. So does a panic, which the router then meets and tells.
// By its own name, which `scripts/callgrind.sh` counts by.
#[inline(never)]
pub fn known<B>(state: &AppState, request: &Request<B>, peer: IpAddr) -> Option<Response> {
    catch_unwind(AssertUnwindSafe(|| at_once(state, request, peer))).ok()?
}

fn at_once<B>(state: &AppState, request: &Request<B>, peer: IpAddr) -> Option<Response> {
    let path = request.uri().path();
    let (_, proxy) = EVERY_REQUEST
        .into_iter()
        .find(|(asked, _)| *asked == path)?;
    let started = Instant::now();
    if !state.trusted_proxies.is_trusted(peer) {
        return None;
    }
    let headers = request.headers();
    let original = OriginalRequest::read(proxy, request.method(), request.uri(), headers).ok()?;
    let snapshot = state.engine.snapshot_ref();
    let app = snapshot.outpost.find(&original.host)?;
    if in_band(proxy, &original).is_some() {
        return None;
    }
    let now = (state.clock)();
    if state.engine.wants_trace_sample(now) {
        return None;
    }
    let mut tokens = cookie::find(headers, &app.cookie_name).take(COOKIES_MAX);
    tokens.find_map(|token| {
        let standing = state.engine.standing_cached(&snapshot, app, token, now)?;
        let Standing::In(admitted) = standing else {
            return None;
        };
        app.observe(Outcome::Allow, started.elapsed().as_secs_f64());
        Some(pass(app, &admitted, headers, now))
    })
}

/// nginx cannot pass a redirect on, and has an address of its own for these.
pub(super) fn in_band(proxy: Proxy, original: &OriginalRequest<'_>) -> Option<InBand> {
    let found = InBand::recognize(original.path_and_query)?;
    (proxy.passes_answers() && found != InBand::Other).then_some(found)
}

/// 200 with everything the application is told.
pub(super) fn pass(app: &App, admitted: &Admitted, asked: &HeaderMap, now: i64) -> Response {
    let mut headers = HeaderMap::with_capacity(32);
    let person = &*admitted.person;
    app.write_headers(admitted, now, &mut headers);
    if let Some(basic) = injected(app, person) {
        headers.insert(AUTHORIZATION, basic);
    }
    answered(app, headers, asked)
}

/// The login of the application's own that the provider wants written for a person.
pub(super) fn injected(app: &App, person: &Person) -> Option<HeaderValue> {
    app.provider.basic_auth_enabled.then_some(())?;
    let value = |name: &str| person.attributes.get(name).and_then(Value::as_str);
    let user = value(&app.provider.basic_auth_user_attribute);
    let password = value(&app.provider.basic_auth_password_attribute);
    basic_injection(user, &person.email, password)
}

/// 200 on a public path: all twelve, empty, so that nobody can name themselves.
pub(super) fn skipped(app: &App, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::with_capacity(32);
    write_empty(&mut headers);
    answered(app, headers, asked)
}

fn answered(app: &App, mut headers: HeaderMap, asked: &HeaderMap) -> Response {
    if let Some(agent) = asked.get(USER_AGENT) {
        headers.insert(USER_AGENT, agent.clone());
    }
    if app.provider.hide_session_cookie {
        headers.insert(COOKIE_HIDDEN, HeaderValue::from_static("true"));
        // Listed by the proxy, an absent header removes the cookie, which is what nothing left means.
        let left = cookie::without(asked, is_own_cookie);
        if !left.is_empty() {
            headers.insert(COOKIE, left);
        }
    }
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = headers;
    response
}
