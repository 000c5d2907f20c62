//! Expressions are read by the interpreter before they are saved.
//!
//! Rule: a text that cannot be read is refused with its line and column; one that is as it was
//! before is not read again.

use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::resource::field::FieldType;
use crate::resource::kind::Kind;
use crate::resource::validate::Errors;

/// What is wrong with the expressions among an object's new values.
pub(super) async fn check(
    engine: &Engine,
    kind: &Kind,
    values: &Map<String, Value>,
    before: Option<&Map<String, Value>>,
) -> Errors {
    let mut errors = Errors::default();
    let fields = kind.fields.iter();
    for field in fields.filter(|field| field.holds == FieldType::Expression) {
        let value = values.get(field.key);
        let is_new = value != before.and_then(|before| before.get(field.key));
        if let Some(text) = value.and_then(Value::as_str).filter(|_| is_new)
            && let Err(failure) = engine.expressions.facts(text).await
        {
            errors.add(field.key, failure.to_string());
        }
    }
    errors
}
