//! Which peers may speak for somebody else.
//!
//! Owns the set of trusted proxies and the client's address behind them. Leaves the setting's name
//! to the configuration. The rule that must stay true: a forwarded header of a peer outside the
//! set is never read, and the set is never everybody (CVE-2023-36456, CVE-2026-40575).

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;
use thiserror::Error;

const DEFAULT: [&str; 6] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fe80::/10",
    "::1/128",
];
const MAX_HOPS: usize = 32;
/// The widest networks that one organisation has: 10.0.0.0/8 and `fc00::/7`. Two halves of the
/// internet are everybody, too.
const WIDEST_IPV4: u8 = 8;
const WIDEST_IPV6: u8 = 7;

/// The networks whose forwarded headers count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Why a list of networks is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrustError {
    /// An entry is neither an address nor a network.
    #[error("{0:?} is not a network such as 192.168.1.0/24")]
    Malformed(String),
    /// An entry means everybody, or a part of the internet.
    #[error("{0:?} would trust everybody in it; name the proxy's own address")]
    TooWide(String),
}

/// The address a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    /// The client's address; the peer's own when nothing better is known.
    pub address: IpAddr,
    /// A trusted peer sent an `X-Forwarded-For` that is not a list of addresses.
    pub malformed: bool,
    /// A trusted proxy saw it itself: not the first of several entries that all look like proxies of
    /// ours, which may be the client's own word.
    pub stated: bool,
}

impl Default for TrustedProxies {
    /// Loopback, RFC 1918 and link-local, as authentik's default.
    fn default() -> Self {
        Self(
            DEFAULT
                .into_iter()
                .map(|net| net.parse().expect("a valid network"))
                .collect(),
        )
    }
}

impl TrustedProxies {
    /// Reads networks or single addresses; an empty list trusts nobody.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, TrustError> {
        let entries = entries
            .into_iter()
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        entries.map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether these are the networks that are trusted when nobody says whom to trust.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The networks, for showing.
    pub fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether forwarded headers of this peer count. An IPv4 address may come mapped into IPv6.
    pub fn is_trusted(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|net| net.contains(&peer))
    }

    /// The client's address: the last entry of `X-Forwarded-For` that is not itself a trusted
    /// proxy, or the first when all are; only for a trusted peer.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let peer = peer.to_canonical();
        let own = ClientAddress {
            address: peer,
            malformed: false,
            stated: false,
        };
        if !self.is_trusted(peer) {
            return own;
        }
        match forwarded_for(headers) {
            None => ClientAddress {
                malformed: true,
                ..own
            },
            Some(hops) => {
                let outside = hops.iter().rev().find(|hop| !self.is_trusted(**hop));
                ClientAddress {
                    address: *outside.or(hops.first()).unwrap_or(&peer),
                    stated: outside.is_some() || hops.len() == 1,
                    ..own
                }
            }
        }
    }
}

fn network(entry: &str) -> Result<IpNet, TrustError> {
    let net = entry
        .parse::<IpNet>()
        .or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
    let net = net.map_err(|_| TrustError::Malformed(entry.to_owned()))?;
    let widest = match net {
        IpNet::V4(_) => WIDEST_IPV4,
        IpNet::V6(_) => WIDEST_IPV6,
    };
    if net.prefix_len() < widest {
        Err(TrustError::TooWide(entry.to_owned()))
    } else {
        Ok(net)
    }
}

/// All entries of all lines; `None` when one of them is not an address.
fn forwarded_for(headers: &HeaderMap) -> Option<Vec<IpAddr>> {
    let mut hops = Vec::new();
    for line in headers.get_all("x-forwarded-for") {
        for entry in line.to_str().ok()?.split(',') {
            hops.push(address(entry.trim())?);
        }
    }
    (hops.len() <= MAX_HOPS).then_some(hops)
}

