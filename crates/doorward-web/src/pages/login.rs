//! The sign-in card: name, password, or both on one card.
//!
//! The field names are those of authentik's challenge responses (`uid_field`, `password`,
//! `remember_me`) plus `component`, so that a form and a JSON answer become the same input.
//!
//! Rule: nothing here tells whether an account exists; see [`Login::CHECK_BOTH`].

use http::StatusCode;
use serde::Serialize;

use super::Puzzle;
use super::{AppAbout, FieldError, Page, form_status};

/// Which fields the card asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginFields {
    /// Identification with the password on the same card; posts `component` =
    /// `ak-stage-identification`, `uid_field`, `password`.
    NameAndPassword,
    /// Identification alone; posts `component` = `ak-stage-identification`, `uid_field`.
    NameOnly,
    /// The password of the person in `username`; posts `component` = `ak-stage-password`,
    /// `password` (and `username`, for password managers only: ignore it).
    PasswordOnly,
}

/// The sign-in card, `flow/login.html`.
///
/// Answered with 200, with 422 if there are errors, with 429 and `Retry-After` if `wait_s` is
/// set.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// The heading: the flow's title, for example "Sign in".
    pub title: String,
    /// The application the person is on the way to, if known.
    pub app_name: Option<String>,
    /// What it says of itself.
    pub about: Option<AppAbout>,
    /// Where the form goes: the flow's path with the run id and `next` in its query.
    pub flow_action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Which fields to show.
    pub fields: LoginFields,
    /// What was typed before, or, for [`LoginFields::PasswordOnly`], who is signing in.
    pub username: String,
    /// The label of the name field, for example "Username or email".
    pub username_label: String,
    /// Whether the password can be made readable (a button that the script shows).
    pub show_password: bool,
    /// Whether somebody who is signed in confirms who they are, on the way to change something.
    pub confirms: bool,
    /// The state of the box "Keep me signed in" (`remember_me`); `None`: not
    /// offered.
    pub remember: Option<bool>,
    /// What was wrong, in words.
    pub errors: Vec<FieldError>,
    /// Something to know that is not an error, for example that the step was too old.
    pub notice: Option<String>,
    /// Seconds until the next try, after too many.
    pub wait_s: Option<u32>,
    /// "Not you?": starts the flow again with another name.
    pub cancel_url: Option<String>,
    /// "Forgot password?", if there is a recovery flow.
    pub recovery_url: Option<String>,
    /// "Create an account", if there is an enrollment flow.
    pub enrollment_url: Option<String>,
    /// "Sign in without a password", if there is a flow for it.
    pub passwordless_url: Option<String>,
    /// What the browser is asked for a passkey, as JSON; posted as `passkey`.
    pub passkey: Option<String>,
    /// A passkey that nobody has: the browser can forget it.
    pub unknown_credential: Option<String>,
    /// What robots pay for; posted as `captcha_token`.
    pub puzzle: Option<Puzzle>,
    /// The origin the flow will end at, if it is not ours.
    #[serde(skip)]
    pub form_action_origin: Option<String>,
}

impl Login {
    /// The one answer to unknown name, wrong password, disabled and locked account.
    pub const CHECK_BOTH: &'static str = "Check the user name and the password. Both are checked \
         together, so we cannot say which is wrong.";

    /// The notice after a form that came too late or from an old page.
    pub const EXPIRED: &'static str =
        "This page was open too long, so nothing was sent. Please sign in again.";

    /// The notice for whoever was signed out because their session is bound to where it began.
    pub const MOVED: &'static str = "You were signed out because your network or your place has \
         changed. Please sign in again.";

