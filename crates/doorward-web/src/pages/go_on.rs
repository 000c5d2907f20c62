//! A card with one button: a step that asks nothing, or a last question.

use serde::Serialize;

use super::Page;

/// The card, `flow/go_on.html`. Posts `component` = `ak-stage-dummy`.
#[derive(Clone, Debug, Serialize)]
pub struct GoOn {
    /// The heading: the flow's title.
    pub title: String,
    /// What happens.
    pub text: String,
    /// Whom it happens to; `None`: nobody in particular.
    pub account: Option<String>,
    /// Something to know that is not an error.
    pub notice: Option<String>,
    /// The words on the button.
    pub button: String,
    /// Whether it cannot be undone.
    pub is_dangerous: bool,
    /// Where the form goes.
    pub flow_action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Where it is given up.
    pub cancel_url: String,
    /// The origin the flow will end at, if it is not ours.
    #[serde(skip)]
    pub form_action_origin: Option<String>,
}

impl Page for GoOn {
    const TEMPLATE: &'static str = "flow/go_on.html";

    fn form_action_origin(&self) -> Option<&str> {
        self.form_action_origin.as_deref()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            title: "Create your account".into(),
            text: "One more step.".into(),
            account: None,
            notice: None,
            button: "Continue".into(),
            is_dangerous: false,
            flow_action: "/if/flow/enrollment/?run=3f2a".into(),
            csrf: "6f1c".into(),
            cancel_url: "/flows/-/cancel/".into(),
            form_action_origin: None,
        };
        let delete = Self {
            title: "Delete your account".into(),
            text: "This cannot be undone.".into(),
            account: Some("mia".into()),
            notice: Some(
                "This page was open too long, so nothing was sent. Please start again.".into(),
            ),
            button: "Delete my account".into(),
            is_dangerous: true,
            ..plain.clone()
        };
        vec![("plain", plain), ("delete", delete)]
    }
}
