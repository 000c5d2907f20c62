//! The text of a blueprint, taken apart. Tags stay tags until the entry that holds them is applied.

use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value as Yaml};

/// Why a text is no blueprint.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not YAML, or not of the form.
    #[error("this is not a blueprint: {0}")]
    Form(#[from] serde_yaml_ng::Error),
    /// Another version.
    #[error("blueprint version {0} is unknown (1 is known)")]
    Version(i64),
}

/// What an entry wants of its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// One entry.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// `app_label.model`
    pub model: String,
    /// What should be true.
    #[serde(default)]
    pub state: State,
    /// For `!KeyOf`.
    #[serde(default)]
    pub id: Option<String>,
    /// What finds it.
    #[serde(default)]
    pub identifiers: Mapping,
    /// What it is.
    #[serde(default)]
    pub attrs: Option<Mapping>,
    /// All must be true.
    #[serde(default)]
    pub conditions: Vec<Yaml>,
}

#[derive(Deserialize)]
struct Text {
    version: i64,
    #[serde(default)]
    context: Mapping,
    entries: Yaml,
}

/// A whole blueprint.
#[derive(Clone, Debug)]
pub struct Document {
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
        let text: Text = serde_yaml_ng::from_str(text)?;
        if text.version != 1 {
            return Err(Unreadable::Version(text.version));
        }
        let entries = match text.entries {
            Yaml::Sequence(list) => list,
            Yaml::Mapping(sections) => {
                let lists = sections.into_iter().map(|(_, list)| list);
                lists
                    .filter_map(|list| list.as_sequence().cloned())
                    .flatten()
                    .collect()
            }
            _ => Vec::new(),
        };
        let entries = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Self {
            context: text.context,
            entries,
        })
    }
}

/// Read by hand, because tags must survive.
fn entry(yaml: Yaml) -> Result<Entry, Unreadable> {
    Ok(serde_yaml_ng::from_value(yaml)?)
}