/// An address, with brackets or a port as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let parsed = bare.parse::<IpAddr>().ok();
    let parsed = parsed.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|at| at.ip()));
    parsed.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn the_default_is_loopback_private_and_link_local() {
        let trusted = TrustedProxies::default();
        for peer in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "fe80::1",
        ] {
            assert!(trusted.is_trusted(ip(peer)), "{peer}");
        }
        for peer in ["172.32.0.1", "8.8.8.8", "fc00::1", "2001:db8::1", "0.0.0.0"] {
            assert!(!trusted.is_trusted(ip(peer)), "{peer}");
        }
        assert!(trusted.is_trusted(ip("::ffff:192.168.1.1")));
        assert!(!trusted.is_trusted(ip("::ffff:8.8.8.8")));
    }

    #[test]
    fn cve_2026_40575_the_trusted_set_is_never_everybody() {
        for entry in [
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/0",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "8.0.0.0/7",
            "2000::/3",
            "fc00::/6",
        ] {
            let error = TrustedProxies::parse(["10.0.0.1", entry]).unwrap_err();
            assert_eq!(error, TrustError::TooWide(entry.into()));
        }
        for entry in ["10.0.0.0/8", "8.0.0.0/8", "fc00::/7", "2001:db8::/32"] {
            assert!(TrustedProxies::parse([entry]).is_ok(), "{entry}");
        }
        for entry in ["x", "10.0.0.0/33", "10.0.0", "traefik"] {
            assert!(matches!(
                TrustedProxies::parse([entry]),
                Err(TrustError::Malformed(_))
            ));
        }
    }

    #[test]
    fn an_empty_list_trusts_nobody() {
        let trusted = TrustedProxies::parse(["", " "]).unwrap();
        assert!(!trusted.is_trusted(ip("127.0.0.1")));
    }

    #[test]
    fn cve_2023_36456_an_untrusted_peer_speaks_only_for_itself() {
        let trusted = TrustedProxies::default();
        for line in ["1.2.3.4", "127.0.0.1", "garbage", ""] {
            let found = trusted.client_address(ip("8.8.8.8"), &headers(&[line]));
            assert_eq!(
                found,
                ClientAddress {
                    address: ip("8.8.8.8"),
                    malformed: false,
                    stated: false
                }
            );
        }
    }

    #[test]
    fn a_trusted_peer_names_its_client() {
        let trusted = TrustedProxies::default();
        for (lines, expected, stated) in [
            (&["1.2.3.4"][..], "1.2.3.4", true),
            (&["1.2.3.4, 10.0.0.7"], "1.2.3.4", true),
            (&["6.6.6.6, 1.2.3.4"], "1.2.3.4", true),
            (&["6.6.6.6", "1.2.3.4, 192.168.0.9"], "1.2.3.4", true),
            (&["192.168.1.50"], "192.168.1.50", true),
            // A client in a private network can have put the first entry there itself.
            (&["192.168.1.50, 10.0.0.1"], "192.168.1.50", false),
            (&["1.2.3.4:5678"], "1.2.3.4", true),
            (&["[2001:db8::1]:443"], "2001:db8::1", true),
            (&["2001:db8::1"], "2001:db8::1", true),
            (&["::ffff:1.2.3.4"], "1.2.3.4", true),
            (&[], "10.0.0.1", false),
        ] {
            let found = trusted.client_address(ip("10.0.0.1"), &headers(lines));
            assert_eq!(
                found,
                ClientAddress {
                    address: ip(expected),
                    malformed: false,
                    stated
                }
            );
        }
    }

    #[test]
    fn cve_2024_47070_a_malformed_list_is_flagged_and_never_believed_in_part() {
        let trusted = TrustedProxies::default();
        let endless = vec!["1.1.1.1"; 33].join(",");
        for line in [
            "x",
            "1.2.3.4, x",
            "unknown",
            ",",
            "",
            "1.2.3.4,",
            "1.2.3",
            &endless,
        ] {
            let found = trusted.client_address(ip("10.0.0.1"), &headers(&[line]));
            assert_eq!(
                found,
                ClientAddress {
                    address: ip("10.0.0.1"),
                    malformed: true,
                    stated: false
                },
                "{line}"
            );
        }
    }

    proptest! {
        #[test]
        fn reading_the_list_never_panics(line in "[0-9a-f.:,\\[\\] x]{0,60}") {
            let _found = TrustedProxies::default().client_address(ip("::1"), &headers(&[&line]));
        }
    }
}
