//! Encrypted tokens in the compact form (RFC 7516 §3.1): the content under a fresh key, the key
//! under the receiver's RSA key (RSA-OAEP-256).
//!
//! Rules: never compressed, and whatever is wrong with a token that we should decrypt is one and
//! the same error, after the same work.

use std::fmt;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::{constant_time, hmac};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;

use super::jws::{part, text};
use super::{ENCRYPTION, JoseError, RSA_MAX_BITS, RSA_MIN_BITS, TOKEN_MAX_BYTES};
use crate::certificate;
use crate::encoding::{base64url, from_base64url, random_bytes};

/// How the content is encrypted (RFC 7518 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncryption {
    /// AES-256 in CBC with HMAC-SHA-512; what authentik uses.
    A256CbcHs512,
    /// AES-256 in GCM.
    A256Gcm,
}

impl ContentEncryption {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::A256CbcHs512, Self::A256Gcm];

    /// The value of `enc`.
    pub fn word(self) -> &'static str {
        match self {
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A256Gcm => "A256GCM",
        }
    }
}

/// The receiver's public key.
#[derive(Debug)]
pub struct EncryptingKey {
    kid: Option<String>,
    key: OaepPublicEncryptingKey,
}

impl EncryptingKey {
    /// From an RSA public key (`SubjectPublicKeyInfo`, DER), as a certificate holds it.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyKind`] for any other kind, [`JoseError::KeySize`].
    pub fn from_der(public_key: &[u8], kid: Option<String>) -> Result<Self, JoseError> {
        let key = PublicEncryptingKey::from_der(public_key).map_err(|_| JoseError::KeyKind)?;
        if !(RSA_MIN_BITS..=RSA_MAX_BITS).contains(&key.key_size_bits()) {
            return Err(JoseError::KeySize);
        }
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| JoseError::KeyKind)?;
        Ok(Self { kid, key })
    }

    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, JoseError> {
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        let made = self
            .key
            .encrypt(&OAEP_SHA256_MGF1SHA256, key, &mut wrapped, None);
        Ok(made.map_err(|_| JoseError::KeyKind)?.to_vec())
    }
}

/// The receiver's private key.
pub struct DecryptingKey(OaepPrivateDecryptingKey);

impl fmt::Debug for DecryptingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DecryptingKey")
    }
}

