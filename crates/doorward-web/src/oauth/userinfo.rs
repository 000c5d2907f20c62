//! Userinfo (OpenID Connect Core §5.3).

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::{BearerRefusal, Client};
use doorward_protocol::oauth::{ErrorCode, Parameters};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};

use super::token::{form, no_store};
use super::{bearer, cors};
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

/// `GET /application/o/userinfo/`. A token in the query counts only for a client that was allowed
/// authentik's ways (RFC 9700 §4.3.2).
pub(super) async fn by_get(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let query = Parameters::read(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    if let Ok(None) = bearer::token(&headers, None)
        && query.get("access_token").is_some()
    {
        return answer(&state, &asked, &headers, Some(&query), true).await;
    }
    answer(&state, &asked, &headers, None, false).await
}

/// `POST /application/o/userinfo/`
pub(super) async fn by_post(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let has_form = headers.contains_key(CONTENT_TYPE);
    let read = has_form.then(|| form(&headers, body));
    let form = match read.transpose() {
        Ok(form) => form,
        Err(why) => return Ok(refused(ErrorCode::InvalidRequest, &why)),
    };
    answer(&state, &asked, &headers, form.as_ref(), false).await
}

async fn answer(
    state: &AppState,
    asked: &Asked,
    headers: &HeaderMap,
    form: Option<&Parameters>,
    in_query: bool,
) -> Result<Response, Failure> {
    let token = match bearer::token(headers, form) {
        Ok(Some(token)) => token,
        Ok(None) => {
            return Ok(challenge(
                StatusCode::UNAUTHORIZED,
                "Bearer realm=\"authentik\"",
            ));
        }
        Err(()) => {
            let why = "The token is given in more than one way.";
            return Ok(refused(ErrorCode::InvalidRequest, why));
        }
    };
    let snapshot = state.engine.snapshot();
    let engine = &state.engine;
    let bearer = match engine.oauth_bearer(&snapshot, &asked.ctx, &token).await {
        Ok(bearer) => bearer,
        Err(refusal) => return told(refusal),
    };
    if in_query && !bearer.client().provider.compatibility {
        let why = "A token does not belong into an address.";
        return Ok(refused(ErrorCode::InvalidRequest, why));
    }
    let response = match engine.oauth_userinfo(&snapshot, &asked.ctx, &bearer).await {
        Ok(claims) => {
            if let Some(token) =
                engine.oauth_signed_userinfo(&snapshot, bearer.client(), &claims)?
            {
                let mut response = said(token, bearer.client(), headers);
                let kind = HeaderValue::from_static("application/jwt");
                response.headers_mut().insert(CONTENT_TYPE, kind);
                return Ok(response);
            }
            return Ok(said(
                Body::from(Value::Object(claims).to_string()),
                bearer.client(),
                headers,
            ));
        }
        Err(refusal) => told(refusal)?,
    };
    Ok(cors::allow(response, bearer.client(), headers))
}

/// 200 with what is said, for the client's own pages to read.
pub(super) fn said(json: impl Into<Body>, client: &Client, headers: &HeaderMap) -> Response {
    let mut response = no_store(Response::new(json.into()));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    cors::allow(response, client, headers)
}

fn told(refusal: BearerRefusal) -> Result<Response, Failure> {
    match refusal {
        BearerRefusal::Refused(code, why) => Ok(refused(code, why)),
        BearerRefusal::Fault(fault) => Err(fault.into()),
    }
}

/// RFC 6750 §3: the scheme first, then what is wrong.
pub(super) fn refused(code: ErrorCode, why: &str) -> Response {
    let status = match code {
        ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
        _ => StatusCode::UNAUTHORIZED,
    };
    let word = code.word();
    let said = format!("Bearer realm=\"authentik\", error=\"{word}\", error_description=\"{why}\"");
    let mut response = challenge(status, &said);
    let body = json!({ "error": word, "error_description": why });
    *response.body_mut() = body.to_string().into();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

pub(super) fn challenge(status: StatusCode, said: &str) -> Response {
    let mut response = no_store(status.into_response());
    let said = HeaderValue::from_str(said);
    let said = said.unwrap_or(HeaderValue::from_static("Bearer"));
    response.headers_mut().insert(WWW_AUTHENTICATE, said);
    response
}
