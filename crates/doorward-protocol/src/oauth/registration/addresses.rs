//! The addresses that a client names for itself.

use url::{Host, Url};

use super::{ApplicationType, MetadataError};
use crate::redirect::registered::{RedirectUse, RegisteredUri};

const ADDRESSES_MAX: usize = 20;
const BYTES_MAX: usize = 2048;

/// Where it may be answered. Web apps are reached over https, and over http on this machine alone;
/// native ones also by a scheme of their own, which has a period in it (RFC 8252 §7, §8.4).
pub(super) fn check_redirects(
    all: &[String],
    purpose: RedirectUse,
    application: ApplicationType,
) -> Result<(), MetadataError> {
    if all.len() > ADDRESSES_MAX {
        let why = format!("At most {ADDRESSES_MAX} addresses can be registered.");
        return Err(MetadataError::redirect(why));
    }
    all.iter()
        .try_for_each(|one| check_redirect(one, purpose, application))
}

fn check_redirect(
    address: &str,
    purpose: RedirectUse,
    application: ApplicationType,
) -> Result<(), MetadataError> {
    let shown: String = address.chars().take(100).collect();
    let refused = |why: &str| MetadataError::redirect(format!("{shown}: {why}."));
    RegisteredUri::exact(address, purpose).map_err(|error| refused(&error.to_string()))?;
    let url = Url::parse(address).map_err(|error| refused(&error.to_string()))?;
    match (url.scheme(), application) {
        ("https", _) => Ok(()),
        ("http", _) if is_loopback(&url) => Ok(()),
        ("http", _) => Err(refused(
            "http is for addresses on the same machine, use https",
        )),
        (scheme, ApplicationType::Native) if scheme.contains('.') => Ok(()),
        (_, ApplicationType::Native) => Err(refused(
            "a scheme of one's own is a domain name in reverse, such as org.example.app",
        )),
        (_, ApplicationType::Web) => Err(refused(
            "a web app is answered over https; is its application_type native?",
        )),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// An address that people go to: https, without a user name.
pub(super) fn check_https(name: &str, address: Option<&str>) -> Result<(), MetadataError> {
    check_named(name, address, |url| url.scheme() == "https")
}

/// An address that we ourselves ask: the same, or http on this very machine, where an operator has to
/// allow it.
pub(super) fn check_asked(name: &str, address: Option<&str>) -> Result<(), MetadataError> {
    let is_near = |url: &Url| url.scheme() == "http" && is_loopback(url);
    check_named(name, address, |url| url.scheme() == "https" || is_near(url))
}

fn check_named(
    name: &str,
    address: Option<&str>,
    is_good: impl Fn(&Url) -> bool,
) -> Result<(), MetadataError> {
    let Some(address) = address else {
        return Ok(());
    };
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    let is_short = address.len() <= BYTES_MAX && !address.contains(odd);
    let url = Url::parse(address).ok().filter(|url| {
        let is_plain = url.username().is_empty() && url.password().is_none();
        is_short && is_plain && url.host().is_some() && is_good(url)
    });
    match url {
        Some(url) if url.fragment().is_none() => Ok(()),
        Some(_) => {
            let why = format!("{name} may not have a fragment (#).");
            Err(MetadataError::new(why))
        }
        None => {
            let why = format!("{name} must be an https address of at most {BYTES_MAX} bytes.");
            Err(MetadataError::new(why))
        }
    }
}
