//! What a field holds, in words.

use doorward_engine::resource::look::{self, Related};
use doorward_engine::resource::{Field, FieldType};
use doorward_protocol::duration;
use doorward_protocol::language::Language;
use serde_json::Value;

use super::link_to;
use crate::pages::ObjectFact;
use crate::state::AppState;
use crate::words::instant;

/// So many of what a field names are shown.
const LINKS_MAX: usize = 100;
/// So many characters stand in a column.
const CELL_MAX_CHARS: usize = 80;

/// Whether a field holds nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a field is better read as code.
pub(super) fn is_code(field: &Field, value: &Value) -> bool {
    let is_code = matches!(
        field.holds,
        FieldType::Object
            | FieldType::Json
            | FieldType::KeySet
            | FieldType::Expression
            | FieldType::Entries(..)
    );
    let is_long = value.as_str().is_some_and(|text| text.contains('\n'));
    (is_code || is_long) && !is_empty(value)
}

/// A value as code.
pub(super) fn code(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

/// A value in words; empty if it is nothing.
pub(super) fn words(field: &Field, value: &Value) -> String {
    match (field.holds, value) {
        (_, value) if is_empty(value) => String::new(),
        (FieldType::Duration, Value::String(text)) => span(text),
        (FieldType::DateTime, Value::String(text)) => time(text),
        (FieldType::Choice(..), Value::String(word)) => plain_word(word),
        (FieldType::Choices(..), Value::Array(list)) => {
            let words = list.iter().filter_map(Value::as_str);
            words.map(plain_word).collect::<Vec<_>>().join(", ")
        }
        (_, value) if is_code(field, value) => code(value),
        (_, value) => plain(value),
    }
}

/// Any value in a line.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let words = list.iter().map(plain);
            words.collect::<Vec<_>>().join(", ")
        }
        Value::Object(map) => {
            let named = ["username", "name", "slug"].iter();
            let mut named = named.filter_map(|key| map.get(*key)?.as_str());
            named
                .next()
                .map_or_else(|| value.to_string(), str::to_owned)
        }
        Value::Number(number) => number.to_string(),
    }
}

/// `forward_single` as people write it.
pub(super) fn plain_word(word: &str) -> String {
    word.replace('_', " ")
}

/// An RFC 3339 time as people write it.
pub(super) fn time(text: &str) -> String {
    match resource_time(text) {
        Some(ms) => instant(Language::En, ms),
        None => text.to_owned(),
    }
}

fn resource_time(text: &str) -> Option<i64> {
    doorward_engine::resource::value::milliseconds(text)
}

/// `hours=1;minutes=30` in words.
pub(super) fn span(text: &str) -> String {
    const UNITS: [(i64, &str); 4] = [
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let Ok(duration) = duration::parse(text) else {
        return text.to_owned();
    };
    let mut left = duration.as_seconds();
    let mut parts = Vec::new();
    for (length, unit) in UNITS {
        let count = left / length;
        left %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            count => parts.push(format!("{count} {unit}s")),
        }
    }
    if parts.is_empty() {
        "no time at all".to_owned()
    } else {
        parts.join(" ")
    }
}

/// What stands in a column.
pub(super) fn in_a_cell(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= CELL_MAX_CHARS {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(CELL_MAX_CHARS).collect();
    cut.push('…');
    cut
}

/// A field of an object as its page shows it.
pub(super) async fn fact(state: &AppState, field: &'static Field, value: &Value) -> ObjectFact {
    let mut fact = ObjectFact {
        label: field.label.to_owned(),
        key: field.key.to_owned(),
        ..ObjectFact::default()
    };
    if let Some(target) = field.target() {
        let all = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        let some: Vec<_> = all
            .iter()
            .filter(|one| !one.is_null())
            .take(LINKS_MAX)
            .cloned()
            .collect();
        let found = look::related(&state.engine, target, &some)
            .await
            .unwrap_or_default();
        fact.links = found
            .iter()
            .map(|one: &Related| link_to(one, one.verbose))
            .collect();
        if all.len() > LINKS_MAX {
            fact.text = format!("and {} more", all.len() - LINKS_MAX);
        }
    } else if is_code(field, value) {
        fact.code = code(value);
    } else {
        fact.text = words(field, value);
    }
    if field.holds == FieldType::Duration && !fact.text.is_empty() {
        fact.text = format!("{} ({})", fact.text, plain(value));
    }
    fact
}

#[cfg(test)]
mod tests {
    use super::{in_a_cell, span};

    #[test]
    fn spans_of_time_are_said_in_words() {
        for (text, said) in [
            ("hours=1", "1 hour"),
            ("days=30;minutes=5", "30 days 5 minutes"),
            ("seconds=0", "no time at all"),
            ("weeks=1", "7 days"),
        ] {
            assert_eq!(span(text), said);
        }
    }

    #[test]
    fn a_column_holds_one_short_line() {
        assert_eq!(in_a_cell("a\nb"), "a");
        assert_eq!(in_a_cell(&"x".repeat(90)).chars().count(), 81);
    }
}
