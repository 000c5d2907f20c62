//! What applying a blueprint did, or would do: the difference, entry by entry.
//!
//! Rule: no secret is in it; what a field's description or name gives away as one is masked.

use serde_json::{Map, Value, json};

use crate::event::{CLEANSED, cleanse};
use crate::resource::field::{Access, FieldType};
use crate::resource::kind::Kind;
use crate::resource::write::Difference;

/// What a blueprint did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// One for each entry, in order.
    pub steps: Vec<Step>,
    /// What its author should know.
    pub notes: Vec<String>,
}

/// What an entry did.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its place, from 1.
    pub entry: usize,
    /// Where it begins, if that can be said.
    pub line: Option<usize>,
    /// Its model.
    pub model: String,
    /// What people call its object.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its object was made, with these fields.
    Created(Vec<FieldChange>),
    /// Its object was changed.
    Changed(Vec<FieldChange>),
    /// Its object was removed.
    Deleted,
    /// Everything was so already.
    Same,
    /// Its conditions did not hold.
    Skipped,
}

/// A field before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// As it was.
    pub before: Value,
    /// As it is.
    pub after: Value,
}

impl FieldChange {
    /// A field whose values nobody may see.
    pub(super) fn secret(field: &str) -> Self {
        Self {
            field: field.to_owned(),
            before: json!(CLEANSED),
            after: json!(CLEANSED),
        }
    }
}

impl Report {
    /// The steps that write.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        let writes = |step: &&Step| !matches!(step.outcome, Outcome::Same | Outcome::Skipped);
        self.steps.iter().filter(writes)
    }

    /// Whether everything was so already.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// Every model that the entries name, once.
    pub fn models(&self) -> Vec<String> {
        let mut models: Vec<_> = self.steps.iter().map(|step| step.model.clone()).collect();
        models.sort();
        models.dedup();
        models
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let changes: Vec<_> = self.changes().map(Step::to_json).collect();
        json!({ "changes": changes, "notes": self.notes })
    }
}

impl Outcome {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created(_) => "create",
            Self::Changed(_) => "change",
            Self::Deleted => "delete",
            Self::Same => "same",
            Self::Skipped => "skip",
        }
    }

    /// The fields that differ.
    pub fn fields(&self) -> &[FieldChange] {
        match self {
            Self::Created(fields) | Self::Changed(fields) => fields,
            Self::Deleted | Self::Same | Self::Skipped => &[],
        }
    }
}

impl Step {
    fn to_json(&self) -> Value {
        let field = |one: &FieldChange| json!({ "field": one.field, "before": one.before, "after": one.after });
        json!({
            "entry": self.entry,
            "line": self.line,
            "model": self.model,
            "name": self.name,
            "action": self.outcome.word(),
            "fields": self.outcome.fields().iter().map(field).collect::<Vec<_>>(),
        })
    }
}

/// The fields that a change changes.
pub(super) fn changed(kind: &Kind, difference: &Difference) -> Vec<FieldChange> {
    let Difference { before, after } = difference;
    let differs = |key: &String| before.get(key) != after.get(key);
    let keys = after.keys().filter(|key| differs(key));
    keys.map(|key| masked(kind, key, before.get(key), after.get(key)))
        .collect()
}

/// The fields that a new object is made with.
pub(super) fn made(kind: &Kind, body: &Map<String, Value>) -> Vec<FieldChange> {
    let known = body.iter().filter(|(key, _)| kind.field(key).is_some());
    known
        .map(|(key, value)| masked(kind, key, None, Some(value)))
        .collect()
}

fn masked(kind: &Kind, key: &str, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    let is_secret = |holds, access| {
        matches!(holds, FieldType::Secret) || matches!(access, Access::WriteOnly | Access::Hidden)
    };
    if kind
        .field(key)
        .is_some_and(|field| is_secret(field.holds, field.access))
    {
        return FieldChange::secret(key);
    }
    let clean = |value: Option<&Value>| {
        let mut one = json!({ key: value.cloned().unwrap_or(Value::Null) });
        cleanse(&mut one);
        one[key].take()
    };
    FieldChange {
        field: key.to_owned(),
        before: clean(before),
        after: clean(after),
    }
}
