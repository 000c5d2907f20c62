//! Checks one value against its field and brings it into its stored form.
//!
//! Owns authentik's messages for single values (api-and-model 2.3). Rule: what comes out is what is
//! stored and shown; text is trimmed here and nowhere else, passwords never.

use doorward_protocol::jose::{Jwk, read_pem};
use serde_json::{Value, json};

use super::field::{Default, Field, FieldType, Target};
use super::world::{World, is_integer_target};

/// The stored form, or every message about the value.
pub type Checked = Result<Value, Vec<String>>;

/// Checks `value` for `field`.
///
/// # Errors
///
/// The messages for people, in authentik's words.
pub fn check(field: &Field, value: &Value, world: &World) -> Checked {
    if value.is_null() {
        return if field.nullable {
            Ok(Value::Null)
        } else {
            refuse("This field may not be null.")
        };
    }
    match field.holds {
        FieldType::Text { max, blank } => text(value, max, blank || field.default == Default::Null),
        FieldType::Expression => expression(value, field.default == Default::Text("")),
        FieldType::Slug { max } => slug(value, max),
        FieldType::Integer { min, max } => whole(value, min, max),
        FieldType::Integers { min, max } => each(value, |one| whole(one, min, max)),
        FieldType::Number => number(value),
        FieldType::Bool => boolean(value),
        FieldType::Object if value.is_object() => Ok(value.clone()),
        FieldType::Object => refuse("Value must be a dictionary."),
        FieldType::Json => Ok(value.clone()),
        FieldType::KeySet => key_set(value),
        FieldType::Choice(words, _) => choice(value, words),
        FieldType::Choices(words, _) => each(value, |one| choice(one, words)),
        FieldType::Entries(fields, _) => entries(value, fields, world),
        FieldType::Duration => duration(value),
        FieldType::Url { blank } => url(value, blank),
        FieldType::Email => email(value),
        FieldType::One(target, _) => relation(value, target, world),
        FieldType::Many(target) => each(value, |one| relation(one, target, world)),
        FieldType::Uuid => uuid(value),
        FieldType::DateTime => date_time(value),
        FieldType::Secret if field.nullable && value == "" => Ok(Value::Null),
        FieldType::Secret => secret(value, field.required),
    }
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Vec<String>> {
    Err(vec![message.into()])
}

/// Text as the framework reads it: numbers count as text, yes and no do not.
fn raw_text(value: &Value) -> Result<String, Vec<String>> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return refuse("Not a valid string."),
    };
    if text.contains('\0') {
        return refuse("Null characters are not allowed.");
    }
    Ok(text)
}

fn text(value: &Value, max: usize, blank: bool) -> Checked {
    let text = raw_text(value)?;
    let text = text.trim();
    if text.is_empty() && !blank {
        return refuse("This field may not be blank.");
    }
    if max > 0 && text.chars().count() > max {
        return refuse(format!(
            "Ensure this field has no more than {max} characters."
        ));
    }
    Ok(json!(text))
}

/// PEM becomes the set that is stored and shown.
fn key_set(value: &Value) -> Checked {
    match value {
        Value::Object(_) => Ok(value.clone()),
        Value::String(text) if text.trim().is_empty() => Ok(json!({})),
        Value::String(text) => match read_pem(text) {
            Ok(keys) => {
                let keys: Vec<_> = keys.iter().map(Jwk::published).collect();
                Ok(json!({ "keys": keys }))
            }
            Err(why) => refuse(why.to_string()),
        },
        _ => refuse("Value must be a JWK set (a dictionary with keys) or PEM (a text)."),
    }
}

/// The first line's indentation belongs to the text.
fn expression(value: &Value, blank: bool) -> Checked {
    let text = raw_text(value)?;
    if text.trim().is_empty() && !blank {
        return refuse("This field may not be blank.");
    }
    Ok(json!(text.trim_end()))
}

