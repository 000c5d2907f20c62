//! Which pages of other origins may read answers: those of the client's own registered addresses.
//!
//! Rule: no cookie counts at these endpoints, so none is ever allowed along
//! (`Access-Control-Allow-Credentials`); pages that ask with `credentials: "include"` have to leave
//! that out.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::Client;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::state::AppState;

/// `OPTIONS`: a preflight names no client, so it is answered for the origins of all of them; the
/// answer itself decides for its own.
pub(super) async fn preflight(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let told = response.headers_mut();
    told.insert(VARY, HeaderValue::from_static("Origin"));
    let origin = headers.get(ORIGIN);
    let text = origin.and_then(|origin| origin.to_str().ok());
    let is_known = text.is_some_and(|one| state.engine.snapshot_ref().oauth.has_origin(one));
    let Some(origin) = origin.filter(|_| is_known) else {
        return response;
    };
    told.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, DPoP",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        told.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The same for the client that a request names, if there is one.
pub(super) fn allow_named(
    response: Response,
    client: Option<&Client>,
    headers: &HeaderMap,
) -> Response {
    match client {
        Some(client) => allow(response, client, headers),
        None => response,
    }
}

/// The answer, for a page of the client's own origin to read.
pub(super) fn allow(mut response: Response, client: &Client, headers: &HeaderMap) -> Response {
    let told = response.headers_mut();
    told.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = headers.get(ORIGIN) else {
        return response;
    };
    if origin
        .to_str()
        .is_ok_and(|origin| client.has_origin(origin))
    {
        told.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}
