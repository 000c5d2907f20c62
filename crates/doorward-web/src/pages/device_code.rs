//! A device without a browser: the code that it shows, and the question before it is let in.
//!
//! Rule: a link with a code in it fills the field and nothing more; the question says whose device
//! asks from where for what (RFC 8628 §5.4).

use http::StatusCode;
use serde::Serialize;

use super::{AppAbout, FieldError, Page, form_status};

/// `/device`, `oauth/device_code.html`. Posts `code`.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceCode {
    /// Who is signed in.
    pub account: String,
    /// Where the form goes.
    pub action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// What the link said, or was typed before.
    pub code: String,
    /// The proof that the brand's flow around the page was gone through; may be empty.
    pub passed: String,
    /// What was wrong, in words; `field` is `code`.
    pub errors: Vec<FieldError>,
    /// Seconds until the next try, after too many.
    pub wait_s: Option<u32>,
}

impl Page for DeviceCode {
    const TEMPLATE: &'static str = "oauth/device_code.html";

    fn status(&self) -> StatusCode {
        form_status(self.wait_s, &self.errors)
    }

    fn retry_after_s(&self) -> Option<u32> {
        self.wait_s
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            account: "mia".into(),
            action: "/device".into(),
            csrf: "6f1c".into(),
            code: String::new(),
            passed: String::new(),
            errors: Vec::new(),
            wait_s: None,
        };
        let wrong = Self {
            code: "BCDF-GHJK".into(),
            errors: vec![FieldError::at(
                "code",
                "No device waits with this code. Look at the device again, or start anew there.",
            )],
            ..empty.clone()
        };
        let wait = Self {
            wait_s: Some(60),
            ..empty.clone()
        };
        vec![("empty", empty), ("wrong", wrong), ("wait", wait)]
    }
}

/// The question, `oauth/device_confirm.html`. Posts `held` and `answer` = `allow` or `deny`.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceConfirm {
    /// Who is signed in.
    pub account: String,
    /// The application that the device uses.
    pub app_name: String,
    /// What it says of itself.
    pub about: Option<AppAbout>,
    /// The code, to compare.
    pub code: String,
    /// From where it asks; empty if that is not known.
    pub address: String,
    /// Where that is; may be empty.
    pub place: String,
    /// What it may know.
    pub permissions: Vec<String>,
    /// Where the form goes.
    pub action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// What the answer repeats.
    pub held: String,
}

impl Page for DeviceConfirm {
    const TEMPLATE: &'static str = "oauth/device_confirm.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let full = Self {
            account: "mia".into(),
            app_name: "Movies".into(),
            about: Some(AppAbout::sample()),
            code: "BCDF-GHJK".into(),
            address: "192.0.2.7".into(),
            place: "Berlin".into(),
            permissions: vec!["Your email address".into()],
            action: "/device/answer".into(),
            csrf: "6f1c".into(),
            held: "v1.k1.x".into(),
        };
        let bare = Self {
            about: None,
            address: String::new(),
            place: String::new(),
            permissions: Vec::new(),
            ..full.clone()
        };
        vec![("full", full), ("bare", bare)]
    }
}
