//! Host names as browsers and proxies send them, in one normal form.
//!
//! Owns the form: lower case, no trailing dot, the port apart, international names as punycode.
//! Leaves which host is served to the engine. The rule that must stay true: two spellings of one
//! host are equal after parsing, and what is not exactly one host is refused.

use std::fmt;
use std::net::Ipv6Addr;

use thiserror::Error;

/// A host name or address with an optional port, normalized.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host {
    /// The name: lower case, ASCII, no trailing dot. An IPv6 address stands in brackets.
    pub name: String,
    /// The port when one was written.
    pub port: Option<u16>,
}

/// The text is not one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a host name")]
pub struct HostError;

impl Host {
    /// Reads `name`, `name:port`, `[v6]` or `[v6]:port`.
    ///
    /// User info, blanks, commas, paths, percent signs and empty names are refused.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let (name, port) = split_port(text)?;
        let name = name.strip_suffix('.').unwrap_or(name);
        let name = if is_plain(name) {
            name.to_ascii_lowercase()
        } else {
            normalize(name)?
        };
        Ok(Self { name, port })
    }

    /// Whether the host is `domain` itself or a name under it, compared by whole labels.
    ///
    /// A leading dot of `domain` is ignored, as is its case; an empty domain holds nothing.
    pub fn is_under(&self, domain: &str) -> bool {
        is_under(&self.name, domain)
    }

    /// The port that a URL of this scheme reaches.
    pub fn port_or_default(&self, https: bool) -> u16 {
        self.port.unwrap_or(if https { 443 } else { 80 })
    }

    /// Whether both name the same server for the scheme: a written default port is no difference.
    pub fn same_place(&self, other: &Self, https: bool) -> bool {
        self.name == other.name && self.port_or_default(https) == other.port_or_default(https)
    }
}

/// [`Host::is_under`] for a name that is already normalized.
pub fn is_under(name: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let Some(before) = name.len().checked_sub(domain.len()) else {
        return false;
    };
    let (head, tail) = name.as_bytes().split_at(before);
    !domain.is_empty()
        && tail.eq_ignore_ascii_case(domain.as_bytes())
        && (head.is_empty() || head.ends_with(b"."))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl std::str::FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        Self::parse(text)
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), HostError> {
    let end = if text.starts_with('[') {
        text.find(']').ok_or(HostError)? + 1
    } else {
        0
    };
    let Some(colon) = text[end..].find(':') else {
        return if end == 0 || end == text.len() {
            Ok((text, None))
        } else {
            Err(HostError)
        };
    };
    let (name, port) = (&text[..end + colon], &text[end + colon + 1..]);
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|port| digits && *port != 0);
    if end != 0 && colon != 0 {
        Err(HostError)
    } else {
        Ok((name, Some(port.ok_or(HostError)?)))
    }
}

/// A DNS name in plain letters that cannot be mistaken for an address or for punycode.
fn is_plain(name: &str) -> bool {
    let label = |label: &str| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let special = label.len() >= 4 && &label.as_bytes()[2..4] == b"--";
        (1..=63).contains(&label.len()) && !special && label.bytes().all(letter)
    };
    let numeric = |label: &str| label.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && !numeric(last) && name.split('.').all(label)
}

/// The slow way, for addresses and international names.
fn normalize(name: &str) -> Result<String, HostError> {
    let odd = |c: char| c == '%' || c == '@' || c == ',' || c.is_whitespace() || c.is_control();
    if name.contains(odd) {
        return Err(HostError);
    }
    match url::Host::parse(name).map_err(|_| HostError)? {
        // "127.1" and "0x7f.1" are spellings of an address that a careful client never sends.
        url::Host::Ipv4(address) if address.to_string() == name => Ok(address.to_string()),
        url::Host::Ipv4(_) => Err(HostError),
        url::Host::Ipv6(address) => Ok(format!("[{}]", Ipv6Addr::from(address.octets()))),
        url::Host::Domain(domain) => {
            let domain = domain.strip_suffix('.').unwrap_or(&domain);
            let fits = |label: &str| (1..=63).contains(&label.len());
            let name = (domain.len() <= 253 && domain.split('.').all(fits)).then_some(domain);
            name.map(str::to_owned).ok_or(HostError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_a_host_is_the_same_host() {
        for (text, expected) in [
            ("app.example.com", "app.example.com"),
            ("App.Home.Test:8080", "app.home.test:8080"),
            ("app.home.test.", "app.home.test"),
            ("app.home.test.:443", "app.home.test:443"),
            ("localhost", "localhost"),
            ("my_app", "my_app"),
            ("192.168.1.10:9000", "192.168.1.10:9000"),
            ("[::1]:8080", "[::1]:8080"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("XN--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(Host::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_one_host_is_refused() {
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            " ",
            "a b",
            "a,b",
            "a, b",
            "u@a",
            "u:p@a",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "a:b",
            "a:",
            "a:0",
            "a:65536",
            "a:+80",
            "a:80:80",
            ":80",
            "[::1",
            "[]",
            "[::1]x",
            "[::1]x:80",
            "::1",
            "a%2eb",
            "127.1",
            "0x7f.1",
            "1.2.3.4.5",
            "http://a",
            "a\0",
            "a\r\nb",
            "\u{2100}",
            "a\u{3002}\u{3002}b",
            "xn--",
        ] {
            assert_eq!(Host::parse(text), Err(HostError), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_under_a_domain_only_at_a_label_boundary() {
        for (host, domain, expected) in [
            ("example.com", "example.com", true),
            ("a.example.com", "example.com", true),
            ("a.example.com", ".example.com", true),
            ("a.example.com", "Example.COM", true),
            ("notexample.com", "example.com", false),
            ("example.com.evil.test", "example.com", false),
            ("com", "example.com", false),
            ("a.example.com", "", false),
            ("a.example.com", ".", false),
        ] {
            assert_eq!(
                Host::parse(host).unwrap().is_under(domain),
                expected,
                "{host} {domain}"
            );
        }
    }

    #[test]
    fn a_written_default_port_is_no_difference() {
        let host = |text| Host::parse(text).unwrap();
        assert!(host("a").same_place(&host("a:443"), true));
        assert!(!host("a").same_place(&host("a:443"), false));
        assert!(!host("a:8443").same_place(&host("a"), true));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "[a-zA-Z0-9.:\\[\\]_éß@%, -]{0,24}") {
            if let Ok(host) = Host::parse(&text) {
                prop_assert_eq!(Host::parse(&host.to_string()), Ok(host));
            }
        }
    }
}
