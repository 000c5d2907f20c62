//! What an operator is told about the addresses that requests come from, once for each.
//!
//! Owns the two warnings about trusted proxies and the memory of who was named. Leaves the trust
//! itself to `protocol::trust`. Rule: a client can make us write a bounded number of lines.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use doorward_protocol::trust::TrustedProxies;
use http::HeaderMap;

/// So many addresses are named by each warning.
const NAMED_MAX: usize = 32;
const SETTING: &str = "DOORWARD_LISTEN__TRUSTED_PROXY_CIDRS";
const FORWARDED: [&str; 5] = [
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-for",
    "x-forwarded-uri",
    "x-original-url",
];

/// The peers that a warning has named.
#[derive(Debug)]
pub(crate) struct PeersNamed {
    /// Nobody said whom to trust.
    is_default: bool,
    believed: Mutex<HashSet<IpAddr>>,
    ignored: Mutex<HashSet<IpAddr>>,
}

impl PeersNamed {
    /// Nobody is named yet.
    pub(crate) fn new(trusted: &TrustedProxies) -> Self {
        Self {
            is_default: trusted.is_default(),
            believed: Mutex::default(),
            ignored: Mutex::default(),
        }
    }

    /// Warns of a peer that is believed only because nobody said whom to believe, and of one that
    /// forwards and is not believed.
    pub(crate) fn saw(&self, trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) {
        if !FORWARDED.iter().any(|name| headers.contains_key(*name)) {
            return;
        }
        let peer = peer.to_canonical();
        if !trusted.is_trusted(peer) {
            if is_first(&self.ignored, peer) {
                tracing::warn!(
                    client.address = %peer,
                    "forwarded headers of this address are ignored; if it is the reverse proxy, add \
                     it to {SETTING}"
                );
            }
        } else if self.is_default && is_first(&self.believed, peer) {
            tracing::warn!(
                client.address = %peer,
                "forwarded headers of this address are believed because it is in a private network; \
                 set {SETTING} to {peer} so that no other is"
            );
        }
    }
}

fn is_first(named: &Mutex<HashSet<IpAddr>>, peer: IpAddr) -> bool {
    let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
    named.len() < NAMED_MAX && named.insert(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;
    use http::HeaderValue;

    fn forwarding() -> HeaderMap {
        let value = HeaderValue::from_static("app.example.com");
        HeaderMap::from_iter([(http::HeaderName::from_static("x-forwarded-host"), value)])
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_peer_of_a_default_network_is_named_once_and_only_when_it_forwards() {
        let trusted = TrustedProxies::default();
        let named = PeersNamed::new(&trusted);
        let log = Log::open();
        named.saw(&trusted, ip("10.0.0.7"), &HeaderMap::new());
        for peer in ["10.0.0.7", "::ffff:10.0.0.7", "10.0.0.8", "10.0.0.7"] {
            named.saw(&trusted, ip(peer), &forwarding());
        }
        let lines = log.lines_with("");
        assert_eq!(lines.len(), 2, "{lines:?}");
        for (line, peer) in lines.iter().zip(["10.0.0.7", "10.0.0.8"]) {
            assert!(line.contains(&format!("{SETTING} to {peer}")), "{line}");
        }
    }

    #[test]
    fn whoever_is_named_in_the_setting_is_believed_without_a_word() {
        let trusted = TrustedProxies::parse(["10.0.0.7"]).unwrap();
        let named = PeersNamed::new(&trusted);
        let log = Log::open();
        named.saw(&trusted, ip("10.0.0.7"), &forwarding());
        let lines = log.lines_with("");
        assert!(lines.is_empty(), "{lines:?}");
    }

    #[test]
    fn strangers_cannot_fill_the_log() {
        let trusted = TrustedProxies::default();
        let named = PeersNamed::new(&trusted);
        let log = Log::open();
        for last in 0..=255 {
            let peer = IpAddr::from([203, 0, 113, last]);
            named.saw(&trusted, peer, &forwarding());
            named.saw(&trusted, peer, &forwarding());
        }
        let lines = log.lines_with("");
        assert_eq!(lines.len(), NAMED_MAX);
        assert!(lines[0].contains("are ignored"), "{}", lines[0]);
    }
}
