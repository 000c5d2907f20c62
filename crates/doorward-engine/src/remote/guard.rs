//! Asking what somebody else than an operator has named: a client's keys, a list of its addresses,
//! where an app wants to be called.
//!
//! Owns which addresses of this network may be reached that way. Rules: `https` to public addresses;
//! everything else only within the networks that the operator has listed. The address that was judged
//! is the one that is connected to, so a name that answers differently the second time gains nothing
//! (CVE-2026-4874); no redirect is followed; why there was no answer is for the log, not for whoever
//! named the address: it would tell them what is there.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::vec;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use ipnet::IpNet;
use tower_service::Service;

use super::{Answer, Bounds, Connecting, asked, over, verified};

/// Strangers' servers get no connections for keeps.
const CONNECTING: Connecting = Connecting {
    patience: None,
    idle_max: 1,
};

/// What may be reached.
#[derive(Clone, Debug)]
struct Reach {
    /// The operator's own networks that may.
    networks: Arc<[IpNet]>,
    /// Whether nothing else may: a connection that nothing protects.
    only_those: bool,
}

impl Reach {
    fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_listed = self.networks.iter().any(|one| one.contains(&address));
        is_listed || (!self.only_those && is_public(address))
    }

    fn check(&self, address: IpAddr) -> io::Result<()> {
        if self.has(address) {
            return Ok(());
        }
        let why = "this address is not public, and not in fetch.private_networks";
        Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
    }

    /// The addresses of a name, if every one of them may be reached: one that may not is a sign of
    /// somebody trying.
    async fn resolve(self, name: Name) -> io::Result<vec::IntoIter<SocketAddr>> {
        let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
        let found: Vec<_> = found.collect();
        for address in &found {
            self.check(address.ip())?;
        }
        Ok(found.into_iter())
    }
}

impl Service<Name> for Reach {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.clone().resolve(name))
    }
}

type Connections = Client<HttpsConnector<HttpConnector<Reach>>, Full<Bytes>>;

/// The connections to what others have named.
pub struct Guarded {
    networks: Arc<[IpNet]>,
    protected: OnceLock<Connections>,
    plain: OnceLock<Connections>,
}

impl Guarded {
    /// `networks` are those of the operator that may be reached although they are not public.
    pub fn new(networks: &[IpNet]) -> Self {
        Self {
            networks: networks.into(),
            protected: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    /// Asks for a page.
    ///
    /// # Errors
    ///
    /// Why there is no answer, for the log.
    pub async fn get(&self, address: &str, bounds: Bounds) -> Result<Answer, String> {
        let request = Request::get(address).body(Full::default());
        self.ask(request.map_err(|error| error.to_string())?, bounds)
            .await
    }

    /// Asks anything.
    ///
    /// # Errors
    ///
    /// Why there is no answer, for the log.
    pub async fn ask(
        &self,
        request: Request<Full<Bytes>>,
        bounds: Bounds,
    ) -> Result<Answer, String> {
        let is_plain = match request.uri().scheme_str() {
            Some("https") => false,
            Some("http") => true,
            _ => return Err("only https addresses are asked".to_owned()),
        };
        let reach = Reach {
            networks: Arc::clone(&self.networks),
            only_those: is_plain,
        };
        check_host(request.uri(), &reach)?;
        let kept = if is_plain {
            &self.plain
        } else {
            &self.protected
        };
        let connections = kept.get_or_init(|| {
            let tcp = HttpConnector::new_with_resolver(reach);
            over(tcp, CONNECTING, verified())
        });
        asked(connections, request, bounds).await
    }
}

/// A host that is an address is never resolved, so it is judged here.
fn check_host(uri: &Uri, reach: &Reach) -> Result<(), String> {
    let authority = uri.authority().map_or("", |all| all.as_str());
    if authority.contains('@') {
        return Err("an address with a user name is not asked".to_owned());
    }
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) => reach.check(address).map_err(|error| error.to_string()),
        Err(_) => Ok(()),
    }
}

/// Whether an address is one of the internet (IANA's registries of special addresses).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    // This network and reserved ones; shared with a carrier; IETF's and relays'; benchmarks.
    let special = matches!(
        address.octets(),
        [0 | 240..=255, ..]
            | [100, 64..=127, ..]
            | [192, 0, 0, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
    );
    !(special
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let [one, two] = high.to_be_bytes();
        let [three, four] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(one, two, three, four))
    };
    match address.segments() {
        // Addresses of the other internet in disguise: NAT64 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // IETF's own, Teredo among them; documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        // Only this is handed out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
