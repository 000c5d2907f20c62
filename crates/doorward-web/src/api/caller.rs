//! Who calls the API, and with what query and body.
//!
//! A token of the API is found by its hash, and so is an app's access token with the scope
//! `goauthentik.io/api`; else the central session counts, and then a change needs the CSRF token of that
//! session. Rules: a wrong token never falls back to the cookie; an access token proves nobody anew, so
//! it changes no devices.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::{ApiRefusal, At, Scheme, Shown};
use doorward_engine::resource::Params;
use doorward_engine::resource::actions::token;
use doorward_engine::{Context, Person};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::csrf;
use crate::extract::{Asked, Visitor};
use crate::oauth::bearer;
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
        let shown = bearer::token(&parts.headers, None);
        let shown = shown.map_err(|()| Problem::TokenRefused(bearer::SEVERAL).into_response())?;
        if let Some((scheme, key)) = shown {
            let person = whose(state, &asked.ctx, parts, scheme, &key).await?;
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

/// Whose a token is: one of the API's own, or an app's that may use the API in their name.
async fn whose(
    state: &AppState,
    ctx: &Context,
    parts: &Parts,
    scheme: Scheme,
    key: &str,
) -> Result<Arc<Person>, Response> {
    let engine = &state.engine;
    if scheme == Scheme::Bearer {
        let person = token::bearer(engine, key, ctx.now).await;
        let person = person.map_err(|fault| Failure::from(fault).into_response())?;
        if let Some(person) = person {
            return Ok(person);
        }
    }
    let shown = Shown {
        token: key,
        scheme,
        proofs: &bearer::proofs(&parts.headers),
        method: parts.method.as_str(),
        at: At::Path(parts.uri.path()),
    };
    let snapshot = engine.snapshot();
    let person = engine.oauth_api_person(&snapshot, ctx, &shown).await;
    person.map_err(|refusal| match refusal {
        ApiRefusal::Unknown => Problem::TokenInvalid.into_response(),
        ApiRefusal::Refused(why) => Problem::TokenRefused(why).into_response(),
        ApiRefusal::Fault(fault) => Failure::from(fault).into_response(),
    })
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
