//! Proofs that whoever asks holds a key (`DPoP`, RFC 9449 §4).
//!
//! Owns what a proof must say. Leaves to others that each counts once, and what a key is bound to.
//! Rule: a proof is for one method at one address, and for about a minute.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use crate::encoding::{base64url, constant_time_eq, from_base64url, sha256};
use crate::jose::{self, Algorithm, PublicKey, Typ};

/// How a proof may be signed.
pub const PROOF_ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
    Algorithm::Rs256,
];

/// A proof may be so old, seconds.
const AGE_S_MAX: i64 = 60;
/// A client's clock may be so far ahead, seconds.
const AHEAD_S_MAX: i64 = 15;
const BYTES_MAX: usize = 8 * 1024;
const JTI_BYTES_MAX: usize = 255;

/// Why a proof is refused (RFC 9449 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// There is more than one.
    Several,
    /// No signed token, or one of another type or algorithm, or with a key that is none or is private.
    Unreadable,
    /// Something that it must say is missing or no text or number.
    Incomplete,
    /// For another method.
    Method,
    /// For another address.
    Address,
    /// Too old, or not of now.
    Time,
    /// Not for the access token beside it.
    AccessToken,
    /// Not for the code beside it.
    Code,
    /// Made with another key than the one that something is bound to.
    Key,
    /// It was used before.
    Used,
    /// There is none.
    Missing,
}

impl ProofError {
    /// What is wrong, for the developer of the client.
    pub fn words(self) -> &'static str {
        match self {
            Self::Several => "There is more than one DPoP header.",
            Self::Unreadable => {
                "The DPoP proof cannot be read, or its key or signature is not as it must be."
            }
            Self::Incomplete => "The DPoP proof lacks jti, htm, htu or iat.",
            Self::Method => "The htm of the DPoP proof is not the method of the request.",
            Self::Address => "The htu of the DPoP proof is not the address of the request.",
            Self::Time => "The iat of the DPoP proof is too long ago, or in the future.",
            Self::AccessToken => "The ath of the DPoP proof is not the hash of the access token.",
            Self::Code => {
                "The c_s256 of the DPoP proof is missing, or is not the hash of the code."
            }
            Self::Key => "The DPoP proof is made with another key.",
            Self::Used => "The DPoP proof was used before.",
            Self::Missing => "A DPoP proof is needed.",
        }
    }
}

impl fmt::Display for ProofError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

impl std::error::Error for ProofError {}

/// What a proof has to be for.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its address; query and fragment do not matter.
    pub address: &'a str,
    /// Unix seconds.
    pub now_s: i64,
    /// The access token that it came with.
    pub access_token: Option<&'a str>,
}

/// A proof that is right. Nobody has looked yet whether it was used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of its key (RFC 7638).
    pub jkt: String,
    /// Its key.
    pub key: PublicKey,
    /// The hash of a code that it is for.
    code: Option<String>,
    jti: String,
    iat_s: i64,
}

impl Proof {
    /// Reads the values of the headers `DPoP`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ProofError`].
    pub fn read<'a>(
        mut shown: impl Iterator<Item = &'a str>,
        expected: Expected<'_>,
    ) -> Result<Option<Self>, ProofError> {
        match (shown.next(), shown.next()) {
            (None, _) => Ok(None),
            (Some(one), None) => Self::judged(one, expected).map(Some),
            (Some(_), Some(_)) => Err(ProofError::Several),
        }
    }

    fn judged(text: &str, expected: Expected<'_>) -> Result<Self, ProofError> {
        if text.len() > BYTES_MAX {
            return Err(ProofError::Unreadable);
        }
        let read = jose::verify_with_its_own_key(text, Typ::Proof);
        let (signed, key) = read.map_err(|_| ProofError::Unreadable)?;
        let said = Said::read(&signed.claims).ok_or(ProofError::Incomplete)?;
        if said.htm != expected.method {
            return Err(ProofError::Method);
        }
        if !is_same_address(said.htu, expected.address) {
            return Err(ProofError::Address);
        }
        let age_s = expected.now_s.saturating_sub(said.iat_s);
        if !(-AHEAD_S_MAX..=AGE_S_MAX).contains(&age_s) {
            return Err(ProofError::Time);
        }
        let fits = |token: &str| {
            let hash = base64url(sha256(token.as_bytes()));
            let ath = said.ath.unwrap_or_default();
            constant_time_eq(ath.as_bytes(), hash.as_bytes())
        };
        if !expected.access_token.is_none_or(fits) {
            return Err(ProofError::AccessToken);
        }
        Ok(Self {
            jkt: key.key.thumbprint(),
            key: key.key,
            code: said.code.map(str::to_owned),
            jti: said.jti.to_owned(),
            iat_s: said.iat_s,
        })
    }

    /// Whether it was made for this very code, so that nobody binds a sign-in of theirs to another's key
    /// (OpenID Connect Key Binding 1.0 §2.3, §3.3).
    pub fn is_for_code(&self, code: &str) -> bool {
        let hash = base64url(sha256(code.as_bytes()));
        let said = self.code.as_deref().unwrap_or_default();
        constant_time_eq(said.as_bytes(), hash.as_bytes())
    }

    /// What is remembered of it, so that it counts once (RFC 9449 §11.1): the key is part of it, so
    /// that nobody uses up another's.
    pub fn once(&self) -> String {
        format!("dpop\0{}\0{}", self.jkt, self.jti)
    }

    /// Until when that has to be remembered, Unix seconds.
    pub fn remembered_until_s(&self) -> i64 {
        self.iat_s.saturating_add(AGE_S_MAX + 1)
    }
}

