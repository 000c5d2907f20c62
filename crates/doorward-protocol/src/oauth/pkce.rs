//! Proof Key for Code Exchange, RFC 7636.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::encoding::{base64url, constant_time_eq, sha256};

/// Why a challenge is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChallengeError {
    /// Not 43 to 128 unreserved characters (RFC 7636 §4.2).
    #[error("The code_challenge must be 43 to 128 unreserved characters.")]
    Malformed,
    /// Neither `S256` nor, where that is allowed, `plain`.
    #[error("The code_challenge_method must be S256.")]
    Method,
    /// A method without a challenge.
    #[error("There is a code_challenge_method, but no code_challenge.")]
    Missing,
}

/// What the verifier must fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", content = "value")]
pub enum Challenge {
    /// base64url(SHA-256(verifier)).
    S256(String),
    /// The verifier itself; for clients of before alone.
    #[serde(rename = "plain")]
    Plain(String),
}

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`; without a method it is `plain`
    /// (RFC 7636 §4.3), which counts only where `plain_allowed`.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`].
    pub fn read(
        value: Option<&str>,
        method: Option<&str>,
        plain_allowed: bool,
    ) -> Result<Option<Self>, ChallengeError> {
        let Some(value) = value else {
            return match method {
                None => Ok(None),
                Some(_) => Err(ChallengeError::Missing),
            };
        };
        if !is_well_formed(value) {
            return Err(ChallengeError::Malformed);
        }
        match method {
            Some("S256") => Ok(Some(Self::S256(value.to_owned()))),
            None | Some("plain") if plain_allowed => Ok(Some(Self::Plain(value.to_owned()))),
            _ => Err(ChallengeError::Method),
        }
    }

    /// Whether a verifier fits.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        if !is_well_formed(verifier) {
            return false;
        }
        match self {
            Self::S256(value) => {
                let made = base64url(sha256(verifier.as_bytes()));
                constant_time_eq(made.as_bytes(), value.as_bytes())
            }
            Self::Plain(value) => constant_time_eq(verifier.as_bytes(), value.as_bytes()),
        }
    }

    /// The method's word.
    pub fn method(&self) -> &'static str {
        match self {
            Self::S256(_) => "S256",
            Self::Plain(_) => "plain",
        }
    }
}

fn is_well_formed(text: &str) -> bool {
    let unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_appendix_b_comes_out() {
        let read = Challenge::read(Some(CHALLENGE), Some("S256"), false);
        let challenge = read.unwrap().unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert!(!challenge.is_met_by(CHALLENGE), "swapped to plain");
        assert!(!challenge.is_met_by(&VERIFIER.to_lowercase()));
        assert!(!challenge.is_met_by(&VERIFIER[..42]), "a verifier of 42");
    }

    #[test]
    fn plain_counts_only_where_it_is_allowed() {
        for method in [None, Some("plain")] {
            let refused = Challenge::read(Some(VERIFIER), method, false);
            assert_eq!(refused, Err(ChallengeError::Method));
            let read = Challenge::read(Some(VERIFIER), method, true).unwrap();
            assert!(read.unwrap().is_met_by(VERIFIER));
        }
        let unknown = Challenge::read(Some(VERIFIER), Some("s256"), true);
        assert_eq!(unknown, Err(ChallengeError::Method));
    }

    #[test]
    fn a_challenge_has_43_to_128_unreserved_characters_rfc_7636_4_2() {
        for bad in ["", "a", &"a".repeat(42), &"a".repeat(129), &"ä".repeat(30)] {
            let refused = Challenge::read(Some(bad), Some("S256"), false);
            assert_eq!(refused, Err(ChallengeError::Malformed), "{bad:?}");
        }
        let odd = format!("{}+", "a".repeat(45));
        let refused = Challenge::read(Some(&odd), Some("S256"), false);
        assert_eq!(refused, Err(ChallengeError::Malformed));
        let alone = Challenge::read(None, Some("S256"), false);
        assert_eq!(alone, Err(ChallengeError::Missing));
        assert_eq!(Challenge::read(None, None, false), Ok(None));
    }
}
