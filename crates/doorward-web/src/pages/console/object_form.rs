//! The form of an object, from the fields of its kind.
//!
//! Rule: at most seven fields in view; what was typed stays after a mistake, but for secrets.

use http::StatusCode;
use serde::Serialize;

use super::{Frame, ObjectHead, Section};
use crate::pages::{FieldError, Page, form_status};

/// How a field is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectAsk {
    /// One line.
    Text,
    /// A whole number.
    Number,
    /// A mail address.
    Email,
    /// An address.
    Url,
    /// A day and a time, in UTC.
    DateTime,
    /// Several lines.
    Area,
    /// Yes or no.
    YesNo,
    /// One of few.
    Radio,
    /// One of several.
    Select,
    /// Some of several.
    Checks,
    /// Rows of small fields.
    Rows,
    /// What is never shown again.
    Secret,
}

/// One of several answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ObjectChoice {
    /// What is posted.
    pub value: String,
    /// Its words.
    pub label: String,
    /// What it is, small beside it.
    pub what: String,
    /// Whether it is the answer.
    pub is_chosen: bool,
}

/// A small field in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowInput {
    /// Its name in the form.
    pub name: String,
    /// Its words.
    pub label: &'static str,
    /// What it holds.
    pub value: String,
    /// The words that it may hold, if they are few.
    pub choices: Vec<&'static str>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectInput {
    /// Its name in the form, and authentik's.
    pub field: String,
    /// Its words.
    pub label: String,
    /// A sentence below it.
    pub hint: String,
    /// How it is asked.
    pub ask: ObjectAsk,
    /// What it holds.
    pub value: String,
    /// What there is to choose from.
    pub choices: Vec<ObjectChoice>,
    /// What may be typed, for long lists.
    pub suggestions: Vec<String>,
    /// Rows of small fields.
    pub rows: Vec<Vec<RowInput>>,
    /// Whether it must be filled in.
    pub is_required: bool,
    /// Whether it differs from what it is when nobody says.
    pub is_changed: bool,
    /// Whether a secret is there that can be taken away.
    pub can_clear: bool,
    /// What it holds by now, where somebody else has changed it.
    pub meanwhile: Option<String>,
}

impl ObjectInput {
    /// A field of one line.
    pub fn new(field: &str, label: &str, ask: ObjectAsk) -> Self {
        Self {
            field: field.into(),
            label: label.into(),
            hint: String::new(),
            ask,
            value: String::new(),
            choices: Vec::new(),
            suggestions: Vec::new(),
            rows: Vec::new(),
            is_required: false,
            is_changed: false,
            can_clear: false,
            meanwhile: None,
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table: what a page can show")]
    fn samples() -> Vec<Self> {
        let choice = |value: &str, label: &str| ObjectChoice {
            value: value.into(),
            label: label.into(),
            what: "Group".into(),
            is_chosen: value == "a",
        };
        let choices = vec![choice("a", "media"), choice("b", "films")];
        let of = |field: &str, ask| Self {
            value: "hours=1".into(),
            hint: "A sentence.".into(),
            is_changed: field == "text",
            ..Self::new(field, field, ask)
        };
        let row = |value: &str| RowInput {
            name: "rows.0.url".into(),
            label: "Address",
            value: value.into(),
            choices: Vec::new(),
        };
        let word = RowInput {
            choices: vec!["strict", "regex"],
            ..row("strict")
        };
        vec![
            Self {
                is_required: true,
                suggestions: vec!["mia".into()],
                ..of("text", ObjectAsk::Text)
            },
            of("number", ObjectAsk::Number),
            of("email", ObjectAsk::Email),
            of("url", ObjectAsk::Url),
            of("date", ObjectAsk::DateTime),
            Self {
                meanwhile: Some("media".into()),
                ..of("area", ObjectAsk::Area)
            },
            Self {
                value: "true".into(),
                ..of("yes_no", ObjectAsk::YesNo)
            },
            Self {
                choices: choices.clone(),
                ..of("radio", ObjectAsk::Radio)
            },
            Self {
                choices: choices.clone(),
                ..of("select", ObjectAsk::Select)
            },
            Self {
                choices,
                ..of("checks", ObjectAsk::Checks)
            },
            of("none", ObjectAsk::Checks),
            Self {
                rows: vec![vec![row("https://app.example.org/"), word]],
                ..of("rows", ObjectAsk::Rows)
            },
            Self {
                can_clear: true,
                ..of("secret", ObjectAsk::Secret)
            },
        ]
    }
}

/// `/if/admin/objects/{model}/new/` and `…/{key}/edit/`, `admin/object_form.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObjectForm {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands over it.
    pub head: ObjectHead,
    /// Where the form goes.
    pub action: String,
    /// Whether it makes a new one.
    pub is_new: bool,
    /// What the kind is for.
    pub about: String,
    /// Fields in view.
    pub inputs: Vec<ObjectInput>,
    /// The rest.
    pub more: Vec<ObjectInput>,
    /// Whether the rest is open.
    pub is_open: bool,
    /// What the form was filled from.
    pub stamp: String,
    /// Who has changed the object meanwhile, in words.
    pub meanwhile: Option<String>,
    /// Where one sees what they changed.
    pub history_url: String,
    /// What was wrong.
    pub errors: Vec<FieldError>,
    /// The way back.
    pub back_url: String,
}

impl Page for ConsoleObjectForm {
    const TEMPLATE: &'static str = "admin/object_form.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        match self.meanwhile {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => form_status(None, &self.errors),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let mut inputs = ObjectInput::samples();
        let more = inputs.split_off(7);
        let new = Self {
            frame: Frame::sample(Section::Objects),
            head: ObjectHead {
                tabs: Vec::new(),
                ..ObjectHead::sample("")
            },
            action: "/if/admin/objects/authentik_core.application/new/".into(),
            is_new: true,
            about: "What people open.".into(),
            inputs,
            more,
            is_open: false,
            stamp: String::new(),
            meanwhile: None,
            history_url: String::new(),
            errors: Vec::new(),
            back_url: "/if/admin/objects/authentik_core.application/".into(),
        };
        let edit = Self {
            head: ObjectHead::sample("Edit"),
            action: "/if/admin/objects/authentik_core.application/sonarr/edit/".into(),
            is_new: false,
            is_open: true,
            stamp: "0f".into(),
            meanwhile: Some("max changed this a minute ago: Name.".into()),
            history_url: "/if/admin/objects/authentik_core.application/sonarr/history/".into(),
            errors: vec![
                FieldError::at("text", "This field may not be blank."),
                FieldError::at("radio", "\"x\" is not a valid choice."),
                FieldError::at("checks", "Invalid pk."),
                FieldError::at("rows", "Entry 1: url: Enter a valid URL."),
                FieldError::at("yes_no", "Only a superuser can change this."),
                FieldError::form("The fields target and order must make a unique set."),
            ],
            ..new.clone()
        };
        let short = Self {
            more: Vec::new(),
            about: String::new(),
            ..new.clone()
        };
        vec![("new", new), ("edit", edit), ("short", short)]
    }
}
