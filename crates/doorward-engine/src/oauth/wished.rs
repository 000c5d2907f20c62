//! Claims that a client asks for one by one (OpenID Connect Core §5.5).
//!
//! Rule: a claim is told if a scope mapping that the operator has given this provider says it of the
//! person: what the client could have had by asking for that scope, and never more. Of such a
//! mapping nothing is told but the names that were asked for.

use std::collections::BTreeMap;

use doorward_protocol::oauth::{Scopes, Wish};
use serde_json::{Map, Value};

use super::claims::About;
use super::client::Client;
use super::mint::{ACR, OURS};
use crate::engine::Engine;
use crate::person::merge;
use crate::policy::Question;

/// The wishes for one place.
pub(super) type Wishes = BTreeMap<String, Wish>;

impl Engine {
    /// What is asked for by name and does not stand in `told`, as far as scopes of the provider say it
    /// that were not granted.
    pub(super) async fn wished_claims(
        &self,
        question: &Question<'_>,
        about: &About<'_>,
        wishes: &Wishes,
        told: &Map<String, Value>,
    ) -> Map<String, Value> {
        let is_missing =
            |name: &str| wishes.contains_key(name) && !told.contains_key(name) && is_theirs(name);
        let missing: Vec<_> = wishes.keys().filter(|name| is_missing(name)).collect();
        let mut found = Map::new();
        for mapping in &about.client.scopes {
            let is_granted = about.scopes.contains(&mapping.scope_name);
            if is_granted || !missing.iter().any(|name| mapping.may_say(name)) {
                continue;
            }
            let mut said = self.says(question, about, mapping).await;
            said.retain(|name, _| is_missing(name));
            merge(&mut found, said);
        }
        found.retain(|name, value| wishes[name].is_met_by(value));
        found
    }
}

impl Client {
    /// The claims that a request asks for beyond its scopes and that may be told: what people are
    /// asked about besides.
    pub(super) fn beyond<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        scopes: &Scopes,
    ) -> Vec<String> {
        let granted = |name: &str| {
            let mut all = self.scopes.iter();
            all.any(|one| scopes.contains(&one.scope_name) && one.surely_says(name))
        };
        let may_be_told = |name: &str| self.scopes.iter().any(|one| one.may_say(name));
        names
            .filter(|name| is_theirs(name) && !granted(name) && may_be_told(name))
            .map(str::to_owned)
            .collect()
    }
}

/// Whether operators may say it: the rest is ours to say, and is said in any case.
fn is_theirs(name: &str) -> bool {
    name != "sub" && !OURS.contains(&name)
}

/// Whether people cannot be signed in as a request insists (OpenID Connect Core §5.5.1.1).
pub(super) fn is_unmet(id_token: &Wishes) -> bool {
    let acr = id_token.get("acr").filter(|wish| wish.essential);
    acr.is_some_and(|wish| !wish.is_met_by(&Value::from(ACR)))
}
