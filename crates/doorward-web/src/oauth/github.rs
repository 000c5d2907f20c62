//! GitHub's addresses, for apps that sign in with GitHub Enterprise and with nothing else: the same
//! endpoints in GitHub's ways.
//!
//! Rule: nothing is decided here; what GitHub leaves out is filled in, and answers are dressed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::{BearerRefusal, Scheme, TokenAnswer, TokenRefusal};
use doorward_protocol::oauth::{ErrorCode, Parameters, ParametersError};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::token::{Call, FORM, no_store};
use super::userinfo::{BEARER, challenge, refused, told};
use super::{AUTHORIZE, bearer};
use crate::extract::Asked;
use crate::pages::Message;
use crate::respond::{Failure, see_other};
use crate::state::AppState;

/// `GET /login/oauth/authorize`
pub(super) async fn by_query(State(state): State<AppState>, uri: Uri) -> Response {
    let read = Parameters::read(uri.query().unwrap_or_default().as_bytes());
    authorize(&state, read)
}

/// `POST /login/oauth/authorize`
pub(super) async fn by_form(
    State(state): State<AppState>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match body {
        Ok(body) => authorize(&state, Parameters::read(&body)),
        Err(_) => state.pages.respond(&Message::body_too_large()),
    }
}

fn authorize(state: &AppState, read: Result<Parameters, ParametersError>) -> Response {
    match read {
        Ok(asked) => see_other(&format!("{AUTHORIZE}?{}", filled_in(asked).encoded())),
        Err(error) => super::authorize::malformed(state, &error),
    }
}

/// What GitHub leaves out; its scopes may have commas between them, and without any it tells who
/// somebody is.
fn filled_in(asked: Parameters) -> Parameters {
    let scope = asked.get("scope").unwrap_or("read:user").replace(',', " ");
    let asked = asked.without("scope").with("scope", &scope);
    let asked = match asked.get("response_type") {
        Some(_) => asked,
        None => asked.with("response_type", "code"),
    };
    let hint = asked.get("login").map(str::to_owned);
    match hint.filter(|_| asked.get("login_hint").is_none()) {
        Some(hint) => asked.without("login").with("login_hint", &hint),
        None => asked,
    }
}

/// `POST /login/oauth/access_token`
pub(super) async fn token(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    call: Call,
) -> Result<Response, Failure> {
    let parameters = match call.parameters.get("grant_type") {
        Some(_) => call.parameters.clone(),
        None => call
            .parameters
            .clone()
            .with("grant_type", "authorization_code"),
    };
    let snapshot = state.engine.snapshot();
    let answered = if call.proofs.is_empty() {
        let engine = &state.engine;
        let answered = engine.oauth_token(&snapshot, &asked.ctx, &call.presented, &parameters, &[]);
        answered.await
    } else {
        Err(unbound())
    };
    match answered {
        Ok(tokens) => Ok(no_store(dressed(StatusCode::OK, &said(&tokens), &headers))),
        Err(TokenRefusal::Refused { code, why }) if !wants_json(&headers) => {
            let body = json!({ "error": code.word(), "error_description": why });
            Ok(no_store(dressed(StatusCode::BAD_REQUEST, &body, &headers)))
        }
        Err(refused) => call.refused(refused),
    }
}

/// Tokens of these addresses are bearer tokens: a client that wants one for its key alone must not
/// believe that it got it (RFC 9449 §5).
fn unbound() -> TokenRefusal {
    TokenRefusal::Refused {
        code: ErrorCode::InvalidRequest,
        why: "GitHub's addresses do not bind tokens to keys: ask /application/o/token/, or leave \
              the DPoP proof out."
            .to_owned(),
    }
}

/// Scopes have commas between them, and the type is written small.
fn said(tokens: &TokenAnswer) -> Value {
    let mut said = json!(tokens);
    said["token_type"] = json!("bearer");
    let scope = said["scope"].as_str().unwrap_or_default().replace(' ', ",");
    said["scope"] = json!(scope);
    said
}

/// Form-encoded, unless JSON is asked for.
fn dressed(status: StatusCode, body: &Value, headers: &HeaderMap) -> Response {
    if wants_json(headers) {
        return (status, Json(body)).into_response();
    }
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in body.as_object().into_iter().flatten() {
        let written = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.append_pair(name, &written);
    }
    (status, [(CONTENT_TYPE, FORM)], text.finish()).into_response()
}

fn wants_json(headers: &HeaderMap) -> bool {
    let all = headers.get_all(ACCEPT).iter();
    let mut texts = all.filter_map(|value| value.to_str().ok());
    texts.any(|text| text.contains("json"))
}

/// What an app asks of whoever signed in.
#[derive(Clone, Copy)]
enum About {
    Them,
    TheirTeams,
}

/// `GET /user`
pub(super) async fn user(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    answer(&state, &asked, &headers, About::Them).await
}

/// `GET /user/teams`
pub(super) async fn teams(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    answer(&state, &asked, &headers, About::TheirTeams).await
}

async fn answer(
    state: &AppState,
    asked: &Asked,
    headers: &HeaderMap,
    about: About,
) -> Result<Response, Failure> {
    let token = match bearer::plain(&as_bearer(headers)) {
        Ok(Some(token)) => token,
        Ok(None) => return Ok(challenge(StatusCode::UNAUTHORIZED, [BEARER])),
        Err(()) => {
            let code = ErrorCode::InvalidRequest;
            return Ok(refused(Scheme::Bearer, code, bearer::SEVERAL));
        }
    };
    match said_of(state, asked, &token, about).await {
        Ok(said) => Ok(no_store(Json(said).into_response())),
        Err(refusal) => told(Scheme::Bearer, refusal),
    }
}

/// What is said of whoever a token speaks of.
async fn said_of(
    state: &AppState,
    asked: &Asked,
    token: &str,
    about: About,
) -> Result<Value, BearerRefusal> {
    let engine = &state.engine;
    let snapshot = engine.snapshot();
    let bearer = engine.oauth_bearer(&snapshot, &asked.ctx, token).await?;
    match about {
        About::Them => engine.oauth_github_user(&bearer).await,
        About::TheirTeams => {
            let host = asked.host_text();
            engine.oauth_github_teams(&snapshot, &bearer, &host).await
        }
    }
}

/// GitHub's own scheme is `token`.
fn as_bearer(headers: &HeaderMap) -> HeaderMap {
    let mut read = HeaderMap::new();
    for value in headers.get_all(AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        let rest = text
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("token"));
        let same = rest.and_then(|(_, rest)| HeaderValue::from_str(&format!("Bearer {rest}")).ok());
        read.append(AUTHORIZATION, same.unwrap_or_else(|| value.clone()));
    }
    read
}
