//! The key that wraps ring keys.
//!
//! Owns derivation from the operator's secret key. Leaves where wrapped keys are kept to the
//! store. The rule that must stay true: the secret key does nothing but wrap, so that changing it
//! re-wraps a handful of rows and never rewrites a table.

use std::fmt;

use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use super::SealError;
use super::ring::{RingKey, aead_key, expand};
use crate::encoding::{base64url, from_base64url, random_bytes};

/// The wrapping key, derived from the operator's secret key (`AUTHENTIK_SECRET_KEY`).
pub struct Kek(LessSafeKey);

impl Kek {
    /// Derives the wrapping key (HKDF-SHA-256, RFC 5869).
    pub fn derive(secret_key: &str) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward secret key v1");
        let prk = salt.extract(secret_key.as_bytes());
        Self(aead_key(&expand(&prk, "wrap", "ring key")))
    }

    /// Wraps a ring key as `w1.<base64url>`; the kid is bound in.
    ///
    /// # Panics
    /// Only when the system has no randomness (see [`random_bytes`]).
    pub fn wrap(&self, key: &RingKey) -> String {
        let nonce = random_bytes::<NONCE_LEN>();
        let mut buffer = Zeroizing::new(key.secret);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(key.kid.as_bytes()),
                &mut buffer[..],
            )
            .expect("32 bytes can be sealed");
        format!(
            "w1.{}",
            base64url([&nonce[..], &buffer[..], tag.as_ref()].concat())
        )
    }

    /// Unwraps what [`Kek::wrap`] made for the same kid; a wrong secret key is `Broken`.
    pub fn unwrap(&self, kid: &str, wrapped: &str) -> Result<RingKey, SealError> {
        let body = wrapped.strip_prefix("w1.").ok_or(SealError::Malformed)?;
        let mut body = Zeroizing::new(from_base64url(body).ok_or(SealError::Malformed)?);
        let (nonce, ciphertext) = body
            .split_first_chunk_mut::<NONCE_LEN>()
            .ok_or(SealError::Malformed)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let clear = self
            .0
            .open_in_place(nonce, Aad::from(kid.as_bytes()), ciphertext)
            .map_err(|_| SealError::Broken)?;
        let secret = <[u8; 32]>::try_from(&*clear).map_err(|_| SealError::Malformed)?;
        RingKey::new(kid, secret).map_err(|_| SealError::Malformed)
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kek(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_comes_back_only_with_its_secret_key_and_kid() {
        let key = RingKey::new("k1", [9; 32]).unwrap();
        let kek = Kek::derive("secret");
        let wrapped = kek.wrap(&key);
        assert_eq!(kek.unwrap("k1", &wrapped).unwrap(), key);
        assert_eq!(kek.unwrap("k2", &wrapped), Err(SealError::Broken));
        assert_eq!(
            Kek::derive("Secret").unwrap("k1", &wrapped),
            Err(SealError::Broken)
        );
    }

    #[test]
    fn every_changed_byte_of_a_wrapped_key_is_refused() {
        let kek = Kek::derive("secret");
        let wrapped = kek.wrap(&RingKey::new("k1", [9; 32]).unwrap());
        for index in 0..wrapped.len() {
            let mut bytes = wrapped.clone().into_bytes();
            bytes[index] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(kek.unwrap("k1", &changed).is_err(), "{index}");
        }
    }
}
