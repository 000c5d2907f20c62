//! One field of a form: how it is asked, what was typed, and what that says to the engine.
//!
//! Rule: what is left as it was shown is not sent on, so that nobody changes what they never touched.

use doorward_engine::resource::look::{self, Related};
use doorward_engine::resource::value::milliseconds;
use doorward_engine::resource::{Field, FieldType, Target};
use serde_json::{Map, Value, json};

use super::{one, words};
use crate::console::{Operator, Sent};
use crate::pages::{ObjectAsk, ObjectChoice, ObjectInput, RowInput};
use crate::respond::Failure;
use crate::state::AppState;

/// More than so many are not chosen from, but named.
const CANDIDATES_MAX: usize = 200;
/// So many words are seen all at once.
const RADIO_MAX: usize = 4;
/// So many empty rows follow those that are there.
const EMPTY_ROWS: usize = 2;
/// So many rows are read, and so many lines of names.
const ROWS_MAX: usize = 250;
const NAMES_MAX: usize = 5000;

/// Whether a field has a place in a form.
pub(super) fn is_asked(field: &Field) -> bool {
    field.is_taken() && field.target() != Some(Target::Nothing)
}

/// A field as it is asked when it holds `value`.
pub(super) async fn input(
    state: &AppState,
    operator: &Operator,
    field: &'static Field,
    value: &Value,
    has_secret: bool,
) -> Result<ObjectInput, Failure> {
    let mut input = ObjectInput::new(field.key, field.label, ask_of(field));
    input.is_required = field.required;
    input.hint = hint(field, has_secret);
    match field.holds {
        FieldType::One(target, _) => {
            one_of(state, operator, (field, target), value, &mut input).await?;
        }
        FieldType::Many(target) => some_of(state, operator, target, value, &mut input).await?,
        FieldType::Choice(all, _) => choose(&mut input, all, &[value], field.nullable),
        FieldType::Choices(all, _) => {
            let chosen: Vec<_> = value.as_array().into_iter().flatten().collect();
            choose(&mut input, all, &chosen, false);
        }
        FieldType::Entries(fields, _) => input.rows = rows(field, fields, value),
        FieldType::Bool => input.value = (value == true).to_string(),
        FieldType::Secret => {
            input.is_required = field.required && !has_secret;
            input.can_clear = field.nullable && has_secret;
        }
        _ => input.value = text(field, value),
    }
    Ok(input)
}

fn ask_of(field: &Field) -> ObjectAsk {
    match field.holds {
        FieldType::Bool => ObjectAsk::YesNo,
        FieldType::Choice(all, _) if all.len() <= RADIO_MAX => ObjectAsk::Radio,
        FieldType::Choice(..) | FieldType::One(..) => ObjectAsk::Select,
        FieldType::Choices(..) | FieldType::Many(_) => ObjectAsk::Checks,
        FieldType::Entries(fields, _) if fields.iter().all(is_plain) => ObjectAsk::Rows,
        FieldType::Entries(..)
        | FieldType::Expression
        | FieldType::Object
        | FieldType::Json
        | FieldType::KeySet => ObjectAsk::Area,
        FieldType::Integer { .. } => ObjectAsk::Number,
        FieldType::Email => ObjectAsk::Email,
        FieldType::Url { .. } => ObjectAsk::Url,
        FieldType::DateTime => ObjectAsk::DateTime,
        FieldType::Secret => ObjectAsk::Secret,
        // Certificates and lists of paths have several lines.
        FieldType::Text { .. } if field.key.ends_with("_data") || field.key.ends_with("_regex") => {
            ObjectAsk::Area
        }
        FieldType::Text { .. } if BIG.contains(&field.key) => ObjectAsk::Area,
        FieldType::Text { .. }
        | FieldType::Slug { .. }
        | FieldType::Integers { .. }
        | FieldType::Number
        | FieldType::Duration
        | FieldType::Uuid => ObjectAsk::Text,
    }
}

/// Texts that have several lines.
const BIG: [&str; 5] = [
    "content",
    "branding_custom_css",
    "resources",
    "networks",
    "domains",
];

/// Whether a field of an entry fits into a row.
fn is_plain(field: &Field) -> bool {
    matches!(
        field.holds,
        FieldType::Text { .. }
            | FieldType::Choice(..)
            | FieldType::Url { .. }
            | FieldType::Slug { .. }
    )
}

