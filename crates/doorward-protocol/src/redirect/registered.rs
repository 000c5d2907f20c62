//! Where relying parties may be answered: the addresses that an operator has registered.
//!
//! Rules: an address is compared whole, byte by byte, or by an expression that must fit all of it;
//! the one thing that may differ is the port of a loopback address (RFC 8252 §7.3). Nothing is
//! decoded, folded or completed before it is compared.

mod host;

use regex::Regex;
use thiserror::Error;
use url::Url;

const BYTES_MAX: usize = 2048;
/// Bytes of a compiled expression.
const PROGRAM_BYTES_MAX: usize = 1 << 20;
/// A browser runs these instead of going there.
const FORBIDDEN_SCHEMES: [&str; 8] = [
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
];
/// What our answer says must not stand in the address before it (CVE-2026-9689).
const ANSWER: [&str; 8] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "id_token",
    "access_token",
    "response",
];

/// What an address is registered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectUse {
    /// The answer of an authorization.
    Authorization,
    /// After signing out.
    Logout,
}

/// Why an address is not registered, or not gone to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriRefusal {
    /// Nothing was given.
    #[error("the address is missing")]
    Missing,
    /// Longer than 2048 bytes.
    #[error("the address is longer than 2048 bytes")]
    TooLong,
    /// Control characters, blanks, backslashes, or no whole address.
    #[error("the address is not a whole, well-formed one")]
    Malformed,
    /// `javascript:` and its like.
    #[error("addresses of this scheme are not allowed")]
    Scheme,
    /// Something after `#`.
    #[error("the address may not have a fragment (#)")]
    Fragment,
    /// A user name or password before the host.
    #[error("the address may not have a user name before its host")]
    UserInfo,
    /// The query holds a parameter that the answer sets.
    #[error("the address may not have the parameter {0}, which the answer sets")]
    Reserved(&'static str),
    /// An expression that cannot be honored.
    #[error("the expression cannot be used: {0}")]
    Expression(String),
    /// An expression that fits hosts of others as well.
    #[error(
        "the expression leaves the host open: {0}. Write the host's end plainly, with \\. for each dot, \
         and before it [a-z0-9-]+ for a name"
    )]
    OpenHost(&'static str),
    /// None of those that are registered.
    #[error("the address is not registered")]
    Unregistered,
}

/// One registered address.
#[derive(Clone, Debug)]
pub struct RegisteredUri {
    rule: Rule,
    /// What for.
    pub purpose: RedirectUse,
}

#[derive(Clone, Debug)]
enum Rule {
    Exact(String),
    Expression(Regex),
}

impl RegisteredUri {
    /// An address that is compared byte by byte.
    ///
    /// # Errors
    ///
    /// [`UriRefusal`] for one that nobody could ever be sent to.
    pub fn exact(url: &str, purpose: RedirectUse) -> Result<Self, UriRefusal> {
        check(url)?;
        Ok(Self {
            rule: Rule::Exact(url.to_owned()),
            purpose,
        })
    }

    /// An expression that has to fit a whole address, and that says which host is meant.
    ///
    /// # Errors
    ///
    /// [`UriRefusal::OpenHost`] if what stands for anything in it could reach beyond the host, and
    /// what [`RegisteredUri::any_expression`] refuses.
    pub fn expression(text: &str, purpose: RedirectUse) -> Result<Self, UriRefusal> {
        let built = Self::any_expression(text, purpose)?;
        host::check(text)?;
        Ok(built)
    }

    /// An expression that has to fit a whole address, whatever host that has: authentik's way.
    ///
    /// # Errors
    ///
    /// [`UriRefusal::Expression`] with where and why; look-around and back references are among
    /// what cannot be honored.
    pub fn any_expression(text: &str, purpose: RedirectUse) -> Result<Self, UriRefusal> {
        if text.len() > BYTES_MAX {
            return Err(UriRefusal::TooLong);
        }
        let built = regex::RegexBuilder::new(&format!("^(?:{text})$"))
            .size_limit(PROGRAM_BYTES_MAX)
            .build();
        // The text alone must be whole, or `a)|(?:b` would leave its bounds.
        let alone = regex::RegexBuilder::new(text)
            .size_limit(PROGRAM_BYTES_MAX)
            .build();
        let (built, _) = (built.and_then(|built| alone.map(|alone| (built, alone))))
            .map_err(|error| UriRefusal::Expression(reason(&error)))?;
        Ok(Self {
            rule: Rule::Expression(built),
            purpose,
        })
    }

