//! One application: what it is, who can open it, how it signs in, and the rest.

use http::StatusCode;
use serde::Serialize;

use super::super::{EventLine, Frame, Section};
use super::{AppHead, AppPage, Fact, MadeObject};
use crate::pages::{FieldError, Page, form_status};

/// `/if/admin/applications/{slug}/`, `admin/applications/overview.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleApplication {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands above.
    pub head: AppHead,
    /// How it signs in, in words.
    pub way: String,
    /// Who can open it, in words.
    pub who: String,
    /// When it was opened last, Unix milliseconds.
    pub used_ms: Option<i64>,
    /// The last events about it.
    pub events: Vec<EventLine>,
    /// All of them.
    pub events_url: String,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleApplication {
    const TEMPLATE: &'static str = "admin/applications/overview.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn pictures(&self) -> Vec<&str> {
        self.head.pictures()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let used = Self {
            frame: Frame::sample(Section::Applications),
            head: AppHead::sample(AppPage::Overview),
            way: "Sign-in page in front".into(),
            who: "media, friends".into(),
            used_ms: Some(1_795_478_340_000),
            events: vec![EventLine::sample("login", "mia opened Sonarr")],
            events_url: "/if/admin/events/?context_authorized_app=7".into(),
            now_ms: 1_795_478_400_000,
        };
        let unused = Self {
            used_ms: None,
            events: Vec::new(),
            ..used.clone()
        };
        vec![("used", used), ("unused", unused)]
    }
}

/// A binding in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenerRow {
    /// Its key.
    pub key: String,
    /// Whom or what it names.
    pub name: String,
    /// `Group`, `Person` or `Rule`.
    pub what: &'static str,
    /// What else there is to say; may be empty.
    pub about: String,
    /// Its page among all objects.
    pub url: String,
}

/// `/if/admin/applications/{slug}/who/`, `admin/applications/who.html`. A `POST` sends `add_group` with
/// `group`, `add_person` with `person`, or `remove` with a key.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleOpeners {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands above.
    pub head: AppHead,
    /// Who is let in.
    pub rows: Vec<OpenerRow>,
    /// Whether all of them have to agree.
    pub needs_all: bool,
    /// Whether an application without rows opens for everybody.
    pub is_open_by_default: bool,
    /// Names of groups to choose from.
    pub groups: Vec<String>,
    /// A group that was typed.
    pub group: String,
    /// A user name that was typed.
    pub person: String,
    /// What has just happened.
    pub notice: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for ConsoleOpeners {
    const TEMPLATE: &'static str = "admin/applications/who.html";

    fn status(&self) -> StatusCode {
        form_status(None, &self.errors)
    }

    fn has_calls(&self) -> bool {
        true
    }

    fn pictures(&self) -> Vec<&str> {
        self.head.pictures()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, what, about: &str| OpenerRow {
            key: "9c2e".into(),
            name: name.into(),
            what,
            about: about.into(),
            url: "/if/admin/objects/authentik_policies.policybinding/9c2e/".into(),
        };
        let some = Self {
            frame: Frame::sample(Section::Applications),
            head: AppHead::sample(AppPage::Openers),
            rows: vec![
                row("media", "Group", ""),
                row("max", "Person", "everybody but this one"),
                row("Office hours", "Rule", "off"),
            ],
            needs_all: false,
            is_open_by_default: true,
            groups: vec!["friends".into(), "media".into()],
            group: String::new(),
            person: String::new(),
            notice: Some("media can open it now.".into()),
            errors: Vec::new(),
        };
        let everyone = Self {
            rows: Vec::new(),
            notice: None,
            person: "nobody".into(),
            errors: vec![FieldError::at("person", "Nobody has this user name.")],
            ..some.clone()
        };
        let nobody = Self {
            is_open_by_default: false,
            ..everyone.clone()
        };
        let all = Self {
            needs_all: true,
            ..some.clone()
        };
        vec![
            ("some", some),
            ("everyone", everyone),
            ("nobody", nobody),
            ("all", all),
        ]
    }
}

/// `/if/admin/applications/{slug}/sign-in/`, `admin/applications/signing.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleSigning {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands above.
    pub head: AppHead,
    /// In words.
    pub way: String,
    /// Its settings, in words.
    pub facts: Vec<Fact>,
    /// Its provider.
    pub provider: Option<MadeObject>,
}

impl Page for ConsoleSigning {
    const TEMPLATE: &'static str = "admin/applications/signing.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn pictures(&self) -> Vec<&str> {
        self.head.pictures()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let set_up = Self {
            frame: Frame::sample(Section::Applications),
            head: AppHead::sample(AppPage::Signing),
            way: "Sign-in page in front".into(),
            facts: vec![Fact {
                id: "public-paths".into(),
                label: "Public paths".into(),
                value: "^/api\n^/feed".into(),
            }],
            provider: MadeObject::sample().pop(),
        };
        let bare = Self {
            facts: Vec::new(),
            provider: None,
            way: "Not set up yet".into(),
            ..set_up.clone()
        };
        vec![("set up", set_up), ("bare", bare)]
    }
}

/// `/if/admin/applications/{slug}/more/`, `admin/applications/more.html`. A `POST` with `delete` deletes
/// it with its provider; the page with `?delete` asks for that.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleApplicationEnd {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands above.
    pub head: AppHead,
    /// What it is made of.
    pub made: Vec<MadeObject>,
    /// Whether it is asked whether to delete it.
    pub asks: bool,
}

impl Page for ConsoleApplicationEnd {
    const TEMPLATE: &'static str = "admin/applications/more.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn pictures(&self) -> Vec<&str> {
        self.head.pictures()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let more = Self {
            frame: Frame::sample(Section::Applications),
            head: AppHead::sample(AppPage::More),
            made: MadeObject::sample(),
            asks: false,
        };
        let asks = Self {
            asks: true,
            ..more.clone()
        };
        vec![("more", more), ("asks", asks)]
    }
}