fn hint(field: &Field, has_secret: bool) -> String {
    let more = match field.holds {
        FieldType::Secret if has_secret => "Leave it empty to keep what is set.",
        FieldType::Secret if is_random(field) => "Leave it empty: a random one is made.",
        _ if is_random(field) => "Leave it empty: one is made.",
        FieldType::Duration => "A length of time, for example hours=1 or days=30;minutes=5.",
        FieldType::DateTime => "A day and a time, in UTC.",
        FieldType::Object | FieldType::Json => "JSON or YAML.",
        FieldType::KeySet => "A set of keys as JSON, or PEM.",
        FieldType::Integers { .. } => "Whole numbers with commas between them.",
        FieldType::Expression => "An expression in Python.",
        _ => "",
    };
    [field.help, more].join(" ").trim().to_owned()
}

fn is_random(field: &Field) -> bool {
    matches!(
        field.default,
        doorward_engine::resource::field::Default::Random(_)
    )
}

/// What stands in a line or an area.
fn text(field: &Field, value: &Value) -> String {
    match (field.holds, value) {
        (_, Value::Null) => String::new(),
        (FieldType::DateTime, Value::String(at)) => {
            at.get(..19).unwrap_or(at).trim_end_matches('Z').to_owned()
        }
        (FieldType::Integers { .. }, Value::Array(all)) => {
            let all = all.iter().map(Value::to_string);
            all.collect::<Vec<_>>().join(", ")
        }
        (_, Value::String(text)) => text.clone(),
        (FieldType::Object | FieldType::KeySet, value) if words::is_empty(value) => "{}".to_owned(),
        (_, value) => words::code(value),
    }
}

fn choose(input: &mut ObjectInput, all: &[&str], chosen: &[&Value], may_be_nothing: bool) {
    if may_be_nothing {
        input
            .choices
            .push(nothing(chosen.iter().all(|one| one.is_null())));
    }
    input.choices.extend(all.iter().map(|word| ObjectChoice {
        value: (*word).to_owned(),
        label: words::plain_word(word),
        what: String::new(),
        is_chosen: chosen.iter().any(|one| *one == word),
    }));
}

fn nothing(is_chosen: bool) -> ObjectChoice {
    ObjectChoice {
        label: "Not set".to_owned(),
        is_chosen,
        ..ObjectChoice::default()
    }
}

fn candidate(one: &Related, target: Target, is_chosen: bool) -> ObjectChoice {
    let is_mixed = !matches!(target, Target::Kind(_));
    ObjectChoice {
        value: one.id.clone(),
        label: one.title.clone(),
        what: if is_mixed {
            one.verbose.to_owned()
        } else {
            String::new()
        },
        is_chosen,
    }
}

async fn one_of(
    state: &AppState,
    operator: &Operator,
    (field, target): (&Field, Target),
    value: &Value,
    input: &mut ObjectInput,
) -> Result<(), Failure> {
    let all = look::candidates(&state.engine, operator.ctx(), target, CANDIDATES_MAX).await;
    if let Some(all) = all.map_err(failure)? {
        let id = words::plain(value);
        if field.nullable || value.is_null() {
            input.choices.push(nothing(value.is_null()));
        }
        let choices = all.iter().map(|one| candidate(one, target, one.id == id));
        input.choices.extend(choices);
        return Ok(());
    }
    input.ask = ObjectAsk::Text;
    let named = named_by(state, target, value).await?;
    input.value = named.into_iter().next().unwrap_or_default();
    let hint = format!("{} There are many: type its name.", input.hint);
    hint.trim().clone_into(&mut input.hint);
    Ok(())
}

async fn some_of(
    state: &AppState,
    operator: &Operator,
    target: Target,
    value: &Value,
    input: &mut ObjectInput,
) -> Result<(), Failure> {
    let all = look::candidates(&state.engine, operator.ctx(), target, CANDIDATES_MAX).await;
    if let Some(all) = all.map_err(failure)? {
        let chosen: Vec<_> = value
            .as_array()
            .into_iter()
            .flatten()
            .map(words::plain)
            .collect();
        let choices = all
            .iter()
            .map(|one| candidate(one, target, chosen.contains(&one.id)));
        input.choices = choices.collect();
        return Ok(());
    }
    input.ask = ObjectAsk::Area;
    input.value = named_by(state, target, value).await?.join("\n");
    let hint = format!("{} There are many: one name in each line.", input.hint);
    hint.trim().clone_into(&mut input.hint);
    Ok(())
}

