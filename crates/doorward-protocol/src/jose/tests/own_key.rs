//! Tokens whose header carries their key (RFC 9449 §4.2).

use serde_json::{Value, json};

use super::{EC, signers};
use crate::encoding::base64url;
use crate::jose::{JoseError, SigningKey, Typ, sign_showing_key, verify, verify_with_its_own_key};

fn own(alg: &str, jwk: &Value) -> Value {
    json!({ "typ": "dpop+jwt", "alg": alg, "jwk": jwk })
}

/// Signed with a key, whatever the header says.
fn signed(key: &SigningKey, header: &Value) -> String {
    let message = format!(
        "{}.{}",
        base64url(header.to_string()),
        base64url(json!({ "jti": "a" }).to_string())
    );
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(signature))
}

fn refused(token: &str) -> JoseError {
    verify_with_its_own_key(token, Typ::Proof).unwrap_err()
}

#[test]
fn a_token_that_shows_its_key_is_verified_with_it() {
    for key in signers() {
        let token = sign_showing_key(&key, Typ::Proof, &json!({ "jti": "a" })).unwrap();
        let (signed, jwk) = verify_with_its_own_key(&token, Typ::Proof).unwrap();
        assert_eq!(signed.claims["jti"], "a");
        assert_eq!(Some(&*jwk.key.thumbprint()), key.kid());
        // Nobody else believes the key in the header.
        assert_eq!(verify(&token, Typ::Proof, &[]), Err(JoseError::UnknownKey));
    }
}

/// RFC 9449 §4.3 numbers 4 to 7; oidc.md 6.3 number 4
#[test]
fn a_shown_key_is_public_large_enough_and_of_the_algorithm_that_is_named() {
    let key = SigningKey::from_pem(EC[0], None).unwrap();
    let other = SigningKey::from_pem(EC[2], None).unwrap();
    let public = json!(key.public().unwrap().published());
    assert!(verify_with_its_own_key(&signed(&key, &own("ES256", &public)), Typ::Proof).is_ok());
    let mut private = public.clone();
    private["d"] = json!("AAAA");
    let mut unknown = public.clone();
    unknown["crv"] = json!("secp256k1");
    let mut moved = public.clone();
    moved["x"] = moved["y"].clone();
    let mut encrypting = public.clone();
    encrypting["use"] = json!("enc");
    let shared = json!({ "kty": "oct", "k": "c2VjcmV0" });
    let small = {
        let n = base64url([0x81; 128]);
        json!({ "kty": "RSA", "n": n, "e": "AQAB" })
    };
    for (header, error) in [
        (own("ES256", &private), JoseError::PrivateKey),
        (own("ES256", &shared), JoseError::PrivateKey),
        (own("HS256", &json!({ "kty": "oct" })), JoseError::KeyKind),
        (own("ES256", &unknown), JoseError::KeyKind),
        (own("ES256", &moved), JoseError::KeyKind),
        (own("ES256", &encrypting), JoseError::KeyKind),
        (own("RS256", &small), JoseError::KeySize),
        (own("ES384", &public), JoseError::Algorithm),
        (own("HS256", &public), JoseError::Algorithm),
        (own("none", &public), JoseError::Algorithm),
        (own("PS256", &public), JoseError::Algorithm),
        (own("ES256", &Value::Null), JoseError::Malformed("jwk")),
        (own("ES256", &json!("key")), JoseError::Malformed("jwk")),
        (
            json!({ "typ": "dpop+jwt", "alg": "ES256", "kid": key.kid(), "jku": "https://evil.tld/" }),
            JoseError::Malformed("jwk"),
        ),
        (
            json!({ "typ": "JWT", "alg": "ES256", "jwk": public }),
            JoseError::Type,
        ),
        (json!({ "alg": "ES256", "jwk": public }), JoseError::Type),
        (
            json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": public, "crit": ["x"] }),
            JoseError::Extension,
        ),
    ] {
        assert_eq!(refused(&signed(&key, &header)), error, "{header}");
    }
    let foreign = own("ES384", &json!(other.public().unwrap().published()));
    assert_eq!(refused(&signed(&key, &foreign)), JoseError::Signature);
    let token = signed(&key, &own("ES256", &public));
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[1] = base64url(json!({ "jti": "b" }).to_string());
    assert_eq!(refused(&parts.join(".")), JoseError::Signature);
    parts[2] = String::new();
    assert_eq!(refused(&parts.join(".")), JoseError::Signature);
}
