//! `/-/health/live/` and `/-/health/ready/`: for proxies, containers and people in a hurry.
//!
//! Live: this process answers. Ready: the store answers and its schema is ours. JSON names what is
//! not.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::state::AppState;

/// Always 200.
pub(crate) async fn live() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// 200, or 503 with the parts that are not ready.
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    let store = doorward_store::is_current(&state.engine.store).await;
    let (store_word, migrated) = match store {
        Ok(true) => ("ok", "ok"),
        Ok(false) => ("ok", "migrations are missing"),
        Err(_) => ("does not answer", "unknown"),
    };
    let ok = matches!(store, Ok(true));
    let status = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": if ok { "ok" } else { "not ready" },
        "checks": { "store": store_word, "schema": migrated },
    });
    (status, Json(body)).into_response()
}
