//! X.509 certificates and their private keys (RFC 5280, RFC 7468): what one says, whether two
//! belong together, and making a self-signed pair.
//!
//! Leaves storing and sealing to others. Rule: a text counts as a certificate or a key only if it
//! was parsed whole; nothing is guessed from its bytes.

use aws_lc_rs::digest;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256,
    PublicKeyData as _, RsaKeySize, SerialNumber, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_cert::der::{Decode as _, Encode as _};

use crate::encoding::{hex, random_bytes, sha256};

/// The longest text that is looked at: a chain of a dozen certificates.
pub const PEM_MAX_BYTES: usize = 128 * 1024;
/// So many names may stand in a certificate that is made here.
pub const NAMES_MAX: usize = 100;
/// The longest life of a certificate that is made here: a hundred years.
pub const VALIDITY_MAX_DAYS: u32 = 36_500;

/// What a public key is for, in authentik's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RFC 3279 §2.3.1
    Rsa,
    /// RFC 5480
    Ec,
    /// RFC 3279 §2.3.2
    Dsa,
    /// RFC 8410
    Ed25519,
    /// RFC 8410
    Ed448,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Rsa, Self::Ec, Self::Dsa, Self::Ed25519, Self::Ed448];

    /// The word in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ec => "ec",
            Self::Dsa => "dsa",
            Self::Ed25519 => "ed25519",
            Self::Ed448 => "ed448",
        }
    }

    fn object_identifier(self) -> &'static str {
        match self {
            Self::Rsa => "1.2.840.113549.1.1.1",
            Self::Ec => "1.2.840.10045.2.1",
            Self::Dsa => "1.2.840.10040.4.1",
            Self::Ed25519 => "1.3.101.112",
            Self::Ed448 => "1.3.101.113",
        }
    }
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The subject as RFC 4514 writes it.
    pub subject: String,
    /// Unix milliseconds.
    pub not_after: i64,
    /// `None` for an algorithm without a name in the API.
    pub key_kind: Option<KeyKind>,
    /// Lower-case hexadecimal pairs with colons.
    pub fingerprint_sha256: String,
    /// The same, for clients that still compare it.
    pub fingerprint_sha1: String,
    /// The public key with its algorithm (`SubjectPublicKeyInfo`), DER.
    pub public_key: Vec<u8>,
}

/// Reads the first certificate of a PEM text.
pub fn read(pem: &str) -> Option<Facts> {
    if pem.len() > PEM_MAX_BYTES {
        return None;
    }
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let parsed = x509_cert::Certificate::from_der(&der).ok()?;
    let told = parsed.tbs_certificate();
    let not_after = told.validity().not_after.to_unix_duration().as_millis();
    let public_key = told.subject_public_key_info();
    let algorithm = public_key.algorithm.oid.to_string();
    let mut kinds = KeyKind::ALL.into_iter();
    Some(Facts {
        subject: told.subject().to_string(),
        not_after: i64::try_from(not_after).ok()?,
        key_kind: kinds.find(|kind| kind.object_identifier() == algorithm),
        fingerprint_sha256: colons(&sha256(&der)),
        fingerprint_sha1: colons(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref()),
        public_key: public_key.to_der().ok()?,
    })
}

fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| hex([*byte])).collect();
    pairs.join(":")
}

/// The public half of a private key in PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), DER.
pub fn public_key_of(pem: &str) -> Option<Vec<u8>> {
    if pem.len() > PEM_MAX_BYTES {
        return None;
    }
    let key = KeyPair::from_pem(pem).ok()?;
    Some(key.subject_public_key_info())
}

/// The keys that can be made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// 4096 bits; takes seconds.
    Rsa,
    /// RSA with 2048 bits: made in a tenth of a second.
    Rsa2048,
    /// P-256.
    Ecdsa,
    /// P-384.
    EcdsaP384,
    /// P-521.
    EcdsaP521,
    /// Ed25519.
    Ed25519,
}

/// A certificate that is to be made.
#[derive(Clone, Debug)]
pub struct NewCertificate<'a> {
    /// Whose.
    pub common_name: &'a str,
    /// Host names and addresses it is good for.
    pub names: Vec<String>,
    /// Begins now, Unix milliseconds.
    pub now: i64,
    /// Good for so long.
    pub validity_days: u32,
    /// Which key.
    pub key: NewKey,
}

/// A certificate and its private key, both PEM. No `Debug`: one of them is a secret.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// PKCS #8.
    pub private_key: String,
}

/// Why a certificate cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmakeable {
    /// One of the names can stand in no certificate.
    #[error("a name is neither a host name nor an address")]
    Name,
    /// Longer than [`VALIDITY_MAX_DAYS`], or nothing.
    #[error("the validity is out of range")]
    Validity,
    /// The library refused.
    #[error("the key or the signature cannot be made")]
    Key,
}

/// Makes a self-signed certificate with a new key.
///
/// # Errors
///
/// [`Unmakeable`].
pub fn make(new: &NewCertificate<'_>) -> Result<Pair, Unmakeable> {
    let params = params(new)?;
    let key = new_key(new.key).map_err(|_| Unmakeable::Key)?;
    let certificate = params.self_signed(&key).map_err(|_| Unmakeable::Key)?;
    Ok(Pair {
        certificate: certificate.pem(),
        private_key: key.serialize_pem(),
    })
}