    /// An empty card with both fields that posts to `flow_action`.
    pub fn new(flow_action: impl Into<String>, csrf: impl Into<String>) -> Self {
        Self {
            title: "Sign in".into(),
            app_name: None,
            about: None,
            flow_action: flow_action.into(),
            csrf: csrf.into(),
            fields: LoginFields::NameAndPassword,
            username: String::new(),
            username_label: "Username or email".into(),
            show_password: true,
            confirms: false,
            remember: None,
            errors: Vec::new(),
            notice: None,
            wait_s: None,
            cancel_url: None,
            recovery_url: None,
            enrollment_url: None,
            passwordless_url: None,
            passkey: None,
            unknown_credential: None,
            puzzle: None,
            form_action_origin: None,
        }
    }

    /// The card on which robots pay.
    fn with_puzzle(self) -> Self {
        Self {
            puzzle: Some(Puzzle {
                field: "captcha_token",
                alone: false,
                ..Puzzle::sample()
            }),
            ..self
        }
    }

    /// The card that takes a passkey too, after one that nobody has.
    fn with_passkey(self) -> Self {
        Self {
            passkey: Some("{\"challenge\":\"AAAA\"}".into()),
            unknown_credential: Some("AAAA".into()),
            passwordless_url: Some("/if/flow/passwordless/".into()),
            ..self
        }
    }

    /// The card after a wrong try: what was typed as the name stays, the password does not.
    #[must_use]
    pub fn refused(mut self, username: impl Into<String>) -> Self {
        self.username = username.into();
        self.errors = vec![FieldError::form(Self::CHECK_BOTH)];
        self
    }
}

impl Page for Login {
    const TEMPLATE: &'static str = "flow/login.html";

    fn status(&self) -> StatusCode {
        form_status(self.wait_s, &self.errors)
    }

    fn retry_after_s(&self) -> Option<u32> {
        self.wait_s
    }

    fn script_origins(&self) -> Option<String> {
        self.puzzle.as_ref()?.origins()
    }

    fn form_action_origin(&self) -> Option<&str> {
        self.form_action_origin.as_deref()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self::new(
            "/if/flow/default-authentication-flow/?run=3f2a",
            "6f1c0a2d9b8e4c7f",
        );
        let to_app = Self {
            app_name: Some("Grafana".into()),
            remember: Some(false),
            recovery_url: Some("/if/flow/recovery/".into()),
            form_action_origin: Some("https://grafana.example.com".into()),
            ..plain.clone()
        };
        let password = Self {
            fields: LoginFields::PasswordOnly,
            username: "mia".into(),
            cancel_url: Some("/flows/-/cancel/".into()),
            ..to_app.clone()
        };
        let name = Self {
            fields: LoginFields::NameOnly,
            enrollment_url: Some("/if/flow/enrollment/".into()),
            ..to_app.clone()
        };
        vec![
            ("plain", plain.clone()),
            ("wrong", to_app.clone().refused("mia@example.com")),
            (
                "wait",
                Self {
                    wait_s: Some(30),
                    ..to_app.clone().refused("mia")
                },
            ),
            (
                "expired",
                Self {
                    notice: Some(Self::EXPIRED.into()),
                    ..to_app.clone()
                },
            ),
            (
                "empty",
                Self {
                    errors: vec![
                        FieldError::at("uid_field", "Enter your user name or email address."),
                        FieldError::at("password", "Enter your password."),
                    ],
                    ..plain
                },
            ),
            ("passkey", to_app.clone().with_passkey()),
            ("puzzle", to_app.clone().with_puzzle()),
            ("to-registered", registered(&to_app)),
            ("to-app", to_app),
            ("password-wrong", password.clone().refused("mia")),
            ("confirm", confirming(&password)),
            ("password-only", password),
            ("name-only", name),
        ]
    }
}

/// On the way to an application that registered itself.
fn registered(to_app: &Login) -> Login {
    Login {
        about: Some(AppAbout::sample()),
        ..to_app.clone()
    }
}

/// Somebody who is signed in confirms it.
fn confirming(password: &Login) -> Login {
    Login {
        title: "Change your password".into(),
        app_name: None,
        confirms: true,
        remember: None,
        recovery_url: None,
        ..password.clone()
    }
}
