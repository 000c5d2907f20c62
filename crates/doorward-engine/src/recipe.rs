//! Recipes: what is known about connecting one app, as data.
//!
//! Owns the files in `recipes/`, which of them an address speaks of, and the app's own settings with
//! real values in them. Leaves making an application to `resource::actions::new_application`. Rule: a
//! recipe only fills in a form and shows text; nothing in it decides anything later.

mod guess;
mod list;
mod settings;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use guess::{Address, AddressError, Guess, slug_of};
pub use list::{all, find};
pub use settings::{Filled, Values};

/// How an app may sign its people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The app speaks OpenID Connect with us.
    #[serde(rename = "openid")]
    OpenId,
    /// The reverse proxy asks us before the app is reached.
    ForwardAuth,
}

impl Way {
    /// Every way, the one that asks nothing of an app first.
    pub const ALL: [Self; 2] = [Self::ForwardAuth, Self::OpenId];

    /// As forms and recipes write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::ForwardAuth => "forward-auth",
        }
    }

    /// The way that a form names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// Everything that is known about one app.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// As people call it.
    pub name: String,
    /// As addresses write it; the file's name.
    pub slug: String,
    /// Names in a host that speak of it.
    pub words: Vec<String>,
    /// The port that it listens on, if that speaks of it where no name does.
    #[serde(default)]
    pub port: Option<u16>,
    /// A drawn picture until it has one of its own.
    pub tile: Tile,
    /// What it can do, the best first.
    pub ways: Vec<Way>,
    /// What there is to say where it speaks OpenID Connect.
    #[serde(default)]
    pub openid: Option<OpenId>,
    /// What there is to say where the sign-in page stands in front of it.
    #[serde(default)]
    pub forward_auth: Option<ForwardAuth>,
    /// How somebody becomes an administrator in it.
    pub roles: String,
    /// What else one has to know.
    pub note: String,
}

/// A letter on a color.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// One letter.
    pub letter: String,
    /// `#rrggbb`; white reads on it.
    pub color: String,
}

/// Whether an app can keep a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keeps {
    /// It can.
    #[default]
    Confidential,
    /// It cannot, or has no place for one.
    Public,
}

/// An app that speaks OpenID Connect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenId {
    /// Whether it has a secret.
    #[serde(default)]
    pub client: Keeps,
    /// Where it is answered, compared byte by byte.
    pub redirects: Vec<String>,
    /// Where it is answered at addresses that it makes up.
    #[serde(default)]
    pub expressions: Vec<Expression>,
    /// Where it wants people after they have signed out.
    #[serde(default)]
    pub after_sign_out: Vec<String>,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Whether it sends a challenge (RFC 7636).
    pub pkce: bool,
    /// Its own settings.
    pub settings: Vec<Block>,
}

/// Addresses that fit an expression.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// The expression; `{origin_expression}` stands for the app's host.
    pub text: String,
    /// One address that fits.
    pub example: String,
}

/// An app behind the sign-in page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuth {
    /// Paths that nobody has to sign in for.
    pub public_paths: Vec<String>,
    /// Its own settings.
    pub settings: Vec<Block>,
}

/// A piece of an app's own settings, with places for values in braces.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Where it belongs.
    pub title: String,
    /// What it is written in.
    pub format: Format,
    /// The text.
    pub text: String,
}

/// What a piece of settings is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `KEY=value` lines.
    Env,
    /// Fields of a page of the app: `Label: value`.
    Fields,
    /// A part of a page.
    Html,
    /// Sections and keys.
    Ini,
    /// JSON.
    Json,
    /// Ruby.
    Ruby,
    /// A command.
    Shell,
    /// XML.
    Xml,
    /// YAML.
    Yaml,
}

impl Recipe {
    /// What it is best signed in with.
    pub fn preferred(&self) -> Way {
        self.ways.first().copied().unwrap_or(Way::ForwardAuth)
    }

    /// Its own settings for a way.
    pub fn settings(&self, way: Way) -> &[Block] {
        match way {
            Way::OpenId => self.openid.as_ref().map_or(&[], |one| &one.settings),
            Way::ForwardAuth => self.forward_auth.as_ref().map_or(&[], |one| &one.settings),
        }
    }

    /// Its public paths, one a line.
    pub fn public_paths(&self) -> String {
        let paths = self.forward_auth.as_ref();
        paths.map_or_else(String::new, |one| one.public_paths.join("\n"))
    }
}