fn params(new: &NewCertificate<'_>) -> Result<CertificateParams, Unmakeable> {
    let now = u64::try_from(new.now).map_err(|_| Unmakeable::Validity)?;
    if new.names.len() > NAMES_MAX || !new.names.iter().all(|name| is_name(name)) {
        return Err(Unmakeable::Name);
    }
    if !(1..=VALIDITY_MAX_DAYS).contains(&new.validity_days) {
        return Err(Unmakeable::Validity);
    }
    let mut params = CertificateParams::new(new.names.clone()).map_err(|_| Unmakeable::Name)?;
    params.distinguished_name = subject(new.common_name);
    params.serial_number = Some(serial());
    params.not_before = date_time_ymd(1970, 1, 1) + std::time::Duration::from_millis(now);
    params.not_after =
        params.not_before + std::time::Duration::from_hours(24 * u64::from(new.validity_days));
    Ok(params)
}

/// A host name, whose whole first label may be `*` (RFC 9525 §6.3), or an address. `_` is in no
/// host name of the internet, but in those of containers.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(plain);
    let host = name.strip_prefix("*.").unwrap_or(name);
    name.parse::<std::net::IpAddr>().is_ok() || name.len() <= 253 && host.split('.').all(label)
}

fn subject(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name.push(DnType::OrganizationName, "Doorward");
    name.push(DnType::OrganizationalUnitName, "Self-signed");
    name
}

/// Positive and at most 20 bytes (RFC 5280 §4.1.2.2).
fn serial() -> SerialNumber {
    let mut bytes = random_bytes::<16>();
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn new_key(key: NewKey) -> Result<KeyPair, rcgen::Error> {
    match key {
        NewKey::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        NewKey::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_4096),
        NewKey::Ecdsa => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        NewKey::EcdsaP384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        NewKey::EcdsaP521 => KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512),
        NewKey::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_796_000_000_000;

    fn new(key: NewKey) -> NewCertificate<'static> {
        NewCertificate {
            common_name: "Haustür, Ost",
            names: vec!["door.example.org".into(), "192.0.2.7".into()],
            now: NOW,
            validity_days: 30,
            key,
        }
    }

    #[test]
    fn a_made_pair_belongs_together_and_says_what_it_was_told() {
        for (key, kind) in [
            (NewKey::Ecdsa, KeyKind::Ec),
            (NewKey::EcdsaP384, KeyKind::Ec),
            (NewKey::EcdsaP521, KeyKind::Ec),
            (NewKey::Ed25519, KeyKind::Ed25519),
            (NewKey::Rsa2048, KeyKind::Rsa),
            (NewKey::Rsa, KeyKind::Rsa),
        ] {
            let pair = make(&new(key)).unwrap();
            let facts = read(&pair.certificate).unwrap();
            assert_eq!(facts.key_kind, Some(kind));
            assert_eq!(
                facts.not_after / 1000,
                NOW / 1000 + 30 * 24 * 3600,
                "{key:?}"
            );
            assert_eq!(
                public_key_of(&pair.private_key).as_deref(),
                Some(&*facts.public_key)
            );
            assert_eq!(facts.fingerprint_sha256.len(), 32 * 3 - 1);
            assert_eq!(facts.fingerprint_sha1.len(), 20 * 3 - 1);
        }
    }

    /// RFC 4514 §2.1 (last name first) and §2.4 (a comma is escaped).
    #[test]
    fn a_subject_is_written_as_rfc_4514_says() {
        let facts = read(&make(&new(NewKey::Ecdsa)).unwrap().certificate).unwrap();
        assert_eq!(facts.subject, "OU=Self-signed,O=Doorward,CN=Haustür\\, Ost");
    }

    #[test]
    fn a_name_for_every_host_of_a_domain_and_one_of_a_container_can_stand_in_it() {
        let odd = NewCertificate {
            names: vec!["*.example.org".into(), "my_app".into()],
            ..new(NewKey::Ecdsa)
        };
        assert!(make(&odd).is_ok());
    }

    #[test]
    fn another_pairs_key_is_another_public_key() {
        let (one, two) = (
            make(&new(NewKey::Ecdsa)).unwrap(),
            make(&new(NewKey::Ecdsa)).unwrap(),
        );
        let facts = read(&one.certificate).unwrap();
        assert_ne!(
            public_key_of(&two.private_key).as_deref(),
            Some(&*facts.public_key)
        );
    }

    #[test]
    fn what_cannot_be_read_is_no_certificate_and_no_key() {
        let pair = make(&new(NewKey::Ecdsa)).unwrap();
        let cut: String = pair.certificate.lines().take(3).collect();
        let long = format!("{}{}", " ".repeat(PEM_MAX_BYTES), pair.certificate);
        for text in ["", "x", &cut, &long, &pair.private_key] {
            assert_eq!(read(text), None, "{text:.40}");
        }
        for text in ["", "x", &pair.certificate] {
            assert_eq!(public_key_of(text), None, "{text:.40}");
        }
    }

    #[test]
    fn a_certificate_that_no_client_would_take_is_not_made() {
        for name in [
            "ünicode.example",
            "two names",
            "",
            "a..b",
            &"x".repeat(64),
            "*",
            "*.",
            "w*.example.org",
            "door.*.org",
            "*.*.example.org",
        ] {
            let odd = NewCertificate {
                names: vec![name.to_owned()],
                ..new(NewKey::Ecdsa)
            };
            assert_eq!(make(&odd).err(), Some(Unmakeable::Name), "{name}");
        }
        for validity_days in [0, VALIDITY_MAX_DAYS + 1] {
            let odd = NewCertificate {
                validity_days,
                ..new(NewKey::Ecdsa)
            };
            assert_eq!(make(&odd).err(), Some(Unmakeable::Validity));
        }
    }
}
