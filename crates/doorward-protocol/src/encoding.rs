//! Bytes as text, digests and randomness.
//!
//! Owns the few encodings every other module shares. Leaves keys and purposes to `seal`. The rule
//! that must stay true: decoding is strict (one text for one value), secrets are compared in
//! constant time, and randomness comes from the system through aws-lc.

use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Encodes as base64url without padding (RFC 4648 §5, RFC 7515 §2).
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding; padding, foreign letters and loose trailing bits are `None`.
pub fn from_base64url(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Encodes as padded standard base64 (RFC 4648 §4).
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Decodes padded standard base64, strictly.
pub fn from_base64(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bytes = bytes.as_ref();
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Reads hexadecimal of either case; an odd length or another letter is `None`.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// SHA-256 (FIPS 180-4).
///
/// # Panics
/// Never: the digest has its length.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, data);
    digest
        .as_ref()
        .try_into()
        .expect("SHA-256 is 32 bytes long")
}

/// SHA-1 as lower-case hexadecimal: only to find something in lists that others key by it.
pub fn sha1_hex(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data))
}

/// SHA-512 (FIPS 180-4) as lower-case hexadecimal.
pub fn sha512_hex(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA512, data))
}

/// HMAC-SHA-256 (RFC 2104).
///
/// # Panics
/// Never: the tag has its length.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data);
    tag.as_ref()
        .try_into()
        .expect("an HMAC-SHA-256 tag is 32 bytes long")
}

/// Compares without telling by time where the two differ. The lengths may leak.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// `N` fresh random bytes from the system's generator.
///
/// # Panics
/// Only when the operating system has no randomness left to give, where going on would be worse.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random source answers");
    bytes
}

/// A random token of `len_bytes` bytes, written as base64url (32 bytes make 43 letters).
///
/// # Panics
/// As [`random_bytes`].
pub fn random_token(len_bytes: usize) -> String {
    let mut bytes = vec![0; len_bytes];
    rand::fill(&mut bytes).expect("the system's random source answers");
    base64url(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_digest_vectors_come_out() {
        assert_eq!(
            hex(sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(sha512_hex(b"abc").starts_with("ddaf35a193617abacc417349ae204131"));
        // RFC 4231 §4.3, test case 2.
        assert_eq!(
            hex(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn one_value_has_exactly_one_text() {
        assert_eq!(from_base64url("_-8"), Some(vec![0xff, 0xef]));
        for wrong in ["_-8=", "/+8", "_-9", "_-8 ", "_"] {
            assert_eq!(from_base64url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hexadecimal_reads_what_it_wrote() {
        assert_eq!(from_hex(&hex([0, 15, 255])), Some(vec![0, 15, 255]));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("0g"), None);
    }

    #[test]
    fn random_tokens_have_their_length_and_never_repeat() {
        assert_eq!(random_token(32).len(), 43);
        assert_ne!(random_token(32), random_token(32));
        assert_ne!(random_bytes::<16>(), random_bytes::<16>());
    }

    #[test]
    fn equality_is_by_content_and_length() {
        assert!(constant_time_eq(b"a", b"a"));
        assert!(!constant_time_eq(b"a", b"b"));
        assert!(!constant_time_eq(b"a", b"aa"));
    }
}
