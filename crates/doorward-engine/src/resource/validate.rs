//! Checks a whole request body for a kind: every field, then the object as a whole.
//!
//! Rule: all errors come at once, unknown keys are ignored, and what a caller may not set is kept
//! whatever the body says.

use serde_json::{Map, Value, json};

use super::field::Field;
use super::kind::Kind;
use super::value;
use super::world::World;
use crate::snapshot::Object;

/// Messages by field; `non_field_errors` for the whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors(Map<String, Value>);

/// The key for messages about the whole object.
pub const WHOLE: &str = "non_field_errors";

impl Errors {
    /// One message on one field.
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        let list = self.0.entry(field).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(Value::String(message.into()));
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field has one.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The same messages as those of one part of a body.
    #[must_use]
    pub fn under(self, part: &str) -> Self {
        let mut whole = Map::new();
        whole.insert(part.to_owned(), Value::Object(self.0));
        Self(whole)
    }

    /// The same messages, those of one field under another name.
    #[must_use]
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        if let Some(messages) = self.0.remove(from) {
            self.0.insert(to.to_owned(), messages);
        }
        self
    }

    /// Adds the messages of others.
    pub fn join(&mut self, others: Self) {
        for (field, messages) in others.0 {
            let list = self.0.entry(field).or_insert_with(|| json!([]));
            match (list.as_array_mut(), messages) {
                (Some(list), Value::Array(more)) => list.extend(more),
                (_, other) => *list = other,
            }
        }
    }

    /// The body of the answer.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// Every message with the field that it is about, in the order of the fields; `field.0.part` for
    /// parts of a field.
    pub fn sentences(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (field, messages) in &self.0 {
            collect(field, messages, &mut found);
        }
        found
    }
}

impl std::fmt::Display for Errors {
    /// Every message, one after the other, without the fields.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said: Vec<_> = self.sentences().into_iter().map(|(_, said)| said).collect();
        f.write_str(&said.join(" "))
    }
}

fn collect(field: &str, messages: &Value, found: &mut Vec<(String, String)>) {
    match messages {
        Value::String(message) => found.push((field.to_owned(), message.clone())),
        Value::Array(all) => {
            for (at, one) in all.iter().enumerate() {
                match one {
                    Value::String(message) => found.push((field.to_owned(), message.clone())),
                    deeper => collect(&format!("{field}.{at}"), deeper, found),
                }
            }
        }
        Value::Object(parts) => {
            for (part, one) in parts {
                collect(&format!("{field}.{part}"), one, found);
            }
        }
        _ => {}
    }
}

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A new object.
    Create,
    /// All required fields; the others are kept.
    Put,
    /// Only what is named.
    Patch,
}

/// An object on its way to being saved.
pub struct Draft<'a> {
    /// All fields.
    pub values: Map<String, Value>,
    /// As it was.
    pub before: Option<&'a Map<String, Value>>,
    /// Its key.
    pub id: &'a str,
    /// What else there is.
    pub world: &'a World,
    /// What is wrong so far.
    pub errors: Errors,
    /// The keys of the body.
    pub given: Vec<String>,
}

impl Draft<'_> {
    /// A field as text; empty if it is none.
    pub fn text(&self, key: &str) -> &str {
        self.values
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether the field is true.
    pub fn flag(&self, key: &str) -> bool {
        self.values
            .get(key)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// Sets a field.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.values.insert(key.to_owned(), value.into());
    }

    /// Whether the body named a field.
    pub fn is_given(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }
}

/// A body, its purpose and whose it is.
pub struct Request<'a> {
    /// The body; anything but an object is refused.
    pub body: &'a Value,
    /// What for.
    pub mode: Mode,
    /// Whether fields that only superusers change may change.
    pub is_superuser: bool,
    /// Whether read-only fields are taken too (blueprints of the program itself set `managed`).
    pub is_system: bool,
}

