//! Signing out: the question before and the page after.
//!
//! Rule: a `GET` never signs anybody out; the question posts a form.

use serde::Serialize;

use super::{Page, Person};

/// The question, `session/sign_out.html`. Posts `scope` = `app` or `all` (`all` alone if there
/// is no choice).
#[derive(Clone, Debug, Serialize)]
pub struct SignOutConfirm {
    /// Who is signed in, if known.
    pub person: Option<Person>,
    /// The application the person comes from.
    pub app_name: Option<String>,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Where the form goes.
    pub action: String,
    /// Whether to offer signing out of the application only; needs `app_name`.
    pub central_choice: bool,
    /// "Stay signed in".
    pub back_url: String,
    /// The origin the answer redirects to, if it is not ours.
    #[serde(skip)]
    pub form_action_origin: Option<String>,
}

impl Page for SignOutConfirm {
    const TEMPLATE: &'static str = "session/sign_out.html";

    fn form_action_origin(&self) -> Option<&str> {
        self.form_action_origin.as_deref()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let all = Self {
            person: Some(Person::sample()),
            app_name: None,
            csrf: "6f1c".into(),
            action: "/flows/-/default/invalidation/".into(),
            central_choice: false,
            back_url: "/if/user/".into(),
            form_action_origin: None,
        };
        let choice = Self {
            person: None,
            app_name: Some("Grafana".into()),
            central_choice: true,
            ..all.clone()
        };
        vec![("all", all), ("choice", choice)]
    }
}

/// The page after, `session/signed_out.html`.
#[derive(Clone, Debug, Serialize)]
pub struct SignedOut {
    /// The application, if only its session ended; else all ended.
    pub app: Option<String>,
    /// The person's applications, if still signed in there.
    pub apps_url: Option<String>,
    /// "Sign in again".
    pub login_url: String,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "session/signed_out.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let all = Self {
            app: None,
            apps_url: None,
            login_url: "/flows/-/default/authentication/".into(),
        };
        let app = Self {
            app: Some("Grafana".into()),
            apps_url: Some("/if/user/".into()),
            login_url: "https://grafana.example.com/".into(),
        };
        vec![("all", all), ("app", app)]
    }
}

/// The page while applications hear in frames that somebody signed out
/// (OpenID Connect Front-Channel Logout 1.0 §3), `session/signing_out.html`. It goes on by itself.
#[derive(Clone, Debug, Serialize)]
pub struct SigningOut {
    /// The applications' own pages for it.
    pub frame_urls: Vec<String>,
    /// Where it goes on: an approved address, or a page of ours.
    pub next_url: String,
}

impl Page for SigningOut {
    const TEMPLATE: &'static str = "session/signing_out.html";

    fn frames(&self) -> Vec<&str> {
        self.frame_urls.iter().map(String::as_str).collect()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            frame_urls: vec!["https://photos.example.org/bye?sid=1".into()],
            next_url: "https://photos.example.org/goodbye".into(),
        };
        vec![("plain", page)]
    }
}
