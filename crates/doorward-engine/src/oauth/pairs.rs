//! The pairs that can sign, by their public halves, and which of them signs for a provider.
//!
//! Leaves opening private keys to `keys`. Rule: the choice is made from what is public, so that what
//! a write changes can be told without opening anything
//! ([decision 39](../../../../docs/decisions/0039-keys-that-sign.md)).

use std::collections::HashSet;
use std::sync::Arc;

use doorward_protocol::certificate::{self, NewKey};
use doorward_protocol::encoding;
use doorward_protocol::jose::{Algorithm, Jwk};
use serde_json::{Map, Value, json};

use super::provider::Provider;
use crate::snapshot::Object;

/// The model of pairs.
pub(crate) const PAIR: &str = "authentik_crypto.certificatekeypair";
/// The pair that is made with the installation.
const OWN_PAIR: &str = "authentik Self-signed Certificate";
/// Begins `managed` of pairs that were made because a provider asked for their algorithm.
const OF_ALGORITHM: &str = "doorward/signing/";

/// The field with the names of keys that must sign nothing any more, a blank between them.
pub(crate) const WITHDRAWN: &str = "withdrawn_kid";

/// What `managed` says of the own pair of an algorithm.
pub(super) fn managed(algorithm: Algorithm) -> String {
    format!("{OF_ALGORITHM}{}", algorithm.word())
}

/// Nobody looks at how long a certificate around a key of a key set is good, but it has to end.
pub(crate) const VALID_DAYS: u32 = 10 * 365;

/// The key to make for an algorithm; a secret is never made here.
pub(crate) fn new_key(algorithm: Algorithm) -> NewKey {
    match algorithm {
        // 2048 bits sign in half a millisecond.
        Algorithm::Rs256 | Algorithm::Hs256 => NewKey::Rsa2048,
        Algorithm::Es256 => NewKey::Ecdsa,
        Algorithm::Es384 => NewKey::EcdsaP384,
        Algorithm::Es512 => NewKey::EcdsaP521,
        Algorithm::EdDsa => NewKey::Ed25519,
    }
}

/// The public half of a pair.
#[derive(Clone, Debug)]
pub(crate) struct Half {
    jwk: Jwk,
    certificate: String,
}

impl Half {
    fn read(certificate: &str) -> Option<Self> {
        let facts = certificate::read(certificate)?;
        Some(Self {
            jwk: Jwk::of_public_key(&facts.public_key).ok()?,
            certificate: certificate.to_owned(),
        })
    }

    /// Its name in headers and key sets.
    pub(crate) fn kid(&self) -> &str {
        self.jwk.kid.as_deref().unwrap_or_default()
    }

    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.jwk.key.algorithm()
    }

    /// As it stands in a key set: with its certificate (RFC 7517 §4.7 and §4.9).
    pub(super) fn published(&self) -> Map<String, Value> {
        let mut members = self.jwk.published();
        if let Some(der) = der_of(&self.certificate) {
            let thumbprint = encoding::base64url(encoding::sha256(&der));
            members.insert("x5c".to_owned(), json!([encoding::base64(&der)]));
            members.insert("x5t#S256".to_owned(), json!(thumbprint));
        }
        members
    }
}

/// The first certificate of a PEM text.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let plain: String = body.split_whitespace().collect();
    encoding::from_base64(plain)
}

/// A pair that can sign.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// uuid.
    pub(crate) id: String,
    name: String,
    managed: Option<String>,
    /// What it signs with.
    pub(crate) active: Half,
    /// What it will sign with, and from when on, Unix milliseconds.
    pub(crate) next: Option<(Half, i64)>,
    /// The private half of `active`.
    pub(super) sealed: String,
    /// `active` is compromised: it signs nothing, and what it signed is not believed.
    pub(crate) is_withdrawn: bool,
}

fn withdrawn(object: &Object) -> impl Iterator<Item = &str> {
    let names = object.config.get(WITHDRAWN).and_then(Value::as_str);
    names.unwrap_or_default().split_whitespace()
}

