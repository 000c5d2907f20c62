//! The token endpoint.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::Snapshot;
use doorward_engine::broken::{self, Mutant};
use doorward_engine::oauth::{Client, TokenRefusal};
use doorward_engine::trace::ClientOutcome;
use doorward_protocol::oauth::{ErrorCode, Parameters, Presented, PresentedError};
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::{bearer, cors, traced};
use crate::extract::Asked;
use crate::respond::Failure;
use crate::state::AppState;

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// `POST /application/o/token/`
pub(super) async fn answer(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    call: Call,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let client = call.client(&snapshot).cloned();
    let answered = state
        .engine
        .oauth_token(
            &snapshot,
            &asked.ctx,
            &call.presented,
            &call.parameters,
            &call.proofs,
        )
        .await;
    let response = match answered {
        Ok(tokens) => no_store(Json(tokens).into_response()),
        Err(refused) => {
            trace(&state, &asked, &snapshot, &call, &refused).await;
            call.refused(refused)?
        }
    };
    Ok(cors::allow_named(response, client.as_deref(), &headers))
}

async fn trace(
    state: &AppState,
    asked: &Asked,
    snapshot: &Snapshot,
    call: &Call,
    refused: &TokenRefusal,
) {
    let TokenRefusal::Refused { code, why } = refused else {
        return;
    };
    let named = call.presented.as_ref().ok().and_then(Presented::id);
    if let Some(outcome) = ClientOutcome::told(*code, why) {
        let at = ("/application/o/token/", named.unwrap_or_default());
        traced::client(state, asked, snapshot, at, outcome).await;
    }
}

/// What a client sends, and who it says it is.
pub(super) struct Call {
    pub(super) parameters: Parameters,
    pub(super) presented: Result<Presented, PresentedError>,
    /// Whether it used the header to say so.
    pub(super) in_header: bool,
    /// Its proofs that it holds a key.
    pub(super) proofs: Vec<String>,
}

impl Call {
    /// The client that it names, proven or not.
    pub(super) fn client<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<Client>> {
        let named = self.presented.as_ref().ok().and_then(Presented::id);
        named.and_then(|id| snapshot.oauth.named(id))
    }

    /// The refusal, told as RFC 6749 §5.2 wants it; a fault is ours.
    pub(super) fn refused(&self, refused: TokenRefusal) -> Result<Response, Failure> {
        match refused {
            TokenRefusal::Refused { code, why } => Ok(refusal(code, &why, self.in_header)),
            TokenRefusal::Slow { wait_s } => Ok(slow(wait_s)),
            TokenRefusal::Fault(fault) => Err(fault.into()),
        }
    }

    /// Reads it, or says why it cannot be read.
    pub(super) fn read(
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Self, String> {
        let parameters = form(headers, body)?;
        let authorization = headers.get(AUTHORIZATION);
        let authorization = authorization.map(|value| value.to_str().unwrap_or_default());
        Ok(Self {
            presented: Presented::read(authorization, &parameters),
            in_header: authorization.is_some(),
            proofs: bearer::proofs(headers),
            parameters,
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await;
        let read = Self::read(&headers, body);
        read.map_err(|why| refusal(ErrorCode::InvalidRequest, &why, false))
    }
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

/// 429 (RFC 6585 §4), with the word that devices know.
fn slow(wait_s: u32) -> Response {
    let why = "There were too many wrong secrets of this client from this address.";
    let mut response = refusal(ErrorCode::SlowDown, why, false);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(wait_s));
    response
}

/// RFC 6749 §5.1
pub(super) fn no_store(mut response: Response) -> Response {
    if broken::is(Mutant::CacheAllowed) {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
