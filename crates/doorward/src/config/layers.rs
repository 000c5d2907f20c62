//! Where each setting's text came from: defaults, then one YAML file, then the environment.
//!
//! Only text here; `check.rs` makes typed values of it. The rule: a later layer wins whatever the
//! order in which variables are listed, and a name nobody knows is never silently dropped.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::foreign::{self, Loudness};
use super::keys::{self, KEYS, Key, environment_name};
use super::{ConfigError, values};

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nowhere: the built-in default.
    Default,
    /// The YAML file.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Environment(name) => formatter.write_str(name),
        }
    }
}

/// One setting's text. No `Debug`: it may be a secret.
pub struct Setting {
    /// The text with `file://` and `env://` already followed; empty means not set.
    pub text: String,
    /// Where it was set.
    pub source: Source,
    /// What `file://` or `env://` led to, if it was one.
    pub via: Option<String>,
    rank: Rank,
}

/// Which layer wins: the greater. An own name beats an alias of the same layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Default,
    File { own_name: bool },
    Authentik,
    Doorward { own_name: bool },
}

/// How important a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Only for somebody who looks for it.
    Debug,
    /// The operator may wonder otherwise.
    Info,
    /// Probably a mistake.
    Warning,
}

/// Something to say about the configuration once the log is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How important it is.
    pub weight: Weight,
    /// A sentence without any value in it.
    pub text: String,
}

/// All settings as text, and what is to be said about them.
pub struct Layers {
    settings: BTreeMap<&'static str, Setting>,
    /// Unknown names and names without effect.
    pub notices: Vec<Notice>,
    /// Settings of authentik that cannot be ignored.
    refused: Vec<String>,
}

/// The environment as name and value.
pub type Environment = [(String, String)];

impl Layers {
    /// Puts the layers on top of each other and follows indirect values.
    pub fn read(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut layers = Self {
            settings: defaults(),
            notices: Vec::new(),
            refused: Vec::new(),
        };
        if let Some(path) = file {
            layers.add_file(path)?;
        }
        for (name, value) in environment {
            layers.add_variable(name, value);
        }
        layers.follow(environment)?;
        Ok(layers)
    }

