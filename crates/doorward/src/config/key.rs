//! One setting, as the table of settings describes it.
//!
//! Rule: what the reference page says about a setting is said here and nowhere else.

/// How the text of a setting is shown and described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text that is never printed.
    Secret,
    /// An absolute address; a password inside it is never printed.
    Address,
    /// A whole number.
    Number,
    /// `5m`, `300` (seconds) or authentik's `minutes=5`.
    Duration,
    /// Several values, separated by commas.
    List,
    /// A file or folder.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
}

pub(super) const LEVELS: Kind = Kind::Choice(&["trace", "debug", "info", "warning", "error"]);
pub(super) const FORMATS: Kind = Kind::Choice(&["auto", "json", "human"]);
pub(super) const SWITCH: Kind = Kind::Choice(&["false", "true"]);
pub(super) const SSL_MODES: Kind = Kind::Choice(&[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
]);

impl Kind {
    /// The word for the reference page.
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Secret => "secret".into(),
            Self::Address => "address".into(),
            Self::Number => "number".into(),
            Self::Duration => "duration".into(),
            Self::List => "list".into(),
            Self::Path => "path".into(),
            Self::Choice(words) => words.join(", "),
        }
    }
}

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// The dotted name in the YAML file; `a.b` is `DOORWARD_A__B` in the environment.
    pub path: &'static str,
    /// What kind of value it takes.
    pub kind: Kind,
    /// The value without any configuration; empty means that it is not set.
    pub default: &'static str,
    /// authentik's dotted names for it (`AUTHENTIK_` in the environment).
    pub authentik: &'static [&'static str],
    /// One or two sentences for the reference page.
    pub help: &'static str,
}

/// Shortens the table.
pub(super) const fn key(
    path: &'static str,
    kind: Kind,
    default: &'static str,
    authentik: &'static [&'static str],
    help: &'static str,
) -> Key {
    Key {
        path,
        kind,
        default,
        authentik,
        help,
    }
}
