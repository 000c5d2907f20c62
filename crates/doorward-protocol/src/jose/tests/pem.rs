//! Keys as openssl writes them (`pem/`, made with it from the private keys beside them).

use serde_json::json;

use super::{EC, RSA, object, pair};
use crate::certificate::{NewKey, PEM_MAX_BYTES};
use crate::jose::{JoseError, Jwk, PemRefusal, SigningKey, Typ, VerifyingKey, read_pem};
use crate::jose::{sign, verify};

const PUBLIC: &str = include_str!("pem/public.pem");
const CERTIFICATES: &str = include_str!("pem/certificates.pem");
const CHAIN: &str = include_str!("pem/chain.pem");
const ED25519: &str = include_str!("ed25519.pem");

/// In the order of the files.
fn private_keys() -> [SigningKey; 5] {
    [RSA, EC[0], EC[2], EC[3], ED25519]
        .map(|pem| SigningKey::from_pem(pem, Some("what the app calls it".to_owned())).unwrap())
}

fn bare(key: &SigningKey) -> Jwk {
    Jwk {
        kid: None,
        ..key.public().unwrap()
    }
}

/// RFC 7468 §5 and §13, RFC 7515 §4.1.4 (`kid` is a hint, and PEM has none).
#[test]
fn a_key_that_openssl_wrote_verifies_what_its_private_half_signed_by_whatever_name() {
    for text in [PUBLIC, CERTIFICATES] {
        let keys = read_pem(text).unwrap();
        assert_eq!(keys, private_keys().map(|key| bare(&key)));
        let verifying: Vec<_> = keys
            .iter()
            .map(|jwk| VerifyingKey::new(jwk).unwrap())
            .collect();
        for (at, key) in private_keys().iter().enumerate() {
            let token = sign(key, Typ::Jwt, &object(json!({ "sub": "app" }))).unwrap();
            assert!(verify(&token, Typ::Jwt, &verifying).is_ok(), "{key:?}");
            let others = verifying
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at);
            let others = others.map(|(_, key)| key);
            assert!(verify(&token, Typ::Jwt, others).is_err(), "{key:?}");
        }
    }
}

#[test]
fn a_key_of_the_same_kind_that_is_not_the_apps_verifies_nothing() {
    let own = read_pem(PUBLIC).unwrap();
    let own: Vec<_> = own
        .iter()
        .map(|jwk| VerifyingKey::new(jwk).unwrap())
        .collect();
    for kind in [NewKey::Rsa2048, NewKey::Ecdsa, NewKey::Ed25519] {
        let foreign = SigningKey::from_pem(&pair(kind).private_key, None).unwrap();
        let token = sign(&foreign, Typ::Jwt, &object(json!({}))).unwrap();
        let refused = verify(&token, Typ::Jwt, &own).unwrap_err();
        assert_eq!(refused, JoseError::Signature, "{kind:?}");
    }
}

#[test]
fn what_was_copied_with_blanks_carriage_returns_and_words_around_it_is_read() {
    let indented = format!("    {}\r\n", PUBLIC.trim_end().replace('\n', "\r\n    "));
    let told = format!("\u{feff}Certificate:\n    Data: …\n{CERTIFICATES}\nthe end");
    for text in [&*indented, &told, &PUBLIC.replace('\n', "\n\n")] {
        assert_eq!(read_pem(text).unwrap().len(), 5, "{text:.80}");
    }
    let both = format!("{PUBLIC}{CERTIFICATES}");
    assert_eq!(read_pem(&both).unwrap().len(), 5, "the same keys once");
}

#[test]
fn a_private_key_is_refused_wherever_it_stands_and_however_it_is_spelled() {
    for (private, at) in [
        (RSA, 6),
        (include_str!("rsa_pkcs1.pem"), 6),
        (EC[1], 6),
        (include_str!("pem/encrypted.pem"), 6),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", 6),
        ("   -----BEGIN PRIVATE KEY-----  ", 6),
    ] {
        let text = format!("{PUBLIC}{private}");
        let refused = read_pem(&text).unwrap_err();
        assert_eq!(refused, PemRefusal::Private(at), "{private}");
        let told = refused.to_string();
        assert!(told.contains("private key"), "{told}");
        let first = format!("{private}\n{PUBLIC}");
        assert_eq!(read_pem(&first).unwrap_err(), PemRefusal::Private(1));
    }
}

#[test]
fn what_is_no_key_of_an_app_is_refused_by_its_place() {
    let key = |why| PemRefusal::Key(2, why);
    for (more, expected) in [
        (
            include_str!("pem/rsa_pkcs1_public.pem"),
            PemRefusal::Kind(2),
        ),
        ("-----BEGIN CERTIFICATE REQUEST-----", PemRefusal::Kind(2)),
        (
            include_str!("pem/rsa_1024_public.pem"),
            key(JoseError::KeySize),
        ),
        (
            include_str!("pem/x25519_public.pem"),
            key(JoseError::KeyKind),
        ),
        (
            include_str!("pem/secp256k1_public.pem"),
            key(JoseError::KeyKind),
        ),
        ("-----BEGIN PUBLIC KEY-----", PemRefusal::Broken(2)),
        (
            "-----BEGIN PUBLIC KEY-----\n????\n-----END PUBLIC KEY-----",
            PemRefusal::Broken(2),
        ),
        (
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            key(JoseError::KeyKind),
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            PemRefusal::Broken(2),
        ),
        ("-----BEGIN CERTIFICATE", PemRefusal::Broken(2)),
    ] {
        let first = &PUBLIC[..PUBLIC.find("-----END").unwrap() + 25];
        let text = format!("{first}\n{more}");
        assert_eq!(read_pem(&text).unwrap_err(), expected, "{more}");
    }
    for text in ["", "x", "{\"keys\": []}"] {
        assert_eq!(read_pem(text).unwrap_err(), PemRefusal::Nothing, "{text}");
    }
}

#[test]
fn the_certificate_of_an_authority_beside_one_that_it_issued_is_no_key_of_the_app() {
    assert_eq!(read_pem(CHAIN).unwrap_err(), PemRefusal::Authority(2, 1));
    let leaf = &CHAIN[..CHAIN.rfind("-----BEGIN").unwrap()];
    assert_eq!(read_pem(leaf).unwrap(), [bare(&private_keys()[1])]);
}

#[test]
fn a_text_and_its_keys_have_bounds() {
    let long = format!("{}{PUBLIC}", " ".repeat(PEM_MAX_BYTES));
    assert_eq!(read_pem(&long).unwrap_err(), PemRefusal::TooLong);
    let one = &PUBLIC[PUBLIC.rfind("-----BEGIN").unwrap()..];
    assert_eq!(read_pem(&one.repeat(100)).unwrap().len(), 1);
    assert_eq!(read_pem(&one.repeat(101)).unwrap_err(), PemRefusal::TooMany);
}
