//! Sealed values and macs under a ring of keys.
//!
//! Owns the form `v1.<kid>.<base64url(nonce | ciphertext | tag)>` (AES-256-GCM) and the purpose
//! keys behind it. Leaves the storing of ring keys to the store. The rule that must stay true: a
//! value sealed for one purpose and context opens for no other, every kid of the ring still opens,
//! and no key is ever printed.

mod kek;
mod ring;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use thiserror::Error;

use crate::encoding::{base64url, constant_time_eq, from_base64url, random_bytes};
pub use kek::Kek;
pub use ring::{KeyRingError, Keys, RingKey};

/// What a sealed value or a mac is for. Each purpose has its own key (HKDF, RFC 5869).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// The central session cookie.
    Cookie,
    /// Tokens of forms, bound to a session.
    Csrf,
    /// Secrets that must be shown again or used in clear, at rest in the store.
    AtRest,
    /// A flow run before anybody is named, in its own short cookie.
    FlowRun,
    /// The cookie of a started outpost login, on the app's host.
    OutpostStart,
    /// The request that the outpost hands to the authorize page.
    OutpostRequest,
    /// The token of an app session, derived from its one-time ticket.
    AppSession,
    /// The cookie that marks a browser its owner has signed in with before.
    Device,
    /// One-time links: set-up, recovery.
    Link,
    /// Keys of counters (throttling), so that names are not kept in clear.
    Throttle,
    /// Messages shown once after a redirect.
    Flash,
    /// Private keys that sign tokens, wrapped at rest.
    SigningWrap,
    /// What a request to authorize carries through a sign-in, and an answer through a page.
    OauthRequest,
    /// The one refresh token that follows another.
    Refresh,
    /// What clients of one sector know people by.
    Subject,
}

impl Purpose {
    pub(crate) const ALL: [Self; 15] = [
        Self::Cookie,
        Self::Csrf,
        Self::AtRest,
        Self::FlowRun,
        Self::OutpostStart,
        Self::OutpostRequest,
        Self::AppSession,
        Self::Device,
        Self::Link,
        Self::Throttle,
        Self::Flash,
        Self::SigningWrap,
        Self::OauthRequest,
        Self::Refresh,
        Self::Subject,
    ];

    /// The word that goes into key derivation. Changing one makes old values unreadable.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Csrf => "csrf",
            Self::AtRest => "at-rest",
            Self::FlowRun => "flow-run",
            Self::OutpostStart => "outpost-start",
            Self::OutpostRequest => "outpost-request",
            Self::AppSession => "app-session",
            Self::Device => "device",
            Self::Link => "link",
            Self::Throttle => "throttle",
            Self::Flash => "flash",
            Self::SigningWrap => "signing-wrap",
            Self::OauthRequest => "oauth-request",
            Self::Refresh => "refresh",
            Self::Subject => "subject",
        }
    }
}

/// Why a sealed value did not open. It says nothing that would help to forge one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// Not of the form `v1.<kid>.<base64url>`.
    #[error("not a sealed value")]
    Malformed,
    /// Sealed under a key that is not in the ring.
    #[error("sealed with a key that this ring does not hold")]
    UnknownKey,
    /// Changed, or sealed for another purpose or context.
    #[error("the seal is broken")]
    Broken,
}

impl Keys {
    /// Seals `plaintext` under the active key. `context` must be given again to open it.
    ///
    /// # Panics
    /// Only when the system has no randomness (see [`random_bytes`]).
    pub fn seal(&self, purpose: Purpose, context: &[u8], plaintext: &[u8]) -> String {
        let nonce = random_bytes::<NONCE_LEN>();
        let key = self.active();
        let mut buffer = plaintext.to_vec();
        let tag = key
            .aead(purpose)
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                associated(purpose, key.kid(), context),
                &mut buffer,
            )
            .expect("a value of this size can be sealed");
        let body = [&nonce[..], &buffer, tag.as_ref()].concat();
        format!("v1.{}.{}", key.kid(), base64url(body))
    }

    /// Opens what [`Keys::seal`] made for the same purpose and context, under any key of the ring.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &str,
    ) -> Result<Vec<u8>, SealError> {
        let rest = sealed.strip_prefix("v1.").ok_or(SealError::Malformed)?;
        let (kid, body) = rest.split_once('.').ok_or(SealError::Malformed)?;
        let mut body = from_base64url(body).ok_or(SealError::Malformed)?;
        let key = self.by_kid(kid).ok_or(SealError::UnknownKey)?;
        let (nonce, ciphertext) = body
            .split_first_chunk_mut::<NONCE_LEN>()
            .ok_or(SealError::Malformed)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let clear = key
            .aead(purpose)
            .open_in_place(nonce, associated(purpose, key.kid(), context), ciphertext)
            .map_err(|_| SealError::Broken)?;
        Ok(clear.to_vec())
    }

    /// The mac of `data` under the active key of this purpose (HMAC-SHA-256).
    pub fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        self.active().mac(purpose, data)
    }

    /// The mac under a named key of the ring, `None` when the ring does not hold it.
    pub fn mac_with(&self, kid: &str, purpose: Purpose, data: &[u8]) -> Option<[u8; 32]> {
        Some(self.by_kid(kid)?.mac(purpose, data))
    }

    /// Whether `tag` is the mac of `data` under any key of the ring, compared in constant time.
    pub fn verify_mac(&self, purpose: Purpose, data: &[u8], tag: &[u8]) -> bool {
        self.ring()
            .any(|key| constant_time_eq(&key.mac(purpose, data), tag))
    }
}

