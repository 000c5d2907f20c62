//! The one function that approves where a browser may be sent.
//!
//! Owns the comparison of a candidate address with what is allowed. Leaves building the allowed
//! set to the caller, from configuration only, never from a header. The rule that must stay true:
//! every redirect target of Doorward that came from outside went through [`approve`], and targets
//! are compared as parsed scheme, host and port, never as text (CVE-2026-41569). Relying parties
//! have registered theirs; those go through [`registered::approve`].

pub mod difference;
pub mod registered;

use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

use crate::forward_auth::{OUTPOST_PREFIX, is_signature};
use crate::host::Host;

const MAX_BYTES: usize = 8192;

/// Where a redirect may lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// One application: its host and port (`forward_single`, `proxy`).
    Single {
        /// The application's address.
        external: Url,
    },
    /// Every host under a domain, any port (`forward_domain`).
    Domain {
        /// The address on which logins land.
        external: Url,
        /// The parent domain, with or without a leading dot.
        cookie_domain: String,
    },
    /// Our own pages: `next=` and the like.
    SameOrigin {
        /// The public address.
        base: Url,
    },
}

/// Why a candidate is not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RedirectRefusal {
    /// Nothing was given.
    #[error("no address was given")]
    Missing,
    /// Longer than 8192 bytes.
    #[error("the address is too long")]
    TooLong,
    /// Control characters, backslashes, or not an address at all.
    #[error("not a well-formed web address")]
    Malformed,
    /// Not http or https.
    #[error("only http and https addresses are allowed")]
    Scheme,
    /// http where the application is https.
    #[error("the address would leave https")]
    Downgrade,
    /// A user name or password stands before the host.
    #[error("an address with user information is not allowed")]
    UserInfo,
    /// Another host.
    #[error("the address leads to another host")]
    Host,
    /// Another port.
    #[error("the address leads to another port")]
    Port,
    /// Back into the outpost's own paths.
    #[error("the address leads back into the login itself")]
    Outpost,
}

impl Allowed {
    fn base(&self) -> &Url {
        match self {
            Self::Single { external } | Self::Domain { external, .. } => external,
            Self::SameOrigin { base } => base,
        }
    }

    fn check_place(&self, host: &Host) -> Result<(), RedirectRefusal> {
        let base = self.base();
        let own =
            Host::parse(base.host_str().unwrap_or_default()).map_err(|_| RedirectRefusal::Host)?;
        if let Self::Domain { cookie_domain, .. } = self {
            let inside = host.name == own.name || host.is_under(cookie_domain);
            return if inside {
                Ok(())
            } else {
                Err(RedirectRefusal::Host)
            };
        }
        if host.name != own.name {
            return Err(RedirectRefusal::Host);
        }
        if host.port == base.port() {
            Ok(())
        } else {
            Err(RedirectRefusal::Port)
        }
    }
}

/// Approves `candidate`, or says why not. The two signature parameters of the outpost are removed.
///
/// A path that starts with a single `/` is taken on the allowed address itself.
pub fn approve(candidate: &str, allowed: &Allowed) -> Result<Url, RedirectRefusal> {
    check_text(candidate)?;
    let mut url = parse(candidate, allowed.base())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RedirectRefusal::UserInfo);
    }
    if allowed.base().scheme() == "https" && url.scheme() != "https" {
        return Err(RedirectRefusal::Downgrade);
    }
    let host = Host::parse(url.host_str().unwrap_or_default());
    let host = Host {
        port: url.port(),
        ..host.map_err(|_| RedirectRefusal::Malformed)?
    };
    allowed.check_place(&host)?;
    if matches!(allowed, Allowed::SameOrigin { base } if base.scheme() != url.scheme()) {
        return Err(RedirectRefusal::Scheme);
    }
    url.set_host(Some(&host.name))
        .map_err(|_| RedirectRefusal::Malformed)?;
    check_path(url.path(), allowed)?;
    strip_signatures(&mut url);
    Ok(url)
}

fn check_text(candidate: &str) -> Result<(), RedirectRefusal> {
    let bad = |c: char| c.is_control() || c == '\\' || matches!(c, '\u{2028}' | '\u{2029}');
    if candidate.is_empty() {
        return Err(RedirectRefusal::Missing);
    }
    if candidate.len() > MAX_BYTES {
        return Err(RedirectRefusal::TooLong);
    }
    if candidate.contains(bad) || candidate.trim() != candidate {
        return Err(RedirectRefusal::Malformed);
    }
    Ok(())
}

fn parse(candidate: &str, base: &Url) -> Result<Url, RedirectRefusal> {
    if let Some(rest) = candidate.strip_prefix('/') {
        if rest.starts_with('/') {
            return Err(RedirectRefusal::Malformed);
        }
        return base.join(candidate).map_err(|_| RedirectRefusal::Malformed);
    }
    let (scheme, rest) = candidate
        .split_once(':')
        .ok_or(RedirectRefusal::Malformed)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(RedirectRefusal::Scheme);
    }
    // The URL standard repairs `https:host` and `https:///host`; a careful caller never writes it.
    let authority = rest.strip_prefix("//").ok_or(RedirectRefusal::Malformed)?;
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(RedirectRefusal::UserInfo);
    }
    if Host::parse(authority).is_err() {
        return Err(RedirectRefusal::Malformed);
    }
    Url::parse(candidate).map_err(|_| RedirectRefusal::Malformed)
}

/// Refuses the outpost's own paths however they are spelled, and for our own pages a path that a
/// browser would read as `//host` when only the path is used.
fn check_path(path: &str, allowed: &Allowed) -> Result<(), RedirectRefusal> {
    let decoded = percent_decode_str(path)
        .decode_utf8_lossy()
        .replace('\\', "/");
    let mut plain = Vec::new();
    for segment in decoded
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
    {
        if segment == ".." {
            plain.pop();
        } else {
            plain.push(segment);
        }
    }
    if plain
        .first()
        .is_some_and(|first| *first == OUTPOST_PREFIX.trim_matches('/'))
    {
        return Err(RedirectRefusal::Outpost);
    }
    let doubled = decoded.starts_with("//") && matches!(allowed, Allowed::SameOrigin { .. });
    if doubled {
        Err(RedirectRefusal::Malformed)
    } else {
        Ok(())
    }
}

fn strip_signatures(url: &mut Url) {
    let Some(query) = url.query() else { return };
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept = |pair: &&str| !is_signature(&percent_decode_str(&name(pair)).decode_utf8_lossy());
    let rest: Vec<&str> = query.split('&').filter(kept).collect();
    if rest.len() == query.split('&').count() {
        return;
    }
    let rest = rest.join("&");
    url.set_query((!rest.is_empty()).then_some(rest.as_str()));
}

#[cfg(test)]
mod tests;
