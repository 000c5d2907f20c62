//! What anybody may read: what a client can ask of us, and the keys.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::cors;
use crate::pages::Message;
use crate::respond::see_other;
use crate::state::AppState;

/// `GET /application/o/<slug>/`: the issuer's address leads to the document.
pub(super) async fn issuer(State(state): State<AppState>, Path(slug): Path<String>) -> Response {
    match state.engine.snapshot().oauth.of_application(&slug) {
        Some(_) => see_other(&format!(
            "/application/o/{slug}/.well-known/openid-configuration"
        )),
        None => state.pages.respond(&Message::not_found()),
    }
}

/// `GET /application/o/<slug>/.well-known/openid-configuration`, and RFC 8414's place for it.
pub(super) async fn discovery(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let snapshot = state.engine.snapshot();
    let Some(client) = snapshot.oauth.of_application(&slug) else {
        return unknown();
    };
    let Some(document) = oauth::discovery(&snapshot, client) else {
        let why = "The public address of this server is not set.";
        let body = Json(json!({ "detail": why }));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    };
    cors::allow(Json(document).into_response(), client, &headers)
}

/// `GET /application/o/<slug>/jwks/`, of guarded applications too: for everybody, kept for a few minutes so that a new key is
/// known before it signs.
pub(super) async fn key_set(State(state): State<AppState>, Path(slug): Path<String>) -> Response {
    let snapshot = state.engine.snapshot();
    let Some(client) = snapshot.oauth.signing_for(&slug) else {
        return unknown();
    };
    let headers = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    let set = client.key_set((state.clock)()).into_owned();
    (headers, [(CONTENT_TYPE, "application/json")], set).into_response()
}

fn unknown() -> Response {
    let body = json!({ "detail": "There is no such application, or it does not sign in over OpenID Connect." });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
