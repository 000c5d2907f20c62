//! What an address says about the app behind it.
//!
//! Rule: nothing is fetched. The guess stands in a form, where whoever adds the app sees and changes it.

use thiserror::Error;
use url::{Host, Url};

use super::{Recipe, all};

/// Letters of a slug.
const SLUG_MAX: usize = 50;
/// So long an address may be.
const ADDRESS_MAX: usize = 2048;

/// Where an app is opened, as somebody has pasted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    url: Url,
}

/// Why an address is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("Paste the address at which people open the app, such as https://sonarr.home.lan.")]
    Missing,
    /// No address at all.
    #[error("This is not a whole address. One looks like https://sonarr.home.lan.")]
    Malformed,
    /// `ftp:` and the like.
    #[error("Only addresses that begin with https:// or http:// can be opened in a browser.")]
    Scheme,
    /// `mia:secret@`
    #[error("Take the user name and the password out of the address.")]
    UserInfo,
    /// Something stands after the host.
    #[error("Only a host and a port belong here, such as http://doorward:9000.")]
    Deeper,
}

impl Address {
    /// Reads what was pasted; without a scheme `https://` is meant.
    ///
    /// # Errors
    ///
    /// [`AddressError`], with what to do.
    pub fn read(text: &str) -> Result<Self, AddressError> {
        Self::read_as(text, "https")
    }

    /// The same; without a scheme this one is meant.
    ///
    /// # Errors
    ///
    /// [`AddressError`], with what to do.
    pub fn read_as(text: &str, scheme: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Missing);
        }
        if text.len() > ADDRESS_MAX || text.contains(char::is_whitespace) {
            return Err(AddressError::Malformed);
        }
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("{scheme}://{text}")
        };
        let url = Url::parse(&whole).map_err(|_| AddressError::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(AddressError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::UserInfo);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(AddressError::Malformed);
        }
        Ok(Self { url })
    }

    /// `https://sonarr.home.lan`, with the port if it is not the scheme's own.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The same with its port, whatever it is.
    pub fn origin_with_port(&self) -> String {
        format!("{}://{}", self.url.scheme(), self.authority_with_port())
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The host, with the port if it is not the scheme's own.
    pub fn authority(&self) -> String {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// The host with its port, whatever it is.
    pub fn authority_with_port(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or(443);
        format!("{}:{port}", self.host())
    }

    /// The port, whatever it is.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// Whether it is spoken to over TLS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The same address, if it names a host and nothing below it.
    ///
    /// # Errors
    ///
    /// [`AddressError::Deeper`]
    pub fn without_path(self) -> Result<Self, AddressError> {
        if self.has_path() || self.url.fragment().is_some() {
            Err(AddressError::Deeper)
        } else {
            Ok(self)
        }
    }

    /// Whether the page lies deeper than the first one.
    pub fn has_path(&self) -> bool {
        self.url.path() != "/" || self.url.query().is_some()
    }

    /// The whole address without what follows `#`.
    pub fn whole(&self) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.to_string()
    }

    fn labels(&self) -> Vec<&str> {
        match self.url.host() {
            Some(Host::Domain(name)) => name.split('.').collect(),
            _ => Vec::new(),
        }
    }
}

/// What an address says.
#[derive(Clone, Debug)]
pub struct Guess {
    /// The app, if it is one that is known.
    pub recipe: Option<&'static Recipe>,
    /// As people call it.
    pub name: String,
    /// For addresses.
    pub slug: String,
}

impl Guess {
    /// Guesses; with `recipe` the app is known already.
    pub fn of(address: &Address, recipe: Option<&'static Recipe>) -> Self {
        let recipe = recipe
            .or_else(|| by_words(address))
            .or_else(|| by_port(address));
        let labels = address.labels();
        let first = labels.iter().find(|label| **label != "www").copied();
        let first = first.unwrap_or("app");
        let name = match recipe {
            Some(recipe) => recipe.name.clone(),
            None => titled(first),
        };
        let slug = slug_of(recipe.map_or(first, |recipe| &recipe.slug));
        Self { recipe, name, slug }
    }
}

/// The first of the labels that names a known app, the one next to the app first.
fn by_words(address: &Address) -> Option<&'static Recipe> {
    let labels = address.labels();
    // The last two are the domain, which names a house and not an app; unless there is nothing else.
    let own = labels.len().saturating_sub(2).max(1);
    labels.into_iter().take(own).find_map(|label| {
        let whole = label.to_ascii_lowercase();
        let named = |name: &str| {
            all()
                .iter()
                .find(|one| one.words.iter().any(|word| word == name))
        };
        named(&whole).or_else(|| {
            whole
                .split('-')
                .find_map(|part| named(without_number(part)))
        })
    })
}

/// `pve2` is `pve`.
fn without_number(part: &str) -> &str {
    part.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// A port that only one app has.
fn by_port(address: &Address) -> Option<&'static Recipe> {
    let port = address.url.port()?;
    let mut found = all().iter().filter(|one| one.port == Some(port));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn titled(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Small letters, digits and dashes; never empty.
pub fn slug_of(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if slug.len() >= SLUG_MAX {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "app" } else { slug }.to_owned()
}