    /// The text of a setting, unless it is empty.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.settings
            .get(path)
            .map(|setting| setting.text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// A setting with its origin.
    pub fn setting(&self, path: &str) -> Option<&Setting> {
        self.settings.get(path)
    }

    /// The name by which the operator set it, for error messages.
    pub fn name_of(&self, path: &str) -> String {
        match self.setting(path).map(|setting| &setting.source) {
            Some(Source::Environment(name)) => name.clone(),
            Some(Source::File(file)) => format!("{path} in {}", file.display()),
            _ => path.to_owned(),
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let broken = |error: &dyn fmt::Display| {
            ConfigError::one(format!(
                "the configuration file {} cannot be read: {error}",
                path.display()
            ))
        };
        let text = std::fs::read_to_string(path).map_err(|error| broken(&error))?;
        let tree: serde_yaml_ng::Value =
            serde_yaml_ng::from_str(&text).map_err(|error| broken(&error))?;
        let mut flat = Vec::new();
        flatten("", &tree, &mut flat);
        for (name, value) in flat {
            let rank = Rank::File {
                own_name: keys::by_path(&name).is_some(),
            };
            self.add(&name, value, &Source::File(path.to_owned()), rank);
        }
        Ok(())
    }

    fn add_variable(&mut self, name: &str, value: &str) {
        let source = Source::Environment(name.to_owned());
        if let Some(rest) = name.strip_prefix("AUTHENTIK_") {
            self.add(&dotted(rest), value.to_owned(), &source, Rank::Authentik);
        } else if let Some(rest) = name.strip_prefix("DOORWARD_") {
            let path = dotted(rest);
            let rank = Rank::Doorward {
                own_name: keys::by_path(&path).is_some(),
            };
            if path != "config" {
                self.add(&path, value.to_owned(), &source, rank);
            }
        }
    }

    fn add(&mut self, path: &str, text: String, source: &Source, rank: Rank) {
        let known = match rank {
            Rank::Authentik => keys::by_authentik(path),
            _ => keys::by_path(path).or_else(|| keys::by_authentik(path)),
        };
        match known {
            Some(key) => self.put(
                key,
                Setting {
                    text,
                    source: source.clone(),
                    via: None,
                    rank,
                },
            ),
            None if path == "web.path" && !matches!(text.as_str(), "" | "/") => {
                self.refuse_sub_path(source);
            }
            None => self.note_unused(path, source),
        }
    }

    fn put(&mut self, key: &'static Key, setting: Setting) {
        let wins = self
            .settings
            .get(key.path)
            .is_none_or(|present| present.rank <= setting.rank);
        if wins && !setting.text.is_empty() {
            self.settings.insert(key.path, setting);
        }
    }

    fn refuse_sub_path(&mut self, source: &Source) {
        let name = match source {
            Source::Environment(name) => name.clone(),
            other => format!("web.path in {other}"),
        };
        self.refused.push(format!(
            "{name}: Doorward cannot be served below a path; give it a host name of its own and \
             remove this setting"
        ));
    }

    fn note_unused(&mut self, path: &str, source: &Source) {
        let name = match source {
            Source::Environment(name) => name.clone(),
            other => format!("{path} in {other}"),
        };
        let notice = match foreign::find(path) {
            Some(entry) => {
                let weight = match entry.loudness {
                    Loudness::Silent => return,
                    Loudness::Debug => Weight::Debug,
                    Loudness::Notice => Weight::Info,
                };
                Notice {
                    weight,
                    text: format!("{name} has no effect: {}", entry.why),
                }
            }
            None => Notice {
                weight: Weight::Warning,
                text: unknown(&name, path, source),
            },
        };
        self.notices.push(notice);
    }

    fn follow(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        let variable = |name: &str| {
            environment
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let mut problems = std::mem::take(&mut self.refused);
        for (path, setting) in &mut self.settings {
            match values::resolve(&setting.text, &variable) {
                Ok((text, via)) => (setting.text, setting.via) = (text, via),
                Err(error) => problems.push(format!("{path} (set by {}): {error}", setting.source)),
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError { problems })
        }
    }
}

fn defaults() -> BTreeMap<&'static str, Setting> {
    KEYS.iter()
        .map(|key| {
            let text = key.default.to_owned();
            let setting = Setting {
                text,
                source: Source::Default,
                via: None,
                rank: Rank::Default,
            };
            (key.path, setting)
        })
        .collect()
}

/// `LISTEN__HTTP` to `listen.http`.
fn dotted(name: &str) -> String {
    name.replace("__", ".").to_lowercase()
}

/// Turns a YAML tree into dotted names; lists become JSON lists.
fn flatten(path: &str, tree: &serde_yaml_ng::Value, into: &mut Vec<(String, String)>) {
    use serde_yaml_ng::Value;
    let text = match tree {
        Value::Mapping(branch) => {
            for (name, value) in branch {
                let name = name
                    .as_str()
                    .map_or_else(|| format!("{name:?}"), str::to_owned);
                let below = if path.is_empty() {
                    name
                } else {
                    format!("{path}.{name}")
                };
                flatten(&below, value, into);
            }
            return;
        }
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    if !path.is_empty() {
        into.push((path.to_owned(), text));
    }
}

/// The warning about a name that nobody knows, with the nearest one that somebody does.
fn unknown(name: &str, path: &str, source: &Source) -> String {
    let own = KEYS.iter().map(|key| key.path);
    let aliases = KEYS.iter().flat_map(|key| key.authentik.iter().copied());
    let nearest = own
        .chain(aliases)
        .map(|known| (strsim::normalized_damerau_levenshtein(known, path), known))
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|left, right| {
            let same_start = |known| shared_start(known, path);
            left.0
                .total_cmp(&right.0)
                .then(same_start(left.1).cmp(&same_start(right.1)))
        });
    let hint = match (nearest, source) {
        (Some((_, known)), Source::Environment(name)) => {
            let theirs = name.starts_with("AUTHENTIK_") && keys::by_authentik(known).is_some();
            let prefix = if theirs { "AUTHENTIK" } else { "DOORWARD" };
            format!("; did you mean {prefix}_{}?", environment_name(known))
        }
        (Some((_, known)), _) => format!("; did you mean {known}?"),
        (None, _) => "; `doorward config` lists what is known".to_owned(),
    };
    format!("{name} is not a known setting and was ignored{hint}")
}

fn shared_start(left: &str, right: &str) -> usize {
    left.bytes()
        .zip(right.bytes())
        .take_while(|(left, right)| left == right)
        .count()
}
