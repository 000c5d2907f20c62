//! Why requests were let in or not: the list, one, and the question what would be.

use http::StatusCode;
use serde::Serialize;

use super::super::Page;
use super::{Chip, Frame, Section};

const SAMPLE_MS: i64 = 1_795_478_400_000;

/// A trace in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyRow {
    /// Its page.
    pub url: String,
    /// The application, or what was asked for.
    pub what: String,
    /// What decided.
    pub said: String,
    /// `ok`, `bad` or empty.
    pub tone: &'static str,
    /// What it ended in.
    pub word: &'static str,
    /// Who; empty for nobody.
    pub who: String,
    /// The client's address.
    pub client: String,
    /// How many came to the same.
    pub count: u64,
    /// The latest, Unix milliseconds.
    pub at_ms: i64,
}

/// A line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyLine {
    /// The question, where it is another than in the line before.
    pub step: &'static str,
    /// Its number; the same question has one.
    pub number: String,
    /// What came of it.
    pub words: String,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// `ok`, `bad` or empty.
    pub tone: &'static str,
    /// `Yes`, `No`, `Not asked`.
    pub word: &'static str,
    /// The object: its words and address.
    pub about: Option<(String, String)>,
    /// How long the answer took, in words.
    pub took: String,
    /// What mends it by a button: its words, and what the form sends.
    pub button: Option<(String, usize)>,
    /// What mends it on a page: its words and address.
    pub page: Option<(String, String)>,
    /// What mends it elsewhere.
    pub told: Option<String>,
}

impl WhyLine {
    fn sample(number: &str, step: &'static str, words: &str, tone: &'static str) -> Self {
        Self {
            step,
            number: number.into(),
            words: words.into(),
            notes: Vec::new(),
            tone,
            word: match tone {
                "ok" => "Yes",
                "bad" => "No",
                _ => "Not asked",
            },
            about: None,
            took: String::new(),
            button: None,
            page: None,
            told: None,
        }
    }

    fn samples() -> Vec<Self> {
        let request = "GET https://sonarr.home.lan/calendar, from 192.168.1.20, asked about by traefik at \
             172.18.0.3.";
        let headers = "x-forwarded-proto, x-forwarded-host, x-forwarded-uri, x-forwarded-for came, and \
                       count: 172.18.0.3 is a trusted proxy.";
        vec![
            Self {
                notes: vec![headers.into()],
                ..Self::sample("1", "Request", request, "ok")
            },
            Self {
                about: Some(("Sonarr".into(), "/if/admin/applications/sonarr/".into())),
                ..Self::sample(
                    "2",
                    "Application",
                    "sonarr.home.lan is the address of Sonarr.",
                    "ok",
                )
            },
            Self::sample(
                "3",
                "Path",
                "None of the public paths fits, so somebody has to be signed in.",
                "ok",
            ),
            Self::sample("4", "Session", "The browser is signed in here.", "ok"),
            Self::sample("5", "Person", "mia, active, in family.", "ok"),
            Self {
                button: Some(("Add mia to the group media".into(), 5)),
                about: Some((
                    "media".into(),
                    "/if/admin/objects/authentik_core.group/1/".into(),
                )),
                ..Self::sample(
                    "6",
                    "Who can open it",
                    "Lets in the group “media”, and the account is not in it.",
                    "bad",
                )
            },
            Self {
                took: "4.2 ms".into(),
                notes: vec!["It says: Only between 8 and 18 o’clock.".into()],
                told: Some("Ask at another time.".into()),
                ..Self::sample("", "", "The rule “hours” says no.", "bad")
            },
            Self::sample("7", "Outcome", "Refused (403).", "bad"),
        ]
    }
}

/// A decision as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyShown {
    /// `ok`, `bad` or empty.
    pub tone: &'static str,
    /// What it ended in.
    pub word: &'static str,
    /// Which way it came.
    pub way: &'static str,
    /// Its lines.
    pub lines: Vec<WhyLine>,
    /// Where its buttons lead; empty where nothing can be done.
    pub action: String,
}

impl WhyShown {
    fn sample() -> Self {
        Self {
            tone: "bad",
            word: "Refused",
            way: "Sign-in page in front",
            lines: WhyLine::samples(),
            action: "/if/admin/why/6f1c0a/".into(),
        }
    }
}