async fn named_by(state: &AppState, target: Target, value: &Value) -> Result<Vec<String>, Failure> {
    let all = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let value_count = all.iter().filter(|one| !one.is_null()).count();
    let all: Vec<_> = all
        .iter()
        .filter(|one| !one.is_null())
        .take(NAMES_MAX)
        .cloned()
        .collect();
    let found = look::related(&state.engine, target, &all)
        .await
        .map_err(failure)?;
    let mut titles: Vec<_> = found.into_iter().map(|one| one.title).collect();
    // Nothing has this name, so a list that was cut is never saved as if it were whole.
    if let Some(more) = value_count.checked_sub(NAMES_MAX).filter(|more| *more > 0) {
        titles.push(format!("({more} more: too many for a form, use the API)"));
    }
    Ok(titles)
}

fn failure(error: doorward_store::StoreError) -> Failure {
    Failure::from(doorward_engine::Fault::from(error))
}

fn rows(field: &Field, fields: &'static [Field], value: &Value) -> Vec<Vec<RowInput>> {
    let there = value.as_array().map_or(&[] as &[Value], Vec::as_slice);
    let blank = json!({});
    let empty = std::iter::repeat_n(&blank, EMPTY_ROWS);
    let row = |(at, entry): (usize, &Value)| {
        let part = |part: &'static Field| {
            let value = entry.get(part.key).cloned();
            let value = value.or_else(|| part.default.value()).unwrap_or_default();
            RowInput {
                name: format!("{}.{at}.{}", field.key, part.key),
                label: part.label,
                value: words::plain(&value),
                choices: match part.holds {
                    FieldType::Choice(all, _) => all.to_vec(),
                    _ => Vec::new(),
                },
            }
        };
        fields.iter().map(part).collect()
    };
    there.iter().chain(empty).enumerate().map(row).collect()
}

/// The same field with what was typed.
pub(super) fn typed(shown: &ObjectInput, field: &'static Field, sent: &Sent) -> ObjectInput {
    let mut input = shown.clone();
    match input.ask {
        ObjectAsk::YesNo => input.value = (sent.get(field.key) == "true").to_string(),
        ObjectAsk::Radio | ObjectAsk::Select | ObjectAsk::Checks => {
            let chosen: Vec<_> = sent.all(field.key).collect();
            for choice in &mut input.choices {
                choice.is_chosen = chosen.contains(&&*choice.value);
            }
        }
        ObjectAsk::Rows => input.rows = typed_rows(field, sent),
        ObjectAsk::Secret => {}
        _ => input.value = sent.get(field.key).replace("\r\n", "\n"),
    }
    input
}

fn typed_rows(field: &Field, sent: &Sent) -> Vec<Vec<RowInput>> {
    let FieldType::Entries(fields, _) = field.holds else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for at in 0..ROWS_MAX {
        let name = |part: &Field| format!("{}.{at}.{}", field.key, part.key);
        let there = |part: &Field| sent.fields.iter().any(|(one, _)| *one == name(part));
        if !fields.iter().any(there) {
            break;
        }
        let entry: Map<_, _> = fields
            .iter()
            .map(|part| (part.key.to_owned(), json!(sent.get(&name(part)))))
            .collect();
        if is_filled(fields, &entry) {
            entries.push(Value::Object(entry));
        }
    }
    rows(field, fields, &Value::Array(entries))
}

/// Whether anything was typed into a row; what is chosen is always something.
fn is_filled(fields: &[Field], entry: &Map<String, Value>) -> bool {
    let typed = fields
        .iter()
        .filter(|part| !matches!(part.holds, FieldType::Choice(..)));
    let mut typed = typed.filter_map(|part| entry.get(part.key)?.as_str());
    typed.any(|text| !text.trim().is_empty())
}