/// What every proof says.
struct Said<'a> {
    jti: &'a str,
    htm: &'a str,
    htu: &'a str,
    iat_s: i64,
    ath: Option<&'a str>,
    code: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn read(claims: &'a Map<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        Some(Self {
            jti: text("jti").filter(|jti| !jti.is_empty() && jti.len() <= JTI_BYTES_MAX)?,
            htm: text("htm")?,
            htu: text("htu")?,
            iat_s: claims.get("iat")?.as_i64()?,
            ath: text("ath"),
            code: text("c_s256"),
        })
    }
}

/// Whether two addresses are one, but for query and fragment (RFC 9449 §4.3 number 9).
fn is_same_address(said: &str, ours: &str) -> bool {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    bare(said).is_some_and(|said| bare(ours) == Some(said))
}

/// Whether a text can be the thumbprint of a key (RFC 9449 §10, `dpop_jkt`).
pub fn is_thumbprint(text: &str) -> bool {
    from_base64url(text).is_some_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jose::{SigningKey, sign_showing_key};

    const KEYS: [&str; 5] = [
        include_str!("../jose/tests/p256.pem"),
        include_str!("../jose/tests/p384.pem"),
        include_str!("../jose/tests/p521.pem"),
        include_str!("../jose/tests/ed25519.pem"),
        include_str!("../jose/tests/rsa.pem"),
    ];
    const HERE: &str = "https://auth.example.org/application/o/token/";
    const NOW_S: i64 = 1_800_000_000;

    /// RFC 9449 §4.1
    const EXAMPLE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    fn expected() -> Expected<'static> {
        Expected {
            method: "POST",
            address: HERE,
            now_s: NOW_S,
            access_token: None,
        }
    }

    fn said(more: &Value) -> Value {
        let mut said = json!({ "jti": "a", "htm": "POST", "htu": HERE, "iat": NOW_S });
        said.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        said
    }

    fn proof(more: &Value) -> String {
        let key = SigningKey::from_pem(KEYS[0], None).unwrap();
        sign_showing_key(&key, Typ::Proof, &said(more)).unwrap()
    }

    fn read(more: &Value, expected: Expected<'_>) -> Result<Option<Proof>, ProofError> {
        Proof::read([&*proof(more)].into_iter(), expected)
    }

    #[test]
    fn the_example_of_rfc_9449_4_1_is_a_proof_with_the_thumbprint_of_6_1() {
        let expected = Expected {
            method: "POST",
            address: "https://server.example.com/token",
            now_s: 1_562_262_616,
            access_token: None,
        };
        let read = Proof::read([EXAMPLE].into_iter(), expected)
            .unwrap()
            .unwrap();
        assert_eq!(read.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!(read.once(), format!("dpop\0{}\0-BwC3ESc6acc2lTc", read.jkt));
        assert!(is_thumbprint(&read.jkt) && !is_thumbprint(&read.jkt[1..]));
    }

    #[test]
    fn every_algorithm_of_the_list_proves_and_the_key_is_known_by_its_thumbprint() {
        for (pem, algorithm) in KEYS.iter().zip(PROOF_ALGORITHMS) {
            let key = SigningKey::from_pem(pem, None).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            let proof = sign_showing_key(&key, Typ::Proof, &said(&json!({}))).unwrap();
            let read = Proof::read([&*proof].into_iter(), expected())
                .unwrap()
                .unwrap();
            assert_eq!(Some(&*read.jkt), key.kid());
        }
    }

    /// RFC 9449 §4.3
    #[test]
    fn a_proof_is_for_one_method_at_one_address_at_one_time() {
        for (more, error) in [
            (json!({ "htm": "GET" }), ProofError::Method),
            (json!({ "htm": "post" }), ProofError::Method),
            (
                json!({ "htu": "https://auth.example.org/application/o/par/" }),
                ProofError::Address,
            ),
            (
                json!({ "htu": "http://auth.example.org/application/o/token/" }),
                ProofError::Address,
            ),
            (
                json!({ "htu": "https://evil.tld/application/o/token/" }),
                ProofError::Address,
            ),
            (
                json!({ "htu": "https://auth.example.org:8443/application/o/token/" }),
                ProofError::Address,
            ),
            (
                json!({ "htu": "/application/o/token/" }),
                ProofError::Address,
            ),
            (json!({ "iat": NOW_S - 61 }), ProofError::Time),
            (json!({ "iat": NOW_S + 16 }), ProofError::Time),
            (json!({ "iat": i64::MIN }), ProofError::Time),
            (json!({ "iat": i64::MAX }), ProofError::Time),
            (json!({ "iat": "now" }), ProofError::Incomplete),
            (json!({ "jti": "" }), ProofError::Incomplete),
            (json!({ "jti": "j".repeat(256) }), ProofError::Incomplete),
            (json!({ "jti": 7 }), ProofError::Incomplete),
            (json!({ "htm": null }), ProofError::Incomplete),
            (json!({ "htu": null }), ProofError::Incomplete),
            (json!({ "iat": null }), ProofError::Incomplete),
        ] {
            assert_eq!(read(&more, expected()), Err(error), "{more}");
        }
        for more in [
            json!({ "iat": NOW_S - 10 }),
            json!({ "iat": NOW_S + 10 }),
            json!({ "iat": NOW_S - 60 }),
            json!({ "htu": format!("{HERE}?a=b#c") }),
            json!({ "htu": "HTTPS://AUTH.example.org:443/application/o/token/" }),
            json!({ "nonce": "not asked for", "more": {} }),
        ] {
            assert!(read(&more, expected()).unwrap().is_some(), "{more}");
        }
        let address = &format!("{HERE}?query");
        let queried = Expected {
            address,
            ..expected()
        };
        assert!(read(&json!({}), queried).unwrap().is_some());
    }

    #[test]
    fn a_proof_beside_an_access_token_holds_its_hash_rfc_9449_7() {
        let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
        let beside = Expected {
            access_token: Some(token),
            ..expected()
        };
        let ath = json!({ "ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo" });
        assert!(read(&ath, beside).unwrap().is_some());
        for more in [
            json!({}),
            json!({ "ath": "" }),
            json!({ "ath": token }),
            json!({ "ath": 1 }),
        ] {
            let refused = read(&more, beside);
            assert_eq!(refused, Err(ProofError::AccessToken), "{more}");
        }
    }

    /// The examples of OpenID Connect Key Binding 1.0 §2.3 and §3.3.
    #[test]
    fn a_proof_for_a_code_holds_its_hash() {
        for (code, hash) in [
            (
                "SplxlOBeZQQYbYS6WxSbIA",
                "o1uBp9eSe3DsmScN0jYriFgKKFdK-BLywC9WRpV5GG8",
            ),
            (
                "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
                "z-6KJMF671PQKXSuIHAVQfnEVR2x1AUsfHlvC50va38",
            ),
        ] {
            let proof = read(&json!({ "c_s256": hash }), expected())
                .unwrap()
                .unwrap();
            assert!(proof.is_for_code(code));
            for other in ["", &code[1..], "another code"] {
                assert!(!proof.is_for_code(other), "{other}");
            }
            for more in [
                json!({}),
                json!({ "c_s256": "" }),
                json!({ "c_s256": code }),
                json!({ "c_s256": 1 }),
            ] {
                let proof = read(&more, expected()).unwrap().unwrap();
                assert!(!proof.is_for_code(code), "{more}");
            }
        }
    }

    #[test]
    fn there_is_one_header_of_a_bounded_length_or_none() {
        let proof = proof(&json!({}));
        assert_eq!(Proof::read([].into_iter(), expected()), Ok(None));
        let twice = Proof::read([&*proof, &*proof].into_iter(), expected());
        assert_eq!(twice, Err(ProofError::Several));
        let joined = format!("{proof}, {proof}");
        for bad in ["", "eyJ", &joined, &proof[1..], &"a".repeat(9000)] {
            let refused = Proof::read([bad].into_iter(), expected());
            assert_eq!(refused, Err(ProofError::Unreadable), "{bad}");
        }
        let long = json!({ "more": "m".repeat(9000) });
        assert_eq!(read(&long, expected()), Err(ProofError::Unreadable));
    }
}
