//! What attackers try with signed tokens (oidc.md 6.3, number 4).

use proptest::prelude::*;
use serde_json::json;

use super::{EC, RSA, claims, signers, verifier};
use crate::encoding::{base64url, from_base64url};
use crate::jose::{JoseError, SigningKey, Typ, VerifyingKey, sign, verify};

/// A token with the header of the attacker's choice, signed with the right key.
fn with_header(key: &SigningKey, header: &str) -> String {
    let message = format!("{}.{}", base64url(header), base64url(claims().to_string()));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(signature))
}

#[test]
fn a_token_is_verified_by_its_key_and_by_no_other() {
    let keys = signers();
    let all: Vec<VerifyingKey> = keys.iter().map(verifier).collect();
    for (index, key) in keys.iter().enumerate() {
        let token = sign(key, Typ::Jwt, &claims()).unwrap();
        let signed = verify(&token, Typ::Jwt, &all).unwrap();
        assert_eq!(json!(signed.claims), claims());
        assert_eq!(signed.kid.as_deref(), key.kid());
        let others = keys.iter().enumerate().filter(|(other, _)| *other != index);
        let others: Vec<_> = others.map(|(_, key)| verifier(key)).collect();
        assert_eq!(
            verify(&token, Typ::Jwt, &others).unwrap_err(),
            JoseError::UnknownKey
        );
    }
}

#[test]
fn cve_2026_1529_no_flipped_bit_of_a_token_is_overlooked() {
    for key in [&SigningKey::from_secret(b"of one client"), &signers()[4]] {
        let verifier = match key.public() {
            Some(_) => verifier(key),
            None => VerifyingKey::from_secret(b"of one client"),
        };
        let token = sign(key, Typ::Jwt, &claims()).unwrap();
        let keys = [verifier];
        assert!(verify(&token, Typ::Jwt, &keys).is_ok());
        for index in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[index] ^= 1 << bit;
                let Ok(changed) = String::from_utf8(bytes) else {
                    continue;
                };
                assert!(verify(&changed, Typ::Jwt, &keys).is_err(), "{index} {bit}");
            }
        }
    }
}

#[test]
fn none_in_no_spelling_is_an_algorithm() {
    let keys: Vec<_> = signers().iter().map(verifier).collect();
    for alg in [
        "none", "None", "NONE", "nOnE", "", "rs256", "HS512", "PS256", "RS256 ",
    ] {
        let header = base64url(json!({ "alg": alg }).to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{}.{signature}", base64url(claims().to_string()));
            assert_eq!(
                verify(&token, Typ::Jwt, &keys).unwrap_err(),
                JoseError::Algorithm,
                "{alg}"
            );
        }
    }
}

#[test]
fn a_public_key_is_no_secret_for_hs256() {
    let rsa = SigningKey::from_pem(RSA, None).unwrap();
    let public = rsa.public().unwrap();
    let as_text = json!(public.published()).to_string();
    for secret in [as_text.as_bytes(), RSA.as_bytes()] {
        let forged = sign(&SigningKey::from_secret(secret), Typ::Jwt, &claims()).unwrap();
        let refused = verify(&forged, Typ::Jwt, &[verifier(&rsa)]).unwrap_err();
        assert_eq!(refused, JoseError::UnknownKey);
    }
}

#[test]
fn a_header_brings_no_key_along() {
    let attacker = SigningKey::from_pem(EC[0], Some("ours".to_owned())).unwrap();
    let ours = SigningKey::from_pem(EC[2], Some("ours".to_owned())).unwrap();
    let embedded = json!(attacker.public().unwrap().published());
    for (name, value) in [
        ("jwk", embedded.clone()),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = json!({ "alg": "ES256", "kid": "ours", name: value }).to_string();
        let refused = verify(
            &with_header(&attacker, &header),
            Typ::Jwt,
            &[verifier(&ours)],
        );
        assert_eq!(refused.unwrap_err(), JoseError::UnknownKey, "{name}");
    }
}

