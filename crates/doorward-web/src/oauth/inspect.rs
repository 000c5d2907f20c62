//! Introspection and revocation on the wire.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_protocol::oauth::ErrorCode;
use http::StatusCode;

use super::token::{Call, no_store, refusal};
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

/// `POST /application/o/introspect/`
pub(super) async fn introspect(
    State(state): State<AppState>,
    asked: Asked,
    call: Call,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let looked = async {
        let client = state
            .engine
            .oauth_client(&snapshot, &asked.ctx, &call.presented)
            .await?;
        let token = call.parameters.get("token").unwrap_or_default();
        let engine = &state.engine;
        engine
            .oauth_introspect(&snapshot, &asked.ctx, &client, token)
            .await
    };
    match looked.await {
        Ok(told) => Ok(no_store(Json(told).into_response())),
        Err(refused) => call.refused(refused),
    }
}

/// `POST /application/o/revoke/`: 200 for whatever is worth nothing afterwards (RFC 7009 §2.2).
pub(super) async fn revoke(
    State(state): State<AppState>,
    asked: Asked,
    call: Call,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let engine = &state.engine;
    let client = engine.oauth_client(&snapshot, &asked.ctx, &call.presented);
    let client = match client.await {
        Ok(client) => client,
        Err(refused) => return call.refused(refused),
    };
    let Some(token) = call.parameters.get("token") else {
        let why = "The parameter token is missing.";
        return Ok(refusal(ErrorCode::InvalidRequest, why, false));
    };
    state
        .engine
        .oauth_revoke(&asked.ctx, &client, token)
        .await?;
    Ok(no_store(StatusCode::OK.into_response()))
}