fn secret(value: &Value, required: bool) -> Checked {
    let text = raw_text(value)?;
    if text.is_empty() && required {
        refuse("This field may not be blank.")
    } else {
        Ok(json!(text))
    }
}

fn slug(value: &Value, max: usize) -> Checked {
    let value = text(value, max, false)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if value.as_str().is_some_and(|text| text.chars().all(plain)) {
        return Ok(value);
    }
    refuse("Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.")
}

fn whole(value: &Value, min: i64, max: i64) -> Checked {
    let Some(number) = super::world::integer(value) else {
        return refuse("A valid integer is required.");
    };
    if number < min {
        return refuse(format!(
            "Ensure this value is greater than or equal to {min}."
        ));
    }
    if number > max {
        return refuse(format!("Ensure this value is less than or equal to {max}."));
    }
    Ok(json!(number))
}

/// A number, or text that spells one; a whole one stays whole.
fn number(value: &Value) -> Checked {
    if let Some(number) = super::world::integer(value).filter(|number| *number >= 0) {
        return Ok(json!(number));
    }
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    match number {
        Some(number) if f64::is_finite(number) && number >= 0.0 => Ok(json!(number)),
        Some(_) => refuse("Ensure this value is greater than or equal to 0."),
        None => refuse("A valid number is required."),
    }
}

fn boolean(value: &Value) -> Checked {
    let word = match value {
        Value::Bool(flag) => return Ok(json!(flag)),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_ascii_lowercase(),
        _ => return refuse("Must be a valid boolean."),
    };
    match word.as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Ok(json!(true)),
        "false" | "f" | "no" | "n" | "off" | "0" => Ok(json!(false)),
        _ => refuse("Must be a valid boolean."),
    }
}

fn choice(value: &Value, words: &[&str]) -> Checked {
    // A number counts as the word it is written as: `digits: 6`.
    let word = plain(value);
    let is_word = value.is_string() || value.is_number();
    if is_word && words.contains(&word.as_str()) {
        return Ok(json!(word));
    }
    refuse(format!("\"{word}\" is not a valid choice."))
}

fn each(value: &Value, check: impl Fn(&Value) -> Checked) -> Checked {
    let Some(list) = value.as_array() else {
        return refuse(format!(
            "Expected a list of items but got type \"{}\".",
            python_type(value)
        ));
    };
    let mut good: Vec<Value> = Vec::with_capacity(list.len());
    let mut bad = Vec::new();
    for one in list {
        match check(one) {
            Ok(one) if good.contains(&one) => {}
            Ok(one) => good.push(one),
            Err(messages) => bad.extend(messages),
        }
    }
    if bad.is_empty() {
        Ok(Value::Array(good))
    } else {
        Err(bad)
    }
}

/// So many entries at most.
const ENTRIES_MAX: usize = 200;

/// Each entry whole, with what it lacks filled in; messages name the entry and its field.
fn entries(value: &Value, fields: &[Field], world: &World) -> Checked {
    if value
        .as_array()
        .is_some_and(|list| list.len() > ENTRIES_MAX)
    {
        return refuse(format!("At most {ENTRIES_MAX} entries are possible."));
    }
    let place = std::cell::Cell::new(0_usize);
    each(value, |one| {
        place.set(place.get() + 1);
        entry(one, fields, world).map_err(|messages| {
            let told = |message| format!("Entry {}: {message}", place.get());
            messages.into_iter().map(told).collect()
        })
    })
}

fn entry(value: &Value, fields: &[Field], world: &World) -> Checked {
    let Some(given) = value.as_object() else {
        return refuse("Invalid data. Expected a dictionary.");
    };
    let (mut good, mut bad) = (serde_json::Map::new(), Vec::new());
    for field in fields {
        let checked = match given.get(field.key) {
            Some(value) => check(field, value, world),
            None if field.required => refuse("This field is required."),
            None => Ok(field.default.value().unwrap_or(Value::Null)),
        };
        match checked {
            Ok(value) => drop(good.insert(field.key.to_owned(), value)),
            Err(messages) => bad.extend(messages.iter().map(|one| format!("{}: {one}", field.key))),
        }
    }
    if bad.is_empty() {
        Ok(Value::Object(good))
    } else {
        Err(bad)
    }
}

