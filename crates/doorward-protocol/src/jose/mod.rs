//! JSON Object Signing and Encryption: signed and encrypted tokens and the keys for them (RFC 7515
//! to 7519, 7638, 8037).
//!
//! A small closed set. Leaves what claims mean, and when a key is old, to others. Rules: a key knows
//! its one algorithm and a header is only compared with it; nothing in a header names, carries or
//! fetches a key, but for proofs of possession, which [`verify_with_its_own_key`] alone reads; a
//! member that stands twice, a critical extension or a compressed token is refused.

mod algorithm;
mod jwe;
mod jwk;
mod jws;
pub(crate) mod members;
mod pem;
mod signing;
mod verifying;

#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, Curve};
pub use jwe::{ContentEncryption, DecryptingKey, EncryptingKey, decrypt, encrypt};
pub use jwk::{Jwk, PublicKey, read_set};
pub use jws::{Signed, Typ, sign, sign_showing_key, verify, verify_with_its_own_key};
pub use pem::{PemRefusal, read_pem};
pub use signing::SigningKey;
pub use verifying::VerifyingKey;

/// The longest token that is looked at.
pub const TOKEN_MAX_BYTES: usize = 64 * 1024;
/// The longest key set that is looked at.
pub const KEY_SET_MAX_BYTES: usize = 256 * 1024;
/// The most keys of a set.
pub const KEYS_MAX: usize = 100;
/// The smallest RSA key (RFC 7518 §3.3).
pub const RSA_MIN_BITS: usize = 2048;
/// The largest; a larger one would let a stranger's token cost seconds.
pub const RSA_MAX_BITS: usize = 8192;

/// How the key of an encrypted token is wrapped (RFC 7518 §4.3).
pub const ENCRYPTION: &str = "RSA-OAEP-256";

/// Why a token or a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Longer than [`TOKEN_MAX_BYTES`], [`KEY_SET_MAX_BYTES`] or [`KEYS_MAX`].
    #[error("it is too long")]
    TooLong,
    /// Not what the standard says; the part is named.
    #[error("its {0} cannot be read")]
    Malformed(&'static str),
    /// The header names an algorithm that is not one of ours, `none` among them.
    #[error("its algorithm is not supported")]
    Algorithm,
    /// The header wants something understood that is not (RFC 7515 §4.1.11).
    #[error("it wants an extension that is not supported")]
    Extension,
    /// A token for another purpose (RFC 8725 §3.11).
    #[error("it is a token of another type")]
    Type,
    /// None of the keys is the one that it names.
    #[error("it is signed with an unknown key")]
    UnknownKey,
    /// The key did not make this signature.
    #[error("its signature is wrong")]
    Signature,
    /// It is not for this key, or it was changed.
    #[error("it cannot be decrypted")]
    Decryption,
    /// An RSA key outside [`RSA_MIN_BITS`] to [`RSA_MAX_BITS`].
    #[error("an RSA key needs 2048 to 8192 bits")]
    KeySize,
    /// Not a key of a kind that we use.
    #[error("the key is of a kind that is not supported")]
    KeyKind,
    /// A public key with its private half beside it.
    #[error("the key holds private members; publish only the public ones")]
    PrivateKey,
}
