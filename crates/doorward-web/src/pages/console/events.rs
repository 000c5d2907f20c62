//! What happened: the list with its filters, and one event.

use serde::Serialize;

use super::{Chart, Frame, Pager, Section};
use crate::pages::Page;

/// An event in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventLine {
    /// Its page.
    pub url: String,
    /// authentik's word for what happened.
    pub action: String,
    /// What happened.
    pub sentence: String,
    /// `ok`, `warn` or `bad`.
    pub tone: &'static str,
    /// The same in a word.
    pub word: &'static str,
    /// The client's address.
    pub address: String,
    /// Where that is, if it is known.
    pub place: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

impl EventLine {
    pub(super) fn sample(action: &str, sentence: &str) -> Self {
        Self {
            url: "/if/admin/events/0b6b/".into(),
            action: action.into(),
            sentence: sentence.into(),
            tone: if action == "login" { "ok" } else { "bad" },
            word: if action == "login" { "done" } else { "failed" },
            address: "192.0.2.7".into(),
            place: "Berlin, DE".into(),
            at_ms: 1_795_478_340_000,
        }
    }
}

/// A filter to press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chip {
    /// Its words.
    pub label: String,
    /// The list with it, or without it if it is on.
    pub url: String,
    /// Whether it is on.
    pub is_on: bool,
}

impl Chip {
    pub(super) fn sample(label: &str, is_on: bool) -> Self {
        Self {
            label: label.into(),
            url: "/if/admin/events/?kind=failed".into(),
            is_on,
        }
    }
}

/// `/if/admin/events/`, `admin/events.html`. The search is a `GET` form with `search`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleEvents {
    /// What surrounds it.
    pub frame: Frame,
    /// Filters.
    pub chips: Vec<Chip>,
    /// What else narrows the list, each with a link that takes it away.
    pub narrowed: Vec<Chip>,
    /// What the search form keeps: name and value.
    pub kept: Vec<(String, String)>,
    /// What is searched for.
    pub search: String,
    /// The last seven days as far as they match.
    pub chart: Chart,
    /// The events, newest first.
    pub events: Vec<EventLine>,
    /// Where in the list.
    pub pager: Pager,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
    /// What of the filters could not be read.
    pub problem: Option<String>,
}

impl Page for ConsoleEvents {
    const TEMPLATE: &'static str = "admin/events.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let some = Self {
            frame: Frame::sample(Section::Events),
            chips: vec![
                Chip::sample("Sign-ins", true),
                Chip::sample("Failures", false),
            ],
            narrowed: vec![Chip::sample("Person: mia", true)],
            kept: vec![("username".into(), "mia".into())],
            search: String::new(),
            chart: Chart::sample(),
            events: vec![
                EventLine::sample("login", "mia signed in"),
                EventLine::sample("login_failed", "Somebody failed to sign in as max"),
            ],
            pager: Pager {
                next_url: Some("/if/admin/events/?page=2".into()),
                previous_url: None,
                words: "1–2 of 40".into(),
            },
            now_ms: 1_795_478_400_000,
            problem: None,
        };
        let none = Self {
            events: Vec::new(),
            chart: Chart::default(),
            search: "nothing".into(),
            problem: Some("since: Enter a valid date/time.".into()),
            pager: Pager::default(),
            ..some.clone()
        };
        vec![("some", some), ("none", none)]
    }
}

/// `/if/admin/events/{id}/`, `admin/event.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleEvent {
    /// What surrounds it.
    pub frame: Frame,
    /// The event as a sentence.
    pub event: EventLine,
    /// Who did it; empty if nobody.
    pub who: String,
    /// The part of the program.
    pub app: String,
    /// The object that it is about.
    pub object_url: Option<String>,
    /// Lists of events like it.
    pub similar: Vec<Chip>,
    /// The whole event, as JSON.
    pub json: String,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleEvent {
    const TEMPLATE: &'static str = "admin/event.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let known = Self {
            frame: Frame::sample(Section::Events),
            event: EventLine::sample("login", "mia signed in"),
            who: "mia".into(),
            app: "authentik.core".into(),
            object_url: Some("/if/admin/objects/authentik_core.user/7/".into()),
            similar: vec![Chip::sample("By the same person", false)],
            json: "{\n  \"action\": \"login\"\n}".into(),
            now_ms: 1_795_478_400_000,
        };
        let bare = Self {
            who: String::new(),
            object_url: None,
            similar: Vec::new(),
            ..known.clone()
        };
        vec![("known", known), ("bare", bare)]
    }
}
