//! Public keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2), and their thumbprints (RFC 7638).
//!
//! Rule: what is written holds no private member, and what is read may hold none.

use serde_json::{Map, Value, json};
use x509_cert::der::Decode as _;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::signing::rsa_numbers;
use super::{Algorithm, Curve, JoseError, KEY_SET_MAX_BYTES, KEYS_MAX, members};
use super::{ENCRYPTION, RSA_MAX_BITS, RSA_MIN_BITS};
use crate::encoding::{base64url, from_base64url, sha256};

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

/// A public key and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// The name; a set may hold keys without one.
    pub kid: Option<String>,
    /// For encryption instead of signatures (`use`); only RSA keys are.
    pub is_for_encryption: bool,
    /// The key.
    pub key: PublicKey,
}

/// The bytes of a public key, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RFC 7518 §6.3.1
    Rsa {
        /// The modulus, without leading zeros.
        n: Vec<u8>,
        /// The exponent, without leading zeros.
        e: Vec<u8>,
    },
    /// RFC 7518 §6.2.1
    Ec {
        /// Which curve.
        curve: Curve,
        /// As long as the curve says.
        x: Vec<u8>,
        /// As long as the curve says.
        y: Vec<u8>,
    },
    /// RFC 8037 §2
    Ed25519 {
        /// 32 bytes.
        x: Vec<u8>,
    },
}

impl PublicKey {
    /// The one algorithm that it verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::Ec { curve, .. } => curve.algorithm(),
            Self::Ed25519 { .. } => Algorithm::EdDsa,
        }
    }

    /// The required members in lexicographic order, as RFC 7638 §3.2 hashes them.
    pub fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::Rsa { n, e } => json!({ "e": base64url(e), "kty": "RSA", "n": base64url(n) }),
            Self::Ec { curve, x, y } => {
                json!({ "crv": curve.word(), "kty": "EC", "x": base64url(x), "y": base64url(y) })
            }
            Self::Ed25519 { x } => json!({ "crv": "Ed25519", "kty": "OKP", "x": base64url(x) }),
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The thumbprint with SHA-256, base64url (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        base64url(sha256(Value::Object(self.members()).to_string().as_bytes()))
    }

    /// Reads `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7, RFC 5480 §2, RFC 8410 §4).
    fn read_der(der: &[u8]) -> Result<Self, JoseError> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| JoseError::KeyKind)?;
        let bits = info.subject_public_key.as_bytes();
        let bits = bits.ok_or(JoseError::KeyKind)?;
        match &*info.algorithm.oid.to_string() {
            RSA => {
                let numbers = rsa_numbers(bits).map_err(|_| JoseError::KeyKind)?;
                // The bounds are those of what is read as JSON.
                Self::read(&numbers.members())
            }
            ED25519 if bits.len() == 32 => Ok(Self::Ed25519 { x: bits.to_vec() }),
            EC => {
                let curve = info.algorithm.parameters_oid().ok();
                let curve = curve.and_then(|oid| Curve::of_identifier(&oid.to_string()));
                Self::read_point(curve.ok_or(JoseError::KeyKind)?, bits)
            }
            _ => Err(JoseError::KeyKind),
        }
    }

    /// Uncompressed (SEC 1 §2.3.3): 4, x, y.
    fn read_point(curve: Curve, bits: &[u8]) -> Result<Self, JoseError> {
        let length = curve.coordinate_bytes();
        match bits.split_first() {
            Some((4, point)) if point.len() == 2 * length => Ok(Self::Ec {
                curve,
                x: point[..length].to_vec(),
                y: point[length..].to_vec(),
            }),
            _ => Err(JoseError::KeyKind),
        }
    }

    fn read(given: &Map<String, Value>) -> Result<Self, JoseError> {
        match (text(given, "kty"), text(given, "crv")) {
            (Some("RSA"), _) => Self::read_rsa(given),
            (Some("EC"), Some(crv)) => Self::read_ec(given, crv),
            (Some("OKP"), Some("Ed25519")) => {
                let x = exactly(given, "x", 32)?;
                Ok(Self::Ed25519 { x })
            }
            (Some(_), _) => Err(JoseError::KeyKind),
            (None, _) => Err(JoseError::Malformed("kty")),
        }
    }

    fn read_rsa(given: &Map<String, Value>) -> Result<Self, JoseError> {
        let (n, e) = (number(given, "n")?, number(given, "e")?);
        let bits = n.len() * 8 - n[0].leading_zeros() as usize;
        if !(RSA_MIN_BITS..=RSA_MAX_BITS).contains(&bits) {
            return Err(JoseError::KeySize);
        }
        if e.len() > 8 {
            return Err(JoseError::Malformed("e"));
        }
        Ok(Self::Rsa { n, e })
    }

    fn read_ec(given: &Map<String, Value>, crv: &str) -> Result<Self, JoseError> {
        let curve = Curve::ALL.into_iter().find(|curve| curve.word() == crv);
        let curve = curve.ok_or(JoseError::KeyKind)?;
        let length = curve.coordinate_bytes();
        Ok(Self::Ec {
            curve,
            x: exactly(given, "x", length)?,
            y: exactly(given, "y", length)?,
        })
    }
}