impl Pair {
    /// `None` for one without a private key, or with one that signs no tokens.
    pub(crate) fn read(object: &Object) -> Option<Self> {
        let text = |key: &str| object.config.get(key).and_then(Value::as_str);
        let next = text("next_certificate_data").and_then(Half::read);
        let next_at = object.config.get("next_active_at").and_then(Value::as_i64);
        let active = Half::read(text("certificate_data")?)?;
        Some(Self {
            sealed: text("key_data")?.to_owned(),
            is_withdrawn: withdrawn(object).any(|kid| kid == active.kid()),
            active,
            next: next.zip(next_at),
            id: object.id.clone(),
            name: text("name").unwrap_or_default().to_owned(),
            managed: text("managed").map(str::to_owned),
        })
    }
}

/// Every pair that can sign, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Pairs(Vec<Pair>);

impl Pairs {
    pub(crate) fn read(objects: &[Arc<Object>]) -> Self {
        let mut pairs: Vec<_> = objects.iter().filter_map(|one| Pair::read(one)).collect();
        // The same key may stand in another pair.
        let all: HashSet<&str> = objects.iter().flat_map(|one| withdrawn(one)).collect();
        for pair in &mut pairs {
            pair.is_withdrawn |= all.contains(pair.active.kid());
        }
        Self(pairs)
    }

    fn named(&self, id: &str) -> Option<&Pair> {
        self.0.iter().find(|pair| pair.id == id)
    }

    /// The installation's own pair for RS256, else the oldest with an RSA key.
    pub(super) fn own(&self) -> Option<&Pair> {
        let is_rsa =
            |pair: &&Pair| pair.active.algorithm() == Algorithm::Rs256 && !pair.is_withdrawn;
        let mut own = self.0.iter().filter(|pair| pair.name == OWN_PAIR);
        own.find(is_rsa).or_else(|| self.0.iter().find(is_rsa))
    }

    /// The installation's own pair for an algorithm.
    pub(super) fn own_of(&self, algorithm: Algorithm) -> Option<&Pair> {
        if algorithm == Algorithm::Rs256 {
            return self.own();
        }
        let managed = managed(algorithm);
        let mut pairs = self
            .0
            .iter()
            .filter(|pair| pair.active.algorithm() == algorithm && !pair.is_withdrawn);
        pairs.find(|pair| pair.managed.as_ref() == Some(&managed))
    }

    /// The algorithm with which ID tokens of a provider are signed by another pair than its own, if that
    /// has it: the one that it asks for, or that of its own withdrawn key.
    pub(super) fn asked_of(&self, provider: &Provider) -> Option<Algorithm> {
        let named = provider
            .signing_key
            .as_deref()
            .and_then(|id| self.named(id));
        let withdrawn = named.filter(|pair| pair.is_withdrawn);
        let of_withdrawn = withdrawn.map(|pair| pair.active.algorithm());
        provider.signed_by().or(of_withdrawn)
    }

    /// What signs for a provider; `None`: its client's secret. `Err` says why nothing does.
    pub(super) fn signer(&self, provider: &Provider) -> Result<Option<&Pair>, &'static str> {
        self.signer_by(provider, self.asked_of(provider))
    }

    /// The same for an algorithm.
    pub(super) fn signer_by(
        &self,
        provider: &Provider,
        wanted: Option<Algorithm>,
    ) -> Result<Option<&Pair>, &'static str> {
        let named = provider.signing_key.as_deref();
        let named = named.map(|id| self.named(id).ok_or("its signing key cannot be read"));
        let none = "there is no key to sign with";
        let named = named.transpose()?.filter(|pair| !pair.is_withdrawn);
        match (named, wanted) {
            (Some(pair), None) => Ok(Some(pair)),
            (Some(pair), Some(algorithm)) if pair.active.algorithm() == algorithm => Ok(Some(pair)),
            (_, Some(algorithm)) => self.own_of(algorithm).ok_or(none).map(Some),
            (None, None) if provider.compatibility => Ok(None),
            (None, None) => self.own().ok_or(none).map(Some),
        }
    }
}
