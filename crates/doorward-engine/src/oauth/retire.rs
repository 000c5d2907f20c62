//! What a write means for the keys that sign: own keys that a provider asks for are made, and keys
//! that sign no more are retired.
//!
//! Rule: whatever the write was (a rotation, another key for a provider, another key in a pair, a
//! pair that is gone), a key that signed for a provider and does so no more stays published for it
//! until what it has signed has ended, by a row of the same transaction.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_protocol::certificate::{self, NewCertificate, NewKey};
use doorward_protocol::jose::Algorithm;
use doorward_store::StoreError;
use doorward_store::retired_key::{self, RetiredKeyRow};
use serde_json::{Map, Value, json};

use super::door::PROXY_PROVIDER;
use super::inherited::Inheritance;
use super::pairs::{PAIR, Pairs, VALID_DAYS, managed, new_key};
use super::provider::Provider;
use crate::engine::Fault;
use crate::resource::write::Writing;
use crate::resource::{OAUTH2_PROVIDER, World, registered};
use crate::snapshot::Object;

/// Clocks and servers may lag so much behind.
const LEEWAY_MS: i64 = 5 * 60_000;
/// So much longer an ID token is known that comes back as a hint.
const HINTS_MS: i64 = 90 * 86_400_000;

/// The objects that say what signs.
pub(crate) struct Signers {
    pairs: Vec<Arc<Object>>,
    providers: Vec<Arc<Object>>,
    doors: Vec<Arc<Object>>,
}

