//! The central session cookie `authentik_session`.
//!
//! Owns its form: a compact JWT (RFC 7515 §7.1) with the claims that authentik's own parts read.
//! Leaves the session itself to the store, which finds it by [`sid_hash`]. The rule that must stay
//! true: the mac is always HMAC-SHA-256 under the named ring key, whatever the header says, and
//! nothing of the payload is believed before it has been checked.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::encoding::{base64url, constant_time_eq, from_base64url, random_token, sha256};
use crate::seal::{Keys, Purpose};

/// The cookie's name, which outposts and proxies know.
pub const NAME: &str = "authentik_session";
/// The claim `iss`.
pub const ISSUER: &str = "authentik";
/// The claim `acr`: how the person was authenticated.
pub const ACR: &str = "goauthentik.io/core/default";
const MAX_BYTES: usize = 4096;

/// What the cookie says.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The session's secret, 32 random bytes as base64url. The store knows only its hash.
    pub sid: String,
    /// The person's uid, or `anonymous`.
    pub sub: String,
    /// Whether somebody is signed in.
    pub authenticated: bool,
}

impl fmt::Debug for Claims {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("sub", &self.sub)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    sid: String,
    iss: String,
    sub: String,
    authenticated: bool,
    acr: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// Why a cookie is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionCookieError {
    /// Not a compact JWT with our claims.
    #[error("not a session cookie")]
    Malformed,
    /// The kid names no key of the ring.
    #[error("signed with a key that this ring does not hold")]
    UnknownKey,
    /// The mac does not fit.
    #[error("the signature does not fit")]
    BadSignature,
}

/// A new session secret: 32 random bytes as base64url.
pub fn new_sid() -> String {
    random_token(32)
}

/// The hash by which the store finds a session.
pub fn sid_hash(sid: &str) -> [u8; 32] {
    sha256(sid.as_bytes())
}

/// Writes the cookie's value under the active key.
///
/// # Panics
/// Never: five plain claims always serialize.
pub fn encode(keys: &Keys, claims: &Claims) -> String {
    let header = format!(
        r#"{{"alg":"HS256","kid":"{}","typ":"JWT"}}"#,
        keys.active_kid()
    );
    let payload = Payload {
        sid: claims.sid.clone(),
        iss: ISSUER.to_owned(),
        sub: claims.sub.clone(),
        authenticated: claims.authenticated,
        acr: ACR.to_owned(),
    };
    let payload = serde_json::to_vec(&payload).expect("five plain claims serialize");
    let signed = format!("{}.{}", base64url(header), base64url(payload));
    let tag = keys.mac(Purpose::Cookie, signed.as_bytes());
    format!("{signed}.{}", base64url(tag))
}

/// Reads a cookie's value, checking the mac before anything is believed.
pub fn verify(keys: &Keys, value: &str) -> Result<Claims, SessionCookieError> {
    use SessionCookieError::{BadSignature, Malformed, UnknownKey};
    if value.len() > MAX_BYTES {
        return Err(Malformed);
    }
    let (signed, tag) = value.rsplit_once('.').ok_or(Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Malformed)?;
    let header: Header = part(header).ok_or(Malformed)?;
    let tag = from_base64url(tag).ok_or(Malformed)?;
    let expected = keys.mac_with(&header.kid, Purpose::Cookie, signed.as_bytes());
    if !constant_time_eq(&expected.ok_or(UnknownKey)?, &tag) {
        return Err(BadSignature);
    }
    let payload: Payload = part(payload).ok_or(Malformed)?;
    if header.alg != "HS256" || payload.iss != ISSUER || payload.sid.is_empty() {
        return Err(Malformed);
    }
    let Payload {
        sid,
        sub,
        authenticated,
        ..
    } = payload;
    Ok(Claims {
        sid,
        sub,
        authenticated,
    })
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_slice(&from_base64url(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hmac_sha256;
    use crate::seal::RingKey;

    fn ring(active: &str) -> Keys {
        let key = |kid: &str, byte| RingKey::new(kid, [byte; 32]).unwrap();
        Keys::new(vec![key("k1", 1), key("k2", 2)], active).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            sid: new_sid(),
            sub: "u\"1".into(),
            authenticated: true,
        }
    }

    #[test]
    fn a_cookie_says_what_was_written_also_after_rotation() {
        let claims = claims();
        let value = encode(&ring("k1"), &claims);
        assert_eq!(verify(&ring("k2"), &value), Ok(claims));
        assert_eq!(value.split('.').count(), 3);
    }

    #[test]
    fn the_payload_has_the_claims_that_outposts_read() {
        let value = encode(&ring("k1"), &claims());
        let payload = from_base64url(value.split('.').nth(1).unwrap()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(json["iss"], "authentik");
        assert_eq!(json["acr"], "goauthentik.io/core/default");
        assert_eq!(json["authenticated"], true);
        assert_eq!(json["sid"].as_str().unwrap().len(), 43);
    }

    #[test]
    fn cve_2026_1529_every_flipped_byte_of_the_cookie_is_refused() {
        let keys = ring("k1");
        let value = encode(&keys, &claims());
        for index in 0..value.len() {
            let mut bytes = value.clone().into_bytes();
            bytes[index] ^= 1;
            assert!(
                verify(&keys, &String::from_utf8(bytes).unwrap()).is_err(),
                "{index}"
            );
        }
    }

    #[test]
    fn the_header_never_decides_the_algorithm() {
        let payload = r#"{"sid":"a","iss":"authentik","sub":"x","authenticated":true,"acr":"y"}"#;
        for alg in ["none", "None", "RS256", "HS512", ""] {
            let header = format!(r#"{{"alg":"{alg}","kid":"k1"}}"#);
            let signed = format!("{}.{}", base64url(header), base64url(payload));
            let guessed = base64url(hmac_sha256(b"", signed.as_bytes()));
            for tag in [String::new(), guessed] {
                assert!(
                    verify(&ring("k1"), &format!("{signed}.{tag}")).is_err(),
                    "{alg}"
                );
            }
        }
    }

    #[test]
    fn garbage_is_malformed_and_a_foreign_kid_unknown() {
        let keys = ring("k1");
        for wrong in ["", ".", "..", "a.b.c", "a.b.c.d", "\0", &"A".repeat(65536)] {
            assert_eq!(verify(&keys, wrong), Err(SessionCookieError::Malformed));
        }
        let other = RingKey::new("k3", [3; 32]).unwrap();
        let value = encode(&Keys::new(vec![other], "k3").unwrap(), &claims());
        assert_eq!(verify(&keys, &value), Err(SessionCookieError::UnknownKey));
    }
}
