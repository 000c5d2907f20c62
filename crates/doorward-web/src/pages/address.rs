//! The public address, asked for when the first run did not.
//!
//! Leaves to others: who may answer, and what an address is.

use http::StatusCode;
use serde::Serialize;

use super::{FieldError, Nav, Page, Person};

/// `/if/admin/address/`, `admin/address.html`. Posts `base_url`. Answered with 200, or 422 if there
/// are errors.
#[derive(Clone, Debug, Serialize)]
pub struct PublicAddress {
    /// Who is asked.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// Where the form goes.
    pub action: String,
    /// Where to go without an answer.
    pub later_url: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// The address, filled in from the request.
    pub base_url: String,
    /// What was wrong, in words; `field` is `base_url`.
    pub errors: Vec<FieldError>,
}

impl Page for PublicAddress {
    const TEMPLATE: &'static str = "admin/address.html";

    fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            person: Person::sample(),
            nav: Nav::new(true),
            action: "/if/admin/address/".into(),
            later_url: "/if/user/".into(),
            csrf: "6f1c".into(),
            base_url: "https://auth.example.com".into(),
            errors: Vec::new(),
        };
        let wrong = Self {
            base_url: "https://auth.example.com/sso".into(),
            errors: vec![FieldError::at(
                "base_url",
                "Write the address without a path, like https://auth.example.com.",
            )],
            ..empty.clone()
        };
        vec![("empty", empty), ("wrong", wrong)]
    }
}