impl Jwk {
    /// The key of a certificate (`SubjectPublicKeyInfo`, DER), named by its thumbprint, as a
    /// [`super::SigningKey`] names itself.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyKind`], [`JoseError::KeySize`].
    pub fn of_public_key(der: &[u8]) -> Result<Self, JoseError> {
        let key = PublicKey::read_der(der)?;
        Ok(Self {
            kid: Some(key.thumbprint()),
            is_for_encryption: false,
            key,
        })
    }

    /// Reads a public key.
    ///
    /// # Errors
    ///
    /// [`JoseError::PrivateKey`], [`JoseError::KeyKind`], [`JoseError::KeySize`], or the member that
    /// cannot be read.
    pub fn read(given: &Map<String, Value>) -> Result<Self, JoseError> {
        // RFC 7518 §6.2.2, §6.3.2, §6.4.1
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
            .iter()
            .any(|name| given.contains_key(*name))
        {
            return Err(JoseError::PrivateKey);
        }
        let key = PublicKey::read(given)?;
        let is_for_encryption = match text(given, "use") {
            Some("enc") if matches!(key, PublicKey::Rsa { .. }) => true,
            Some("sig") | None => false,
            Some(_) => return Err(JoseError::KeyKind),
        };
        let ours = if is_for_encryption {
            ENCRYPTION
        } else {
            key.algorithm().word()
        };
        if text(given, "alg").is_some_and(|alg| alg != ours) {
            return Err(JoseError::Algorithm);
        }
        Ok(Self {
            kid: text(given, "kid").map(str::to_owned),
            is_for_encryption,
            key,
        })
    }

    /// As it is published: with `use`, `alg` and `kid`.
    pub fn published(&self) -> Map<String, Value> {
        let mut members = self.key.members();
        let (purpose, alg) = if self.is_for_encryption {
            ("enc", ENCRYPTION)
        } else {
            ("sig", self.key.algorithm().word())
        };
        members.insert("use".to_owned(), purpose.into());
        members.insert("alg".to_owned(), alg.into());
        if let Some(kid) = &self.kid {
            members.insert("kid".to_owned(), kid.as_str().into());
        }
        members
    }
}

/// Reads a set of keys (RFC 7517 §5). Keys that we have no use for are left out, as the standard
/// says.
///
/// # Errors
///
/// Too long, no set, or one with a private key in it.
pub fn read_set(bytes: &[u8]) -> Result<Vec<Jwk>, JoseError> {
    if bytes.len() > KEY_SET_MAX_BYTES {
        return Err(JoseError::TooLong);
    }
    let set = members::read(bytes).ok_or(JoseError::Malformed("key set"))?;
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or(JoseError::Malformed("keys"))?;
    if keys.len() > KEYS_MAX {
        return Err(JoseError::TooLong);
    }
    let mut all = Vec::new();
    for key in keys.iter().filter_map(Value::as_object) {
        match Jwk::read(key) {
            Ok(jwk) => all.push(jwk),
            Err(JoseError::PrivateKey) => return Err(JoseError::PrivateKey),
            Err(_) => {}
        }
    }
    Ok(all)
}

fn text<'a>(given: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    given.get(name).and_then(Value::as_str)
}

fn bytes(given: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JoseError> {
    let found = text(given, name).and_then(from_base64url);
    found.ok_or(JoseError::Malformed(name))
}

fn exactly(
    given: &Map<String, Value>,
    name: &'static str,
    length: usize,
) -> Result<Vec<u8>, JoseError> {
    let found = bytes(given, name)?;
    if found.len() == length {
        Ok(found)
    } else {
        Err(JoseError::Malformed(name))
    }
}

/// A positive number; zeros in front, which the standard forbids but clients send, are dropped.
fn number(given: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JoseError> {
    let found = bytes(given, name)?;
    let number: Vec<u8> = found.into_iter().skip_while(|byte| *byte == 0).collect();
    if number.is_empty() {
        return Err(JoseError::Malformed(name));
    }
    Ok(number)
}
