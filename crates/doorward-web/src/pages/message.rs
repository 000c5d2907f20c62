//! One sentence and the next step: every answer that is not a page of its own.
//!
//! The constructors are the closed list of what can go wrong on a page; each keeps status and
//! words together. Rule: the text says what the person can do, and never what only we may know.

use http::StatusCode;
use serde::Serialize;

use super::Page;

/// A message, `message.html`, answered with `status`.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// The status of the answer, 200 to 599.
    pub status: u16,
    /// What happened, in a few words.
    pub title: String,
    /// What it means for the person, in a sentence or two.
    pub text: String,
    /// The words on the link to go on.
    pub next_step_label: String,
    /// Where to go on; `None`: no link.
    pub next_step_url: Option<String>,
    /// What to quote to the administrator; `None`: not shown.
    pub reference_id: Option<String>,
    /// Seconds until the next try.
    pub wait_s: Option<u32>,
}

impl Message {
    /// A message with a link to the person's applications and no reference.
    pub fn new(status: StatusCode, title: &str, text: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: title.into(),
            text: text.into(),
            next_step_label: "Go to my applications".into(),
            next_step_url: Some("/if/user/".into()),
            reference_id: None,
            wait_s: None,
        }
    }

    /// Adds the id of the request, to quote to the administrator.
    #[must_use]
    pub fn with_reference(mut self, reference_id: impl Into<String>) -> Self {
        self.reference_id = Some(reference_id.into());
        self
    }

    /// Replaces the link.
    #[must_use]
    pub fn with_next_step(mut self, label: &str, url: impl Into<String>) -> Self {
        self.next_step_label = label.into();
        self.next_step_url = Some(url.into());
        self
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "The address may be mistyped, or the page was removed.",
        )
    }

    /// 403: signed in, and still not allowed; always with a reference.
    pub fn forbidden(reference_id: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Your account may not open this page",
            "If you need it, ask an administrator and tell them the reference below.",
        )
        .with_reference(reference_id)
    }

    /// 403: the form did not come from our own page, or came too late (CSRF).
    pub fn foreign_form(retry_url: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form was too old",
            "To be safe, nothing was done. Open the page again and repeat the last step.",
        )
        .with_next_step("Open the page again", retry_url)
    }

    /// 405.
    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "This address cannot be used that way",
            "Open it from its page instead.",
        )
    }

    /// 413.
    pub fn body_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That was too much at once",
            "What was sent is larger than this page accepts. Shorten it and send it again.",
        )
    }

    /// 429 with `Retry-After`.
    pub fn too_many(wait_s: u32) -> Self {
        let page = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tries",
            "This protects the accounts here from guessing.",
        );
        Self {
            wait_s: Some(wait_s),
            next_step_url: None,
            ..page
        }
    }

    /// 431.
    pub fn headers_too_large() -> Self {
        Self::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Your browser sent too many cookies",
            "Delete the cookies of this site, then open the page again.",
        )
    }

    /// 500: our fault; always with a reference.
    pub fn fault(reference_id: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "It is not your fault and nothing of yours was lost. Try again; if it happens again, \
             tell an administrator the reference below.",
        )
        .with_reference(reference_id)
    }

    /// 503 with `Retry-After`: the database does not answer.
    pub fn store_down(reference_id: impl Into<String>) -> Self {
        let page = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Signing in is not possible right now",
            "The database does not answer. Nothing of yours is lost.",
        );
        Self {
            wait_s: Some(10),
            next_step_url: None,
            ..page
        }
        .with_reference(reference_id)
    }
}

impl Page for Message {
    const TEMPLATE: &'static str = "message.html";

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn retry_after_s(&self) -> Option<u32> {
        self.wait_s
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let reference = "01jd-9x4k-7q";
        vec![
            ("not-found", Self::not_found()),
            ("forbidden", Self::forbidden(reference)),
            (
                "foreign-form",
                Self::foreign_form("/if/flow/default-authentication-flow/"),
            ),
            ("wrong-method", Self::wrong_method()),
            ("body-too-large", Self::body_too_large()),
            ("too-many", Self::too_many(30)),
            ("headers-too-large", Self::headers_too_large()),
            ("fault", Self::fault(reference)),
            ("store-down", Self::store_down(reference)),
        ]
    }
}
