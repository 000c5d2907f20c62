//! Userinfo (OpenID Connect Core §5.3).

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::{self, At, BearerRefusal, Client, Scheme, Shown};
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
        return answer(&state, &asked, ("GET", &headers), Some(&query), true).await;
    }
    answer(&state, &asked, ("GET", &headers), None, false).await
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
        Err(why) => return Ok(refused(Scheme::Bearer, ErrorCode::InvalidRequest, &why)),
    };
    answer(&state, &asked, ("POST", &headers), form.as_ref(), false).await
}

async fn answer(
    state: &AppState,
    asked: &Asked,
    (method, headers): (&str, &HeaderMap),
    form: Option<&Parameters>,
    in_query: bool,
) -> Result<Response, Failure> {
    let (scheme, token) = match bearer::token(headers, form) {
        Ok(Some(shown)) => shown,
        Ok(None) => return Ok(challenge(StatusCode::UNAUTHORIZED, [BEARER, &dpop()])),
        Err(()) => {
            let code = ErrorCode::InvalidRequest;
            return Ok(refused(Scheme::Bearer, code, bearer::SEVERAL));
        }
    };
    let snapshot = state.engine.snapshot();
    let engine = &state.engine;
    let shown = Shown {
        token: &token,
        scheme,
        proofs: &bearer::proofs(headers),
        method,
        at: At::Shared("userinfo"),
    };
    let bearer = match engine.oauth_shown(&snapshot, &asked.ctx, &shown).await {
        Ok(bearer) => bearer,
        Err(refusal) => return told(scheme, refusal),
    };
    if in_query && !bearer.client().provider.compatibility {
        let why = "A token does not belong into an address.";
        return Ok(refused(scheme, ErrorCode::InvalidRequest, why));
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
        Err(refusal) => told(scheme, refusal)?,
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

pub(super) fn told(scheme: Scheme, refusal: BearerRefusal) -> Result<Response, Failure> {
    match refusal {
        BearerRefusal::Refused(code, why) => Ok(refused(scheme, code, why)),
        BearerRefusal::Fault(fault) => Err(fault.into()),
    }
}

/// What a token is shown with (RFC 6750 §3).
pub(super) const BEARER: &str = "Bearer realm=\"authentik\"";

/// The same for one that is bound to a key (RFC 9449 §7.1).
fn dpop() -> String {
    let algorithms = oauth::proof_algorithms().join(" ");
    format!("DPoP realm=\"authentik\", algs=\"{algorithms}\"")
}

/// The scheme first that was used, with what is wrong; then the other one.
pub(super) fn refused(scheme: Scheme, code: ErrorCode, why: &str) -> Response {
    let status = match code {
        ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
        _ => StatusCode::UNAUTHORIZED,
    };
    let word = code.word();
    let wrong = |with: &str| format!("{with}, error=\"{word}\", error_description=\"{why}\"");
    let mut response = match scheme {
        Scheme::Bearer => challenge(status, [&wrong(BEARER), &dpop()]),
        Scheme::Dpop => challenge(status, [&wrong(&dpop()), BEARER]),
    };
    let body = json!({ "error": word, "error_description": why });
    *response.body_mut() = body.to_string().into();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

pub(super) fn challenge<const N: usize>(status: StatusCode, schemes: [&str; N]) -> Response {
    let mut response = no_store(status.into_response());
    for said in schemes {
        let said = HeaderValue::from_str(said);
        let said = said.unwrap_or(HeaderValue::from_static("Bearer"));
        response.headers_mut().append(WWW_AUTHENTICATE, said);
    }
    response
}