/// Checks `request` for `kind` and answers the whole new object.
///
/// # Errors
///
/// Every message at once.
pub fn validate(
    kind: &Kind,
    request: &Request<'_>,
    before: Option<&Map<String, Value>>,
    id: &str,
    world: &World,
) -> Result<Map<String, Value>, Errors> {
    let Some(body) = request.body.as_object() else {
        return Err(Errors::one(WHOLE, "Invalid data. Expected a dictionary."));
    };
    let mut draft = Draft {
        values: before.cloned().unwrap_or_default(),
        before,
        id,
        world,
        errors: Errors::default(),
        given: body.keys().cloned().collect(),
    };
    for field in kind.fields {
        take(field, body.get(field.key), request, &mut draft);
    }
    if draft.errors.is_empty() {
        (kind.check)(&mut draft);
    }
    unique(kind, &mut draft);
    if draft.errors.is_empty() {
        Ok(draft.values)
    } else {
        Err(draft.errors)
    }
}

fn take(field: &Field, given: Option<&Value>, request: &Request<'_>, draft: &mut Draft<'_>) {
    let taken = field.is_taken() || request.is_system;
    match given.filter(|_| taken) {
        Some(value) => match value::check(field, value, draft.world) {
            Ok(value) => accept(field, value, request, draft),
            Err(messages) => messages
                .into_iter()
                .for_each(|message| draft.errors.add(field.key, message)),
        },
        None if field.required && field.is_taken() && request.mode != Mode::Patch => {
            draft.errors.add(field.key, "This field is required.");
        }
        None if !draft.values.contains_key(field.key) => {
            if let Some(value) = field.default.value() {
                draft.values.insert(field.key.to_owned(), value);
            }
        }
        None => {}
    }
}

fn accept(field: &Field, value: Value, request: &Request<'_>, draft: &mut Draft<'_>) {
    let before = draft.before.and_then(|before| before.get(field.key));
    if field.superuser_only
        && !request.is_superuser
        && before.is_some_and(|before| *before != value)
    {
        draft
            .errors
            .add(field.key, "Only a superuser can change this.");
        return;
    }
    draft.values.insert(field.key.to_owned(), value);
}

/// Unique fields, extra keys and sets of fields, against the other objects of the configuration.
fn unique(kind: &Kind, draft: &mut Draft<'_>) {
    let mut taken = Vec::new();
    for field in kind.fields.iter().filter(|field| field.unique) {
        let Some(value) = draft.values.get(field.key).filter(|value| !value.is_null()) else {
            continue;
        };
        if others(kind, field.key, draft).any(|other| other.config.get(field.key) == Some(value)) {
            taken.push(field.key);
        }
    }
    for key in taken {
        draft.errors.add(key, "This field must be unique.");
    }
    let together: Vec<_> = kind
        .unique_together
        .iter()
        .filter(|fields| is_taken(kind, fields, draft))
        .collect();
    for fields in together {
        draft.errors.add(
            WHOLE,
            format!("The fields {} must make a unique set.", fields.join(", ")),
        );
    }
}

fn is_taken(kind: &Kind, fields: &[&str], draft: &Draft<'_>) -> bool {
    let value = |map: &Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or(Value::Null);
    if fields.iter().any(|key| value(&draft.values, key).is_null()) {
        return false;
    }
    draft
        .world
        .objects(kind.model)
        .iter()
        .filter(|other| other.id != draft.id)
        .any(|other| {
            fields
                .iter()
                .all(|key| value(&other.config, key) == value(&draft.values, key))
        })
}

/// The other objects among which a field must be unique.
fn others<'a>(kind: &Kind, key: &str, draft: &'a Draft<'_>) -> impl Iterator<Item = &'a Object> {
    let scope = kind.scope(key);
    let id = draft.id;
    let world = draft.world;
    super::registry()
        .filter(move |one| one.scope("name") == scope || one.model == scope)
        .flat_map(move |one| world.objects(one.model))
        .filter(move |other| other.id != id)
        .map(AsRef::as_ref)
}
