//! One object of any kind: what it is, what it was, its code, and how it is deleted.
//!
//! Leaves lists to `objects` and the form to `object_form`.

use http::StatusCode;
use serde::Serialize;

use super::objects::{NOW_MS, ObjectLink};
use super::{Chip, Crumb, Frame, Section, Tab};
use crate::pages::Page;

/// One field of an object in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ObjectFact {
    /// The field's words.
    pub label: String,
    /// authentik's name of it.
    pub key: String,
    /// What it holds, in words.
    pub text: String,
    /// What it holds, as code.
    pub code: String,
    /// What it names.
    pub links: Vec<ObjectLink>,
}

impl ObjectFact {
    pub(super) fn sample(label: &str, key: &str, text: &str) -> Self {
        Self {
            label: label.into(),
            key: key.into(),
            text: text.into(),
            ..Self::default()
        }
    }
}

/// What stands over every page of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectHead {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What the object is called.
    pub title: String,
    /// Its kind in words.
    pub kind: String,
    /// authentik's name of the kind.
    pub model: &'static str,
    /// Its pages.
    pub tabs: Vec<Tab>,
}

impl ObjectHead {
    pub(super) fn sample(here: &'static str) -> Self {
        let url = "/if/admin/objects/authentik_core.application/sonarr/";
        let tab = |label: &'static str, rest: &str| Tab {
            label,
            url: format!("{url}{rest}"),
            is_here: label == here,
        };
        Self {
            crumbs: vec![
                Section::Objects.into(),
                Crumb::new(
                    "Applications",
                    "/if/admin/objects/authentik_core.application/",
                ),
            ],
            title: "Sonarr".into(),
            kind: "Application".into(),
            model: "authentik_core.application",
            tabs: vec![
                tab("Overview", ""),
                tab("Edit", "edit/"),
                tab("History", "history/"),
                tab("As code", "code/"),
            ],
        }
    }
}

/// `/if/admin/objects/{model}/{key}/`, `admin/object.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObject {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands over it.
    pub head: ObjectHead,
    /// A page of its own that says more.
    pub own_page: Option<ObjectLink>,
    /// Fields that hold something.
    pub facts: Vec<ObjectFact>,
    /// Fields that are as they always are.
    pub usual: Vec<ObjectFact>,
    /// Who uses it.
    pub used_by: Vec<ObjectLink>,
    /// Who changed it last; empty if that is not known.
    pub changed_by: String,
    /// Last written, Unix milliseconds.
    pub changed_ms: Option<i64>,
    /// Made, Unix milliseconds.
    pub created_ms: Option<i64>,
    /// Where it is deleted, if one may.
    pub delete_url: Option<String>,
    /// What was just done.
    pub done: Option<String>,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleObject {
    const TEMPLATE: &'static str = "admin/object.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let full = Self {
            frame: Frame::sample(Section::Objects),
            head: ObjectHead::sample("Overview"),
            own_page: Some(ObjectLink::sample("Open the application's own page", "")),
            facts: vec![
                ObjectFact::sample("Name", "name", "Sonarr"),
                ObjectFact {
                    links: vec![ObjectLink::sample("Sonarr", "Proxy Provider")],
                    ..ObjectFact::sample("How it signs in", "provider", "")
                },
                ObjectFact {
                    code: "{\n  \"a\": 1\n}".into(),
                    ..ObjectFact::sample("Attributes", "attributes", "")
                },
            ],
            usual: vec![ObjectFact::sample("Publisher", "meta_publisher", "")],
            used_by: vec![ObjectLink::sample("media → Sonarr", "goes with it")],
            changed_by: "mia".into(),
            changed_ms: Some(NOW_MS - 7_200_000),
            created_ms: Some(NOW_MS - 172_800_000),
            delete_url: Some("/if/admin/objects/authentik_core.application/sonarr/delete/".into()),
            done: Some("Saved.".into()),
            now_ms: NOW_MS,
        };
        let bare = Self {
            own_page: None,
            usual: Vec::new(),
            used_by: Vec::new(),
            changed_by: String::new(),
            changed_ms: None,
            created_ms: None,
            delete_url: None,
            done: None,
            ..full.clone()
        };
        vec![("full", full), ("bare", bare)]
    }
}

/// `/if/admin/objects/{model}/{key}/delete/`, `admin/object_delete.html`. Posts to itself.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObjectDelete {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands over it.
    pub head: ObjectHead,
    /// Where the form goes.
    pub action: String,
    /// What goes with it.
    pub goes: Vec<ObjectLink>,
    /// What stays and forgets it.
    pub forgets: Vec<ObjectLink>,
    /// Whether it can be brought back.
    pub comes_back: bool,
    /// Back to the object.
    pub back_url: String,
    /// Why it was not deleted.
    pub problem: Option<String>,
}

