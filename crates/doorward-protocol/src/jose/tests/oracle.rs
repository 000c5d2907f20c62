//! Another implementation, `josekit`, reads what we write and writes what we read.

use josekit::jwe::{self, JweHeader};
use josekit::jwk::Jwk as Theirs;
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};
use josekit::jwt::{self, JwtPayload};
use serde_json::{Value, json};

use super::{EC, RSA, claims, object, verifier};
use crate::certificate::public_key_of;
use crate::jose::{
    ContentEncryption, DecryptingKey, EncryptingKey, SigningKey, Typ, VerifyingKey, decrypt,
    encrypt, sign, verify,
};

type Judge = (Box<dyn JwsSigner>, Box<dyn JwsVerifier>);

/// Their signer of the private key and their verifier of what we publish of it.
fn judge(pem: &str, ours: &SigningKey) -> Judge {
    let published = ours.public().unwrap().published();
    let public = Theirs::from_map(published).unwrap();
    match ours.algorithm().word() {
        "RS256" => (
            Box::new(jws::RS256.signer_from_pem(pem).unwrap()),
            Box::new(jws::RS256.verifier_from_jwk(&public).unwrap()),
        ),
        "ES256" => (
            Box::new(jws::ES256.signer_from_pem(pem).unwrap()),
            Box::new(jws::ES256.verifier_from_jwk(&public).unwrap()),
        ),
        "ES384" => (
            Box::new(jws::ES384.signer_from_pem(pem).unwrap()),
            Box::new(jws::ES384.verifier_from_jwk(&public).unwrap()),
        ),
        "ES512" => (
            Box::new(jws::ES512.signer_from_pem(pem).unwrap()),
            Box::new(jws::ES512.verifier_from_jwk(&public).unwrap()),
        ),
        "EdDSA" => (
            Box::new(jws::EdDSA.signer_from_pem(pem).unwrap()),
            Box::new(jws::EdDSA.verifier_from_jwk(&public).unwrap()),
        ),
        other => panic!("no judge for {other}"),
    }
}

fn agree(ours: &SigningKey, key: VerifyingKey, (theirs, judge): Judge) {
    let token = sign(ours, Typ::Jwt, &claims()).unwrap();
    let (read, header) = jwt::decode_with_verifier(&token, &*judge).unwrap();
    assert_eq!(json!(read.claims_set()), claims());
    assert_eq!(header.claim("kid").and_then(Value::as_str), ours.kid());

    let payload = JwtPayload::from_map(object(claims())).unwrap();
    let made = jwt::encode_with_signer(&payload, &JwsHeader::new(), &*theirs).unwrap();
    let read = verify(&made, Typ::Jwt, &[key]).unwrap();
    assert_eq!(json!(read.claims), claims());
}

#[test]
fn both_sign_and_verify_alike() {
    for pem in [RSA, EC[0], EC[2], EC[3], include_str!("ed25519.pem")] {
        let ours = SigningKey::from_pem(pem, None).unwrap();
        agree(&ours, verifier(&ours), judge(pem, &ours));
    }
    let secret = b"a client's secret of thirty-two or more bytes";
    let theirs: Judge = (
        Box::new(jws::HS256.signer_from_bytes(secret).unwrap()),
        Box::new(jws::HS256.verifier_from_bytes(secret).unwrap()),
    );
    agree(
        &SigningKey::from_secret(secret),
        VerifyingKey::from_secret(secret),
        theirs,
    );
}

#[test]
fn both_encrypt_and_decrypt_alike() {
    let public = public_key_of(RSA).unwrap();
    let to = EncryptingKey::from_der(&public, None).unwrap();
    let encrypter = jwe::RSA_OAEP_256.encrypter_from_der(&public).unwrap();
    let decrypter = jwe::RSA_OAEP_256.decrypter_from_pem(RSA).unwrap();
    for how in ContentEncryption::ALL {
        let ours = encrypt("inner", &to, how).unwrap();
        let (read, _) = jwe::deserialize_compact(&ours, &decrypter).unwrap();
        assert_eq!(read, b"inner");

        let mut header = JweHeader::new();
        header.set_content_encryption(how.word());
        let theirs = jwe::serialize_compact(b"inner", &header, &encrypter).unwrap();
        let key = DecryptingKey::from_pem(RSA).unwrap();
        assert_eq!(decrypt(&theirs, &key).unwrap(), "inner");
    }
}
