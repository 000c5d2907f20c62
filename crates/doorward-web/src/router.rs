//! Every route of the product.
//!
//! Rule: a path that is not here is a 404 in the caller's own language: JSON below `/api/`, a page
//! for browsers.

use axum::extract::{Path, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, extract::DefaultBodyLimit};
use http::Uri;

use crate::pages::Message;
use crate::respond::compress;
use crate::respond::problem::Problem;
use crate::shell::shell;
use crate::state::AppState;
use crate::{
    address, api, assets, console, flow, health, language, media, oauth, outpost, setup, user_pages,
};

/// The largest body of any request.
pub(crate) const BODY_MAX_BYTES: usize = 1024 * 1024;

/// The whole product as one service.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/-/health/live/", get(health::live))
        .route("/-/health/ready/", get(health::ready))
        .route(&format!("{}{{name}}", assets::PREFIX), get(asset))
        .merge(api::routes())
        .merge(setup::routes())
        .merge(outpost::pages())
        .merge(flow::routes())
        .merge(user_pages::routes())
        .merge(console::routes())
        .merge(address::routes())
        .merge(language::routes())
        .merge(media::routes())
        .merge(oauth::routes())
        .fallback(not_found)
        .layer(from_fn_with_state(state.clone(), setup::lead))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(from_fn(compress))
        .layer(from_fn_with_state(state.clone(), shell))
        .merge(outpost::checks())
        .layer(from_fn_with_state(state.clone(), outpost::carry))
        .with_state(state)
}

async fn asset(State(state): State<AppState>, Path(name): Path<String>) -> Response {
    let snapshot = state.engine.snapshot();
    match snapshot.sheet_named(&name) {
        Some(sheet) => assets::stylesheet(sheet),
        None => state.pages.assets().serve(&name),
    }
}

async fn not_found(State(state): State<AppState>, uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return Problem::NotFound.into_response();
    }
    state.pages.respond(&Message::not_found())
}
