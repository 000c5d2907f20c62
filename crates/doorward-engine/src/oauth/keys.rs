//! The keys of a client: what signs, what is published, what encrypts.
//!
//! Leaves which pair signs to `pairs`, and what a write retires to `retire`. Rules: RS256 can always
//! be verified, whatever signs (OpenID Connect Discovery 1.0 §3); a key is published before it signs
//! and as long as anything that it has signed is good; a private key stays in here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use doorward_protocol::jose::{Algorithm, EncryptingKey, Jwk, SigningKey, VerifyingKey};
use doorward_protocol::seal::{Keys, Purpose};
use doorward_store::retired_key::RetiredKeyRow;
use serde_json::{Map, Value, json};

use super::pairs::{Half, PAIR, Pair, Pairs};
use super::provider::Provider;
use crate::broken::{self, Mutant};
use crate::snapshot::Snapshot;

/// The keys of one client.
pub(super) struct KeySet {
    signing: Arc<SigningKey>,
    /// What signs userinfo, if anything does.
    userinfo: Option<Arc<SigningKey>>,
    encryption: Option<EncryptingKey>,
    /// A client's secret, when that signs.
    shared: Option<VerifyingKey>,
    /// The signing one first.
    published: Vec<Published>,
    /// All of them as they are published, if none of them ends.
    lasting: Option<String>,
    algorithms: Vec<Algorithm>,
}

/// One key as others may know it.
struct Published {
    members: Map<String, Value>,
    verifying: VerifyingKey,
    /// Unix milliseconds; a retired key ends.
    until: Option<i64>,
}

impl Published {
    fn is_there(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeySet")
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// The pairs with their private keys, each opened once at most. No `Debug`.
pub(super) struct Opener<'a> {
    pub(super) keys: &'a Keys,
    pub(super) pairs: &'a Pairs,
    opened: HashMap<String, Option<Arc<SigningKey>>>,
}

impl<'a> Opener<'a> {
    pub(super) fn new(keys: &'a Keys, pairs: &'a Pairs) -> Self {
        Self {
            keys,
            pairs,
            opened: HashMap::new(),
        }
    }

    fn open(&mut self, pair: &Pair) -> Option<Arc<SigningKey>> {
        let opened = self.opened.entry(pair.id.clone());
        opened
            .or_insert_with(|| opened_key(pair, self.keys))
            .clone()
    }
}

fn opened_key(pair: &Pair, keys: &Keys) -> Option<Arc<SigningKey>> {
    let about = format!("{PAIR}.key_data");
    let pem = keys.open(Purpose::AtRest, about.as_bytes(), &pair.sealed);
    let pem = String::from_utf8(pem.ok()?).ok()?;
    let key = SigningKey::from_pem(&pem, None).ok()?;
    // It is published by its certificate.
    (key.kid() == Some(pair.active.kid())).then(|| Arc::new(key))
}

impl KeySet {
    /// Reads what a provider names; `Err` says in a few words why it cannot sign.
    pub(super) fn read(
        snapshot: &Snapshot,
        opener: &mut Opener<'_>,
        provider: &Provider,
        registered: &[Provider],
        secret: &str,
    ) -> Result<Self, String> {
        let pairs = opener.pairs;
        let signer = pairs.signer(provider)?;
        let mut set = match signer {
            Some(pair) => {
                Self::signed_by(opener.open(pair).ok_or("its signing key cannot be read")?)
            }
            None if secret.is_empty() => {
                return Err("it has neither a key nor a secret to sign with".to_owned());
            }
            None => Self::shared(secret),
        };
        // RS256 beside whatever signs, if its key can be read.
        let beside = pairs.own().filter(|own| opener.open(own).is_some());
        for pair in signer.into_iter().chain(beside) {
            set.publish_pair(pair);
        }
        if let Some(algorithm) = provider.userinfo_signed_by()
            && !broken::is(Mutant::UserinfoUnsigned)
            && let Some(pair) = pairs.signer_by(provider, Some(algorithm))?
        {
            let key = opener
                .open(pair)
                .ok_or("the key of its userinfo cannot be read")?;
            set.publish(&pair.active);
            set.userinfo = Some(key);
        }
        for client in registered {
            set.publish_for(opener, client);
        }
        let retired = snapshot.retired_keys.get(&provider.pk);
        let retired = retired.filter(|_| !broken::is(Mutant::RetiredKeyDropped));
        for row in retired.into_iter().flatten() {
            set.keep(row);
        }
        if let Some(id) = &provider.encryption_key {
            let key = encrypting(snapshot, id).ok_or("its encryption key is no RSA key")?;
            set.encryption = Some(key);
        }
        set.lasting = set.is_lasting().then(|| set.text(0));
        Ok(set)
    }

