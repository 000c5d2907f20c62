//! The first run: public address and first administrator on one card.
//!
//! Leaves to others: whether the one-time link is good, and the rules a password must meet
//! (checked again by the engine; the card only lists them).

use doorward_protocol::password::MIN_PASSWORD_CHARS;
use http::StatusCode;
use serde::Serialize;

use super::{FieldError, Page};

/// The set-up card, `flow/setup.html`. Posts `base_url`, `username`, `name`, `email`,
/// `password`, `password_repeat`. Answered with 200, or 422 if there are errors.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    /// Where the form goes, the one-time token included.
    pub action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// The public address, filled in from the request.
    pub base_url: String,
    /// The first administrator's user name, `akadmin` unless changed.
    pub username: String,
    /// The full name; may stay empty.
    pub name: String,
    /// The mail address; may stay empty.
    pub email: String,
    /// What a password must be like, one sentence each, shown before typing.
    pub password_rules: Vec<String>,
    /// The least number of characters of a password.
    pub password_min_length: usize,
    /// What was wrong, in words; `field` is one of the posted names.
    pub errors: Vec<FieldError>,
}

impl Setup {
    /// An empty card that posts to `action`, with `base_url` as the request saw it.
    pub fn new(
        action: impl Into<String>,
        csrf: impl Into<String>,
        base_url: impl Into<String>,
    ) -> Self {
        Self {
            action: action.into(),
            csrf: csrf.into(),
            base_url: base_url.into(),
            username: "akadmin".into(),
            name: String::new(),
            email: String::new(),
            password_rules: vec![
                "At least 8 characters; longer is better than complicated.".into(),
                "Anything goes: spaces, sentences, what your password manager suggests.".into(),
            ],
            password_min_length: MIN_PASSWORD_CHARS,
            errors: Vec::new(),
        }
    }
}

impl Page for Setup {
    const TEMPLATE: &'static str = "flow/setup.html";

    fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self::new(
            "/if/flow/initial-setup/?token=t0k3n",
            "6f1c",
            "https://auth.example.com",
        );
        let wrong = Self {
            username: "mia".into(),
            email: "mia@".into(),
            errors: vec![
                FieldError::at("email", "Write the whole address, like mia@example.com."),
                FieldError::at(
                    "password_repeat",
                    "The two passwords differ. Type both again.",
                ),
            ],
            ..empty.clone()
        };
        vec![("empty", empty), ("wrong", wrong)]
    }
}
