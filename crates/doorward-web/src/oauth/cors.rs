//! Which pages of other origins may read answers: those of the client's own registered addresses.

use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::Client;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

/// `OPTIONS`: a preflight names no client, so it says what could be; the answer itself decides.
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let Some(origin) = headers.get(ORIGIN) else {
        return response;
    };
    let told = response.headers_mut();
    told.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    told.insert(VARY, HeaderValue::from_static("Origin"));
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

/// The answer, for a page of the client's own origin to read. Cookies never count here, so none
/// are allowed along but for authentik's clients that ask with them.
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
        let yes = HeaderValue::from_static("true");
        told.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    response
}
