//! Providers as they count: one that a client registered has from the provider that it registered
//! with what it may not have otherwise.
//!
//! Rules: it is asked whenever providers are read, so a change of the one reaches the others at once;
//! what a client asked for itself is never made looser
//! ([decision 47](../../../../docs/decisions/0047-what-registered-clients-inherit-and-show.md)).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::Value;

use super::provider::Provider;
use crate::snapshot::Object;

/// What the providers have to do with each other.
#[derive(Default)]
pub(super) struct Inheritance {
    /// Those with which clients registered.
    issuers: HashMap<i64, Provider>,
    /// Those of the clients, as they count, by the one that they registered with.
    registered: HashMap<i64, Vec<Provider>>,
}

impl Inheritance {
    pub(super) fn read(objects: &[Arc<Object>]) -> Self {
        let is_registered = |one: &&Arc<Object>| issuer_of(one).is_some();
        let clients = objects.iter().filter(is_registered);
        let clients: Vec<_> = clients.filter_map(|one| Provider::read(one).ok()).collect();
        let mut all = Self::default();
        if clients.is_empty() {
            return all;
        }
        let is_issuer = |pk: i64| clients.iter().any(|one| one.issuer_pk == Some(pk));
        let issuers = objects.iter();
        let issuers = issuers.filter(|one| one.id.parse().is_ok_and(is_issuer));
        let issuers = issuers.filter_map(|one| Provider::read(one).ok());
        all.issuers = issuers.map(|one| (one.pk, one)).collect();
        for client in clients {
            let client = all.settled(client);
            let issuer = client.issuer_pk.unwrap_or_default();
            all.registered.entry(issuer).or_default().push(client);
        }
        all
    }

    /// A provider as it counts.
    pub(super) fn settled(&self, provider: Provider) -> Provider {
        let issuer = provider.issuer_pk.and_then(|pk| self.issuers.get(&pk));
        match issuer {
            Some(issuer) => provider.below(issuer),
            None => provider,
        }
    }

    /// Those of the clients that registered with a provider.
    pub(super) fn registered_with(&self, pk: i64) -> &[Provider] {
        self.registered.get(&pk).map_or(&[], Vec::as_slice)
    }
}

fn issuer_of(object: &Object) -> Option<i64> {
    object.config.get("issuer_provider")?.as_i64()
}

impl Provider {
    /// As it is written down.
    pub(super) fn read(object: &Object) -> Result<Self, String> {
        let read = Self::deserialize(Value::Object(object.config.clone()));
        read.map_err(|error| error.to_string())
    }
}
