//! Expressions are read by the interpreter before they are saved.
//!
//! Rule: a text that cannot be read is refused with its line and column; one that is as it was
//! before is not read again.

use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::resource::field::FieldType;
use crate::resource::kind::Kind;
use crate::resource::validate::Errors;

/// The fields that hold an expression now.
fn expressions(kind: &Kind, values: &Map<String, Value>) -> impl Iterator<Item = &'static str> {
    let always = kind.fields.iter();
    let always = always.filter(|field| field.holds == FieldType::Expression);
    let said = |flag: &str| values.get(flag) == Some(&Value::Bool(true));
    let some = kind
        .expressions_if
        .iter()
        .filter(move |(_, flag)| said(flag));
    let all: Vec<_> = always
        .map(|field| field.key)
        .chain(some.map(|(key, _)| *key))
        .collect();
    all.into_iter()
}

/// What is wrong with the expressions among an object's new values.
pub(crate) async fn check(
    engine: &Engine,
    kind: &Kind,
    values: &Map<String, Value>,
    before: Option<&Map<String, Value>>,
) -> Errors {
    let mut errors = Errors::default();
    let known: Vec<_> = before.map_or_else(Vec::new, |before| expressions(kind, before).collect());
    for key in expressions(kind, values) {
        let value = values.get(key);
        let is_same = value == before.and_then(|before| before.get(key));
        let is_new = !(is_same && known.contains(&key));
        if let Some(text) = value.and_then(Value::as_str).filter(|_| is_new)
            && let Err(failure) = engine.expressions.facts(text).await
        {
            errors.add(key, failure.to_string());
        }
    }
    errors
}
