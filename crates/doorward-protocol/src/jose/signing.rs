//! Keys that sign.
//!
//! Leaves storing and sealing to others. Rule: a key is parsed once, and shows nothing of itself.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode as _, Reader as _, SliceReader};

use super::{Algorithm, Curve, JoseError, Jwk, PublicKey, RSA_MAX_BITS, RSA_MIN_BITS};
use crate::certificate::PEM_MAX_BYTES;

/// A private key, or the secret of one client.
pub struct SigningKey {
    kid: Option<String>,
    secret: Secret,
}

enum Secret {
    Rsa(Box<RsaKeyPair>),
    Ec(Curve, Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    Shared(Box<hmac::Key>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SigningKey");
        shown.field("kid", &self.kid);
        shown.field("algorithm", &self.algorithm());
        shown.finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted). Its name is its
    /// thumbprint unless another one is given.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyKind`] for what is no such key, [`JoseError::KeySize`].
    pub fn from_pem(pem: &str, kid: Option<String>) -> Result<Self, JoseError> {
        if pem.len() > PEM_MAX_BYTES {
            return Err(JoseError::TooLong);
        }
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes());
        let secret = Secret::read(&der.map_err(|_| JoseError::KeyKind)?)?;
        let kid = kid.or_else(|| Some(secret.public()?.thumbprint()));
        Ok(Self { kid, secret })
    }

    /// A client's secret, for HS256.
    pub fn from_secret(secret: &[u8]) -> Self {
        Self {
            kid: None,
            secret: Secret::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))),
        }
    }

    /// The name that stands in headers.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        match &self.secret {
            Secret::Rsa(_) => Algorithm::Rs256,
            Secret::Ec(curve, _) => curve.algorithm(),
            Secret::Ed25519(_) => Algorithm::EdDsa,
            Secret::Shared(_) => Algorithm::Hs256,
        }
    }

    /// The half that others may know; a secret has none.
    pub fn public(&self) -> Option<Jwk> {
        Some(Jwk {
            kid: self.kid.clone(),
            is_for_encryption: false,
            key: self.secret.public()?,
        })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| JoseError::Signature)?;
                Ok(signature)
            }
            Secret::Ec(_, pair) => {
                let signature = pair.sign(&random, message);
                Ok(signature
                    .map_err(|_| JoseError::Signature)?
                    .as_ref()
                    .to_vec())
            }
            Secret::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Secret::Shared(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

impl Secret {
    fn read(der: &PrivateKeyDer<'_>) -> Result<Self, JoseError> {
        let found = match der {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der())
                .ok()
                .map(Self::rsa),
            PrivateKeyDer::Sec1(key) => Self::ec(key.secret_sec1_der()).map(Ok),
            PrivateKeyDer::Pkcs8(key) => Self::pkcs8(key.secret_pkcs8_der()),
            _ => None,
        };
        found.unwrap_or(Err(JoseError::KeyKind))
    }

    fn pkcs8(der: &[u8]) -> Option<Result<Self, JoseError>> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Some(Ok(Self::Ed25519(Box::new(pair))));
        }
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Some(Self::rsa(pair));
        }
        Self::ec(der).map(Ok)
    }

    fn rsa(pair: RsaKeyPair) -> Result<Self, JoseError> {
        let bits = pair.public_modulus_len() * 8;
        if !(RSA_MIN_BITS..=RSA_MAX_BITS).contains(&bits) {
            return Err(JoseError::KeySize);
        }
        Ok(Self::Rsa(Box::new(pair)))
    }

    fn ec(der: &[u8]) -> Option<Self> {
        Curve::ALL.into_iter().find_map(|curve| {
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing(), der).ok()?;
            Some(Self::Ec(curve, Box::new(pair)))
        })
    }

    fn public(&self) -> Option<PublicKey> {
        match self {
            Self::Rsa(pair) => rsa_numbers(pair.public_key().as_ref()).ok(),
            Self::Ec(curve, pair) => {
                // Uncompressed (SEC 1): 4, x, y.
                let (x, y) = pair
                    .public_key()
                    .as_ref()
                    .get(1..)?
                    .split_at(curve.coordinate_bytes());
                Some(PublicKey::Ec {
                    curve: *curve,
                    x: x.to_vec(),
                    y: y.to_vec(),
                })
            }
            Self::Ed25519(pair) => Some(PublicKey::Ed25519 {
                x: pair.public_key().as_ref().to_vec(),
            }),
            Self::Shared(_) => None,
        }
    }
}

/// Reads `RSAPublicKey` (RFC 8017 §A.1.1).
pub(super) fn rsa_numbers(der: &[u8]) -> x509_cert::der::Result<PublicKey> {
    let (n, e) = SliceReader::new(der)?.sequence(|numbers| {
        let n = UintRef::decode(numbers)?;
        Ok::<_, x509_cert::der::Error>((n, UintRef::decode(numbers)?))
    })?;
    Ok(PublicKey::Rsa {
        n: n.as_bytes().to_vec(),
        e: e.as_bytes().to_vec(),
    })
}
