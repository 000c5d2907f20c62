//! What every handler has at hand.

use std::ops::Deref;
use std::sync::Arc;

use doorward_engine::Engine;
use doorward_protocol::trust::TrustedProxies;

use crate::pages::Pages;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

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
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
