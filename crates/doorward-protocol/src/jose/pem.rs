//! Public keys of others in PEM (RFC 7468): `PUBLIC KEY` and `CERTIFICATE`, one or several.
//!
//! Rules: every section counts or the whole text is refused, with the section that is wrong; a
//! private key is told apart by its label, whatever stands in it; the certificate of an authority
//! that comes along with those that it issued is nobody's key here. Whether a certificate is still
//! valid is not asked: it only carries a key, as a JWK with `x5c` does.

use rustls_pki_types::pem::{PemObject as _, SectionKind};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use super::{JoseError, Jwk, KEYS_MAX, PublicKey, VerifyingKey};
use crate::certificate::PEM_MAX_BYTES;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// Why a text is refused. Sections are counted from one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemRefusal {
    /// Longer than [`PEM_MAX_BYTES`].
    #[error("The text is too long: {PEM_MAX_BYTES} bytes at most.")]
    TooLong,
    /// More than [`KEYS_MAX`].
    #[error("There are too many keys: {KEYS_MAX} at most.")]
    TooMany,
    /// No section begins in it.
    #[error(
        "There is no key in it: PEM begins with -----BEGIN PUBLIC KEY----- or \
         -----BEGIN CERTIFICATE-----."
    )]
    Nothing,
    /// A private key.
    #[error(
        "Section {0} is a private key. It belongs to the app alone and was not kept: give the \
         public one (openssl pkey -in key.pem -pubout), and make a new pair if others could read \
         this."
    )]
    Private(usize),
    /// A section of another kind.
    #[error(
        "Section {0} is neither a public key nor a certificate: give what openssl pkey -pubout \
         writes, or the certificate."
    )]
    Kind(usize),
    /// A section that is cut off or was changed.
    #[error("Section {0} cannot be read: it is not whole.")]
    Broken(usize),
    /// A key that verifies nothing here.
    #[error("Section {0} is no key that can be used: {1}.")]
    Key(usize, JoseError),
    /// It issued another certificate of the text.
    #[error(
        "Section {0} is the certificate of the authority that issued section {1}. Leave it out: \
         its key is not the app's."
    )]
    Authority(usize, usize),
}

/// Reads every key of a text. They have no names, as PEM gives them none.
///
/// # Errors
///
/// [`PemRefusal`].
pub fn read_pem(text: &str) -> Result<Vec<Jwk>, PemRefusal> {
    if text.len() > PEM_MAX_BYTES {
        return Err(PemRefusal::TooLong);
    }
    let text = unindented(text);
    check_labels(&text)?;
    let mut found = Vec::new();
    for (at, section) in (1..).zip(<(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes())) {
        let (kind, der) = section.map_err(|_| PemRefusal::Broken(at))?;
        found.push(Found::read(at, kind, &der)?);
    }
    // One that ends with another word than it begins with swallows the next.
    if found.len() != labels(&text).count() {
        return Err(PemRefusal::Broken(found.len() + 1));
    }
    check_authorities(&found)?;
    Ok(once_each(found))
}

/// What was copied out of a list or a YAML file has blanks in front.
fn unindented(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.join("\n")
}

/// The words after `BEGIN`.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    let begun = text.lines().filter_map(|line| line.strip_prefix(BEGIN));
    begun.map(|rest| rest.trim_end_matches(DASHES))
}

/// Before anything is decoded: a private key is refused wherever it stands.
fn check_labels(text: &str) -> Result<(), PemRefusal> {
    let is_private = |label: &str| label.contains("PRIVATE");
    if let Some(at) = labels(text).position(is_private) {
        return Err(PemRefusal::Private(at + 1));
    }
    let is_ours = |label: &str| ["PUBLIC KEY", "CERTIFICATE"].contains(&label);
    if let Some(at) = labels(text).position(|label| !is_ours(label)) {
        return Err(PemRefusal::Kind(at + 1));
    }
    match labels(text).count() {
        0 => Err(PemRefusal::Nothing),
        count if count > KEYS_MAX => Err(PemRefusal::TooMany),
        _ => Ok(()),
    }
}

/// One section.
struct Found {
    key: PublicKey,
    certificate: Option<Certificate>,
}

impl Found {
    fn read(at: usize, kind: SectionKind, der: &[u8]) -> Result<Self, PemRefusal> {
        let certificate = match kind {
            SectionKind::Certificate => {
                Some(Certificate::from_der(der).map_err(|_| PemRefusal::Broken(at))?)
            }
            _ => None,
        };
        let carried = certificate.as_ref().map(|one| {
            let info = one.tbs_certificate().subject_public_key_info();
            info.to_der().unwrap_or_default()
        });
        let key = Jwk::of_public_key(carried.as_deref().unwrap_or(der));
        let key = key.and_then(|jwk| VerifyingKey::new(&jwk).map(|_| jwk.key));
        Ok(Self {
            key: key.map_err(|why| PemRefusal::Key(at, why))?,
            certificate,
        })
    }

    /// Whether it is the certificate whose name another one gives as its issuer's.
    fn issued(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.certificate, &other.certificate) else {
            return false;
        };
        let (own, other) = (own.tbs_certificate(), other.tbs_certificate());
        other.issuer() != other.subject() && own.subject() == other.issuer()
    }
}

/// The key of an authority would speak for each of its other customers.
fn check_authorities(found: &[Found]) -> Result<(), PemRefusal> {
    for (at, one) in (1..).zip(found) {
        if let Some(issued) = found.iter().position(|other| one.issued(other)) {
            return Err(PemRefusal::Authority(at, issued + 1));
        }
    }
    Ok(())
}

fn once_each(found: Vec<Found>) -> Vec<Jwk> {
    let mut keys: Vec<Jwk> = Vec::new();
    for Found { key, .. } in found {
        if keys.iter().all(|one| one.key != key) {
            keys.push(Jwk {
                kid: None,
                is_for_encryption: false,
                key,
            });
        }
    }
    keys
}
