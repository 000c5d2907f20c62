//! The question whether an application may know something about a person.

use http::StatusCode;
use serde::Serialize;

use super::{AppAbout, FieldError, Page};

/// The card, `flow/consent.html`. Posts `component` = `ak-stage-consent` and `token`.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// The heading: the flow's title.
    pub title: String,
    /// The application, if it is known.
    pub app_name: Option<String>,
    /// What it says of itself.
    pub about: Option<AppAbout>,
    /// A sentence of the application's; may be empty.
    pub header: String,
    /// What was agreed to before.
    pub permissions: Vec<String>,
    /// What is new.
    pub additional: Vec<String>,
    /// Who is asked.
    pub account: String,
    /// Something to know that is not an error.
    pub notice: Option<String>,
    /// What was wrong, in words.
    pub errors: Vec<FieldError>,
    /// Where the form goes.
    pub flow_action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// What the answer repeats.
    pub token: String,
    /// "No".
    pub cancel_url: String,
    /// The origin the flow will end at, if it is not ours.
    #[serde(skip)]
    pub form_action_origin: Option<String>,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "flow/consent.html";

    fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    fn form_action_origin(&self) -> Option<&str> {
        self.form_action_origin.as_deref()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            title: "Opening Grafana".into(),
            app_name: Some("Grafana".into()),
            about: None,
            header: String::new(),
            permissions: Vec::new(),
            additional: Vec::new(),
            account: "mia".into(),
            notice: None,
            errors: Vec::new(),
            flow_action: "/if/flow/default-provider-authorization-explicit-consent/?run=3f2a"
                .into(),
            csrf: "6f1c".into(),
            token: "t0k3n".into(),
            cancel_url: "/flows/-/cancel/".into(),
            form_action_origin: None,
        };
        let some = Self {
            app_name: None,
            header: "It shows your picture beside your comments.".into(),
            permissions: vec!["Your email address".into()],
            additional: vec!["Your groups".into()],
            notice: Some(
                "This page was open too long, so nothing was sent. Please start again.".into(),
            ),
            errors: vec![FieldError::form(
                "The question is a new one. Please answer it.",
            )],
            ..plain.clone()
        };
        let registered = Self {
            app_name: Some("Photos".into()),
            about: Some(AppAbout::sample()),
            ..plain.clone()
        };
        vec![("plain", plain), ("some", some), ("registered", registered)]
    }
}
