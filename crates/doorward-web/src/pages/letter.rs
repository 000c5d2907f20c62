//! The card that says that a letter is on its way, and the question before a link is used.

use http::StatusCode;
use serde::Serialize;

use super::{FieldError, Page};

/// The card, `flow/letter.html`. Posts `component` = `ak-stage-email`: the letter is sent (again).
#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    /// The heading: the flow's title.
    pub title: String,
    /// Whether a letter is on its way; else nothing was sent yet.
    pub sent: bool,
    /// Where to, if that may be said.
    pub to: Option<String>,
    /// Whether it was sent once more just now.
    pub sent_again: bool,
    /// What was wrong.
    pub errors: Vec<FieldError>,
    /// Seconds until another letter may be asked for.
    pub wait_s: Option<u32>,
    /// Something to know that is not an error.
    pub notice: Option<String>,
    /// Where the form goes.
    pub flow_action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Where it is given up.
    pub cancel_url: String,
}

impl Page for Letter {
    const TEMPLATE: &'static str = "flow/letter.html";

    fn status(&self) -> StatusCode {
        match (self.wait_s, self.errors.is_empty()) {
            (Some(_), _) => StatusCode::TOO_MANY_REQUESTS,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, true) => StatusCode::OK,
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        self.wait_s
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let sent = Self {
            title: "Reset your password".into(),
            sent: true,
            to: None,
            sent_again: false,
            errors: Vec::new(),
            wait_s: None,
            notice: None,
            flow_action: "/if/flow/default-recovery-flow/?run=3f2a".into(),
            csrf: "6f1c".into(),
            cancel_url: "/flows/-/cancel/".into(),
        };
        let again = Self {
            to: Some("mia@example.org".into()),
            sent_again: true,
            ..sent.clone()
        };
        let unsent = Self {
            sent: false,
            to: Some("mia@example.org".into()),
            notice: Some(
                "This page was open too long, so nothing was sent. Please start again.".into(),
            ),
            errors: vec![FieldError::form(
                "Something in the form could not be read. Please try again.",
            )],
            ..sent.clone()
        };
        let waiting = Self {
            wait_s: Some(300),
            ..sent.clone()
        };
        vec![
            ("sent", sent),
            ("again", again),
            ("unsent", unsent),
            ("waiting", waiting),
        ]
    }
}

/// The question before a link is used, `flow/link.html`. Posts an empty form to `action`: a page view
/// never uses a link, for mail scanners and previews open it too.
#[derive(Clone, Debug, Serialize)]
pub struct LinkOpened {
    /// The heading: the flow's title.
    pub title: String,
    /// Where the form goes: the link itself.
    pub action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
}

impl Page for LinkOpened {
    const TEMPLATE: &'static str = "flow/link.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            title: "Reset your password".into(),
            action: "/if/flow/default-recovery-flow/?flow_token=0n3t1m3".into(),
            csrf: "6f1c".into(),
        };
        vec![("one", one)]
    }
}
