//! How the API answers: JSON with authentik's headers, refusals in authentik's words.

use axum::response::{IntoResponse, Response};
use doorward_engine::resource::Refusal;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::Refused;
use crate::respond::Failure;
use crate::respond::problem::Problem;

static POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// A body with the headers of every answer.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    common(headers);
    response
}

/// 200 with a body.
pub(super) fn ok(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

/// 204.
pub(super) fn nothing() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    common(response.headers_mut());
    response
}

/// What every answer says, whoever made it.
pub(super) async fn with_headers(mut response: Response) -> Response {
    common(response.headers_mut());
    response
}

fn common(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    headers.insert(POWERED_BY.clone(), HeaderValue::from_static("authentik"));
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = match self.0 {
            Refusal::NotAuthenticated => Problem::Anonymous.into_response(),
            Refusal::Forbidden => Problem::Forbidden.into_response(),
            Refusal::NotFound { model: "" } => Problem::NotFound.into_response(),
            Refusal::NotFound { model } => Problem::NoSuch(model).into_response(),
            Refusal::InvalidPage => {
                json(StatusCode::NOT_FOUND, &json!({ "detail": "Invalid page." }))
            }
            Refusal::NotAllowed => json(
                StatusCode::METHOD_NOT_ALLOWED,
                &json!({ "detail": "Method not allowed." }),
            ),
            Refusal::Invalid(errors) => json(StatusCode::BAD_REQUEST, &errors.into_value()),
            Refusal::Fault(fault) => return Failure::from(fault).into_response(),
        };
        common(response.headers_mut());
        response
    }
}