/// What the typed says to the engine; nothing if the field is to stay as it is or as it is by itself.
///
/// # Errors
///
/// Why it cannot be read.
pub(super) async fn read(
    state: &AppState,
    field: &'static Field,
    input: &ObjectInput,
    sent: &Sent,
    is_new: bool,
) -> Result<Option<Value>, String> {
    let chosen = || {
        input
            .choices
            .iter()
            .filter(|one| one.is_chosen)
            .map(|one| &*one.value)
    };
    let text = input.value.as_str();
    Ok(match (field.holds, input.ask) {
        (FieldType::Secret, _) => secret(field, sent),
        (FieldType::Bool, _) => Some(json!(text == "true")),
        (_, ObjectAsk::Checks) => Some(json!(chosen().collect::<Vec<_>>())),
        (_, ObjectAsk::Radio | ObjectAsk::Select) => {
            scalar(field, chosen().next().unwrap_or_default(), is_new)
        }
        (FieldType::Entries(fields, _), ObjectAsk::Rows) => Some(entries(fields, &input.rows)),
        (FieldType::One(target, _), _) if !text.trim().is_empty() => {
            Some(named(state, target, text).await?)
        }
        (FieldType::Many(target), _) => Some(all_named(state, target, text).await?),
        (FieldType::Integers { .. }, _) => {
            let parts = text.split([',', ' ', '\n']).filter(|part| !part.is_empty());
            Some(json!(parts.collect::<Vec<_>>()))
        }
        (FieldType::KeySet, _) if text.trim_start().starts_with("-----BEGIN") => Some(json!(text)),
        (FieldType::Object | FieldType::KeySet, _) if text.trim().is_empty() => Some(json!({})),
        (FieldType::Json, _) if text.trim().is_empty() => Some(Value::Null),
        (FieldType::Object | FieldType::Json | FieldType::KeySet | FieldType::Entries(..), _) => {
            Some(look::written(text)?)
        }
        _ => scalar(field, text, is_new),
    })
}

fn secret(field: &Field, sent: &Sent) -> Option<Value> {
    match sent.get(field.key) {
        "" if sent.get(&format!("{}.clear", field.key)) == "true" => Some(Value::Null),
        "" => None,
        text => Some(json!(text)),
    }
}

fn scalar(field: &Field, text: &str, is_new: bool) -> Option<Value> {
    let has_default = field.default.value().is_some_and(|one| !one.is_null());
    match text.trim() {
        "" if field.nullable => Some(Value::Null),
        // What is left empty is what it is by itself.
        "" if is_random(field) => None,
        "" if is_new && (!has_default || field.required) => None,
        _ if matches!(field.holds, FieldType::DateTime) => {
            let at = milliseconds(text).map(doorward_engine::resource::value::rfc3339);
            Some(json!(at.unwrap_or_else(|| text.to_owned())))
        }
        _ => Some(json!(text)),
    }
}

fn entries(fields: &[Field], rows: &[Vec<RowInput>]) -> Value {
    let entry = |row: &Vec<RowInput>| {
        let parts = fields.iter().zip(row);
        let parts = parts.map(|(field, part)| (field.key.to_owned(), json!(part.value)));
        let entry: Map<_, _> = parts.collect();
        is_filled(fields, &entry).then_some(Value::Object(entry))
    };
    rows.iter().filter_map(entry).collect()
}

async fn named(state: &AppState, target: Target, text: &str) -> Result<Value, String> {
    match look::named(&state.engine, target, text).await {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(format!("Nothing is called “{}”.", text.trim())),
        Err(_) => Err("The names could not be read. Try again.".to_owned()),
    }
}

async fn all_named(state: &AppState, target: Target, text: &str) -> Result<Value, String> {
    let mut keys = Vec::new();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    if lines.clone().count() > NAMES_MAX {
        return Err(format!(
            "More than {NAMES_MAX} are too many for a form. Use the API, which adds and removes one by one."
        ));
    }
    for line in lines {
        keys.push(named(state, target, line).await?);
    }
    Ok(Value::Array(keys))
}

/// Marks what differs from how it is when nobody says.
pub(super) fn mark(input: &mut ObjectInput, field: &Field, value: &Value) {
    let has_default = field.default.value().is_some();
    let is_secret = field.holds == FieldType::Secret;
    input.is_changed = has_default && !is_secret && !one::is_usual(field, value);
}
