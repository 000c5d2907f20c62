//! Keys in and out.

use serde_json::{Value, json};

use super::{EC, RSA, object, pair, signers};
use crate::certificate::NewKey;
use crate::jose::{Algorithm, JoseError, Jwk, SigningKey, VerifyingKey, read_set};

#[test]
fn a_private_key_in_every_spelling_knows_its_algorithm_and_is_named_by_its_thumbprint() {
    for (pem, algorithm) in [
        (RSA, Algorithm::Rs256),
        (include_str!("rsa_pkcs1.pem"), Algorithm::Rs256),
        (EC[0], Algorithm::Es256),
        (EC[1], Algorithm::Es256),
        (EC[2], Algorithm::Es384),
        (EC[3], Algorithm::Es512),
        (&pair(NewKey::Ed25519).private_key, Algorithm::EdDsa),
        (&pair(NewKey::Ecdsa).private_key, Algorithm::Es256),
    ] {
        let key = SigningKey::from_pem(pem, None).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let public = key.public().unwrap();
        assert_eq!(key.kid(), Some(public.key.thumbprint().as_str()));
    }
    let same = [EC[0], EC[1]].map(|pem| SigningKey::from_pem(pem, None).unwrap().public());
    assert_eq!(same[0], same[1]);
}

#[test]
fn what_is_no_private_key_or_a_weak_one_is_refused() {
    let small = SigningKey::from_pem(include_str!("rsa_1024.pem"), None).unwrap_err();
    assert!(matches!(small, JoseError::KeySize | JoseError::KeyKind));
    let certificate = pair(NewKey::Ecdsa).certificate;
    for pem in ["", "-----BEGIN PRIVATE KEY-----", &certificate, &RSA[..400]] {
        assert!(SigningKey::from_pem(pem, None).is_err(), "{pem}");
    }
    let long = "x".repeat(200_000);
    assert_eq!(
        SigningKey::from_pem(&long, None).unwrap_err(),
        JoseError::TooLong
    );
}

/// RFC 5480 §2, RFC 8410 §4: what a certificate says of a key is what the key says of itself.
#[test]
fn the_key_of_a_certificate_is_the_public_half_of_its_private_key() {
    for key in [
        NewKey::Rsa2048,
        NewKey::Ecdsa,
        NewKey::EcdsaP384,
        NewKey::EcdsaP521,
        NewKey::Ed25519,
    ] {
        let pair = pair(key);
        let facts = crate::certificate::read(&pair.certificate).unwrap();
        let signing = SigningKey::from_pem(&pair.private_key, None).unwrap();
        let public = Jwk::of_public_key(&facts.public_key).unwrap();
        assert_eq!(Some(&public), signing.public().as_ref(), "{key:?}");
        let cut = &facts.public_key[..facts.public_key.len() - 1];
        assert!(Jwk::of_public_key(cut).is_err());
    }
    assert!(Jwk::of_public_key(&[]).is_err());
}

#[test]
fn a_published_key_reads_back_and_holds_nothing_private() {
    for key in signers() {
        let public = key.public().unwrap();
        let published = public.published();
        assert_eq!(Jwk::read(&published).unwrap(), public);
        let names: Vec<_> = published.keys().map(String::as_str).collect();
        let allowed = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
    }
}

#[test]
fn a_key_says_what_is_wrong_with_it() {
    let good = SigningKey::from_pem(EC[0], None)
        .unwrap()
        .public()
        .unwrap()
        .published();
    for (name, value, expected) in [
        ("d", json!("AAAA"), JoseError::PrivateKey),
        ("k", json!("AAAA"), JoseError::PrivateKey),
        ("kty", json!("oct"), JoseError::KeyKind),
        ("kty", Value::Null, JoseError::Malformed("kty")),
        ("crv", json!("secp256k1"), JoseError::KeyKind),
        ("crv", json!("P-384"), JoseError::Malformed("x")),
        ("x", json!("AAAA"), JoseError::Malformed("x")),
        ("y", json!(7), JoseError::Malformed("y")),
        ("alg", json!("HS256"), JoseError::Algorithm),
        ("use", json!("wrap"), JoseError::KeyKind),
        ("use", json!("enc"), JoseError::KeyKind),
    ] {
        let mut key = good.clone();
        key.insert(name.to_owned(), value);
        assert_eq!(Jwk::read(&key).unwrap_err(), expected, "{name}");
    }
    let mut off_the_curve = good.clone();
    off_the_curve.insert("x".to_owned(), good["y"].clone());
    let read = Jwk::read(&off_the_curve).unwrap();
    assert_eq!(VerifyingKey::new(&read).unwrap_err(), JoseError::KeyKind);
    let rsa = SigningKey::from_pem(RSA, None).unwrap().public().unwrap();
    let receiver = Jwk {
        is_for_encryption: true,
        ..rsa
    };
    let published = receiver.published();
    assert_eq!(published["alg"], "RSA-OAEP-256");
    assert_eq!(Jwk::read(&published).unwrap(), receiver);
    assert_eq!(
        VerifyingKey::new(&receiver).unwrap_err(),
        JoseError::KeyKind
    );
}

#[test]
fn an_rsa_key_is_neither_small_nor_huge() {
    for (bytes, expected) in [(255, false), (256, true), (1024, true), (1025, false)] {
        let n = crate::encoding::base64url(vec![0xff; bytes]);
        let read = Jwk::read(&object(json!({ "kty": "RSA", "n": n, "e": "AQAB" })));
        assert_eq!(read.is_ok(), expected, "{bytes} bytes");
    }
}

#[test]
fn a_set_keeps_what_can_be_used_and_refuses_what_was_never_to_be_published() {
    let good = SigningKey::from_pem(EC[0], None)
        .unwrap()
        .public()
        .unwrap()
        .published();
    let strange = json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA" });
    let read = |set: Value| read_set(set.to_string().as_bytes());
    let set = json!({ "keys": [strange, good, 7] });
    assert_eq!(read(set).unwrap().len(), 1);
    let secret = json!({ "kty": "oct", "k": "AAAA" });
    assert_eq!(
        read(json!({ "keys": [good, secret] })).unwrap_err(),
        JoseError::PrivateKey
    );
    let many = vec![json!({}); 101];
    assert_eq!(
        read(json!({ "keys": many })).unwrap_err(),
        JoseError::TooLong
    );
    assert_eq!(read(json!({})).unwrap_err(), JoseError::Malformed("keys"));
    let long = vec![b' '; 300_000];
    assert_eq!(read_set(&long).unwrap_err(), JoseError::TooLong);
}
