//! Who calls the API, and with what query and body.
//!
//! A bearer token is found by its hash; else the central session counts, and then a change needs
//! the CSRF token of that session. Rule: a wrong bearer token never falls back to the cookie.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use doorward_engine::Context;
use doorward_engine::resource::Params;
use doorward_engine::resource::actions::token;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::csrf;
use crate::extract::{Asked, Visitor};
use crate::respond::Failure;
use crate::respond::problem::Problem;
use crate::state::AppState;

/// A request to the API.
pub(super) struct Caller {
    /// For the engine.
    pub(super) ctx: Context,
    /// The query, and the caller's own session.
    pub(super) params: Params,
    /// Circumstances beyond the engine's.
    pub(super) asked: Asked,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Ok(asked) = Asked::from_request_parts(parts, state).await;
        let mut asked = asked.with_line(parts);
        let query = parts.uri.query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut session = None;
        if let Some(key) = bearer(&parts.headers) {
            let person = token::bearer(&state.engine, key, asked.ctx.now).await;
            let person = person.map_err(|fault| Failure::from(fault).into_response())?;
            let person = person.ok_or_else(|| Problem::TokenInvalid.into_response())?;
            asked = asked.acting_as(&person);
        } else {
            let asked_for = asked.through_outpost(state, &parts.headers).await;
            let asked_for = asked_for.map_err(IntoResponse::into_response)?;
            let visitor = Visitor::find(state, asked_for, &parts.headers).await;
            let visitor = visitor.map_err(IntoResponse::into_response)?;
            asked = visitor.asked;
            session = visitor.session.map(|session| session.id.to_string());
        }
        if let Some(session) = &session {
            refuse_foreign(state, &asked, session, parts).map_err(IntoResponse::into_response)?;
        }
        Ok(Self {
            ctx: asked.ctx.clone(),
            params: Params { query, session },
            asked,
        })
    }
}

/// The key of an `Authorization: Bearer` header; the scheme in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// A session that changes something must prove that its own page did.
fn refuse_foreign(
    state: &AppState,
    asked: &Asked,
    session: &str,
    parts: &Parts,
) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let foreign = csrf::is_foreign(state, asked, &parts.headers);
    if foreign || !csrf::has_api_token(&state.engine.keys, session, &parts.headers) {
        return Err(Problem::ForeignRequest);
    }
    Ok(())
}

/// A JSON body; none at all counts as `{}`.
pub(super) struct Body(pub(super) Value);

impl FromRequest<AppState> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let media_type = request.headers().get(CONTENT_TYPE).cloned();
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        if bytes.is_empty() {
            return Ok(Self(json!({})));
        }
        if let Some(media_type) = media_type {
            let media_type = media_type.to_str().unwrap_or_default();
            refuse_other(media_type).map_err(IntoResponse::into_response)?;
        }
        match serde_json::from_slice(&bytes) {
            Ok(body) => Ok(Self(body)),
            Err(error) => Err(Problem::Unreadable(error.to_string()).into_response()),
        }
    }
}

fn refuse_other(media_type: &str) -> Result<(), Problem> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::WrongMediaType(media_type.to_owned()))
}

fn unreadable(rejection: &BytesRejection) -> Response {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge.into_response(),
        _ => Problem::Unreadable("the body broke off".to_owned()).into_response(),
    }
}