fn associated(purpose: Purpose, kid: &str, context: &[u8]) -> Aad<Vec<u8>> {
    let label = purpose.label().as_bytes();
    Aad::from(
        [
            b"doorward v1",
            &[0][..],
            label,
            &[0],
            kid.as_bytes(),
            &[0],
            context,
        ]
        .concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(active: &str) -> Keys {
        let key = |kid: &str, byte| RingKey::new(kid, [byte; 32]).unwrap();
        Keys::new(vec![key("k1", 1), key("k2", 2)], active).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_purpose_and_context() {
        let keys = ring("k1");
        for plaintext in [&b""[..], b"x", &[7; 4000]] {
            let sealed = keys.seal(Purpose::FlowRun, b"run 7", plaintext);
            assert!(sealed.starts_with("v1.k1."));
            assert_eq!(
                keys.open(Purpose::FlowRun, b"run 7", &sealed).unwrap(),
                plaintext
            );
        }
    }

    #[test]
    fn a_seal_for_another_purpose_or_context_is_refused() {
        let keys = ring("k1");
        let sealed = keys.seal(Purpose::OutpostStart, b"app", b"secret");
        for purpose in Purpose::ALL
            .into_iter()
            .filter(|p| *p != Purpose::OutpostStart)
        {
            assert_eq!(keys.open(purpose, b"app", &sealed), Err(SealError::Broken));
        }
        assert_eq!(
            keys.open(Purpose::OutpostStart, b"apq", &sealed),
            Err(SealError::Broken)
        );
        assert_eq!(
            keys.open(Purpose::OutpostStart, b"", &sealed),
            Err(SealError::Broken)
        );
    }

    #[test]
    fn cve_2026_1529_every_flipped_byte_of_a_sealed_value_is_refused() {
        let keys = ring("k1");
        let sealed = keys.seal(Purpose::OutpostRequest, b"", b"who=akadmin");
        for index in 0..sealed.len() {
            for flip in [1_u8, 0x20] {
                let mut bytes = sealed.clone().into_bytes();
                bytes[index] ^= flip;
                let Ok(changed) = String::from_utf8(bytes) else {
                    continue;
                };
                assert!(
                    keys.open(Purpose::OutpostRequest, b"", &changed).is_err(),
                    "{index}"
                );
            }
        }
    }

    #[test]
    fn truncated_extended_and_foreign_texts_are_refused() {
        let keys = ring("k1");
        let sealed = keys.seal(Purpose::Cookie, b"", b"x");
        for end in 0..sealed.len() {
            assert!(keys.open(Purpose::Cookie, b"", &sealed[..end]).is_err());
        }
        for wrong in [
            format!("{sealed}A"),
            format!("{sealed}="),
            format!(" {sealed}"),
        ] {
            assert!(keys.open(Purpose::Cookie, b"", &wrong).is_err());
        }
        let foreign = sealed.replace("v1.k1.", "v1.k9.");
        assert_eq!(
            keys.open(Purpose::Cookie, b"", &foreign),
            Err(SealError::UnknownKey)
        );
        let swapped = sealed.replace("v1.k1.", "v1.k2.");
        assert_eq!(
            keys.open(Purpose::Cookie, b"", &swapped),
            Err(SealError::Broken)
        );
    }

    #[test]
    fn after_rotation_the_old_kid_still_opens_and_the_new_one_seals() {
        let (before, after) = (ring("k1"), ring("k2"));
        let old = before.seal(Purpose::AtRest, b"", b"client secret");
        assert_eq!(
            after.open(Purpose::AtRest, b"", &old).unwrap(),
            b"client secret"
        );
        assert!(after.seal(Purpose::AtRest, b"", b"").starts_with("v1.k2."));
        let tag = before.mac(Purpose::Csrf, b"form");
        assert!(after.verify_mac(Purpose::Csrf, b"form", &tag));
        assert_eq!(after.mac_with("k1", Purpose::Csrf, b"form"), Some(tag));
    }

    #[test]
    fn macs_differ_by_purpose_and_data() {
        let keys = ring("k1");
        let tag = keys.mac(Purpose::Csrf, b"a");
        assert_ne!(tag, keys.mac(Purpose::Device, b"a"));
        assert_ne!(tag, keys.mac(Purpose::Csrf, b"b"));
        assert!(!keys.verify_mac(Purpose::Csrf, b"a", &tag[..31]));
        assert_eq!(keys.mac_with("nobody", Purpose::Csrf, b"a"), None);
    }

    #[test]
    fn keys_are_never_printed() {
        let keys = ring("k1");
        let ring_key = RingKey::new("k1", [0xab; 32]).unwrap();
        let kek = Kek::derive("a secret of the operator");
        for text in [
            format!("{keys:?}"),
            format!("{ring_key:?}"),
            format!("{kek:?}"),
        ] {
            assert!(
                !text.contains("171") && !text.contains("secret of"),
                "{text}"
            );
        }
    }
}