impl Page for ConsoleObjectDelete {
    const TEMPLATE: &'static str = "admin/object_delete.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        match self.problem {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let used = Self {
            frame: Frame::sample(Section::Objects),
            head: ObjectHead::sample(""),
            action: "/if/admin/objects/authentik_core.application/sonarr/delete/".into(),
            goes: vec![ObjectLink::sample("media → Sonarr", "Policy Binding")],
            forgets: vec![ObjectLink::sample("example.org", "Brand")],
            comes_back: true,
            back_url: "/if/admin/objects/authentik_core.application/sonarr/".into(),
            problem: None,
        };
        let unused = Self {
            goes: Vec::new(),
            forgets: Vec::new(),
            comes_back: false,
            problem: Some("The embedded outpost cannot be deleted.".into()),
            ..used.clone()
        };
        vec![("used", used), ("unused", unused)]
    }
}

/// A field that a version changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PastChange {
    /// The field's words.
    pub label: String,
    /// As it was.
    pub before: String,
    /// As it is from then on.
    pub after: String,
    /// Whether only that it changed is known.
    pub is_secret: bool,
    /// Whether both are code.
    pub is_code: bool,
}

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastVersion {
    /// Which.
    pub number: i64,
    /// What happened, in words.
    pub sentence: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// What it changed.
    pub changes: Vec<PastChange>,
    /// Whether it is how the object is now.
    pub is_now: bool,
    /// Whether it can be brought back.
    pub comes_back: bool,
}

/// `/if/admin/objects/{model}/{key}/history/`, `admin/object_history.html`. Each form posts `version`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObjectHistory {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands over it.
    pub head: ObjectHead,
    /// Where the forms go.
    pub action: String,
    /// Whether the object is gone.
    pub is_gone: bool,
    /// Whether versions of this kind are kept.
    pub is_kept: bool,
    /// The versions, newest first.
    pub versions: Vec<PastVersion>,
    /// Why a version was not brought back.
    pub problems: Vec<String>,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleObjectHistory {
    const TEMPLATE: &'static str = "admin/object_history.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problems.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let change = |label: &str, before: &str, after: &str| PastChange {
            label: label.into(),
            before: before.into(),
            after: after.into(),
            ..PastChange::default()
        };
        let version = |number, sentence: &str, changes| PastVersion {
            number,
            sentence: sentence.into(),
            at_ms: NOW_MS - 86_400_000,
            changes,
            is_now: number == 2,
            comes_back: number != 2,
        };
        let secret = PastChange {
            is_secret: true,
            ..change("Client secret", "", "")
        };
        let code = PastChange {
            is_code: true,
            ..change("Attributes", "{}", "{\n  \"a\": 1\n}")
        };
        let name = change("Name", "Sonar", "Sonarr");
        let some = Self {
            frame: Frame::sample(Section::Objects),
            head: ObjectHead::sample("History"),
            action: "/if/admin/objects/authentik_core.application/sonarr/history/".into(),
            is_gone: false,
            is_kept: true,
            versions: vec![
                version(2, "mia changed it", vec![name, secret, code]),
                version(1, "Doorward made it", Vec::new()),
            ],
            problems: Vec::new(),
            now_ms: NOW_MS,
        };
        let gone = Self {
            is_gone: true,
            problems: vec!["Provider: what this version names here is gone.".into()],
            ..some.clone()
        };
        let none = Self {
            versions: Vec::new(),
            ..some.clone()
        };
        let unkept = Self {
            is_kept: false,
            ..none.clone()
        };
        vec![
            ("some", some),
            ("gone", gone),
            ("none", none),
            ("unkept", unkept),
        ]
    }
}

/// `/if/admin/objects/{model}/{key}/code/?as=…`, `admin/object_code.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObjectCode {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands over it.
    pub head: ObjectHead,
    /// Blueprint, Terraform, curl.
    pub ways: Vec<Chip>,
    /// What to do with it.
    pub about: String,
    /// The code; empty if there is none.
    pub code: String,
    /// Secrets that are not in it.
    pub left_out: Vec<&'static str>,
}

impl Page for ConsoleObjectCode {
    const TEMPLATE: &'static str = "admin/object_code.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let chip = |label: &str, is_on| Chip {
            label: label.into(),
            url: "/if/admin/objects/authentik_core.application/sonarr/code/?as=curl".into(),
            is_on,
        };
        let some = Self {
            frame: Frame::sample(Section::Objects),
            head: ObjectHead::sample("As code"),
            ways: vec![chip("Config file", true), chip("Terraform", false)],
            about: "Put this into a file of your blueprints.".into(),
            code: "version: 1\nentries: []\n".into(),
            left_out: vec!["Client secret"],
        };
        let none = Self {
            code: String::new(),
            left_out: Vec::new(),
            ..some.clone()
        };
        vec![("some", some), ("none", none)]
    }
}
