//! Requests to authorize that clients send ahead (RFC 9126), on the wire.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use doorward_protocol::oauth::ErrorCode;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::cors;
use super::token::{Call, no_store, refusal};
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

/// A request that is longer than this is no request.
const BODY_BYTES_MAX: usize = 32 * 1024;
const TOO_MANY_WAIT: HeaderValue = HeaderValue::from_static("60");

/// `POST /application/o/par/`
pub(super) async fn push(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    if !matches!(&body, Ok(body) if body.len() <= BODY_BYTES_MAX) {
        let mut response = refusal(ErrorCode::InvalidRequest, "The request is too long.", false);
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    }
    let call = match Call::read(&headers, body) {
        Ok(call) => call,
        Err(why) => return Ok(refusal(ErrorCode::InvalidRequest, &why, false)),
    };
    let snapshot = state.engine.snapshot();
    let client = call.client(&snapshot).cloned();
    let pushed = state.engine.oauth_push(
        &snapshot,
        &asked.ctx,
        &call.presented,
        &call.parameters,
        &call.proofs,
    );
    let response = match pushed.await {
        Ok(answer) => no_store((StatusCode::CREATED, Json(answer)).into_response()),
        Err(refused) => {
            let is_too_many = refused.is(ErrorCode::SlowDown);
            let mut response = call.refused(refused)?;
            if is_too_many {
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                response.headers_mut().insert(RETRY_AFTER, TOO_MANY_WAIT);
            }
            response
        }
    };
    Ok(cors::allow_named(response, client.as_deref(), &headers))
}
