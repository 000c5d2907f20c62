//! One line of a trace: a question, what came of it, in words.

use serde::{Deserialize, Serialize};

use super::Fix;
use crate::model::Application;

/// So much of a text from outside stands in a line.
const TEXT_CHARS_MAX: usize = 200;

/// The questions, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// What was asked, by whom, through what.
    Request,
    /// Which application it is for.
    Application,
    /// What the application lets everybody at, or what the request asks of it.
    Path,
    /// Whether a session came with it.
    Session,
    /// Whose it is.
    Person,
    /// What the bindings say.
    Rules,
    /// What came of it.
    Outcome,
}

impl Step {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Request,
        Self::Application,
        Self::Path,
        Self::Session,
        Self::Person,
        Self::Rules,
        Self::Outcome,
    ];

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Request => "Request",
            Self::Application => "Application",
            Self::Path => "Path",
            Self::Session => "Session",
            Self::Person => "Person",
            Self::Rules => "Who can open it",
            Self::Outcome => "Outcome",
        }
    }
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It is as it should be.
    Pass,
    /// This is why.
    Fail,
    /// Nobody had to ask.
    NotReached,
}

/// An object that a line concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The registry's name of its kind.
    pub kind: String,
    /// Its primary key.
    pub pk: String,
    /// Its key in addresses.
    pub key: String,
    /// What it is called.
    pub name: String,
}

impl About {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a number, or a borrowed text"
    )]
    pub(super) fn new(kind: &str, pk: impl ToString, name: &str) -> Self {
        let pk = pk.to_string();
        Self {
            kind: kind.to_owned(),
            key: pk.clone(),
            pk,
            name: name.to_owned(),
        }
    }

    pub(super) fn application(application: &Application) -> Self {
        Self {
            kind: "authentik_core.application".to_owned(),
            pk: application.pk.clone(),
            key: application.slug.clone(),
            name: application.name.clone(),
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which question.
    pub step: Step,
    /// What came of it.
    pub mark: Mark,
    /// In words.
    pub words: String,
    /// What else is to be said of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The object that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// How long the answer took, microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    /// What would mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl Line {
    fn new(step: Step, mark: Mark, words: impl Into<String>) -> Self {
        Self {
            step,
            mark,
            words: words.into(),
            notes: Vec::new(),
            about: None,
            took_us: None,
            fix: None,
        }
    }

    pub(super) fn pass(step: Step, words: impl Into<String>) -> Self {
        Self::new(step, Mark::Pass, words)
    }

    pub(super) fn fail(step: Step, words: impl Into<String>) -> Self {
        Self::new(step, Mark::Fail, words)
    }

    pub(super) fn not_reached(step: Step, words: impl Into<String>) -> Self {
        Self::new(step, Mark::NotReached, words)
    }

    pub(super) fn about(self, about: impl Into<Option<About>>) -> Self {
        Self {
            about: about.into(),
            ..self
        }
    }

    pub(super) fn notes(self, notes: impl IntoIterator<Item = String>) -> Self {
        Self {
            notes: self.notes.into_iter().chain(notes).collect(),
            ..self
        }
    }

    pub(super) fn fix(self, fix: impl Into<Option<Fix>>) -> Self {
        Self {
            fix: fix.into(),
            ..self
        }
    }
}

/// The lines of the questions after `last` up to the outcome, which nobody had to ask.
pub(super) fn not_reached_after(last: Step) -> impl Iterator<Item = Line> {
    let left = Step::ALL.into_iter();
    let left = left.filter(move |step| *step > last && *step != Step::Outcome);
    left.map(|step| Line::not_reached(step, "Not reached."))
}

/// A text from outside, in one line and bounded.
pub(super) fn shown(text: &str) -> String {
    let one_line = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(TEXT_CHARS_MAX).map(one_line).collect();
    if shown.len() < text.len() && text.chars().nth(TEXT_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// The path of an address: what follows the `?` may sign somebody in.
pub(super) fn path_of(path_and_query: &str) -> String {
    let path = path_and_query.split(['?', '#']).next().unwrap_or_default();
    shown(path)
}
