//! Flows on the wire: pages for people, JSON for authentik's clients, one machine behind both.
//!
//! Owns the two renderings of a challenge, the cookies that hold a run, and the addresses by which
//! a flow is reached. Leaves every decision to `doorward_engine::flow`. Rule: both faces send the
//! same answer to the same function, and no redirect leads where that function did not say.

mod configure;
mod cookies;
mod destination;
mod entry;
mod form;
mod html;
mod inspection;
mod json;
mod link;
mod page;
mod refused;
mod stages;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
pub(crate) use html::before_opening;
pub(crate) use page::{address, sign_in_again};
pub(crate) use stages::prompt::json as prompt_json;

use axum::routing::get;
use http::{Method, Uri};

use crate::pages::Message;
use crate::respond::problem::Problem;
use crate::state::AppState;

pub(crate) use configure::{password_flow, settings_flow, unenrollment_flow};

/// The run that a browser keeps under `handle`.
pub(crate) fn kept_run<'a>(headers: &'a http::HeaderMap, handle: &str) -> Option<&'a str> {
    cookies::run(headers, handle)
}

/// The addresses of flows.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/if/flow/{slug}/", get(html::show).post(html::answer))
        .route(
            "/flows/-/default/authentication/",
            get(entry::authentication),
        )
        .route("/flows/-/default/invalidation/", get(entry::invalidation))
        .route("/flows/-/configure/{stage}/", get(entry::configure))
        .route("/flows/-/cancel/", get(entry::cancel))
        .route(
            "/api/v3/flows/executor/{slug}/",
            get(json::show).post(json::answer),
        )
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method(State(state): State<AppState>, method: Method, uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return Problem::WrongMethod(method.to_string()).into_response();
    }
    state.pages.respond(&Message::wrong_method())
}
