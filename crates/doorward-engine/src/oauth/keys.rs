//! The keys of a client: what signs, what is published, what encrypts.
//!
//! Rule: RS256 can always be verified, whatever signs (OpenID Connect Discovery 1.0 §3), and a
//! private key stays in here.

use std::fmt;
use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::jose::{Algorithm, EncryptingKey, Jwk, SigningKey, VerifyingKey};
use doorward_protocol::seal::{Keys, Purpose};
use serde_json::{Map, Value, json};

use super::provider::Provider;
use crate::snapshot::{Object, Snapshot};

const PAIR: &str = "authentik_crypto.certificatekeypair";
/// The pair that is made with the installation.
const OWN_PAIR: &str = "authentik Self-signed Certificate";

/// The keys of one client.
pub(super) struct KeySet {
    signing: Arc<SigningKey>,
    encryption: Option<EncryptingKey>,
    /// As they are published, the signing one first.
    published: Vec<Map<String, Value>>,
    verifying: Vec<VerifyingKey>,
    algorithms: Vec<Algorithm>,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeySet")
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// A pair of which the private half was opened.
pub(super) struct Pair {
    key: Arc<SigningKey>,
    certificate: String,
}

impl KeySet {
    /// Reads what a provider names; `Err` says in a few words why it cannot sign.
    pub(super) fn read(
        snapshot: &Snapshot,
        keys: &Keys,
        own: Option<&Pair>,
        provider: &Provider,
        secret: &str,
    ) -> Result<Self, String> {
        let named = provider.signing_key.as_deref();
        let named =
            named.map(|id| pair(snapshot, keys, id).ok_or("its signing key cannot be read"));
        let named = named.transpose()?;
        let chosen = match &named {
            Some(named) => Some(named),
            None if provider.compatibility => None,
            None => Some(own.ok_or("there is no key to sign with")?),
        };
        let mut set = match chosen {
            Some(pair) => Self::of(Arc::clone(&pair.key)),
            None => Self::of(Arc::new(SigningKey::from_secret(secret.as_bytes()))),
        };
        if secret.is_empty() && chosen.is_none() {
            return Err("it has neither a key nor a secret to sign with".to_owned());
        }
        if chosen.is_none() {
            set.verifying
                .push(VerifyingKey::from_secret(secret.as_bytes()));
        }
        let is_rsa = |pair: &Pair| pair.key.algorithm() == Algorithm::Rs256;
        let beside = own.filter(|own| is_rsa(own) && !chosen.is_some_and(is_rsa));
        for pair in chosen.into_iter().chain(beside) {
            set.publish(pair);
        }
        if let Some(id) = &provider.encryption_key {
            let key = encrypting(snapshot, id).ok_or("its encryption key is no RSA key")?;
            set.encryption = Some(key);
        }
        Ok(set)
    }

    fn of(signing: Arc<SigningKey>) -> Self {
        Self {
            algorithms: vec![signing.algorithm()],
            signing,
            encryption: None,
            published: Vec::new(),
            verifying: Vec::new(),
        }
    }

    fn publish(&mut self, pair: &Pair) {
        let Some(jwk) = pair.key.public() else { return };
        if self
            .published
            .iter()
            .any(|one| one["kid"] == json!(jwk.kid))
        {
            return;
        }
        if !self.algorithms.contains(&pair.key.algorithm()) {
            self.algorithms.push(pair.key.algorithm());
        }
        self.verifying.extend(VerifyingKey::new(&jwk));
        self.published
            .push(with_certificate(&jwk, &pair.certificate));
    }

    /// What signs.
    pub(super) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// For whom tokens are encrypted.
    pub(super) fn encryption(&self) -> Option<&EncryptingKey> {
        self.encryption.as_ref()
    }

    /// The key set, as it is published.
    pub(super) fn document(&self) -> Value {
        json!({ "keys": self.published })
    }

    /// What our own tokens of this client are verified with.
    pub(super) fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }

    /// How ID tokens may be signed, the way they are first.
    pub(super) fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }
}

fn with_certificate(jwk: &Jwk, pem: &str) -> Map<String, Value> {
    let mut members = jwk.published();
    if let Some(der) = der_of(pem) {
        let thumbprint = encoding::base64url(encoding::sha256(&der));
        members.insert("x5c".to_owned(), json!([encoding::base64(&der)]));
        members.insert("x5t#S256".to_owned(), json!(thumbprint));
    }
    members
}

/// The first certificate of a PEM text.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let plain: String = body.split_whitespace().collect();
    encoding::from_base64(plain)
}

fn pair(snapshot: &Snapshot, keys: &Keys, id: &str) -> Option<Pair> {
    opened(snapshot.object(PAIR, id)?, keys)
}

/// The installation's own pair, else the oldest with an RSA key.
pub(super) fn own_pair(snapshot: &Snapshot, keys: &Keys) -> Option<Pair> {
    let pairs = snapshot.objects(PAIR);
    let own = pairs.iter().find(|one| one.config["name"] == OWN_PAIR);
    let signs = |object: &Object| {
        opened(object, keys).filter(|pair| pair.key.algorithm() == Algorithm::Rs256)
    };
    own.and_then(|own| signs(own))
        .or_else(|| pairs.iter().find_map(|one| signs(one)))
}

fn opened(object: &Object, keys: &Keys) -> Option<Pair> {
    let sealed = object.config.get("key_data")?.as_str()?;
    let about = format!("{PAIR}.key_data");
    let pem = keys.open(Purpose::AtRest, about.as_bytes(), sealed).ok()?;
    let key = SigningKey::from_pem(std::str::from_utf8(&pem).ok()?, None);
    let certificate = object.config.get("certificate_data")?.as_str()?.to_owned();
    Some(Pair {
        key: Arc::new(key.ok()?),
        certificate,
    })
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
