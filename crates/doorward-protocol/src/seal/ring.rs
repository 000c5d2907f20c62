//! The ring of keys and what is derived from them.
//!
//! Owns derivation of purpose keys, done once when the ring is built. Leaves sealing to the parent
//! module. The rule that must stay true: exactly one key of the ring is active, and kids are short
//! plain words, so that they can stand in a cookie and in associated data.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::Purpose;

const KID_MAX_BYTES: usize = 32;

/// One key of the ring as the store keeps it (wrapped): a name and 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RingKey {
    /// The key's public name: 1 to 32 of `A-Z a-z 0-9 _ -`.
    pub kid: String,
    /// The key itself. Never printed, wiped when dropped.
    pub secret: [u8; 32],
}

impl RingKey {
    /// Takes a key under a name, refusing a name that could not stand in a cookie.
    pub fn new(kid: &str, secret: [u8; 32]) -> Result<Self, KeyRingError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if kid.is_empty() || kid.len() > KID_MAX_BYTES || !kid.bytes().all(plain) {
            return Err(KeyRingError::BadKid);
        }
        Ok(Self {
            kid: kid.to_owned(),
            secret,
        })
    }

    /// Makes a new random key under a random name of 8 hexadecimal digits.
    pub fn generate() -> Self {
        let kid = crate::encoding::hex(crate::encoding::random_bytes::<4>());
        Self {
            kid,
            secret: crate::encoding::random_bytes(),
        }
    }
}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl Drop for RingKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Why a set of keys is not a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyRingError {
    /// A kid is empty, too long or has letters that do not fit a cookie.
    #[error("a key id must be 1 to 32 letters, digits, '_' or '-'")]
    BadKid,
    /// Two keys share a kid.
    #[error("two keys of the ring have the same id")]
    DuplicateKid,
    /// The active kid names no key of the ring.
    #[error("the active key is not in the ring")]
    NoActiveKey,
}

/// The ring: every key that may still open something, one of which seals. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    ring: Arc<[PurposeKeys]>,
    active: usize,
}

impl Keys {
    /// Builds the ring and derives every purpose key once. The ring keys are wiped on the way.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the keys are wiped when this returns"
    )]
    pub fn new(ring: Vec<RingKey>, active_kid: &str) -> Result<Self, KeyRingError> {
        for (index, key) in ring.iter().enumerate() {
            RingKey::new(&key.kid, key.secret)?;
            if ring[..index].iter().any(|earlier| earlier.kid == key.kid) {
                return Err(KeyRingError::DuplicateKid);
            }
        }
        let active = ring.iter().position(|key| key.kid == active_kid);
        let active = active.ok_or(KeyRingError::NoActiveKey)?;
        Ok(Self {
            ring: ring.iter().map(PurposeKeys::derive).collect(),
            active,
        })
    }

    /// The kid that seals now.
    pub fn active_kid(&self) -> &str {
        self.active().kid()
    }

    /// Every kid that still opens.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.ring.iter().map(PurposeKeys::kid)
    }

    pub(super) fn active(&self) -> &PurposeKeys {
        &self.ring[self.active]
    }

    pub(super) fn by_kid(&self, kid: &str) -> Option<&PurposeKeys> {
        self.ring.iter().find(|key| key.kid == kid)
    }

    pub(super) fn ring(&self) -> impl Iterator<Item = &PurposeKeys> {
        self.ring.iter()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("active", &self.active_kid())
            .finish_non_exhaustive()
    }
}

/// The keys derived from one ring key, one pair for each purpose, indexed by the purpose.
pub(super) struct PurposeKeys {
    kid: String,
    pairs: Vec<(LessSafeKey, hmac::Key)>,
}

impl PurposeKeys {
    fn derive(key: &RingKey) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward key ring v1").extract(&key.secret);
        let pair = |purpose: Purpose| {
            let seal = expand(&prk, "seal", purpose.label());
            let mac = expand(&prk, "mac", purpose.label());
            (aead_key(&seal), hmac::Key::new(hmac::HMAC_SHA256, &*mac))
        };
        Self {
            kid: key.kid.clone(),
            pairs: Purpose::ALL.into_iter().map(pair).collect(),
        }
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn aead(&self, purpose: Purpose) -> &LessSafeKey {
        &self.pairs[purpose as usize].0
    }

    pub(super) fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.pairs[purpose as usize].1, data);
        tag.as_ref()
            .try_into()
            .expect("an HMAC-SHA-256 tag is 32 bytes long")
    }
}

pub(super) fn aead_key(bytes: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, bytes).expect("32 bytes are an AES-256 key");
    LessSafeKey::new(key)
}

/// HKDF-Expand to 32 bytes (RFC 5869 §2.3).
pub(super) fn expand(prk: &hkdf::Prk, kind: &str, label: &str) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    let info = [kind.as_bytes(), &[0], label.as_bytes()];
    prk.expand(&info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut *bytes))
        .expect("32 bytes are within what HKDF-SHA-256 can expand to");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_sits_at_its_own_index_with_its_own_label() {
        for (index, purpose) in Purpose::ALL.into_iter().enumerate() {
            assert_eq!(purpose as usize, index);
            let same = Purpose::ALL
                .into_iter()
                .filter(|other| other.label() == purpose.label());
            assert_eq!(same.count(), 1);
        }
    }

    #[test]
    fn a_ring_needs_plain_unique_kids_and_one_active_key() {
        for kid in ["", "a.b", "a b", "é", &"x".repeat(33)] {
            assert_eq!(
                RingKey::new(kid, [0; 32]).err(),
                Some(KeyRingError::BadKid),
                "{kid}"
            );
        }
        let key = |kid| RingKey::new(kid, [1; 32]).unwrap();
        assert_eq!(
            Keys::new(vec![], "a").err(),
            Some(KeyRingError::NoActiveKey)
        );
        assert_eq!(
            Keys::new(vec![key("a")], "b").err(),
            Some(KeyRingError::NoActiveKey)
        );
        let twice = Keys::new(vec![key("a"), key("a")], "a");
        assert_eq!(twice.err(), Some(KeyRingError::DuplicateKid));
    }

    #[test]
    fn a_generated_key_fits_the_ring() {
        let key = RingKey::generate();
        let kid = key.kid.clone();
        assert_eq!(Keys::new(vec![key], &kid).unwrap().active_kid(), kid);
    }
}
