//! JSON to the interpreter's values and back.
//!
//! Rule: what has no JSON becomes its text, and nothing is deeper or longer than a bound.

use monty_types::MontyObject;
use serde_json::{Map, Number, Value};

/// How deep a value may be.
const DEPTH_MAX: usize = 32;
/// How many parts a value may have.
const PARTS_MAX: usize = 10_000;

/// A value for the interpreter.
pub(super) fn to_monty(value: &Value) -> MontyObject {
    match value {
        Value::Null => MontyObject::None,
        Value::Bool(flag) => MontyObject::Bool(*flag),
        Value::Number(number) => to_number(number),
        Value::String(text) => MontyObject::String(text.clone()),
        Value::Array(list) => MontyObject::List(list.iter().map(to_monty).collect()),
        Value::Object(map) => MontyObject::Dict(
            map.iter()
                .map(|(key, value)| (MontyObject::String(key.clone()), to_monty(value)))
                .collect(),
        ),
    }
}

/// Beyond 64 bits a number becomes a fraction, as everywhere in JSON.
fn to_number(number: &Number) -> MontyObject {
    number.as_i64().map_or_else(
        || MontyObject::Float(number.as_f64().unwrap_or(f64::NAN)),
        MontyObject::Int,
    )
}

/// A value from the interpreter; `None` if it is too large.
pub(super) fn to_json(value: &MontyObject) -> Option<Value> {
    let mut left = PARTS_MAX;
    convert(value, DEPTH_MAX, &mut left)
}

fn convert(value: &MontyObject, depth: usize, left: &mut usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    *left = left.checked_sub(1)?;
    Some(match value {
        MontyObject::None => Value::Null,
        MontyObject::Bool(flag) => Value::Bool(*flag),
        MontyObject::Int(number) => Value::from(*number),
        MontyObject::Float(number) => Value::from(*number),
        MontyObject::String(text) => Value::String(text.clone()),
        MontyObject::List(items) | MontyObject::Tuple(items) => {
            let items = items.iter().map(|one| convert(one, depth, left));
            Value::Array(items.collect::<Option<_>>()?)
        }
        MontyObject::Dict(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(key.to_string(), convert(value, depth, left)?);
            }
            Value::Object(map)
        }
        other => Value::String(other.to_string().chars().take(1000).collect()),
    })
}