fn duration(value: &Value) -> Checked {
    let value = text(value, 0, false)?;
    match doorward_protocol::duration::parse(value.as_str().unwrap_or_default()) {
        Ok(_) => Ok(value),
        Err(error) => refuse(error.to_string()),
    }
}

fn url(value: &Value, blank: bool) -> Checked {
    let value = text(value, 0, blank)?;
    let text = value.as_str().unwrap_or_default();
    let good = |url: &url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if text.is_empty() || url::Url::parse(text).is_ok_and(|url| good(&url)) {
        return Ok(value);
    }
    refuse("Enter a valid URL.")
}

/// One `@` with something plain on both sides (CVE-2026-40574: never two).
fn email(value: &Value) -> Checked {
    let value = text(value, 254, true)?;
    let text = value.as_str().unwrap_or_default();
    let good = |local: &str, domain: &str| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@' || c == '<' || c == '>';
        !local.is_empty() && !domain.is_empty() && !local.contains(odd) && !domain.contains(odd)
    };
    if text.is_empty()
        || text
            .split_once('@')
            .is_some_and(|(local, domain)| good(local, domain))
    {
        return Ok(value);
    }
    refuse("Enter a valid email address.")
}

fn relation(value: &Value, target: Target, world: &World) -> Checked {
    let key = if is_integer_target(target) {
        match super::world::integer(value) {
            Some(id) => json!(id),
            None => return incorrect_type(value),
        }
    } else {
        match value.as_str() {
            Some(text) => json!(text.trim().to_ascii_lowercase()),
            None => return incorrect_type(value),
        }
    };
    if !key.is_number() && uuid::Uuid::parse_str(key.as_str().unwrap_or_default()).is_err() {
        return refuse(format!(
            "\u{201c}{}\u{201d} is not a valid UUID.",
            plain(value)
        ));
    }
    let key = hyphenated(key);
    if world.exists(target, &key) {
        return Ok(key);
    }
    refuse(format!(
        "Invalid pk \"{}\" - object does not exist.",
        plain(value)
    ))
}

fn hyphenated(key: Value) -> Value {
    let parsed = key
        .as_str()
        .and_then(|text| uuid::Uuid::parse_str(text).ok());
    parsed.map_or(key, |uuid| json!(uuid.to_string()))
}

fn incorrect_type<T>(value: &Value) -> Result<T, Vec<String>> {
    refuse(format!(
        "Incorrect type. Expected pk value, received {}.",
        python_type(value)
    ))
}

fn uuid(value: &Value) -> Checked {
    match value
        .as_str()
        .and_then(|text| uuid::Uuid::parse_str(text).ok())
    {
        Some(uuid) => Ok(json!(uuid.to_string())),
        None => refuse("Must be a valid UUID."),
    }
}

fn date_time(value: &Value) -> Checked {
    match value.as_str().and_then(milliseconds) {
        Some(ms) => Ok(json!(rfc3339(ms))),
        None => refuse(
            "Datetime has wrong format. Use one of these formats instead: \
             YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
        ),
    }
}

/// Unix milliseconds of an RFC 3339 time; one without a zone is in UTC.
pub fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let stamp = text
        .parse::<jiff::Timestamp>()
        .or_else(|_| format!("{text}Z").parse());
    let stamp = stamp.or_else(|_| format!("{text}T00:00:00Z").parse());
    stamp.ok().map(jiff::Timestamp::as_millisecond)
}

/// RFC 3339 with `Z`, as the contract writes times.
pub fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}

/// A value as text, a text without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
