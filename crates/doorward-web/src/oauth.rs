//! OAuth and OpenID Connect on the wire: authentik's addresses, with their slashes.
//!
//! Owns routes, who may call from which origin, and how answers look. Leaves every decision to
//! `doorward_engine::oauth`. Rules: a token, a code or a secret is never in a query that we read nor
//! in an answer that a cache may keep; errors of machines are JSON, those of people pages.

mod at_once;
mod authorize;
pub(crate) mod bearer;
mod cors;
mod deliver;
mod device;
mod documents;
mod end_session;
mod github;
mod inspect;
mod logo;
mod mismatch;
mod par;
mod register;
mod token;
mod traced;
mod userinfo;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};
use doorward_engine::oauth::LEAVING;

pub use at_once::at_once;

use crate::state::AppState;

pub(crate) use end_session::signing_out;

/// The authorization endpoint.
pub(crate) const AUTHORIZE: &str = "/application/o/authorize/";

/// Where the flow before a device's application is run.
pub(crate) const DEVICE_OPEN: &str = "/device/open/";

/// Where the flow around the page for codes is run.
pub(crate) const DEVICE_AROUND: &str = "/device/around/";

/// Every route of it.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(AUTHORIZE, get(authorize::by_query).post(authorize::by_form))
        .route(mismatch::ALLOW, post(mismatch::allow))
        .route("/application/o/deliver/", get(deliver::show))
        .route(
            "/application/o/token/",
            post(token::answer).options(cors::preflight),
        )
        .route(
            "/application/o/device/",
            post(device::begin).options(cors::preflight),
        )
        .route(device::PAGE, get(device::show).post(device::look))
        .route(device::ANSWER, post(device::answer))
        .route(DEVICE_OPEN, get(device::open))
        .route(DEVICE_AROUND, get(device::around))
        .route(LEAVING, get(end_session::leaving))
        .route(
            "/application/o/par/",
            post(par::push).options(cors::preflight),
        )
        .route("/application/o/introspect/", post(inspect::introspect))
        .route(
            "/application/o/revoke/",
            post(inspect::revoke).options(cors::preflight),
        )
        .route(
            "/application/o/userinfo/",
            get(userinfo::by_get)
                .post(userinfo::by_post)
                .options(cors::preflight),
        )
        .merge(of_an_application())
        .merge(as_elsewhere())
}

/// Below an application's own address.
fn of_an_application() -> Router<AppState> {
    Router::new()
        .route("/application/o/{slug}/", get(documents::issuer))
        .route(
            "/application/o/{slug}/.well-known/openid-configuration",
            get(documents::discovery).options(cors::preflight),
        )
        .route(
            "/.well-known/oauth-authorization-server/application/o/{slug}/",
            get(documents::discovery),
        )
        .route(
            "/application/o/{slug}/end-session/",
            get(end_session::ask).post(end_session::by_form),
        )
        .route(
            "/application/o/{slug}/end-session/confirm/",
            post(end_session::confirmed),
        )
        .route("/application/o/{slug}/logo/", get(logo::show))
        .route("/application/o/{slug}/register/", post(register::register))
        .route(
            "/application/o/{slug}/register/{client}/",
            get(register::show)
                .put(register::change)
                .delete(register::remove),
        )
        .route(
            "/application/o/{slug}/jwks/",
            get(documents::key_set).options(cors::preflight),
        )
}

/// Addresses that others laid down.
fn as_elsewhere() -> Router<AppState> {
    Router::new()
        .route("/.well-known/webfinger", get(documents::webfinger))
        .route(
            "/login/oauth/authorize",
            get(github::by_query).post(github::by_form),
        )
        .route("/login/oauth/access_token", post(github::token))
        .route("/user", get(github::user))
        .route("/user/teams", get(github::teams))
}
