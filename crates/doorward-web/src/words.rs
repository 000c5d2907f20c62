//! What pages say, in the languages that we speak.
//!
//! Owns the texts (`locales/*.ftl`, Fluent), choosing a language, and the ways into templates: `t`
//! for what a template says, `translated` for a sentence that the program or an operator said in
//! English. Rule: the files have the same keys and variables; what is missing all the same is said
//! in English and logged once.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::value::{Kwargs, Value};
use minijinja::{Error, ErrorKind, State};

type Bundle = FluentBundle<FluentResource>;

/// A language that pages can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, which is never missing.
    En,
    /// German
    De,
    /// French
    Fr,
    /// Spanish
    Es,
}

impl Language {
    /// All, in the order of the form that switches.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// In its own words.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
        }
    }

    /// `left` to `right` or the other way round, for `dir`.
    pub fn direction(self) -> &'static str {
        match self {
            Self::En | Self::De | Self::Fr | Self::Es => "ltr",
        }
    }

    /// The language of a tag: `de`, `de-AT`, `de_DE`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        let is_it = |language: &Self| language.tag().eq_ignore_ascii_case(primary);
        Self::ALL.into_iter().find(is_it)
    }

    /// The one that an `Accept-Language` prefers among ours (RFC 9110, 12.5.4).
    pub fn of_accepted(header: &str) -> Option<Self> {
        const LOOKED_AT: usize = 32;
        let wish = |item: &str| {
            let (tag, weight) = item.split_once(";q=").unwrap_or((item, "1"));
            let weight: f32 = weight.trim().parse().ok().filter(|weight| *weight > 0.0)?;
            Some((Self::of_tag(tag)?, weight))
        };
        let wishes = header.split(',').take(LOOKED_AT).filter_map(wish);
        let better =
            |best: (Self, f32), next: (Self, f32)| if next.1 > best.1 { next } else { best };
        wishes.reduce(better).map(|(language, _)| language)
    }

    fn text(self) -> &'static str {
        match self {
            Self::En => include_str!("../locales/en.ftl"),
            Self::De => include_str!("../locales/de.ftl"),
            Self::Fr => include_str!("../locales/fr.ftl"),
            Self::Es => include_str!("../locales/es.ftl"),
        }
    }

    fn bundle(self) -> &'static Bundle {
        static BUNDLES: LazyLock<[Bundle; 4]> = LazyLock::new(|| Language::ALL.map(read));
        &BUNDLES[self as usize]
    }
}

/// A file as a bundle. The files are ours and tested, so a mistake leaves out its message alone.
fn read(language: Language) -> Bundle {
    let tag = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // The marks around names are for mixed directions, and would be found by whoever copies a name.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(language.text().to_owned());
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
    let bundle = language.bundle();
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

/// A sentence that was said in English, in another language if it is one of ours.
pub(crate) fn translated(language: Language, english: &str) -> Cow<'_, str> {
    static KEYS: LazyLock<HashMap<String, String>> = LazyLock::new(keys_by_sentence);
    let key = (language != Language::En)
        .then(|| KEYS.get(english))
        .flatten();
    let text = key.and_then(|key| say(language, key, &FluentArgs::new()));
    text.map_or(Cow::Borrowed(english), Cow::Owned)
}

/// The beginning of the keys of sentences that stand in the program.
const SENTENCE: &str = "said-";

fn keys_by_sentence() -> HashMap<String, String> {
    let keys = keys(Language::En).filter(|key| key.starts_with(SENTENCE));
    let pairs =
        keys.filter_map(|key| Some((say(Language::En, key, &FluentArgs::new())?, key.into())));
    pairs.collect()
}

/// Every key of a file.
fn keys(language: Language) -> impl Iterator<Item = &'static str> {
    let lines = language.text().lines();
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

/// The language of the page that is being written.
fn language_of(state: &State<'_, '_>) -> Language {
    let look = state.lookup("look");
    let tag = look.and_then(|look| look.get_attr("lang").ok());
    let tag = tag.as_ref().and_then(Value::as_str).unwrap_or_default();
    Language::of_tag(tag).unwrap_or(Language::En)
}
