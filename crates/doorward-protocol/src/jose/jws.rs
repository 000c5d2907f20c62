//! Signed tokens in the compact form (RFC 7515 §3.1, RFC 7519).
//!
//! Rule: only a token whose signature was verified shows its claims.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Algorithm, JoseError, Jwk, SigningKey, TOKEN_MAX_BYTES, VerifyingKey, members};
use crate::encoding::{base64url, from_base64url};

/// What a token is for, so that none passes as another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// Anything without a word of its own: ID tokens, client assertions. Their `typ` may be missing.
    Jwt,
    /// RFC 9068 §2.1
    AccessToken,
    /// OpenID Connect Back-Channel Logout 1.0 §2.4
    LogoutToken,
    /// RFC 9449 §4.2
    Proof,
    /// An ID token that is bound to a key (OpenID Connect Key Binding 1.0 §4).
    BoundIdToken,
}

impl Typ {
    /// The value of `typ`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
            Self::LogoutToken => "logout+jwt",
            Self::Proof => "dpop+jwt",
            Self::BoundIdToken => "dpop+id_token",
        }
    }

    /// Media types are compared without their case and may be written out (RFC 7515 §4.1.9).
    fn is(self, given: Option<&str>) -> bool {
        let Some(given) = given else {
            return self == Self::Jwt;
        };
        let given = given.to_ascii_lowercase();
        let short = given.strip_prefix("application/").unwrap_or(&given);
        short == self.word().to_ascii_lowercase()
    }
}

/// A token whose signature is right. Nobody has looked at its times, issuer or audience yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// The claims.
    pub claims: Map<String, Value>,
    /// The name of the key, as the header gives it.
    pub kid: Option<String>,
}

/// Signs claims.
///
/// # Errors
///
/// [`JoseError::Malformed`] when the claims are no JSON object.
pub fn sign(key: &SigningKey, typ: Typ, claims: &impl Serialize) -> Result<String, JoseError> {
    let header = Header {
        alg: key.algorithm().word(),
        kid: key.kid(),
        typ: typ.word(),
        jwk: None,
    };
    signed(key, &header, claims)
}

/// Signs claims and shows the key in the header, as a client proves that it holds it
/// (RFC 9449 §4.2).
///
/// # Errors
///
/// [`JoseError::Malformed`] when the claims are no JSON object, [`JoseError::KeyKind`] for a secret.
pub fn sign_showing_key(
    key: &SigningKey,
    typ: Typ,
    claims: &impl Serialize,
) -> Result<String, JoseError> {
    let public = key.public().ok_or(JoseError::KeyKind)?;
    let header = Header {
        alg: key.algorithm().word(),
        kid: None,
        typ: typ.word(),
        jwk: Some(public.published()),
    };
    signed(key, &header, claims)
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<Map<String, Value>>,
}

fn signed(
    key: &SigningKey,
    header: &Header<'_>,
    claims: &impl Serialize,
) -> Result<String, JoseError> {
    let header = serde_json::to_vec(header).map_err(|_| JoseError::Malformed("header"))?;
    let claims = serde_json::to_vec(claims).map_err(|_| JoseError::Malformed("claims"))?;
    if claims.first() != Some(&b'{') {
        return Err(JoseError::Malformed("claims"));
    }
    let message = format!("{}.{}", base64url(header), base64url(claims));
    let signature = base64url(key.sign(message.as_bytes())?);
    Ok(format!("{message}.{signature}"))
}

/// Verifies a token with one of `keys`: the one that it names, or, when it names none, any of its
/// algorithm. A key without a name (of a PEM file, or of a set without `kid`) is any that a token
/// names.
///
/// # Errors
///
/// [`JoseError`], as long as anything is not as it must be.
pub fn verify<'k>(
    token: &str,
    typ: Typ,
    keys: impl IntoIterator<Item = &'k VerifyingKey>,
) -> Result<Signed, JoseError> {
    let parts = Parts::of(token)?;
    if !typ.is(parts.typ.as_deref()) {
        return Err(JoseError::Type);
    }
    let kid = parts.kid.as_deref();
    let is_it = |key: &VerifyingKey| kid.is_none() || key.kid().is_none() || key.kid() == kid;
    let mut fitting = keys
        .into_iter()
        .filter(|key| key.algorithm() == parts.algorithm && is_it(key))
        .peekable();
    if fitting.peek().is_none() {
        return Err(JoseError::UnknownKey);
    }
    if !fitting.any(|key| key.verifies(parts.message, &parts.signature)) {
        return Err(JoseError::Signature);
    }
    Ok(Signed {
        claims: part(parts.payload, "claims")?,
        kid: parts.kid,
    })
}

/// Verifies a token with the key that its own header carries (RFC 9449 §4.3): it tells that whoever
/// made it holds this key, and nothing else. Nowhere else is a key read from a header.
///
/// # Errors
///
/// [`JoseError`], as long as anything is not as it must be.
pub fn verify_with_its_own_key(token: &str, typ: Typ) -> Result<(Signed, Jwk), JoseError> {
    let parts = Parts::of(token)?;
    if !typ.is(parts.typ.as_deref()) {
        return Err(JoseError::Type);
    }
    let shown = part(token.split('.').next().unwrap_or_default(), "header")?;
    let shown = shown.get("jwk").and_then(Value::as_object);
    let jwk = Jwk::read(shown.ok_or(JoseError::Malformed("jwk"))?)?;
    let key = VerifyingKey::new(&jwk)?;
    if key.algorithm() != parts.algorithm {
        return Err(JoseError::Algorithm);
    }
    if !key.verifies(parts.message, &parts.signature) {
        return Err(JoseError::Signature);
    }
    let signed = Signed {
        claims: part(parts.payload, "claims")?,
        kid: parts.kid,
    };
    Ok((signed, jwk))
}

/// A token that was taken apart and not verified.
struct Parts<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    typ: Option<String>,
    message: &'a [u8],
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, JoseError> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(JoseError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(JoseError::Malformed("form"))?;
        let (header, payload) = message
            .split_once('.')
            .ok_or(JoseError::Malformed("form"))?;
        let header = part(header, "header")?;
        // `b64` may only stand with `crit` (RFC 7797 §6); alone it is a trap.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(JoseError::Extension);
        }
        let alg = text(&header, "alg")?.ok_or(JoseError::Malformed("header"))?;
        Ok(Self {
            algorithm: Algorithm::from_word(&alg).ok_or(JoseError::Algorithm)?,
            kid: text(&header, "kid")?,
            typ: text(&header, "typ")?,
            message: message.as_bytes(),
            payload,
            signature: from_base64url(signature).ok_or(JoseError::Malformed("signature"))?,
        })
    }
}

/// A member that, if it is there, is a text.
pub(super) fn text(header: &Map<String, Value>, name: &str) -> Result<Option<String>, JoseError> {
    match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(JoseError::Malformed("header")),
    }
}

/// A JSON object in base64url.
pub(super) fn part(encoded: &str, name: &'static str) -> Result<Map<String, Value>, JoseError> {
    let bytes = from_base64url(encoded).ok_or(JoseError::Malformed(name))?;
    members::read(&bytes).ok_or(JoseError::Malformed(name))
}
