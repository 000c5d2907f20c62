//! Keys that verify.
//!
//! Rule: which algorithm a key verifies was decided when it was made, by what it is.

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};

use super::{Algorithm, JoseError, Jwk, PublicKey};

/// A public key, or the secret of one client, ready for use.
#[derive(Debug)]
pub struct VerifyingKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Public(ParsedPublicKey),
    Shared(Box<hmac::Key>),
}

impl VerifyingKey {
    /// From a public key.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyKind`] for a key for encryption and for numbers that are no key.
    pub fn new(jwk: &Jwk) -> Result<Self, JoseError> {
        if jwk.is_for_encryption {
            return Err(JoseError::KeyKind);
        }
        Ok(Self {
            kid: jwk.kid.clone(),
            algorithm: jwk.key.algorithm(),
            key: Key::Public(parsed(&jwk.key)?),
        })
    }

    /// A client's secret, for HS256.
    pub fn from_secret(secret: &[u8]) -> Self {
        Self {
            kid: None,
            algorithm: Algorithm::Hs256,
            key: Key::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))),
        }
    }

    /// Its name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether this key made the signature.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Public(key) => key.verify_sig(message, signature).is_ok(),
            Key::Shared(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

fn parsed(key: &PublicKey) -> Result<ParsedPublicKey, JoseError> {
    let parsed = match key {
        PublicKey::Rsa { n, e } => {
            let components = PublicKeyComponents { n, e };
            components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        }
        PublicKey::Ec { curve, x, y } => {
            ParsedPublicKey::new(curve.verifying(), [&[4], x.as_slice(), y].concat())
        }
        PublicKey::Ed25519 { x } => ParsedPublicKey::new(&ED25519, x),
    };
    parsed.map_err(|_| JoseError::KeyKind)
}
