//! Registering a client, and what it does with its registration (RFC 7591, RFC 7592).

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::{BearerRefusal, Registered, RegistrationRefusal, Scheme};
use doorward_protocol::oauth::{ErrorCode, MetadataError};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::bearer;
use super::token::no_store;
use super::userinfo::{BEARER, challenge, refused};
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

const JSON: &str = "application/json";

/// `POST /application/o/<slug>/register/`
pub(super) async fn register(
    State(state): State<AppState>,
    asked: Asked,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let engine = &state.engine;
    let snapshot = engine.snapshot();
    let shown = bearer::plain(&headers);
    let made = async {
        let several = || BearerRefusal::Refused(ErrorCode::InvalidRequest, bearer::SEVERAL);
        let token = shown.as_ref().map_err(|()| several())?.as_deref();
        let body = json_body(&headers, body)?;
        let made = engine.oauth_register(&snapshot, &asked.ctx, &slug, token, &body);
        made.await
    };
    match made.await {
        Err(RegistrationRefusal::Bearer(_)) if shown == Ok(None) => {
            Ok(challenge(StatusCode::UNAUTHORIZED, [BEARER]))
        }
        made => answered(StatusCode::CREATED, made),
    }
}

/// The token of a registration; several open none.
fn own(headers: &HeaderMap) -> Option<String> {
    bearer::plain(headers).unwrap_or_default()
}

/// `GET /application/o/<slug>/register/<client id>/`. The slug may have changed since; the client's
/// id and its token say which registration it is.
pub(super) async fn show(
    State(state): State<AppState>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (engine, token) = (&state.engine, own(&headers));
    let snapshot = engine.snapshot();
    let found = engine.oauth_registration(&snapshot, &id, token.as_deref());
    answered(StatusCode::OK, found.await)
}

/// `PUT /application/o/<slug>/register/<client id>/`
pub(super) async fn change(
    State(state): State<AppState>,
    asked: Asked,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let (engine, token) = (&state.engine, own(&headers));
    let snapshot = engine.snapshot();
    let changed = async {
        let body = json_body(&headers, body)?;
        let changed = engine.oauth_reregister(&snapshot, &asked.ctx, &id, token.as_deref(), &body);
        changed.await
    };
    answered(StatusCode::OK, changed.await)
}

/// `DELETE /application/o/<slug>/register/<client id>/`
pub(super) async fn remove(
    State(state): State<AppState>,
    asked: Asked,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (engine, token) = (&state.engine, own(&headers));
    let snapshot = engine.snapshot();
    let removed = engine.oauth_unregister(&snapshot, &asked.ctx, &id, token.as_deref());
    match removed.await {
        Ok(()) => Ok(no_store(StatusCode::NO_CONTENT.into_response())),
        Err(refusal) => refuse(refusal),
    }
}

/// RFC 7591 §3.1
fn json_body(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Bytes, MetadataError> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    if !kind.unwrap_or_default().trim().eq_ignore_ascii_case(JSON) {
        let why = format!("The request must be JSON ({JSON}).");
        return Err(MetadataError::new(why));
    }
    body.map_err(|_| MetadataError::new("The request is too long."))
}

/// RFC 7591 §3.2.1, or why not.
fn answered(
    status: StatusCode,
    found: Result<Registered, RegistrationRefusal>,
) -> Result<Response, Failure> {
    match found {
        Ok(registered) => Ok(no_store((status, Json(registered.0)).into_response())),
        Err(refusal) => refuse(refusal),
    }
}

fn refuse(refusal: RegistrationRefusal) -> Result<Response, Failure> {
    match refusal {
        RegistrationRefusal::NotOffered => {
            let why = "No client can be registered here.";
            let body = Json(json!({ "detail": why }));
            Ok(no_store((StatusCode::NOT_FOUND, body).into_response()))
        }
        RegistrationRefusal::Bearer(BearerRefusal::Refused(code, why)) => {
            Ok(refused(Scheme::Bearer, code, why))
        }
        RegistrationRefusal::Bearer(BearerRefusal::Fault(fault))
        | RegistrationRefusal::Fault(fault) => Err(fault.into()),
        RegistrationRefusal::Forbidden(why) => {
            Ok(error(StatusCode::FORBIDDEN, ErrorCode::AccessDenied, why))
        }
        // RFC 7591 §3.2.2
        RegistrationRefusal::Metadata(MetadataError { code, why }) => {
            Ok(error(StatusCode::BAD_REQUEST, code, &why))
        }
        RegistrationRefusal::NotIts => {
            let why = "This is no registration that this token opens.";
            Ok(refused(Scheme::Bearer, ErrorCode::InvalidToken, why))
        }
    }
}

fn error(status: StatusCode, code: ErrorCode, why: &str) -> Response {
    let body = json!({ "error": code.word(), "error_description": why });
    no_store((status, Json(body)).into_response())
}
