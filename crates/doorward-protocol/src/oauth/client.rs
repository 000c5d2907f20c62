//! Who a client says it is, at the token endpoint and its siblings.

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::Parameters;
use crate::encoding::{constant_time_eq, from_base64};

/// `client_assertion_type` of RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ID_BYTES_MAX: usize = 255;

/// Why a client is not even looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PresentedError {
    /// Nothing says which client it is.
    #[error("The client is not named: send client_id, or an Authorization header.")]
    Missing,
    /// Two ways at once (RFC 6749 §2.3).
    #[error("The client is named in more than one way.")]
    Several,
    /// An `Authorization` that is not Basic, or cannot be read.
    #[error("The Authorization header cannot be read: it must be Basic, id and secret.")]
    Malformed,
    /// An assertion of a kind that is not known.
    #[error("The client_assertion_type is not supported.")]
    AssertionType,
}

/// How a client names and proves itself. No `Debug`: it holds the secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// `client_secret_basic`
    Basic {
        /// Who.
        id: String,
        /// The secret, form-decoded as RFC 6749 §2.3.1 wants it.
        secret: String,
        /// The secret as it stood there, for the many clients that do not encode it.
        raw: String,
    },
    /// `client_secret_post`
    Post {
        /// Who.
        id: String,
        /// The secret.
        secret: String,
    },
    /// `private_key_jwt`, RFC 7523.
    Assertion {
        /// Who, if that is said beside it.
        id: Option<String>,
        /// The signed token.
        assertion: String,
    },
    /// A name alone.
    Named {
        /// Who.
        id: String,
    },
}

impl Presented {
    /// Reads the header and the body's parameters; the query never counts.
    ///
    /// # Errors
    ///
    /// [`PresentedError`].
    pub fn read(authorization: Option<&str>, body: &Parameters) -> Result<Self, PresentedError> {
        let (id, secret) = (body.get("client_id"), body.get("client_secret"));
        let id = id.filter(|id| id.len() <= ID_BYTES_MAX);
        let assertion = body.get("client_assertion");
        let ways = [
            authorization.is_some(),
            secret.is_some(),
            assertion.is_some(),
        ];
        if ways.into_iter().filter(|is_there| *is_there).count() > 1 {
            return Err(PresentedError::Several);
        }
        if let Some(header) = authorization {
            return Self::basic(header, id);
        }
        if let Some(assertion) = assertion {
            return match body.get("client_assertion_type") {
                Some(JWT_BEARER) => Ok(Self::Assertion {
                    id: id.map(str::to_owned),
                    assertion: assertion.to_owned(),
                }),
                _ => Err(PresentedError::AssertionType),
            };
        }
        let id = id.ok_or(PresentedError::Missing)?.to_owned();
        Ok(match secret {
            Some(secret) => Self::Post {
                id,
                secret: secret.to_owned(),
            },
            None => Self::Named { id },
        })
    }

    /// A `client_id` beside the header must be the same one.
    fn basic(header: &str, named: Option<&str>) -> Result<Self, PresentedError> {
        let (scheme, encoded) = header.split_once(' ').ok_or(PresentedError::Malformed)?;
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        let decoded = is_basic.then(|| from_base64(encoded.trim())).flatten();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or(PresentedError::Malformed)?;
        let (id, raw) = text.split_once(':').ok_or(PresentedError::Malformed)?;
        let id = form_decoded(id);
        if named.is_some_and(|named| named != id) {
            return Err(PresentedError::Several);
        }
        Ok(Self::Basic {
            id,
            secret: form_decoded(raw),
            raw: raw.to_owned(),
        })
    }

    /// Which client, if it is said in clear.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } | Self::Named { id } => Some(id),
            Self::Assertion { id, .. } => id.as_deref(),
        }
    }

    /// Whether the secret that came along is `secret`; compared in constant time, in both readings.
    pub fn has_secret(&self, secret: &str) -> bool {
        let same = |given: &str| constant_time_eq(given.as_bytes(), secret.as_bytes());
        match self {
            _ if secret.is_empty() => false,
            Self::Basic { secret, raw, .. } => same(secret) | same(raw),
            Self::Post { secret, .. } => same(secret),
            Self::Assertion { .. } | Self::Named { .. } => false,
        }
    }

    /// Whether an `Authorization` header was used: then a refusal names the scheme (RFC 6749 §5.2).
    pub fn is_in_header(&self) -> bool {
        matches!(self, Self::Basic { .. })
    }
}

fn form_decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::base64;

    fn read(authorization: Option<&str>, body: &str) -> Result<Presented, PresentedError> {
        Presented::read(authorization, &Parameters::read(body.as_bytes()).unwrap())
    }

    #[test]
    fn a_basic_secret_is_form_decoded_or_taken_as_it_stands_rfc_6749_2_3_1() {
        let header = format!("Basic {}", base64("app%20one:a%2Bb+c"));
        let read = read(Some(&header), "").ok().unwrap();
        assert_eq!(read.id(), Some("app one"));
        for secret in ["a+b c", "a%2Bb+c"] {
            assert!(read.has_secret(secret), "{secret}");
        }
        assert!(!read.has_secret("a+b+c") && !read.has_secret(""));
    }

    #[test]
    fn two_ways_at_once_are_refused_rfc_6749_2_3() {
        let header = format!("Basic {}", base64("a:b"));
        for (authorization, body) in [
            (Some(&*header), "client_id=a&client_secret=b"),
            (Some(&*header), "client_id=other"),
            (Some(&*header), "client_assertion=x"),
            (None, "client_id=a&client_secret=b&client_assertion=x"),
        ] {
            let refused = read(authorization, body).err();
            assert_eq!(refused, Some(PresentedError::Several), "{body}");
        }
        assert!(read(Some(&header), "client_id=a").is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in ["", "Basic", "Bearer abc", "Basic !!", "Basic YWJj"] {
            let refused = read(Some(bad), "").err();
            assert_eq!(refused, Some(PresentedError::Malformed), "{bad:?}");
        }
        assert_eq!(read(None, "").err(), Some(PresentedError::Missing));
        let kind = "client_assertion=x&client_assertion_type=saml";
        assert_eq!(read(None, kind).err(), Some(PresentedError::AssertionType));
    }
}