#[test]
fn extensions_doubled_members_and_strange_kids_are_refused() {
    let key = SigningKey::from_pem(EC[0], Some("k".to_owned())).unwrap();
    let keys = [verifier(&key)];
    for (header, expected) in [
        (
            r#"{"alg":"ES256","kid":"k","crit":["exp"],"exp":1}"#,
            JoseError::Extension,
        ),
        (
            r#"{"alg":"ES256","kid":"k","crit":[]}"#,
            JoseError::Extension,
        ),
        (
            r#"{"alg":"ES256","kid":"k","b64":false}"#,
            JoseError::Extension,
        ),
        (
            r#"{"alg":"none","alg":"ES256","kid":"k"}"#,
            JoseError::Malformed("header"),
        ),
        (
            r#"{"alg":"ES256","kid":"k","x":{"a":1,"a":2}}"#,
            JoseError::Malformed("header"),
        ),
        (
            r#"{"alg":"ES256","kid":"../../etc/passwd"}"#,
            JoseError::UnknownKey,
        ),
        (
            r#"{"alg":"ES256","kid":"k' OR '1'='1"}"#,
            JoseError::UnknownKey,
        ),
        (r#"{"alg":"ES256","kid":7}"#, JoseError::Malformed("header")),
        (
            r#"{"alg":["ES256"],"kid":"k"}"#,
            JoseError::Malformed("header"),
        ),
        (r#"{"kid":"k"}"#, JoseError::Malformed("header")),
        (
            r#"{"alg":"ES256","kid":"k"} "x""#,
            JoseError::Malformed("header"),
        ),
        (r#"["ES256"]"#, JoseError::Malformed("header")),
    ] {
        let token = with_header(&key, header);
        assert_eq!(
            verify(&token, Typ::Jwt, &keys).unwrap_err(),
            expected,
            "{header}"
        );
    }
    assert!(
        verify(
            &with_header(&key, r#"{"alg":"ES256","kid":"k"}"#),
            Typ::Jwt,
            &keys
        )
        .is_ok()
    );
}

#[test]
fn a_token_counts_only_for_what_it_was_made_for() {
    let key = SigningKey::from_pem(EC[0], None).unwrap();
    let keys = [verifier(&key)];
    let types = [Typ::Jwt, Typ::AccessToken, Typ::LogoutToken];
    for made in types {
        let token = sign(&key, made, &claims()).unwrap();
        for wanted in types {
            let read = verify(&token, wanted, &keys);
            assert_eq!(read.is_ok(), made == wanted, "{made:?} as {wanted:?}");
        }
    }
    let kid = key.kid().unwrap();
    let header = json!({ "alg": "ES256", "kid": kid, "typ": "application/AT+JWT" }).to_string();
    assert!(verify(&with_header(&key, &header), Typ::AccessToken, &keys).is_ok());
    let without = json!({ "alg": "ES256", "kid": kid }).to_string();
    assert!(verify(&with_header(&key, &without), Typ::AccessToken, &keys).is_err());
}

#[test]
fn signatures_of_zeros_and_of_a_wrong_length_are_refused() {
    for key in signers() {
        let token = sign(&key, Typ::Jwt, &claims()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let length = from_base64url(signature).unwrap().len();
        for wrong in [
            vec![0; length],
            vec![0; length - 1],
            vec![0xff; length],
            Vec::new(),
        ] {
            let token = format!("{message}.{}", base64url(wrong));
            let refused = verify(&token, Typ::Jwt, &[verifier(&key)]).unwrap_err();
            assert_eq!(refused, JoseError::Signature);
        }
        let padded = format!("{token}=");
        assert!(verify(&padded, Typ::Jwt, &[verifier(&key)]).is_err());
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let key = SigningKey::from_secret(b"s");
    let keys = [VerifyingKey::from_secret(b"s")];
    let long = sign(&key, Typ::Jwt, &json!({ "x": "y".repeat(70_000) })).unwrap();
    assert_eq!(
        verify(&long, Typ::Jwt, &keys).unwrap_err(),
        JoseError::TooLong
    );
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    let deep = sign(&key, Typ::Jwt, &json!({ "x": deep })).unwrap();
    let refused = verify(&deep, Typ::Jwt, &keys).unwrap_err();
    assert_eq!(refused, JoseError::Malformed("claims"));
    assert_eq!(
        sign(&key, Typ::Jwt, &[1]).unwrap_err(),
        JoseError::Malformed("claims")
    );
}

proptest! {
    #[test]
    fn any_text_is_only_refused(text in "[A-Za-z0-9_.{}\":-]{0,200}") {
        let keys = [VerifyingKey::from_secret(b"s")];
        prop_assert!(verify(&text, Typ::Jwt, &keys).is_err());
    }
}
