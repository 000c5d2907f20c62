//! Templates: the built-in ones, and the operator's file by file before them.
//!
//! A file in the operator's folder replaces the built-in template of the same name; it may
//! `extend` or `include` built-in ones and its own. Everything is read and tried at start: an
//! override with which any page fails on any sample is left out and reported, so that a bad page
//! never locks everyone out. If an override fails later all the same, that answer uses the
//! built-in one.
//!
//! Leaves to others: the contexts ([`crate::pages`]).
//!
//! Rule: no file is opened after start, an undefined name is an error, everything but the text of
//! letters (`.txt`) is escaped for HTML, and a template that runs too long ends ([`FUEL`]).

mod built_in;
mod folder;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior};

pub use built_in::BUILT_IN;

use crate::assets::Assets;
use crate::{pages, words};

/// Steps of the template engine that one page may take; the longest built-in page with 200
/// applications takes a twentieth.
pub const FUEL: u64 = 1_000_000;

/// An operator's template that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its name in the folder.
    pub name: String,
    /// What the engine said, with file and line, and with which sample.
    pub reason: String,
}

type Files = BTreeMap<String, String>;

/// The loaded templates.
#[derive(Debug)]
pub struct Templates {
    built_in: Environment<'static>,
    custom: Option<Environment<'static>>,
    /// The operator's templates that are used.
    own: Vec<String>,
    rejected: Vec<Rejected>,
}

impl Templates {
    /// Reads `overrides` if given, tries every template of it, keeps what works.
    pub fn new(overrides: Option<&Path>, assets: &Assets) -> Self {
        let built_in = environment(Files::new(), assets);
        let Some(folder) = overrides else {
            return Self {
                built_in,
                custom: None,
                own: Vec::new(),
                rejected: Vec::new(),
            };
        };
        let (files, mut rejected) = folder::read(folder);
        let (files, failed) = keep_working(files, assets);
        rejected.extend(failed);
        for Rejected { name, reason } in &rejected {
            tracing::warn!(template.name = %name, %reason, "template not used");
        }
        let own = files.keys().cloned().collect();
        let custom = (!files.is_empty()).then(|| environment(files, assets));
        Self {
            built_in,
            custom,
            own,
            rejected,
        }
    }

    /// The operator's templates that are not used.
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Every template that a letter can have: ours, and whatever HTML the operator has put there.
    pub fn letters(&self) -> Vec<&str> {
        let built_in = BUILT_IN.iter().map(|(name, _)| *name);
        // What has no words of its own is no letter of a stage's.
        let is_letter = |name: &&str| {
            name.starts_with("email/")
                && !name.ends_with("/base.html")
                && !name.contains("/message.")
        };
        let built_in = built_in.filter(is_letter);
        let own = self.own.iter().map(String::as_str);
        let own = own.filter(|name| self::built_in(name).is_none());
        let all = built_in.chain(own);
        all.filter(|name| escaping(name) == AutoEscape::Html)
            .collect()
    }

    /// Renders the template called `name`.
    ///
    /// # Errors
    ///
    /// The engine's, if the built-in template fails too.
    pub fn render(&self, name: &str, context: &Value) -> Result<String, Error> {
        let Some(custom) = &self.custom else {
            return render(&self.built_in, name, context);
        };
        render(custom, name, context).or_else(|error| {
            tracing::warn!(template.name = name, reason = %describe(&error), "template failed");
            render(&self.built_in, name, context)
        })
    }
}

/// What templates call the address of each script.
const SCRIPT_URLS: [(&str, &str); 7] = [
    ("console_script_url", "console"),
    ("deliver_script_url", "deliver"),
    ("library_script_url", "library"),
    ("script_url", "login"),
    ("passkey_script_url", "passkey"),
    ("work_script_url", "work"),
    ("captcha_script_url", "captcha"),
];