    fn signed_by(signing: Arc<SigningKey>) -> Self {
        Self {
            algorithms: vec![signing.algorithm()],
            signing,
            userinfo: None,
            encryption: None,
            shared: None,
            published: Vec::new(),
            lasting: None,
        }
    }

    fn shared(secret: &str) -> Self {
        let secret = secret.as_bytes();
        Self {
            shared: Some(VerifyingKey::from_secret(secret)),
            ..Self::signed_by(Arc::new(SigningKey::from_secret(secret)))
        }
    }

    /// What signs for a client that registered here is looked for here.
    fn publish_for(&mut self, opener: &mut Opener<'_>, client: &Provider) {
        let pairs = opener.pairs;
        let by = |algorithm| pairs.signer_by(client, Some(algorithm)).ok().flatten();
        let userinfo = client.userinfo_signed_by().and_then(by);
        let tokens = pairs.signer(client).ok().flatten();
        for pair in tokens.into_iter().chain(userinfo) {
            if opener.open(pair).is_some() {
                self.publish_pair(pair);
            }
        }
    }

    fn publish_pair(&mut self, pair: &Pair) {
        self.publish(&pair.active);
        if let Some((next, _)) = &pair.next {
            self.publish(next);
        }
    }

    fn publish(&mut self, half: &Half) {
        if !self.algorithms.contains(&half.algorithm()) {
            self.algorithms.push(half.algorithm());
        }
        self.add(half.jwk(), half.published(), None);
    }

    /// A key that signed once.
    fn keep(&mut self, row: &RetiredKeyRow) {
        let members: Map<String, Value> = serde_json::from_str(&row.jwk).unwrap_or_default();
        if let Ok(jwk) = Jwk::read(&members) {
            self.add(&jwk, members, Some(row.published_until));
        }
    }

    fn add(&mut self, jwk: &Jwk, members: Map<String, Value>, until: Option<i64>) {
        let is_same = |one: &Published| one.verifying.kid() == jwk.kid.as_deref();
        if self.published.iter().any(is_same) {
            return;
        }
        if let Ok(verifying) = VerifyingKey::new(jwk) {
            self.published.push(Published {
                members,
                verifying,
                until,
            });
        }
    }

    fn is_lasting(&self) -> bool {
        self.published.iter().all(|key| key.until.is_none())
    }

    fn at(&self, now: i64) -> impl Iterator<Item = &Published> {
        self.published.iter().filter(move |key| key.is_there(now))
    }

    fn text(&self, now: i64) -> String {
        let keys: Vec<_> = self.at(now).map(|key| &key.members).collect();
        json!({ "keys": keys }).to_string()
    }

    /// What signs.
    pub(super) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// What signs userinfo; `None`: it is told as JSON.
    pub(super) fn userinfo(&self) -> Option<&SigningKey> {
        self.userinfo.as_deref()
    }

    /// For whom tokens are encrypted.
    pub(super) fn encryption(&self) -> Option<&EncryptingKey> {
        self.encryption.as_ref()
    }

    /// The key set, as it is published: JSON.
    pub(super) fn document(&self, now: i64) -> Cow<'_, str> {
        match &self.lasting {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.text(now)),
        }
    }

    /// What the client brings back as a hint is verified with: also with keys that are published no
    /// more, for a hint may be late.
    pub(super) fn hints(&self) -> impl Iterator<Item = &VerifyingKey> {
        let published = self.published.iter().map(|key| &key.verifying);
        self.shared.iter().chain(published)
    }

    /// How ID tokens may be signed, the way they are first.
    pub(super) fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }
}

fn encrypting(snapshot: &Snapshot, id: &str) -> Option<EncryptingKey> {
    let pem = snapshot
        .object(PAIR, id)?
        .config
        .get("certificate_data")?
        .as_str()?;
    let facts = doorward_protocol::certificate::read(pem)?;
    EncryptingKey::from_der(&facts.public_key, Some(id.to_owned())).ok()
}
