//! The effective configuration for the operator's eyes: YAML or JSON, secrets masked.
//!
//! The rule: a secret leaves here only as [`MASK`], a password inside an address likewise.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use url::Url;

use super::keys::{KEYS, Key, Kind};
use super::layers::{Layers, Setting};
use super::values;

/// What stands in place of a secret.
pub const MASK: &str = "********";

/// One setting as it may be shown; null if it is not set.
pub fn shown(key: &Key, text: &str) -> Value {
    match (key.kind, text) {
        (_, "") => Value::Null,
        (Kind::Secret, _) => json!(MASK),
        (Kind::Address, text) => json!(without_password(text)),
        (Kind::List, text) => json!(values::list(text)),
        (Kind::Number, text) => text
            .parse::<u64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
        (_, text) => json!(text),
    }
}

fn without_password(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return if text.contains('@') {
            MASK.to_owned()
        } else {
            text.to_owned()
        };
    };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some_and(|query| query.contains("password")) {
        url.set_query(None);
    }
    if url.password().is_some() || url.query().is_none() {
        url.into()
    } else {
        text.to_owned()
    }
}

fn origin(setting: &Setting) -> String {
    match &setting.via {
        Some(via) => format!("{} ({via})", setting.source),
        None => setting.source.to_string(),
    }
}

/// Every setting as YAML, with where it came from as a comment.
pub fn yaml(layers: &Layers) -> String {
    let mut page = String::new();
    let mut section = "";
    for (key, setting) in settings(layers) {
        let (here, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if here != section {
            let _ = writeln!(page, "{here}:");
            section = here;
        }
        let indent = if here.is_empty() { "" } else { "  " };
        let _ = writeln!(
            page,
            "{indent}{name}: {}  # {}",
            shown(key, &setting.text),
            origin(setting)
        );
    }
    page
}

/// Every setting as one JSON object: dotted name to value and source.
pub fn json_of(layers: &Layers) -> Value {
    let entries = settings(layers).map(|(key, setting)| {
        let entry = json!({"value": shown(key, &setting.text), "source": origin(setting)});
        (key.path.to_owned(), entry)
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// Top-level names first, so that the YAML above never returns to them.
fn settings(layers: &Layers) -> impl Iterator<Item = (&'static Key, &Setting)> {
    let (top, nested): (Vec<&Key>, Vec<&Key>) =
        KEYS.iter().partition(|key| !key.path.contains('.'));
    top.into_iter()
        .chain(nested)
        .filter_map(|key| Some((key, layers.setting(key.path)?)))
}
