//! The embedded outpost on the wire: what reverse proxies ask, and what browsers open on the hosts
//! of guarded applications.
//!
//! Owns the addresses under `/outpost.goauthentik.io/` and `/application/proxy/`, the cookies on an
//! application's host, and the answers. Leaves reading the sub-request to `protocol::forward_auth`
//! and every decision to `engine::outpost`. Rule: an answer of 2xx to a check carries all twelve
//! identity headers, and nothing but a navigation is ever redirected.

mod answer;
mod carry;
mod central;
mod check;
mod complaint;
mod door;
mod known;
mod traced;
mod verdict;
mod why;

pub(crate) use carry::{Upstreams, carry};
pub use known::known;
pub(crate) use why::reasons;

use std::time::Instant;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use doorward_engine::outpost::{Aside, observe_aside};
use doorward_protocol::forward_auth::Proxy;
use doorward_protocol::host::Host;
use http::StatusCode;

use crate::extract::Asked;
use crate::pages::Message;
use crate::state::AppState;

/// Cookies of a started login are called so, and then by its id.
const START_COOKIE: &str = "doorward_start_";

/// What proxies ask about every request of every app; `known` answers these before the router.
const EVERY_REQUEST: [(&str, Proxy); 3] = [
    ("/outpost.goauthentik.io/auth/traefik", Proxy::Traefik),
    ("/outpost.goauthentik.io/auth/caddy", Proxy::Caddy),
    ("/outpost.goauthentik.io/auth/nginx", Proxy::Nginx),
];

/// Once nginx has refused, it asks for the answer that the person should see. Envoy puts the path
/// behind its address.
const OTHER_CHECKS: [(&str, Proxy); 4] = [
    ("/outpost.goauthentik.io/auth/nginx/page", Proxy::NginxPage),
    ("/outpost.goauthentik.io/auth/envoy", Proxy::Envoy),
    ("/outpost.goauthentik.io/auth/envoy/", Proxy::Envoy),
    ("/outpost.goauthentik.io/auth/envoy/{*path}", Proxy::Envoy),
];

/// What reverse proxies ask. Kept outside the shell: no log line and no request id on a check that
/// lets somebody in, which is nearly every one.
pub(crate) fn checks() -> Router<AppState> {
    let mut router = Router::new();
    for (path, proxy) in EVERY_REQUEST.into_iter().chain(OTHER_CHECKS) {
        let answer = move |State(state): State<AppState>, request: Request| async move {
            check::check(&state, proxy, request).await
        };
        router = router.route(path, any(answer));
    }
    router
        .route("/outpost.goauthentik.io/auth", any(legacy))
        .route("/outpost.goauthentik.io/ping", any(ping))
        .route("/outpost.goauthentik.io/ping/{*rest}", any(ping))
}

/// What browsers open.
pub(crate) fn pages() -> Router<AppState> {
    Router::new()
        .route("/outpost.goauthentik.io/start", any(door::start))
        .route("/outpost.goauthentik.io/callback", any(door::callback))
        .route("/outpost.goauthentik.io/sign_out", any(door::sign_out))
        .route("/outpost.goauthentik.io/static/{*path}", get(asset))
        .route("/outpost.goauthentik.io/{*rest}", any(elsewhere))
        .route("/application/proxy/authorize/", get(central::authorize))
        .route(
            "/application/proxy/sign-out/",
            get(central::ask).post(central::leave),
        )
}

/// The address before each proxy had its own: `?traefik` or nginx.
async fn legacy(State(state): State<AppState>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let is_traefik = query
        .split('&')
        .any(|pair| pair.split('=').next() == Some("traefik"));
    let proxy = if is_traefik {
        Proxy::Traefik
    } else {
        Proxy::Nginx
    };
    check::check(&state, proxy, request).await
}

async fn ping(State(state): State<AppState>) -> Response {
    let started = Instant::now();
    let snapshot = state.engine.snapshot_ref();
    observe_aside(&snapshot, Aside::Ping, started.elapsed().as_secs_f64());
    StatusCode::NO_CONTENT.into_response()
}

async fn asset(State(state): State<AppState>, Path(path): Path<String>) -> Response {
    let started = Instant::now();
    let name = path.rsplit('/').next().unwrap_or_default();
    let served = state.pages.assets().serve(name);
    let snapshot = state.engine.snapshot_ref();
    observe_aside(&snapshot, Aside::Static, started.elapsed().as_secs_f64());
    served
}

/// Any other path of the outpost: no page, whether or not the host is known.
async fn elsewhere(State(state): State<AppState>, asked: Asked) -> Response {
    let known = |host: &Host| state.engine.snapshot_ref().outpost.at_door(host).is_some();
    if asked.host.as_ref().is_some_and(known) {
        return state.pages.respond(&Message::not_found());
    }
    answer::unknown_host(&state, asked.host.as_ref(), true)
}

/// Whether a cookie is one of ours, which no backend needs to see.
fn is_own_cookie(name: &str) -> bool {
    name.starts_with("authentik_") || name.starts_with("doorward_")
}
