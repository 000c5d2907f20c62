//! The API's errors, in the shapes authentik's clients know.
//!
//! `{"detail": "…"}` for everything that is not about fields; `{"field": ["…"]}` for a form,
//! with `non_field_errors` for the form as a whole. The words are authentik's (Django REST
//! framework's), because clients compare them.
//!
//! Leaves to others: which problem it is. Rule: no error of the API is HTML, and none says more
//! than its variant.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

/// Messages by field; [`NON_FIELD`] for the form as a whole.
pub type FieldMessages = BTreeMap<String, Vec<String>>;

/// The key for what is wrong with a form as a whole.
pub const NON_FIELD: &str = "non_field_errors";

/// What went wrong, as the API says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 400: what was sent is not JSON; the text says where.
    Unreadable(String),
    /// 400: fields with their messages.
    Invalid(FieldMessages),
    /// 403: nobody is signed in.
    Anonymous,
    /// 403: the bearer token is unknown or expired.
    TokenInvalid,
    /// 403: the token counts, and not here, or not so.
    TokenRefused(&'static str),
    /// 403: signed in, and not allowed.
    Forbidden,
    /// 403: a session without the token of its form (CSRF).
    ForeignRequest,
    /// 404.
    NotFound,
    /// 404: no object of this model, for example "User".
    NoSuch(&'static str),
    /// 405: the method that was used.
    WrongMethod(String),
    /// 409: somebody else changed it in between.
    Conflict,
    /// 413.
    BodyTooLarge,
    /// 415: the media type that was used.
    WrongMediaType(String),
    /// 429: seconds until the next try.
    TooMany(u32),
    /// 431.
    HeadersTooLarge,
    /// 500: our fault; the id of the request.
    Fault(String),
    /// 503: the store does not answer.
    StoreDown,
}

impl Problem {
    /// One message for one field.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid(BTreeMap::from([(name.into(), vec![message.into()])]))
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Anonymous
            | Self::TokenInvalid
            | Self::TokenRefused(_)
            | Self::Forbidden
            | Self::ForeignRequest => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoSuch(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::StoreDown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The JSON of the answer.
    pub fn body(&self) -> Value {
        match self {
            Self::Invalid(fields) => json!(fields),
            Self::Fault(reference) => {
                json!({ "detail": "Something went wrong on our side.", "reference": reference })
            }
            other => json!({ "detail": other.detail() }),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unreadable(place) => format!("JSON parse error - {place}"),
            Self::Invalid(_) | Self::Fault(_) => String::new(),
            Self::Anonymous => "Authentication credentials were not provided.".into(),
            Self::TokenInvalid => "Token invalid/expired".into(),
            Self::TokenRefused(why) => (*why).into(),
            Self::Forbidden => "You do not have permission to perform this action.".into(),
            Self::ForeignRequest => "CSRF Failed: CSRF token missing or incorrect.".into(),
            Self::NotFound => "Not found.".into(),
            Self::NoSuch(model) => format!("No {model} matches the given query."),
            Self::WrongMethod(method) => format!("Method \"{method}\" not allowed."),
            Self::Conflict => "The object was changed in between. Read it again.".into(),
            Self::BodyTooLarge => "The request is too large.".into(),
            Self::WrongMediaType(media_type) => {
                format!("Unsupported media type \"{media_type}\" in request.")
            }
            Self::TooMany(wait_s) => {
                let unit = if *wait_s == 1 { "second" } else { "seconds" };
                format!("Request was throttled. Expected available in {wait_s} {unit}.")
            }
            Self::HeadersTooLarge => "The headers of the request are too large.".into(),
            Self::StoreDown => "The database does not answer. Try again.".into(),
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::TooMany(wait_s) => Some(*wait_s),
            Self::StoreDown => Some(2),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(wait_s) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait_s));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use serde_json::json;

    /// api-and-model.md section 2: clients compare these words.
    #[test]
    fn each_problem_has_the_status_and_body_that_clients_know() {
        let detail = |text: &str| json!({ "detail": text });
        for (problem, status, body) in [
            (
                Problem::field("name", "This field is required."),
                400,
                json!({
                    "name": ["This field is required."]
                }),
            ),
            (
                Problem::Anonymous,
                403,
                detail("Authentication credentials were not provided."),
            ),
            (Problem::TokenInvalid, 403, detail("Token invalid/expired")),
            (
                Problem::Forbidden,
                403,
                detail("You do not have permission to perform this action."),
            ),
            (Problem::NotFound, 404, detail("Not found.")),
            (
                Problem::NoSuch("User"),
                404,
                detail("No User matches the given query."),
            ),
            (
                Problem::WrongMethod("PUT".into()),
                405,
                detail("Method \"PUT\" not allowed."),
            ),
            (
                Problem::TooMany(3),
                429,
                detail("Request was throttled. Expected available in 3 seconds."),
            ),
        ] {
            assert_eq!(problem.status().as_u16(), status);
            assert_eq!(problem.body(), body);
        }
    }
}
