//! Inviting somebody: the form, and what was made.

use serde::Serialize;

use super::{AddChoice, Frame, Section};
use crate::pages::{FieldError, Page, form_status};
use http::StatusCode;

/// `/if/admin/people/invite/`, `admin/people/invite.html`. A `POST` sends `name`, `email`, `group`
/// (several) and `days`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleInvite {
    /// What surrounds it.
    pub frame: Frame,
    /// Who is meant, for the operator alone.
    pub name: String,
    /// Where the link is mailed; may be empty.
    pub email: String,
    /// The groups that they join.
    pub groups: Vec<AddChoice>,
    /// How long the link works.
    pub days: Vec<AddChoice>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for ConsoleInvite {
    const TEMPLATE: &'static str = "admin/people/invite.html";

    fn status(&self) -> StatusCode {
        form_status(None, &self.errors)
    }

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let choice = |value: &str, label: &str, chosen| AddChoice {
            value: value.into(),
            label: label.into(),
            about: String::new(),
            chosen,
        };
        let empty = Self {
            frame: Frame::sample(Section::People),
            name: String::new(),
            email: String::new(),
            groups: vec![choice("a", "Family", false), choice("b", "Media", true)],
            days: vec![choice("1", "A day", false), choice("7", "A week", true)],
            errors: Vec::new(),
        };
        let wrong = Self {
            name: "Mia".into(),
            email: "mia@".into(),
            groups: Vec::new(),
            errors: vec![
                FieldError::at("email", "Enter a valid email address."),
                FieldError::form("The public address is not set."),
            ],
            ..empty.clone()
        };
        vec![("empty", empty), ("wrong", wrong)]
    }
}

/// `/if/admin/people/invite/{id}/`, `admin/people/invited.html`. A `POST` to it sends `email`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleInvited {
    /// What surrounds it.
    pub frame: Frame,
    /// Who is meant.
    pub name: String,
    /// What they open; empty while it leads nowhere.
    pub link: String,
    /// Why it leads nowhere.
    pub problem: Option<String>,
    /// The link as a QR code's path, if it is short enough for one.
    pub qr_path: Option<String>,
    /// The side of its view box.
    pub qr_side: usize,
    /// The names of the groups that they join.
    pub groups: Vec<String>,
    /// Until when it works, Unix milliseconds; `None`: until it is used.
    pub ends_ms: Option<i64>,
    /// Where it is mailed next.
    pub email: String,
    /// What was just done.
    pub notice: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
    /// The object behind it.
    pub object_url: String,
}

impl Page for ConsoleInvited {
    const TEMPLATE: &'static str = "admin/people/invited.html";

    fn status(&self) -> StatusCode {
        form_status(None, &self.errors)
    }

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let made = Self {
            frame: Frame::sample(Section::People),
            name: "mia".into(),
            link: "https://auth.example.com/if/flow/enrollment-by-invitation/?itoken=0b6b".into(),
            problem: None,
            qr_path: Some("M4 4h7v1h-7z".into()),
            qr_side: 41,
            groups: vec!["Family".into(), "Media".into()],
            ends_ms: Some(1_795_478_400_000),
            email: String::new(),
            notice: Some("The invitation is on its way.".into()),
            errors: Vec::new(),
            object_url: "/if/admin/objects/authentik_stages_invitation.invitation/0b6b/".into(),
        };
        let nowhere = Self {
            link: String::new(),
            problem: Some("The public address is not set.".into()),
            qr_path: None,
            qr_side: 0,
            groups: Vec::new(),
            ends_ms: None,
            notice: None,
            errors: vec![FieldError::at("email", "Enter an address.")],
            ..made.clone()
        };
        vec![("made", made), ("nowhere", nowhere)]
    }
}