/// The environment in which a file of `files` wins over the built-in template of its name.
fn environment(files: Files, assets: &Assets) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(escaping);
    environment.set_formatter(write_value);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.add_global("style", Value::from_safe_string(assets.style().into()));
    let form = Value::from_safe_string(assets.form_style().into());
    environment.add_global("form_style", form);
    let signed_in = Value::from_safe_string(assets.signed_in_style().into());
    environment.add_global("signed_in_style", signed_in);
    let layout = Value::from_safe_string(assets.layout_style().into());
    environment.add_global("layout_style", layout);
    let console = assets.console_style_path().expect("the style is embedded");
    environment.add_global("console_style_url", Value::from_safe_string(console));
    for (name, stem) in SCRIPT_URLS {
        let script = assets.path(stem).expect("the script is embedded");
        environment.add_global(name, Value::from_safe_string(script));
    }
    environment.add_function("csrf_field", csrf_field);
    environment.add_filter("safe_url", safe_url);
    environment.add_filter("utc", words::utc);
    environment.add_filter("number", words::number);
    environment.add_filter("ago", words::ago);
    environment.add_filter("translated", words::translate);
    environment.add_function("t", words::t);
    environment.set_loader(move |name| Ok(files.get(name).cloned().or_else(|| built_in(name))));
    environment
}

/// The text of letters is no HTML; everything else is.
fn escaping(name: &str) -> AutoEscape {
    match name.rsplit_once('.') {
        Some((_, "txt")) => AutoEscape::None,
        _ => AutoEscape::Html,
    }
}

fn built_in(name: &str) -> Option<String> {
    let (_, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
    Some((*text).into())
}

fn render(environment: &Environment<'_>, name: &str, context: &Value) -> Result<String, Error> {
    environment.get_template(name)?.render(context.clone())
}

/// Writes `value`; a text that is not known to be safe with the five characters escaped that mean
/// something in HTML. (The engine's own way escapes slashes too: every address would be longer
/// and hard to read.)
fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() && *state.auto_escape() == AutoEscape::Html => {
            out.write_str(&escaped(text)).map_err(Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 32);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
    }
    Cow::Owned(escaped)
}

/// The hidden field of a form; a function so that an override cannot misspell it.
fn csrf_field(token: &str) -> Value {
    let (name, token) = (pages::CSRF_FIELD, escaped(token));
    Value::from_safe_string(format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{token}\">"
    ))
}

/// `url` if a link may lead there (http, https, otpauth, or a path of our own), else `#`: a stored
/// `javascript:` address must never become a link.
fn safe_url(url: &str) -> String {
    let bytes = url.as_bytes();
    let plain = !bytes
        .iter()
        .any(|byte| byte.is_ascii_control() || *byte == b'\\');
    let own_path = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    // `otpauth` opens an authenticator app; no page of anybody's.
    let web = matches!(scheme.as_deref(), Some("http" | "https" | "otpauth"));
    if plain && (own_path || web) {
        url.into()
    } else {
        "#".into()
    }
}

/// Takes the files in one by one, partial templates before the pages that need them.
fn keep_working(files: Files, assets: &Assets) -> (Files, Vec<Rejected>) {
    let (pages, mut kept): (Files, Files) = files
        .into_iter()
        .partition(|(name, _)| built_in(name).is_some());
    let mut rejected = Vec::new();
    for (name, text) in pages {
        let mut with = kept.clone();
        with.insert(name.clone(), text);
        match first_failure(&environment(with.clone(), assets)) {
            None => kept = with,
            Some(reason) => rejected.push(Rejected { name, reason }),
        }
    }
    (kept, rejected)
}

/// What goes wrong first when every page and letter is rendered with every sample.
fn first_failure(environment: &Environment<'static>) -> Option<String> {
    let pages = pages::sample_contexts()
        .into_iter()
        .map(|(template, sample, context)| (template.to_owned(), sample, context));
    let letters = crate::mail::samples().map(|(template, context)| (template, "letter", context));
    pages
        .chain(letters)
        .find_map(|(template, sample, context)| {
            let error = render(environment, &template, &context).err()?;
            Some(format!(
                "{} (sample “{sample}” of {template})",
                describe(&error)
            ))
        })
}

/// The error and its causes in one line, file and line included.
fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