/// `/if/admin/why/`, `admin/why/list.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleWhy {
    /// What surrounds it.
    pub frame: Frame,
    /// What they ended in, as filters.
    pub chips: Vec<Chip>,
    /// The other filters, to take them away.
    pub narrowed: Vec<Chip>,
    /// What the search form keeps.
    pub kept: Vec<(String, String)>,
    /// The person that is looked for.
    pub person: String,
    /// The reference that is looked for.
    pub reference: String,
    /// The latest first.
    pub rows: Vec<WhyRow>,
    /// The same list, read again by itself, or not.
    pub live_url: String,
    /// Whether it is read again by itself.
    pub is_live: bool,
    /// What of the filters leads to nothing.
    pub problem: Option<String>,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleWhy {
    const TEMPLATE: &'static str = "admin/why/list.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let row = WhyRow {
            url: "/if/admin/why/6f1c0a/".into(),
            what: "Sonarr".into(),
            said: "Lets in the group “media”, and the account is not in it.".into(),
            tone: "bad",
            word: "Refused",
            who: "mia".into(),
            client: "192.168.1.20".into(),
            count: 3,
            at_ms: SAMPLE_MS - 40_000,
        };
        let stranger = WhyRow {
            what: "radarr.home.lan/".into(),
            said: "No application of the built-in gateway has the host radarr.home.lan.".into(),
            word: "Set up wrongly",
            who: String::new(),
            count: 1,
            ..row.clone()
        };
        let allowed = WhyRow {
            said: "Let in (200), with the headers about the person.".into(),
            tone: "ok",
            word: "Let in",
            ..row.clone()
        };
        let some = Self {
            frame: Frame::sample(Section::Events),
            chips: vec![Chip::sample("Refused", true), Chip::sample("Let in", false)],
            narrowed: vec![Chip::sample("Application: sonarr", true)],
            kept: vec![("outcome".into(), "refused".into())],
            person: "mia".into(),
            reference: String::new(),
            rows: vec![row, stranger, allowed],
            live_url: "/if/admin/why/?live=1".into(),
            is_live: false,
            problem: None,
            now_ms: SAMPLE_MS,
        };
        let none = Self {
            rows: Vec::new(),
            narrowed: Vec::new(),
            is_live: true,
            reference: "6f1c0a".into(),
            problem: Some("No request with the reference 6f1c0a is kept any more.".into()),
            ..some.clone()
        };
        vec![("some", some), ("none", none)]
    }
}

/// `/if/admin/why/{id}/`, `admin/why/one.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleTrace {
    /// What surrounds it.
    pub frame: Frame,
    /// What was asked for, by whom.
    pub title: String,
    /// The decision.
    pub shown: WhyShown,
    /// How many came to the same.
    pub count: u64,
    /// Others of the same client that are not told one by one.
    pub untold: u64,
    /// The first, Unix milliseconds.
    pub first_ms: i64,
    /// The latest, Unix milliseconds.
    pub last_ms: i64,
    /// The references of some of them.
    pub references: Vec<String>,
    /// Other traces like it.
    pub similar: Vec<Chip>,
    /// Whether something was mended just now.
    pub is_mended: bool,
    /// As JSON.
    pub json: String,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleTrace {
    const TEMPLATE: &'static str = "admin/why/one.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            frame: Frame::sample(Section::Events),
            title: "mia and Sonarr".into(),
            shown: WhyShown::sample(),
            count: 3,
            untold: 0,
            first_ms: SAMPLE_MS - 100_000,
            last_ms: SAMPLE_MS - 40_000,
            references: vec!["6f1c0a".into()],
            similar: vec![Chip::sample("By the same person", false)],
            is_mended: false,
            json: "{\n  \"outcome\": \"refused\"\n}".into(),
            now_ms: SAMPLE_MS,
        };
        let mended = Self {
            is_mended: true,
            count: 1,
            untold: 40,
            ..one.clone()
        };
        vec![("one", one), ("mended", mended)]
    }
}

/// `/if/admin/why/ask/`, `admin/why/ask.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleAsk {
    /// What surrounds it.
    pub frame: Frame,
    /// The address, or the application's name in addresses.
    pub url: String,
    /// Who; empty for nobody.
    pub person: String,
    /// From where; empty for here.
    pub client: String,
    /// When, as a browser's field has it; empty for now.
    pub at: String,
    /// What cannot be read: the field and why.
    pub errors: Vec<(&'static str, String)>,
    /// What would be.
    pub shown: Option<WhyShown>,
}

impl Page for ConsoleAsk {
    const TEMPLATE: &'static str = "admin/why/ask.html";

    fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            frame: Frame::sample(Section::Events),
            url: String::new(),
            person: String::new(),
            client: String::new(),
            at: String::new(),
            errors: Vec::new(),
            shown: None,
        };
        let told = Self {
            url: "https://sonarr.home.lan/calendar".into(),
            person: "mia".into(),
            client: "192.168.1.20".into(),
            shown: Some(WhyShown {
                action: String::new(),
                ..WhyShown::sample()
            }),
            ..empty.clone()
        };
        let wrong = Self {
            errors: vec![("person", "There is no account named mia.".into())],
            shown: None,
            ..told.clone()
        };
        vec![("empty", empty), ("told", told), ("wrong", wrong)]
    }
}
