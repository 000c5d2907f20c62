//! The page for a person who is signed in but may not open an application.
//!
//! Rule: says who, what and how to go on; why only to those who may know (`reasons`).

use http::StatusCode;
use serde::Serialize;

use super::{Page, Person};

/// "You cannot open this application", `access/refused.html`. Answered with 403.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The account that was checked.
    pub person: Person,
    /// The application's name.
    pub app: String,
    /// What to quote to the administrator.
    pub reference_id: String,
    /// Signs out and in again, then comes back to the application.
    pub switch_account_url: Option<String>,
    /// The person's applications.
    pub back_url: String,
    /// What policies tell the person.
    pub messages: Vec<String>,
    /// Why, a sentence per rule; leave empty unless the person is an administrator.
    pub reasons: Vec<String>,
    /// Every step of the decision, for an administrator.
    pub trace_url: Option<String>,
}

impl Page for Refused {
    const TEMPLATE: &'static str = "access/refused.html";

    fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            person: Person::sample(),
            app: "Sonarr".into(),
            reference_id: "01jd-9x4k-7q".into(),
            switch_account_url: Some("/flows/-/default/authentication/?switch=1".into()),
            back_url: "/if/user/".into(),
            messages: Vec::new(),
            reasons: Vec::new(),
            trace_url: None,
        };
        let told = Self {
            messages: vec!["Only between 8 and 18 o’clock.".into()],
            ..plain.clone()
        };
        let to_admin = Self {
            reasons: vec![
                "Binding 0 lets in a group of which this account is no member.".into(),
                "One of the bindings has to let the account in; none does.".into(),
            ],
            trace_url: Some("/if/admin/why/?reference=01jd".into()),
            ..plain.clone()
        };
        vec![("plain", plain), ("told", told), ("to-admin", to_admin)]
    }
}
