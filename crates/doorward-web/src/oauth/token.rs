//! The token endpoint.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::TokenRefusal;
use doorward_protocol::oauth::{ErrorCode, Parameters, Presented};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::cors;
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

const FORM: &str = "application/x-www-form-urlencoded";

/// `POST /application/o/token/`
pub(super) async fn answer(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let parameters = match form(&headers, body) {
        Ok(parameters) => parameters,
        Err(why) => return Ok(refusal(ErrorCode::InvalidRequest, &why, false)),
    };
    let snapshot = state.engine.snapshot();
    let authorization = headers.get(AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap_or_default());
    let presented = Presented::read(authorization, &parameters);
    let named = presented.as_ref().ok().and_then(Presented::id);
    let client = named.and_then(|id| snapshot.oauth.named(id)).cloned();
    let answered = state
        .engine
        .oauth_token(&snapshot, &asked.ctx, &presented, &parameters)
        .await;
    let response = match answered {
        Ok(tokens) => no_store(Json(tokens).into_response()),
        Err(TokenRefusal::Refused { code, why }) => refusal(code, &why, authorization.is_some()),
        Err(TokenRefusal::Fault(fault)) => return Err(fault.into()),
    };
    Ok(match client {
        Some(client) => cors::allow(response, &client, &headers),
        None => response,
    })
}

/// The parameters of a form, which alone is read (RFC 6749 §3.2).
pub(super) fn form(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Parameters, String> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or(FORM);
    if !kind.trim().eq_ignore_ascii_case(FORM) {
        return Err(format!("The request must be a form ({FORM})."));
    }
    let body = body.map_err(|_| "The request is too long.".to_owned())?;
    Parameters::read(&body).map_err(|error| error.to_string())
}

/// RFC 6749 §5.2: 401 for a client that is not known, with the scheme if it used the header.
pub(super) fn refusal(code: ErrorCode, why: &str, in_header: bool) -> Response {
    let status = match code {
        ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": code.word(), "error_description": why });
    let mut response = no_store((status, Json(body)).into_response());
    if in_header && code == ErrorCode::InvalidClient {
        let scheme = HeaderValue::from_static("Basic realm=\"authentik\", charset=\"UTF-8\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    response
}

/// RFC 6749 §5.1
pub(super) fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
