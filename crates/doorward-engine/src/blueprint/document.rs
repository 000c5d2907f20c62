//! The text of a blueprint, taken apart. Tags stay tags until the entry that holds them is applied.
//!
//! Rule: whatever is wrong with the form is told with its entry and line, before anything is applied.

use serde_json::{Map, Value};
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::place;
use super::tree;

/// So many entries a file may have.
const ENTRIES_MAX: usize = 5000;

/// Why a text is no blueprint.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not YAML, or beyond the bounds.
    #[error("this is not a blueprint: {0}")]
    Yaml(#[from] serde_yaml_ng::Error),
    /// YAML of another form.
    #[error("this is not a blueprint: {0}")]
    Form(String),
    /// Another version.
    #[error("blueprint version {0} is unknown (1 is known)")]
    Version(String),
}

fn form<T>(words: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable::Form(words.into()))
}

/// What an entry wants of its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Exists with these attributes.
    #[default]
    Present,
    /// Exists; if it does already, it is left alone.
    Created,
    /// Did not exist before.
    MustCreated,
    /// Does not exist.
    Absent,
}

impl State {
    fn of(word: &str) -> Option<Self> {
        match word {
            "present" => Some(Self::Present),
            "created" => Some(Self::Created),
            "must_created" => Some(Self::MustCreated),
            "absent" => Some(Self::Absent),
            _ => None,
        }
    }
}

/// One entry.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Where it begins, if that can be said.
    pub line: Option<usize>,
    /// `app_label.model`
    pub model: String,
    /// What should be true.
    pub state: State,
    /// For `!KeyOf`.
    pub id: Option<String>,
    /// What finds it.
    pub identifiers: Mapping,
    /// What it is.
    pub attrs: Mapping,
    /// All must be true.
    pub conditions: Vec<Yaml>,
    /// Whether it wants to give permissions on its object.
    pub has_permissions: bool,
    /// Keys that mean nothing.
    pub unknown: Vec<String>,
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its labels.
    pub labels: Map<String, Value>,
}

/// The label of files that wait until somebody asks for them.
const INSTANTIATE: &str = "blueprints.goauthentik.io/instantiate";

impl Metadata {
    /// Whether the file is applied without being asked for.
    pub fn is_instantiated(&self) -> bool {
        let label = self.labels.get(INSTANTIATE);
        !label.is_some_and(|label| *label == "false" || *label == false)
    }

    /// As the API shows it.
    pub fn to_json(&self) -> Value {
        serde_json::json!({ "name": self.name, "labels": self.labels })
    }
}

/// A whole blueprint.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it says of itself.
    pub metadata: Metadata,
    /// The file's own context.
    pub context: Mapping,
    /// In order.
    pub entries: Vec<Entry>,
}

impl Document {
    /// Takes a text apart.
    ///
    /// # Errors
    ///
    /// [`Unreadable`].
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let Yaml::Mapping(mut whole) = tree::read(text)? else {
            return form("it has no `version` and no `entries`");
        };
        match whole.remove("version") {
            Some(Yaml::Number(number)) if number.as_i64() == Some(1) => {}
            Some(other) => return Err(Unreadable::Version(shown(&other))),
            None => return form("`version: 1` is missing"),
        }
        let entries = match whole.remove("entries") {
            Some(entries) => listed(entries)?,
            None => return form("`entries` is missing"),
        };
        if entries.len() > ENTRIES_MAX {
            return form(format!("it has more than {ENTRIES_MAX} entries: split it"));
        }
        let lines = place::lines(text, entries.len());
        let entries = entries.into_iter().enumerate();
        let entries = entries.map(|(index, yaml)| entry(index, lines.get(index).copied(), yaml));
        Ok(Self {
            metadata: metadata(whole.remove("metadata"))?,
            context: mapping("context", whole.remove("context"))?,
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

/// A list, or since 2025 lists in named sections.
fn listed(entries: Yaml) -> Result<Vec<Yaml>, Unreadable> {
    match entries {
        Yaml::Null => Ok(Vec::new()),
        Yaml::Sequence(list) => Ok(list),
        Yaml::Mapping(sections) => {
            let mut all = Vec::new();
            for (name, section) in sections {
                match section {
                    Yaml::Null => {}
                    Yaml::Sequence(list) => all.extend(list),
                    _ => return form(format!("section {} is not a list", shown(&name))),
                }
            }
            Ok(all)
        }
        _ => form("`entries` is neither a list nor a map of lists"),
    }
}

fn metadata(yaml: Option<Yaml>) -> Result<Metadata, Unreadable> {
    let mut map = mapping("metadata", yaml)?;
    let labels = mapping("labels", map.remove("labels"))?;
    let labels = serde_json::to_value(labels).unwrap_or_default();
    Ok(Metadata {
        name: map
            .get("name")
            .and_then(Yaml::as_str)
            .unwrap_or_default()
            .to_owned(),
        labels: labels.as_object().cloned().unwrap_or_default(),
    })
}

fn mapping(name: &str, yaml: Option<Yaml>) -> Result<Mapping, Unreadable> {
    match yaml {
        None | Some(Yaml::Null) => Ok(Mapping::new()),
        Some(Yaml::Mapping(map)) => Ok(map),
        Some(_) => form(format!("`{name}` is not a map")),
    }
}

/// Read by hand, because tags must survive and errors should say where.
fn entry(index: usize, line: Option<usize>, yaml: Yaml) -> Result<Entry, Unreadable> {
    let read = || -> Result<Entry, Unreadable> {
        let Yaml::Mapping(mut map) = yaml else {
            return form("an entry is a map with `model` and `identifiers`");
        };
        let permissions = map.remove("permissions");
        Ok(Entry {
            line,
            model: word(&mut map, "model")?.unwrap_or_default(),
            state: state(&mut map)?,
            id: word(&mut map, "id")?,
            identifiers: mapping("identifiers", map.remove("identifiers"))?,
            attrs: mapping("attrs", map.remove("attrs"))?,
            conditions: match map.remove("conditions") {
                None | Some(Yaml::Null) => Vec::new(),
                Some(Yaml::Sequence(list)) => list,
                Some(_) => return form("`conditions` is not a list"),
            },
            has_permissions: permissions.is_some_and(|list| !is_empty(&list)),
            unknown: map.keys().map(shown).collect(),
        })
    };
    let found = read();
    found.map_err(|error| match error {
        Unreadable::Form(words) => Unreadable::Form(format!("{}: {words}", at(index + 1, line))),
        other => other,
    })
}

/// `entry 2 (line 7)`
pub(super) fn at(entry: usize, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("entry {entry} (line {line})"),
        None => format!("entry {entry}"),
    }
}

fn is_empty(yaml: &Yaml) -> bool {
    yaml.is_null() || yaml.as_sequence().is_some_and(Vec::is_empty)
}

fn word(map: &mut Mapping, key: &str) -> Result<Option<String>, Unreadable> {
    match map.remove(key) {
        None | Some(Yaml::Null) => Ok(None),
        Some(Yaml::String(text)) => Ok(Some(text)),
        Some(Yaml::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => form(format!("`{key}` is not text")),
    }
}

fn state(map: &mut Mapping) -> Result<State, Unreadable> {
    let Some(word) = word(map, "state")? else {
        return Ok(State::Present);
    };
    State::of(&word).map_or_else(
        || {
            form(format!(
                "state {word} is unknown: write present, created, must_created or absent"
            ))
        },
        Ok,
    )
}

fn shown(yaml: &Yaml) -> String {
    match yaml {
        Yaml::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
