//! From what was sent to what a field holds, with authentik's sentences where it cannot.
//!
//! Rule: every value is bounded, and all mistakes come at once.

use doorward_protocol::password::{
    MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, PasswordError, check_new,
};
use serde_json::{Map, Value, json};

use super::{PromptField, PromptType};
use crate::flow::{Answer, Mistake};
use crate::resource::field::{Field, FieldType};
use crate::resource::value;
use crate::resource::world::World;

const MAX_TEXT_CHARS: usize = 1024;
const MAX_AREA_CHARS: usize = 16 * 1024;
/// The address of a picture of 96 KiB.
const MAX_FILE_BYTES: usize = 128 * 1024;

/// The answers by field, and what is wrong with them.
pub(super) fn read(
    fields: &[PromptField],
    answer: &Answer,
    world: &World,
) -> (Map<String, Value>, Vec<Mistake>) {
    let (mut taken, mut mistakes) = (Map::new(), Vec::new());
    for field in fields.iter().filter(|field| !field.kind.is_shown_only()) {
        match one(field, answer.fields.get(&field.key), world) {
            Ok(value) => drop(taken.insert(field.key.clone(), value)),
            Err((text, code)) => mistakes.push(Mistake::coded(&field.key, text, code)),
        }
    }
    (taken, mistakes)
}

type Read = Result<Value, (String, &'static str)>;

fn one(field: &PromptField, sent: Option<&Value>, world: &World) -> Read {
    if field.kind.is_fixed() {
        return Ok(json!(field.initial_value));
    }
    if field.kind == PromptType::Checkbox {
        return checkbox(field, sent, world);
    }
    match sent {
        None | Some(Value::Null) if field.required => refuse("This field is required.", "required"),
        None | Some(Value::Null) => Ok(empty(field.kind)),
        Some(Value::String(text)) if text.trim().is_empty() && !is_choice(field, text) => {
            if field.required {
                refuse("This field may not be blank.", "blank")
            } else {
                Ok(empty(field.kind))
            }
        }
        Some(sent) => filled(field, sent, world),
    }
}

/// A box that must be ticked has to be; a form does not send one that is not.
fn checkbox(field: &PromptField, sent: Option<&Value>, world: &World) -> Read {
    let ticked = match sent {
        None | Some(Value::Null) => false,
        Some(sent) => checked(FieldType::Bool, sent, world)? == json!(true),
    };
    if field.required && !ticked {
        return refuse("This field is required.", "required");
    }
    Ok(json!(ticked))
}

fn empty(kind: PromptType) -> Value {
    match kind {
        PromptType::Number | PromptType::Date | PromptType::DateTime => Value::Null,
        _ => json!(""),
    }
}

fn is_choice(field: &PromptField, text: &str) -> bool {
    let mut choices = field.choices.iter().flatten();
    choices.any(|choice| choice.value == text)
}

fn filled(field: &PromptField, sent: &Value, world: &World) -> Read {
    match field.kind {
        PromptType::TextArea => checked(text(MAX_AREA_CHARS), sent, world),
        PromptType::Username => username(sent, world),
        PromptType::Email => checked(FieldType::Email, sent, world),
        PromptType::Password => password(sent),
        PromptType::Number => checked(ANY_INTEGER, sent, world),
        PromptType::RadioButtonGroup | PromptType::Dropdown | PromptType::AkLocale => {
            choice(field, sent)
        }
        PromptType::Date => date(sent),
        PromptType::DateTime => checked(FieldType::DateTime, sent, world),
        PromptType::File => file(sent),
        _ => checked(text(MAX_TEXT_CHARS), sent, world),
    }
}

const ANY_INTEGER: FieldType = FieldType::Integer {
    min: i64::MIN,
    max: i64::MAX,
};

const fn text(max: usize) -> FieldType {
    FieldType::Text { max, blank: true }
}

fn checked(holds: FieldType, sent: &Value, world: &World) -> Read {
    let field = Field::new("", "", holds);
    value::check(&field, sent, world).map_err(|mut texts| (texts.swap_remove(0), "invalid"))
}

fn username(sent: &Value, world: &World) -> Read {
    let name = checked(text(150), sent, world)?;
    let text = name.as_str().unwrap_or_default();
    if text.chars().any(char::is_control) {
        return refuse("Control characters are not allowed.", "invalid");
    }
    Ok(name)
}

/// Taken as it is, blanks and all.
fn password(sent: &Value) -> Read {
    let Some(text) = sent.as_str() else {
        return refuse("Not a valid string.", "invalid");
    };
    match check_new(text) {
        Ok(()) => Ok(json!(text)),
        Err(PasswordError::Empty) => refuse("This field may not be blank.", "blank"),
        Err(PasswordError::TooShort) => refuse(
            format!("Ensure this field has at least {MIN_PASSWORD_CHARS} characters."),
            "min_length",
        ),
        Err(PasswordError::TooLong) => refuse(
            format!("Ensure this field has no more than {MAX_PASSWORD_BYTES} characters."),
            "max_length",
        ),
    }
}

fn choice(field: &PromptField, sent: &Value) -> Read {
    let text = super::plain(sent);
    if is_choice(field, &text) {
        return Ok(json!(text));
    }
    refuse(
        format!("\"{text}\" is not a valid choice."),
        "invalid_choice",
    )
}

fn date(sent: &Value) -> Read {
    let date = sent
        .as_str()
        .and_then(|text| text.trim().parse::<jiff::civil::Date>().ok());
    match date {
        Some(date) => Ok(json!(date.to_string())),
        None => refuse(
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
            "invalid",
        ),
    }
}

/// `data:<type>;base64,…`
fn file(sent: &Value) -> Read {
    let text = sent.as_str().unwrap_or_default();
    if text.len() > MAX_FILE_BYTES {
        let kib = MAX_FILE_BYTES / 4 * 3 / 1024;
        return refuse(format!("Choose a file of at most {kib} KiB."), "max_length");
    }
    let parts = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"));
    let is_whole = parts.is_some_and(|(kind, data)| {
        is_media_type(kind) && doorward_protocol::encoding::from_base64(data).is_some()
    });
    if is_whole {
        Ok(json!(text))
    } else {
        refuse("This file cannot be read.", "invalid")
    }
}

/// `image/png`, with nothing that could end an attribute.
fn is_media_type(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.+-=;_".contains(c);
    text.contains('/') && text.chars().all(plain)
}

fn refuse(text: impl Into<String>, code: &'static str) -> Read {
    Err((text.into(), code))
}
