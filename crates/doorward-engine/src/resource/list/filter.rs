//! Filters, search and order of configuration objects, in memory.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Params;
use crate::resource::kind::{Kind, Op};
use crate::resource::query::{Holds, Wanted};
use crate::resource::value::milliseconds;
use crate::resource::world::World;
use crate::snapshot::Object;

/// Whether an object passes the filters and every word of the search.
pub(super) fn matches(
    kind: &Kind,
    object: &Object,
    world: &World,
    wanted: &[Wanted],
    search: &str,
) -> bool {
    wanted.iter().all(|one| passes(one, object, world)) && is_found(kind, object, search)
}

fn passes(wanted: &Wanted, object: &Object, world: &World) -> bool {
    let values: Vec<&str> = wanted.values.iter().map(String::as_str).collect();
    let last = values.last().copied().unwrap_or_default();
    let stored = match wanted.filter.field {
        "pk" => Value::String(object.id.clone()),
        field => object.config.get(field).cloned().unwrap_or(Value::Null),
    };
    let folded = |text: &str| text.to_lowercase();
    match wanted.filter.op {
        Op::Exact if wanted.holds == Holds::Time => at(&stored) == last,
        Op::Exact => plain(&stored) == last,
        Op::IExact => folded(&plain(&stored)) == folded(last),
        Op::IContains => folded(&plain(&stored)).contains(&folded(last)),
        Op::Prefix => plain(&stored).starts_with(last),
        Op::IsNull => is_nothing(&stored) == (last == "true"),
        Op::In => values.iter().any(|one| holds(&stored, one)),
        Op::Test(test) => test(object, world, &values),
        Op::Greater | Op::Less | Op::Sql(_) | Op::Never => false,
    }
}

/// A stored time as parameters are spelled: Unix milliseconds.
fn at(stored: &Value) -> String {
    let ms = stored.as_str().and_then(milliseconds);
    ms.map_or_else(String::new, |ms| ms.to_string())
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn holds(stored: &Value, wanted: &str) -> bool {
    match stored {
        Value::Array(list) => list.iter().any(|one| plain(one) == wanted),
        one => plain(one) == wanted,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn is_found(kind: &Kind, object: &Object, search: &str) -> bool {
    let texts: Vec<String> = kind
        .search
        .iter()
        .filter_map(|(key, _)| Some(plain(object.config.get(*key)?).to_lowercase()))
        .collect();
    search
        .to_lowercase()
        .split_whitespace()
        .all(|word| texts.iter().any(|text| text.contains(word)))
}

/// Sorts by `ordering` as far as the kind knows the fields, else by the kind's own order.
pub(super) fn order(objects: &mut [(&'static Kind, Arc<Object>)], params: &Params) {
    let Some((kind, _)) = objects.first() else {
        return;
    };
    let asked: Vec<&str> = params
        .get("ordering")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .collect();
    let known = |name: &&str| {
        kind.ordering
            .iter()
            .any(|(key, _)| *key == name.trim_start_matches('-'))
    };
    let mut names: Vec<&str> = asked.into_iter().filter(known).collect();
    if names.is_empty() {
        names.push(kind.default_order);
    }
    objects.sort_by(|(_, left), (_, right)| {
        let by = |name: &&str| {
            let key = name.trim_start_matches('-');
            let ordering = compare(&field(left, key), &field(right, key));
            if name.starts_with('-') {
                ordering.reverse()
            } else {
                ordering
            }
        };
        names
            .iter()
            .map(by)
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| left.id.cmp(&right.id))
    });
}

fn field(object: &Object, key: &str) -> Value {
    match key {
        "pk" => object
            .id
            .parse::<i64>()
            .map_or_else(|_| json!(object.id), |id| json!(id)),
        key => object.config.get(key).cloned().unwrap_or(Value::Null),
    }
}

fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_i64().cmp(&right.as_i64()),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => plain(left).to_lowercase().cmp(&plain(right).to_lowercase()),
    }
}