impl Signers {
    /// As a write sees them.
    pub(crate) fn of(world: &World) -> Self {
        Self {
            pairs: world.objects(PAIR).to_vec(),
            providers: world.objects(OAUTH2_PROVIDER).to_vec(),
            doors: world.objects(PROXY_PROVIDER).to_vec(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let same = |one: &[Arc<Object>], other: &[Arc<Object>]| {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        same(&self.pairs, &other.pairs)
            && same(&self.providers, &other.providers)
            && same(&self.doors, &other.doors)
    }

    /// What signs for each provider; a secret is nothing that others know.
    fn signing(&self) -> HashMap<i64, Signing> {
        let pairs = Pairs::read(&self.pairs);
        let all: Vec<_> = read(&self.providers).chain(read(&self.doors)).collect();
        let lives = longest_lives(&all);
        let signing = |provider: Provider| {
            let pair = pairs.signer(&provider).ok().flatten();
            let signing = Signing {
                kid: pair.map(|pair| pair.active.kid().to_owned()),
                pair: pair.map(|pair| (pair.id.clone(), pair.active.published())),
                lives_ms: lives[&provider.pk],
                issuer: provider.issuer_pk,
            };
            (provider.pk, signing)
        };
        all.into_iter().map(signing).collect()
    }

    /// The algorithms for which an own key is asked, and there is none.
    fn missing(&self) -> Vec<Algorithm> {
        let pairs = Pairs::read(&self.pairs);
        let mut missing = Vec::new();
        for provider in read(&self.providers) {
            // Every client can verify RS256, and may.
            let wanted = [pairs.asked_of(&provider), provider.userinfo_signed_by()];
            let wanted = wanted.into_iter().flatten();
            let unserved = wanted.filter(|one| pairs.signer_by(&provider, Some(*one)).is_err());
            for algorithm in unserved.into_iter().chain([Algorithm::Rs256]) {
                if pairs.own_of(algorithm).is_none() && !missing.contains(&algorithm) {
                    missing.push(algorithm);
                }
            }
        }
        missing
    }
}

fn read(objects: &[Arc<Object>]) -> impl Iterator<Item = Provider> {
    let inheritance = Inheritance::read(objects);
    let all = objects.iter().filter_map(|one| Provider::read(one).ok());
    all.map(move |one| inheritance.settled(one))
}

/// How long a token lives that a provider's key has signed: its own, or that of a client that
/// registered with it.
fn longest_lives(providers: &[Provider]) -> HashMap<i64, i64> {
    let mut all = HashMap::new();
    for one in providers {
        for pk in [Some(one.pk), one.issuer_pk].into_iter().flatten() {
            let longest = all.entry(pk).or_insert(0);
            *longest = one.access_ms().max(*longest);
        }
    }
    all
}

/// What signs for one provider.
struct Signing {
    kid: Option<String>,
    /// uuid of the pair, and the key as it is published.
    pair: Option<(String, Map<String, Value>)>,
    lives_ms: i64,
    /// Who publishes it beside the provider itself.
    issuer: Option<i64>,
}

/// Follows a write, in its transaction.
pub(crate) async fn settle(writing: &mut Writing<'_>) -> Result<(), StoreError> {
    if !Signers::of(&writing.world).is(&writing.signers) {
        for algorithm in Signers::of(&writing.world).missing() {
            make_own(writing, algorithm).await?;
        }
        retire(writing).await?;
    }
    // Nothing that a compromised key has signed is to be believed.
    if let Some(pair) = &writing.compromised {
        retired_key::delete_of_pair(&mut writing.tx, pair).await?;
    }
    Ok(())
}

async fn retire(writing: &mut Writing<'_>) -> Result<(), StoreError> {
    let (before, after) = (
        writing.signers.signing(),
        Signers::of(&writing.world).signing(),
    );
    let mut over = Vec::new();
    for (provider, was) in before {
        let Some(is) = after.get(&provider).filter(|is| is.kid != was.kid) else {
            continue;
        };
        let lives_ms = was.lives_ms.max(is.lives_ms);
        for by in [Some(provider), was.issuer].into_iter().flatten() {
            over.extend(was.pair.clone().map(|pair| (by, provider, pair, lives_ms)));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    let now = writing.ctx.now;
    let last = retired_key::last_ends(&mut writing.tx, now).await?;
    let last: HashMap<_, _> = last.into_iter().collect();
    for (provider_id, signed_for, (pair, members), lives_ms) in over {
        let ends = now.saturating_add(lives_ms);
        let ends = ends.max(last.get(&signed_for).copied().unwrap_or_default());
        let row = RetiredKeyRow {
            provider_id,
            kid: members["kid"].as_str().unwrap_or_default().to_owned(),
            pair,
            jwk: Value::Object(members).to_string(),
            published_until: ends.saturating_add(LEEWAY_MS),
            expires_at: ends.saturating_add(HINTS_MS),
        };
        retired_key::insert(&mut writing.tx, &row).await?;
    }
    Ok(())
}

/// Makes the installation's own pair for an algorithm.
async fn make_own(writing: &mut Writing<'_>, algorithm: Algorithm) -> Result<(), StoreError> {
    let key = new_key(algorithm);
    let now = writing.ctx.now;
    let name = format!("Doorward {}", algorithm.word());
    let made = tokio::task::spawn_blocking(move || make(&name, key, now));
    let made = made
        .await
        .map_err(|error| StoreError::Commit(error.to_string()))?;
    let made = made.map_err(|error| StoreError::Commit(error.to_string()))?;
    // A name of its own, whatever others are called.
    let tail = doorward_protocol::encoding::random_token(4);
    let values = json!({
        "name": format!("Doorward {} {tail}", algorithm.word()),
        "certificate_data": made.certificate,
        "key_data": made.private_key,
        "managed": managed(algorithm),
    });
    let values = values.as_object().cloned().unwrap_or_default();
    writing.add_own(registered(PAIR), values).await
}

fn make(name: &str, key: NewKey, now: i64) -> Result<certificate::Pair, Fault> {
    let new = NewCertificate {
        common_name: name,
        names: Vec::new(),
        now,
        validity_days: VALID_DAYS,
        key,
    };
    certificate::make(&new).map_err(|error| Fault::Broken(error.to_string()))
}