    /// The address itself, if it is one.
    pub fn address(&self) -> Option<&str> {
        match &self.rule {
            Rule::Exact(url) => Some(url),
            Rule::Expression(_) => None,
        }
    }

    /// As it was registered: an address, or an expression.
    pub fn text(&self) -> &str {
        match &self.rule {
            Rule::Exact(url) => url,
            Rule::Expression(built) => {
                let inner = built.as_str().strip_prefix("^(?:");
                let inner = inner.and_then(|text| text.strip_suffix(")$"));
                inner.unwrap_or(built.as_str())
            }
        }
    }

    fn fits(&self, candidate: &str) -> bool {
        match &self.rule {
            Rule::Exact(url) => url == candidate || is_same_loopback(url, candidate),
            Rule::Expression(expression) => expression.is_match(candidate),
        }
    }
}

/// The last line of an error of the expression library says why.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// Approves a candidate for a purpose; it is gone to exactly as it is.
///
/// # Errors
///
/// [`UriRefusal`].
pub fn approve<'a>(
    candidate: &'a str,
    registered: &[RegisteredUri],
    purpose: RedirectUse,
) -> Result<&'a str, UriRefusal> {
    check(candidate)?;
    let mut fitting = registered.iter().filter(|one| one.purpose == purpose);
    if fitting.any(|one| one.fits(candidate)) {
        Ok(candidate)
    } else {
        Err(UriRefusal::Unregistered)
    }
}

/// What holds of every address that anybody is sent to.
fn check(candidate: &str) -> Result<(), UriRefusal> {
    if candidate.is_empty() {
        return Err(UriRefusal::Missing);
    }
    if candidate.len() > BYTES_MAX {
        return Err(UriRefusal::TooLong);
    }
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || !c.is_ascii();
    if candidate.contains(odd) {
        return Err(UriRefusal::Malformed);
    }
    if candidate.contains('#') {
        return Err(UriRefusal::Fragment);
    }
    let url = Url::parse(candidate).map_err(|_| UriRefusal::Malformed)?;
    if FORBIDDEN_SCHEMES.contains(&url.scheme()) {
        return Err(UriRefusal::Scheme);
    }
    check_authority(candidate, &url)?;
    let reserved = |name: &str| ANSWER.into_iter().find(|one| *one == name);
    match url.query_pairs().find_map(|(name, _)| reserved(&name)) {
        Some(name) => Err(UriRefusal::Reserved(name)),
        None => Ok(()),
    }
}

/// The URL standard repairs `https:host`, `https:///host` and `https://a@b`; a careful client never
/// writes them.
fn check_authority(candidate: &str, url: &Url) -> Result<(), UriRefusal> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UriRefusal::UserInfo);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Ok(());
    }
    let (_, rest) = candidate.split_once(':').ok_or(UriRefusal::Malformed)?;
    let rest = rest.strip_prefix("//").ok_or(UriRefusal::Malformed)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UriRefusal::UserInfo);
    }
    if authority.is_empty() || authority.contains('%') {
        return Err(UriRefusal::Malformed);
    }
    Ok(())
}

/// Whether both are the same address of this very machine but for the port (RFC 8252 §7.3). Only
/// the numbers count: `localhost` may be anything (RFC 8252 §8.3).
fn is_same_loopback(registered: &str, candidate: &str) -> bool {
    let without_port = |text: &str| {
        let rest = text.strip_prefix("http://")?;
        let host = ["127.0.0.1", "[::1]"]
            .into_iter()
            .find(|host| rest.starts_with(host))?;
        let rest = &rest[host.len()..];
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (port, path) = rest.split_at(end);
        let is_port = port.is_empty()
            || port.strip_prefix(':').is_some_and(|digits| {
                digits.len() <= 5 && digits.parse::<u16>().is_ok_and(|port| port > 0)
            });
        is_port.then(|| (host, path.to_owned()))
    };
    let registered = without_port(registered);
    registered.is_some() && registered == without_port(candidate)
}

#[cfg(test)]
mod tests;
