//! The answers of the outpost that are not a pass: redirects, refusals, what is set up wrongly.
//!
//! Rule: none of them is ever 2xx, none may be kept by a cache, and a redirect is absolute (Traefik
//! would complete a relative one with the address it asks).

use axum::Json;
use axum::response::{IntoResponse, Response};
use doorward_engine::outpost::App;
use doorward_protocol::forward_auth::OUTPOST_PREFIX;
use doorward_protocol::host::Host;
use http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::verdict::Offered;
use crate::pages::Message;
use crate::state::AppState;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// 401 for a script, a socket or an API client: nothing to follow and nothing to keep.
pub(super) fn unauthorized(app: &App, offered: Offered) -> Response {
    let login_url = format!("{}{OUTPOST_PREFIX}start", app.origin());
    let body = json!({ "detail": "Sign in to open this.", "login_url": login_url });
    let mut response = (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    challenge(&mut response, offered);
    response
}

/// Says what would help: a session, or, for whoever brought credentials, right ones.
pub(super) fn challenge(response: &mut Response, offered: Offered) {
    let challenge = match offered {
        Offered::Nothing => "Cookie realm=\"authentik\"",
        Offered::WrongCredentials => "Basic realm=\"authentik\", charset=\"UTF-8\"",
    };
    let challenge = HeaderValue::from_static(challenge);
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
}

/// 403 for whoever cannot read a page.
pub(super) fn forbidden(reference: &str) -> Response {
    let body = json!({ "detail": "This account may not open this.", "reference": reference });
    small(StatusCode::FORBIDDEN, &body)
}

/// 503: nginx was refused, and a moment later the same person may come in: they open it again.
/// Never a redirect, which could go round for ever.
pub(super) fn changed_meanwhile(state: &AppState, url: &str) -> Response {
    let text = "What you may open was changed just now. Open the page again.";
    let title = "Open the page again";
    let page = Message::new(StatusCode::SERVICE_UNAVAILABLE, title, text);
    state
        .pages
        .respond(&page.with_next_step("Open the page again", url))
}

/// 404: nobody set up this host. The page tells an operator what to do and lists nothing.
pub(super) fn unknown_host(state: &AppState, host: Option<&Host>, is_page: bool) -> Response {
    let host = host.map(ToString::to_string).unwrap_or_default();
    if is_page {
        let text = format!(
            "The reverse proxy asked about “{host}”, and no application of the embedded outpost \
             has this host. An administrator can set it as the external host of a provider."
        );
        let title = "Nothing is set up at this address";
        let page = Message {
            next_step_url: None,
            ..Message::new(StatusCode::NOT_FOUND, title, text)
        };
        return state.pages.respond(&page);
    }
    let detail = "No application of the embedded outpost has this host.";
    small(
        StatusCode::NOT_FOUND,
        &json!({ "detail": detail, "host": host }),
    )
}

/// 500: the proxy does not say what it has to say. Never a pass.
pub(super) fn misconfigured(reason: &str) -> Response {
    let text = format!("The reverse proxy is not set up for forward authentication: {reason}.\n");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(CACHE_CONTROL, NO_STORE)],
        text,
    )
        .into_response()
}

/// A status with small JSON that nobody keeps.
pub(super) fn small(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(CACHE_CONTROL, NO_STORE)], Json(body)).into_response()
}
