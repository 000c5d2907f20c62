//! What every handler has at hand.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use doorward_engine::Engine;
use doorward_protocol::trust::TrustedProxies;
use http::HeaderMap;

use crate::extract::PeersNamed;
use crate::outpost::Upstreams;
use crate::pages::Pages;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    parts: Parts,
    peers_named: PeersNamed,
    upstreams: Upstreams,
}

/// What an [`AppState`] is made of.
pub struct Parts {
    /// Every decision.
    pub engine: Engine,
    /// Every page.
    pub pages: Pages,
    /// Whose forwarded headers count.
    pub trusted_proxies: TrustedProxies,
    /// The present in Unix milliseconds; asked once per request.
    pub clock: fn() -> i64,
}

impl AppState {
    /// Puts the state together.
    pub fn new(parts: Parts) -> Self {
        let peers_named = PeersNamed::new(&parts.trusted_proxies);
        Self(Arc::new(Shared {
            parts,
            peers_named,
            upstreams: Upstreams::default(),
        }))
    }

    /// The connections to applications that the outpost carries.
    pub(crate) fn upstreams(&self) -> &Upstreams {
        &self.0.upstreams
    }

    /// Tells the operator about a peer that speaks for others, once.
    pub(crate) fn saw_peer(&self, peer: IpAddr, headers: &HeaderMap) {
        let shared = &self.0;
        shared
            .peers_named
            .saw(&shared.parts.trusted_proxies, peer, headers);
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
