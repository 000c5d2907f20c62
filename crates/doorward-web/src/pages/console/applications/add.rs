//! The form that makes an application.

use http::StatusCode;
use serde::Serialize;

use super::super::{Frame, Section};
use crate::pages::{FieldError, Page, form_status};

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddChoice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A sentence about it; may be empty.
    pub about: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// `/if/admin/applications/new/`, `admin/applications/new.html`. Without an address it asks for one
/// (`GET`, `address`); with one, a `POST` sends `address`, `recipe`, `name`, `slug`, `way`, `who`,
/// `group` (several), `new_group`, `public_paths`, `redirects`, and `again` to fill in anew.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleAddApplication {
    /// What surrounds it.
    pub frame: Frame,
    /// Whether only the address is asked for.
    pub asks_address: bool,
    /// Where people open it.
    pub address: String,
    /// Apps that are known.
    pub recipes: Vec<AddChoice>,
    /// What the known app says about itself; empty if it is not known.
    pub about: String,
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// How it signs in.
    pub ways: Vec<AddChoice>,
    /// `everyone` or `groups`.
    pub who: String,
    /// Groups to choose from.
    pub groups: Vec<AddChoice>,
    /// Whether there are more groups than are shown.
    pub has_more_groups: bool,
    /// Another group by its name.
    pub new_group: String,
    /// Expressions, one a line.
    pub public_paths: String,
    /// Addresses, one a line.
    pub redirects: String,
    /// Whether the rest of the settings is open.
    pub shows_more: bool,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for ConsoleAddApplication {
    const TEMPLATE: &'static str = "admin/applications/new.html";

    fn status(&self) -> StatusCode {
        form_status(None, &self.errors)
    }

    fn has_calls(&self) -> bool {
        true
    }

    #[expect(clippy::too_many_lines, reason = "values, one after the other")]
    fn samples() -> Vec<(&'static str, Self)> {
        let choice = |value: &str, label: &str, about: &str, chosen| AddChoice {
            value: value.into(),
            label: label.into(),
            about: about.into(),
            chosen,
        };
        let known = Self {
            frame: Frame::sample(Section::Applications),
            asks_address: false,
            address: "https://sonarr.home.lan".into(),
            recipes: vec![
                choice("", "Another app", "", false),
                choice("sonarr", "Sonarr", "", true),
            ],
            about: "The public paths are those of its API, which asks for its own key.".into(),
            name: "Sonarr".into(),
            slug: "sonarr".into(),
            ways: vec![
                choice(
                    "forward-auth",
                    "A sign-in page in front of it",
                    "Your reverse proxy asks before anybody reaches the app. Works with every app.",
                    true,
                ),
                choice(
                    "openid",
                    "The app signs people in itself, over OpenID Connect",
                    "Sonarr is not known to be able to.",
                    false,
                ),
            ],
            who: "groups".into(),
            groups: vec![
                choice("6a1c", "friends", "", false),
                choice("7b2d", "media", "", true),
            ],
            has_more_groups: false,
            new_group: String::new(),
            public_paths: "^/api\n^/feed\n^/ping$".into(),
            redirects: String::new(),
            shows_more: false,
            errors: Vec::new(),
        };
        let begin = Self {
            asks_address: true,
            address: String::new(),
            ..known.clone()
        };
        let wrong = Self {
            errors: vec![
                FieldError::at("address", "Another provider has this host."),
                FieldError::at("slug", "This field must be unique."),
                FieldError::at(
                    "new_group",
                    "Choose a group, or type the name of a new one.",
                ),
            ],
            shows_more: true,
            has_more_groups: true,
            about: String::new(),
            ..known.clone()
        };
        vec![("begin", begin), ("known", known), ("wrong", wrong)]
    }
}
