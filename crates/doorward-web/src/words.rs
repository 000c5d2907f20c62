//! What pages say, in the languages that we speak.
//!
//! Owns the texts (`locales/*.ftl`, Fluent), choosing a language, and the ways into templates: `t`
//! for what a template says, `translated` for a sentence that the program or an operator said in
//! English. Leaves finding such a sentence to `sentence`. Rule: the files have the same keys and
//! variables; what is missing all the same is said in English and logged once.

mod sentence;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use doorward_protocol::language::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::value::{Kwargs, Value};
use minijinja::{Error, ErrorKind, State};

pub(crate) use sentence::translated;

type Bundle = FluentBundle<FluentResource>;

/// The file of a language.
fn file(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../locales/en.ftl"),
        Language::De => include_str!("../locales/de.ftl"),
        Language::Fr => include_str!("../locales/fr.ftl"),
        Language::Es => include_str!("../locales/es.ftl"),
    }
}

/// The lines of a message in it: the first, and those below that are moved in or close it.
fn lines_of(language: Language, key: &str) -> &'static str {
    let text = file(language);
    let begin = text.find(&format!("\n{key} = ")).map_or(0, |at| at + 1);
    let mut end = begin;
    for line in text[begin..].split_inclusive('\n') {
        if end > begin && !line.starts_with([' ', '}']) {
            break;
        }
        end += line.len();
    }
    &text[begin..end]
}

/// What stands between thousands.
fn thousands(language: Language) -> char {
    match language {
        Language::En => ',',
        Language::De => '.',
        // No line breaks within a number.
        Language::Fr | Language::Es => '\u{202f}',
    }
}

fn bundle(language: Language) -> &'static Bundle {
    static BUNDLES: LazyLock<[Bundle; 4]> = LazyLock::new(|| Language::ALL.map(read));
    &BUNDLES[language as usize]
}

/// A file as a bundle. The files are ours and tested, so a mistake leaves out its message alone.
fn read(language: Language) -> Bundle {
    let tag = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // The marks around names are for mixed directions, and would be found by whoever copies a name.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(file(language).to_owned());
    let resource = resource.unwrap_or_else(|(readable, _)| readable);
    drop(bundle.add_resource(resource));
    bundle
}

/// A message with its variables; `None` if there is no such key in any language.
pub(crate) fn say(language: Language, key: &str, variables: &FluentArgs<'_>) -> Option<String> {
    let own = said(language, key, variables);
    own.or_else(|| {
        let english = said(Language::En, key, variables)?;
        log_missing(language, key);
        Some(english)
    })
}

fn said(language: Language, key: &str, variables: &FluentArgs<'_>) -> Option<String> {
    let bundle = bundle(language);
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(variables), &mut errors);
    errors.is_empty().then(|| text.into_owned())
}

fn log_missing(language: Language, key: &str) {
    static TOLD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let entry = format!("{} {key}", language.tag());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.insert(entry) {
        tracing::warn!(language = language.tag(), key, "a translation is missing");
    }
}

/// The beginning of the keys of sentences that stand in the program.
const SENTENCE: &str = "said-";

/// The names of the variables of a message, each once.
fn variables(language: Language, key: &str) -> Vec<String> {
    let message = lines_of(language, key);
    let names = message.split("{ $").skip(1);
    let mut names: Vec<_> = names
        .filter_map(|rest| rest.split([' ', '}']).next())
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Every key of a file.
fn keys(language: Language) -> impl Iterator<Item = &'static str> {
    let lines = file(language).lines();
    lines.filter_map(|line| {
        let (key, _) = line.split_once(" = ")?;
        key.starts_with(|one: char| one.is_ascii_lowercase())
            .then_some(key)
    })
}

/// `t("key", variable=value)` in templates.
#[expect(clippy::needless_pass_by_value, reason = "how a template calls")]
pub(crate) fn t(state: &State<'_, '_>, key: &str, given: Kwargs) -> Result<String, Error> {
    let mut variables = FluentArgs::new();
    for name in given.args() {
        let value: Value = given.get(name)?;
        variables.set(name.to_owned(), variable(&value));
    }
    say(language_of(state), key, &variables).ok_or_else(|| {
        let told = format!("there is no text “{key}” with these variables");
        Error::new(ErrorKind::InvalidOperation, told)
    })
}

fn variable(value: &Value) -> FluentValue<'static> {
    match i32::try_from(value.clone()) {
        Ok(number) if value.is_number() => FluentValue::from(number),
        _ => FluentValue::from(value.to_string()),
    }
}

/// `|translated` in templates.
pub(crate) fn translate(state: &State<'_, '_>, english: &str) -> String {
    translated(language_of(state), english).into_owned()
}

/// `|ago(now)` in templates: "3 hours ago".
pub(crate) fn ago(state: &State<'_, '_>, unix_ms: i64, now_ms: i64) -> String {
    let (key, count) = crate::pages::age(unix_ms, now_ms);
    let mut variables = FluentArgs::new();
    variables.set("count", count);
    say(language_of(state), key, &variables).unwrap_or_default()
}

/// `|utc` in templates: an instant in Unix milliseconds.
pub(crate) fn utc(state: &State<'_, '_>, unix_ms: i64) -> String {
    instant(language_of(state), unix_ms)
}

/// An instant as the language writes it.
pub(crate) fn instant(language: Language, unix_ms: i64) -> String {
    let parts = crate::pages::parts(unix_ms);
    let variables: FluentArgs<'_> = parts.into_iter().collect();
    say(language, "instant", &variables).unwrap_or_default()
}

/// `|number` in templates: a count with what the language puts between thousands.
pub(crate) fn number(state: &State<'_, '_>, count: u64) -> String {
    let mark = thousands(language_of(state));
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// The language of the page that is being written.
fn language_of(state: &State<'_, '_>) -> Language {
    let look = state.lookup("look");
    let tag = look.and_then(|look| look.get_attr("lang").ok());
    let tag = tag.as_ref().and_then(Value::as_str).unwrap_or_default();
    Language::of_tag(tag).unwrap_or(Language::En)
}
