//! Introspection and revocation on the wire.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::TokenRefusal;
use doorward_protocol::oauth::ErrorCode;
use http::HeaderMap;
use http::StatusCode;

use super::token::{Call, no_store, refusal};
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

/// `POST /application/o/introspect/`
pub(super) async fn introspect(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let call = match Call::read(&headers, body) {
        Ok(call) => call,
        Err(why) => return Ok(refusal(ErrorCode::InvalidRequest, &why, false)),
    };
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
        Err(refused) => answered(refused, call.in_header),
    }
}

/// `POST /application/o/revoke/`: 200 for whatever is worth nothing afterwards (RFC 7009 §2.2).
pub(super) async fn revoke(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let call = match Call::read(&headers, body) {
        Ok(call) => call,
        Err(why) => return Ok(refusal(ErrorCode::InvalidRequest, &why, false)),
    };
    let snapshot = state.engine.snapshot();
    let engine = &state.engine;
    let client = engine.oauth_client(&snapshot, &asked.ctx, &call.presented);
    let client = match client.await {
        Ok(client) => client,
        Err(refused) => return answered(refused, call.in_header),
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

fn answered(refused: TokenRefusal, in_header: bool) -> Result<Response, Failure> {
    match refused {
        TokenRefusal::Refused { code, why } => Ok(refusal(code, &why, in_header)),
        TokenRefusal::Fault(fault) => Err(fault.into()),
    }
}
