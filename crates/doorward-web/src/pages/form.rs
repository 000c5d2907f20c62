//! A form that an operator made up, as one card: the prompt stage.
//!
//! Rule: what was typed stays after a mistake, but for passwords and files.

use http::StatusCode;
use serde::Serialize;

use super::{FieldError, Page, form_status};

/// How a field is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FormInput {
    /// One line.
    Text,
    /// Several lines.
    Area,
    /// One line that cannot be changed.
    TextFixed,
    /// Several lines that cannot be changed.
    AreaFixed,
    /// The name to sign in with.
    Username,
    /// A mail address.
    Email,
    /// A password to be set.
    NewPassword,
    /// A whole number.
    Number,
    /// Yes or no.
    Checkbox,
    /// One of several, all seen.
    Radio,
    /// One of several, in a list.
    Select,
    /// A day.
    Date,
    /// A day and a time, in UTC.
    DateTime,
    /// A file.
    File,
    /// A line between fields.
    Separator,
    /// Not seen.
    Hidden,
    /// Words.
    Static,
    /// Words in a box.
    Info,
    /// Words in a box that warns.
    Warning,
    /// Words in a box that warns strongly.
    Danger,
}

/// One of several answers.
#[derive(Clone, Debug, Serialize)]
pub struct FormChoice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

/// One field.
#[derive(Clone, Debug, Serialize)]
pub struct FormField {
    /// The posted name.
    pub name: String,
    /// The words beside it.
    pub label: String,
    /// How it is shown.
    pub input: FormInput,
    /// Whether it must be filled in.
    pub required: bool,
    /// Shown while it is empty.
    pub placeholder: String,
    /// What it holds at first; words for what is only shown.
    pub value: String,
    /// Help below it.
    pub help: String,
    /// What can be chosen.
    pub choices: Vec<FormChoice>,
}

/// The form, `flow/form.html`. Posts `component` = `ak-stage-prompt` and one value for each field;
/// as `multipart/form-data` where there is a file. Answered with 200, 422, or 429 with `wait_s`.
#[derive(Clone, Debug, Serialize)]
pub struct Form {
    /// The heading: the flow's title.
    pub title: String,
    /// Something to know that is not an error.
    pub notice: Option<String>,
    /// Where the form goes.
    pub flow_action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// The fields, in order.
    pub fields: Vec<FormField>,
    /// Whether one of them is a file.
    pub has_file: bool,
    /// What was wrong, in words.
    pub errors: Vec<FieldError>,
    /// Seconds until the next try, after too many.
    pub wait_s: Option<u32>,
    /// Where it is given up.
    pub cancel_url: String,
    /// The origin the flow will end at, if it is not ours.
    #[serde(skip)]
    pub form_action_origin: Option<String>,
}

impl Page for Form {
    const TEMPLATE: &'static str = "flow/form.html";

    fn status(&self) -> StatusCode {
        form_status(self.wait_s, &self.errors)
    }

    fn retry_after_s(&self) -> Option<u32> {
        self.wait_s
    }

    fn form_action_origin(&self) -> Option<&str> {
        self.form_action_origin.as_deref()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let account = Self::sample(vec![
            field("username", "User name", FormInput::Username, "mia"),
            field("name", "Full name", FormInput::Text, ""),
            field("email", "Email", FormInput::Email, ""),
            field("password", "Password", FormInput::NewPassword, ""),
            field(
                "password_repeat",
                "Password again",
                FormInput::NewPassword,
                "",
            ),
        ]);
        let wrong = Self {
            errors: vec![
                FieldError::at("username", "Username is already taken."),
                FieldError::form("Passwords don't match."),
            ],
            ..account.clone()
        };
        let wait = Self {
            wait_s: Some(30),
            ..account.clone()
        };
        let every = Self {
            has_file: true,
            notice: Some(
                "This page was open too long, so nothing was sent. Please start again.".into(),
            ),
            ..Self::sample(every_input())
        };
        vec![
            ("account", account),
            ("wrong", wrong),
            ("wait", wait),
            ("every-input", every),
        ]
    }
}

impl Form {
    fn sample(fields: Vec<FormField>) -> Self {
        Self {
            title: "Create your account".into(),
            notice: None,
            flow_action: "/if/flow/enrollment/?run=3f2a".into(),
            csrf: "6f1c".into(),
            fields,
            has_file: false,
            errors: Vec::new(),
            wait_s: None,
            cancel_url: "/flows/-/cancel/".into(),
            form_action_origin: None,
        }
    }
}

fn field(name: &str, label: &str, input: FormInput, value: &str) -> FormField {
    FormField {
        name: name.into(),
        label: label.into(),
        input,
        required: true,
        placeholder: String::new(),
        value: value.into(),
        help: String::new(),
        choices: Vec::new(),
    }
}

fn every_input() -> Vec<FormField> {
    let choice = |value: &str, chosen| FormChoice {
        value: value.into(),
        label: value.into(),
        chosen,
    };
    let choices = || vec![choice("Blue", true), choice("Green", false)];
    let with = |name, label, input| FormField {
        choices: choices(),
        ..field(name, label, input, "Blue")
    };
    let optional = |name, label, input, value| FormField {
        required: false,
        help: "Only if you like.".into(),
        placeholder: "For example this".into(),
        ..field(name, label, input, value)
    };
    vec![
        field("s", "Welcome", FormInput::Static, "A few questions first."),
        field(
            "i",
            "Good to know",
            FormInput::Info,
            "Nobody else sees this.",
        ),
        field("w", "Careful", FormInput::Warning, "This cannot be undone."),
        field("d", "Stop", FormInput::Danger, "Everything is deleted."),
        optional(
            "attributes.about",
            "About you",
            FormInput::Area,
            "Two\nlines",
        ),
        field("fixed", "Number of the badge", FormInput::TextFixed, "12"),
        field("terms", "Terms", FormInput::AreaFixed, "Be kind."),
        optional("age", "Years", FormInput::Number, "30"),
        field("agree", "I agree", FormInput::Checkbox, ""),
        with("color", "Color", FormInput::Radio),
        with("second", "Second color", FormInput::Select),
        field("line", "", FormInput::Separator, ""),
        optional("day", "Day", FormInput::Date, "2026-11-30"),
        optional(
            "moment",
            "Moment",
            FormInput::DateTime,
            "2026-11-30T09:00:00",
        ),
        optional("picture", "Picture", FormInput::File, ""),
        field("secret", "", FormInput::Hidden, "x"),
    ]
}
