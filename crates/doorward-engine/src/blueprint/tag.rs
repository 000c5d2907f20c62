//! What the tags do that need nothing but their arguments.
//!
//! Owns their names and their pure parts. Rule: wrong arguments are told by the tag's name, with how
//! it is written.

use serde_json::{Map, Value, json};

/// Every tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    AtIndex,
    Condition,
    Context,
    Enumerate,
    Env,
    File,
    Find,
    FindObject,
    Format,
    If,
    Index,
    KeyOf,
    ParseJson,
    Value,
}

impl Tag {
    /// The tag of a name, with or without `!`.
    pub(super) fn of(name: &str) -> Result<Self, String> {
        Ok(match name.trim_start_matches('!') {
            "AtIndex" => Self::AtIndex,
            "Condition" => Self::Condition,
            "Context" => Self::Context,
            "Enumerate" => Self::Enumerate,
            "Env" => Self::Env,
            "File" => Self::File,
            "Find" => Self::Find,
            "FindObject" => Self::FindObject,
            "Format" => Self::Format,
            "If" => Self::If,
            "Index" => Self::Index,
            "KeyOf" => Self::KeyOf,
            "ParseJSON" => Self::ParseJson,
            "Value" => Self::Value,
            other => return Err(format!("the tag !{other} is not known")),
        })
    }
}

/// A value as text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

/// Python's idea of true.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

const PLACES: &str = "%s, %d and %% are understood";

/// `%s` and `%d` in turn, as many as there are arguments.
pub(super) fn format(arguments: &[Value]) -> Result<Value, String> {
    let [Value::String(pattern), rest @ ..] = arguments else {
        return Err("!Format wants [text, arguments …]".to_owned());
    };
    let mut rest = rest.iter();
    let mut next = || rest.next().ok_or("!Format has too few arguments");
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '%') {
            (letter, false) => text.push(letter),
            (_, true) => match letters.next() {
                Some('%') => text.push('%'),
                Some('s' | 'r') => text.push_str(&plain(next()?)),
                Some('d' | 'i') => text.push_str(&whole(next()?)?),
                _ => return Err(format!("!Format {pattern}: {PLACES}")),
            },
        }
    }
    match rest.len() {
        0 => Ok(json!(text)),
        more => Err(format!("!Format {pattern}: {more} arguments are not used")),
    }
}

fn whole(value: &Value) -> Result<String, String> {
    let number = value.as_i64().or_else(|| value.as_bool().map(i64::from));
    number
        .map(|number| number.to_string())
        .ok_or_else(|| format!("!Format: %d wants a whole number, not {}", plain(value)))
}

/// `[MODE, values …]`
pub(super) fn condition(arguments: &[Value]) -> Result<Value, String> {
    let wanted = "!Condition wants [AND, NAND, OR, NOR, XOR, XNOR, EQ or NEQ, values …]";
    let [Value::String(mode), values @ ..] = arguments else {
        return Err(wanted.to_owned());
    };
    if values.is_empty() {
        return Err(wanted.to_owned());
    }
    let mut flags = values.iter().map(is_truthy);
    let odd = || values.iter().filter(|value| is_truthy(value)).count() % 2 == 1;
    let equal = || values.iter().all(|value| *value == values[0]);
    Ok(json!(match mode.to_ascii_uppercase().as_str() {
        "AND" => flags.all(|flag| flag),
        "NAND" => !flags.all(|flag| flag),
        "OR" => flags.any(|flag| flag),
        "NOR" => !flags.any(|flag| flag),
        "XOR" => odd(),
        "XNOR" => !odd(),
        "EQ" => equal(),
        "NEQ" => !equal(),
        _ => return Err(format!("{wanted}, not {mode}")),
    }))
}

/// `[object or list, key or place, default]`
pub(super) fn at_index(arguments: &[Value]) -> Result<Value, String> {
    let (whole, key, default) = match arguments {
        [whole, key] => (whole, key, None),
        [whole, key, default] => (whole, key, Some(default)),
        _ => return Err("!AtIndex wants [object or list, key, default]".to_owned()),
    };
    let found = match whole {
        Value::Object(map) => map.get(&plain(key)),
        Value::Array(list) => key.as_i64().and_then(|at| list.get(place(at, list.len())?)),
        _ => None,
    };
    found
        .or(default)
        .cloned()
        .ok_or_else(|| format!("!AtIndex: there is nothing at {}", plain(key)))
}

/// Places before the first count from the end.
fn place(at: i64, length: usize) -> Option<usize> {
    if at < 0 {
        length.checked_sub(usize::try_from(at.unsigned_abs()).ok()?)
    } else {
        usize::try_from(at).ok()
    }
}

/// The value of a JSON text.
pub(super) fn parse_json(arguments: &[Value]) -> Result<Value, String> {
    let [Value::String(text)] = arguments else {
        return Err("!ParseJSON wants text".to_owned());
    };
    serde_json::from_str(text).map_err(|error| format!("!ParseJSON: {error}"))
}

/// Adds `more` to `base`; maps are merged at every depth, everything else is replaced.
pub(super) fn merge(base: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(base)), Value::Object(more)) => merge(base, more),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

/// What a value costs: its text and a constant for each part.
pub(super) fn weight(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(map) => map.iter().map(|(key, one)| key.len() + weight(one)).sum(),
        _ => 0,
    };
    inner.saturating_add(super::tree::NODE_COST)
}
