//! Public keys of credentials (RFC 9053) and the signatures that they verify.
//!
//! Rule: only the four algorithms that we ask for, each with its own kind of key.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use ciborium::Value;

use super::authenticator_data::MAX_DEPTH;
use super::{Malformed, WebauthnError};

/// What we ask for, the best first: `EdDSA`, `ES256`, `ES384`, `RS256`.
pub(super) const ALGORITHMS: [i64; 4] = [-8, -7, -35, -257];

const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;

pub(super) enum PublicKey {
    Curve(ParsedPublicKey),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// Reads a COSE key; one that is not on its curve, or of another algorithm, is refused.
    pub(super) fn read(cose: &[u8]) -> Result<Self, WebauthnError> {
        let mut rest = cose;
        let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, MAX_DEPTH);
        let Ok(Value::Map(members)) = value else {
            return Err(Malformed("publicKey"));
        };
        if !rest.is_empty() {
            return Err(Malformed("publicKey"));
        }
        Members(members).key()
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), WebauthnError> {
        let verified = match self {
            Self::Curve(key) => key.verify_sig(message, signature).is_ok(),
            Self::Rsa { n, e } => PublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        };
        if verified {
            Ok(())
        } else {
            Err(WebauthnError::Signature)
        }
    }
}

struct Members(Vec<(Value, Value)>);

impl Members {
    fn get(&self, label: i64) -> Option<&Value> {
        let found = self.0.iter().find(|(key, _)| *key == Value::from(label));
        found.map(|(_, value)| value)
    }

    fn number(&self, label: i64) -> Option<i64> {
        i64::try_from(self.get(label)?.as_integer()?).ok()
    }

    fn bytes(&self, label: i64) -> Result<&[u8], WebauthnError> {
        let bytes = self.get(label).and_then(Value::as_bytes);
        bytes.map(Vec::as_slice).ok_or(Malformed("publicKey"))
    }

    fn key(&self) -> Result<PublicKey, WebauthnError> {
        let named = (
            self.number(KEY_TYPE),
            self.number(ALGORITHM),
            self.number(-1),
        );
        match named {
            (Some(OKP), Some(-8), Some(6)) => curve(&ED25519, self.bytes(-2)?),
            (Some(EC2), Some(-7), Some(1)) => curve(&ECDSA_P256_SHA256_ASN1, &self.point(32)?),
            (Some(EC2), Some(-35), Some(2)) => curve(&ECDSA_P384_SHA384_ASN1, &self.point(48)?),
            (Some(RSA), Some(-257), _) => Ok(PublicKey::Rsa {
                n: self.bytes(-1)?.to_vec(),
                e: self.bytes(-2)?.to_vec(),
            }),
            _ => Err(WebauthnError::Algorithm),
        }
    }

    /// Uncompressed (SEC 1).
    fn point(&self, length: usize) -> Result<Vec<u8>, WebauthnError> {
        let (x, y) = (self.bytes(-2)?, self.bytes(-3)?);
        if x.len() != length || y.len() != length {
            return Err(Malformed("publicKey"));
        }
        Ok([&[4], x, y].concat())
    }
}

fn curve(
    algorithm: &'static dyn VerificationAlgorithm,
    bytes: &[u8],
) -> Result<PublicKey, WebauthnError> {
    let parsed = ParsedPublicKey::new(algorithm, bytes);
    parsed
        .map(PublicKey::Curve)
        .map_err(|_| Malformed("publicKey"))
}