impl DecryptingKey {
    /// Reads an RSA private key in PEM (PKCS #8).
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyKind`].
    pub fn from_pem(pem: &str) -> Result<Self, JoseError> {
        if pem.len() > certificate::PEM_MAX_BYTES {
            return Err(JoseError::TooLong);
        }
        let Ok(PrivateKeyDer::Pkcs8(der)) = PrivateKeyDer::from_pem_slice(pem.as_bytes()) else {
            return Err(JoseError::KeyKind);
        };
        let key = PrivateDecryptingKey::from_pkcs8(der.secret_pkcs8_der());
        let key = key.map_err(|_| JoseError::KeyKind)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| JoseError::KeyKind)?;
        Ok(Self(key))
    }

    /// The content's key; a random one if this is not it, so that both take the same work
    /// (RFC 7516 §11.5).
    fn unwrap(&self, wrapped: &[u8], length: usize) -> Vec<u8> {
        let mut room = vec![0; self.0.min_output_size()];
        let found = self
            .0
            .decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut room, None);
        match found {
            Ok(key) if key.len() == length => key.to_vec(),
            _ => random_bytes::<64>()[..length].to_vec(),
        }
    }
}

/// Wraps a signed token (RFC 7519 §3: a nested one).
///
/// # Errors
///
/// [`JoseError::KeyKind`] when the receiver's key refuses.
pub fn encrypt(
    token: &str,
    to: &EncryptingKey,
    how: ContentEncryption,
) -> Result<String, JoseError> {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: &'static str,
        enc: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<&'a str>,
        typ: &'static str,
        cty: &'static str,
    }
    let header = Header {
        alg: ENCRYPTION,
        enc: how.word(),
        kid: to.kid.as_deref(),
        typ: "JWE",
        cty: "JWT",
    };
    let header = serde_json::to_vec(&header).map_err(|_| JoseError::Malformed("header"))?;
    let header = base64url(header);
    let key = &random_bytes::<64>()[..how.key_bytes()];
    let sealed = how.seal(key, header.as_bytes(), token.as_bytes())?;
    let parts = [to.wrap(key)?, sealed.iv, sealed.ciphertext, sealed.tag].map(base64url);
    Ok(format!("{header}.{}", parts.join(".")))
}

/// Opens a token.
///
/// # Errors
///
/// [`JoseError::Decryption`], whatever is wrong but its form and its algorithms.
pub fn decrypt(token: &str, key: &DecryptingKey) -> Result<String, JoseError> {
    if token.len() > TOKEN_MAX_BYTES {
        return Err(JoseError::TooLong);
    }
    let parts: Vec<&str> = token.splitn(6, '.').collect();
    let [header, wrapped, iv, ciphertext, tag] = parts[..] else {
        return Err(JoseError::Malformed("form"));
    };
    let how = content_encryption(header)?;
    let bytes = |part: &str| from_base64url(part).ok_or(JoseError::Malformed("form"));
    let content_key = key.unwrap(&bytes(wrapped)?, how.key_bytes());
    let sealed = Sealed {
        iv: bytes(iv)?,
        ciphertext: bytes(ciphertext)?,
        tag: bytes(tag)?,
    };
    let opened = how.open(&content_key, header.as_bytes(), sealed);
    let text = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or(JoseError::Decryption)
}

fn content_encryption(header: &str) -> Result<ContentEncryption, JoseError> {
    let header = part(header, "header")?;
    if header.contains_key("crit") || header.contains_key("zip") {
        return Err(JoseError::Extension);
    }
    let enc = text(&header, "enc")?;
    let mut all = ContentEncryption::ALL.into_iter();
    let how = all.find(|how| enc.as_deref() == Some(how.word()));
    how.filter(|_| text(&header, "alg").is_ok_and(|alg| alg.as_deref() == Some(ENCRYPTION)))
        .ok_or(JoseError::Algorithm)
}

pub(super) struct Sealed {
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl ContentEncryption {
    fn key_bytes(self) -> usize {
        match self {
            Self::A256CbcHs512 => 64,
            Self::A256Gcm => 32,
        }
    }

    fn seal(self, key: &[u8], header: &[u8], content: &[u8]) -> Result<Sealed, JoseError> {
        let sealed = match self {
            Self::A256CbcHs512 => seal_cbc(key, header, content),
            Self::A256Gcm => seal_gcm(key, header, content),
        };
        sealed.ok_or(JoseError::KeyKind)
    }

    fn open(self, key: &[u8], header: &[u8], sealed: Sealed) -> Option<Vec<u8>> {
        match self {
            Self::A256CbcHs512 => open_cbc(key, header, sealed),
            Self::A256Gcm => open_gcm(key, header, sealed),
        }
    }
}

/// RFC 7518 §5.2.2.1: the first half of the key authenticates, the second encrypts.
fn seal_cbc(key: &[u8], header: &[u8], content: &[u8]) -> Option<Sealed> {
    let iv = random_bytes::<16>();
    let cipher = UnboundCipherKey::new(&AES_256, key.get(32..)?).ok()?;
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(cipher).ok()?;
    let mut ciphertext = content.to_vec();
    let begin = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher.less_safe_encrypt(&mut ciphertext, begin).ok()?;
    let tag = cbc_tag(key, header, &iv, &ciphertext)?;
    Some(Sealed {
        iv: iv.to_vec(),
        ciphertext,
        tag,
    })
}

pub(super) fn open_cbc(key: &[u8], header: &[u8], mut sealed: Sealed) -> Option<Vec<u8>> {
    let tag = cbc_tag(key, header, &sealed.iv, &sealed.ciphertext)?;
    constant_time::verify_slices_are_equal(&tag, &sealed.tag).ok()?;
    let cipher = UnboundCipherKey::new(&AES_256, key.get(32..)?).ok()?;
    let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(cipher).ok()?;
    let iv: [u8; 16] = sealed.iv.try_into().ok()?;
    let begin = DecryptionContext::Iv128(FixedLength::from(iv));
    let content = cipher.decrypt(&mut sealed.ciphertext, begin).ok()?;
    Some(content.to_vec())
}

fn cbc_tag(key: &[u8], header: &[u8], iv: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let header_bits = u64::try_from(header.len()).ok()?.checked_mul(8)?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key.get(..32)?));
    for part in [header, iv, ciphertext, &header_bits.to_be_bytes()] {
        context.update(part);
    }
    Some(context.sign().as_ref().get(..32)?.to_vec())
}

/// RFC 7518 §5.3
fn seal_gcm(key: &[u8], header: &[u8], content: &[u8]) -> Option<Sealed> {
    let iv = random_bytes::<12>();
    let mut ciphertext = content.to_vec();
    let tag = gcm(key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(iv),
            Aad::from(header),
            &mut ciphertext,
        )
        .ok()?;
    Some(Sealed {
        iv: iv.to_vec(),
        ciphertext,
        tag: tag.as_ref().to_vec(),
    })
}

fn open_gcm(key: &[u8], header: &[u8], mut sealed: Sealed) -> Option<Vec<u8>> {
    // A shorter tag would be easier to guess.
    if sealed.tag.len() != 16 {
        return None;
    }
    let nonce = Nonce::try_assume_unique_for_key(&sealed.iv).ok()?;
    sealed.ciphertext.append(&mut sealed.tag);
    let content = gcm(key)?.open_in_place(nonce, Aad::from(header), &mut sealed.ciphertext);
    Some(content.ok()?.to_vec())
}

fn gcm(key: &[u8]) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(
        UnboundKey::new(&aead::AES_256_GCM, key).ok()?,
    ))
}
