//! `/-/health/live/` and `/-/health/ready/`: for proxies, containers and people in a hurry.
//!
//! Live: this process answers. Ready: the store answers and its schema is ours. JSON names what is
//! not.

use std::time::Duration;

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
    let asked = doorward_store::is_current(&state.engine.store);
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    readiness(match answered {
        Ok(Ok(true)) => Store::Ready,
        Ok(Ok(false)) => Store::NotMigrated,
        Ok(Err(_)) | Err(_) => Store::Away,
    })
}

/// 503: the store has not been reached since the start.
pub(crate) async fn not_reached() -> Response {
    readiness(Store::Away)
}

/// How long the store may take; those who ask give up after a few seconds.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
enum Store {
    Ready,
    NotMigrated,
    Away,
}

fn readiness(store: Store) -> Response {
    let (store_word, schema) = match store {
        Store::Ready => ("ok", "ok"),
        Store::NotMigrated => ("ok", "migrations are missing"),
        Store::Away => ("does not answer", "unknown"),
    };
    let (status, word) = match store {
        Store::Ready => (StatusCode::OK, "ok"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let body = json!({
        "status": word,
        "checks": { "store": store_word, "schema": schema },
    });
    (status, Json(body)).into_response()
}
