//! Vectors of the standards, another implementation as judge, and what attackers try.

use serde_json::{Map, Value, json};

use super::{Jwk, SigningKey, VerifyingKey};
use crate::certificate::{NewCertificate, NewKey, Pair, make};

mod attacks;
mod encrypted;
mod keys;
mod oracle;
mod own_key;
mod pem;
mod vectors;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

fn pair(key: NewKey) -> Pair {
    let new = NewCertificate {
        common_name: "jose",
        names: Vec::new(),
        now: 1_796_000_000_000,
        validity_days: 1,
        key,
    };
    make(&new).unwrap()
}

/// A 2048-bit key, made by openssl for these tests.
const RSA: &str = include_str!("tests/rsa.pem");
/// P-256, P-384 and P-521 in SEC 1 and PKCS #8.
const EC: [&str; 4] = [
    include_str!("tests/p256.pem"),
    include_str!("tests/p256_sec1.pem"),
    include_str!("tests/p384.pem"),
    include_str!("tests/p521.pem"),
];

/// A key of each algorithm that has a public half.
fn signers() -> Vec<SigningKey> {
    let ed25519 = pair(NewKey::Ed25519).private_key;
    let all = [RSA, EC[0], EC[2], EC[3], &ed25519];
    all.map(|pem| SigningKey::from_pem(pem, None).unwrap())
        .into()
}

fn verifier(of: &SigningKey) -> VerifyingKey {
    VerifyingKey::new(&of.public().unwrap()).unwrap()
}

fn jwk(value: Value) -> Jwk {
    Jwk::read(&object(value)).unwrap()
}

fn claims() -> Value {
    json!({ "iss": "https://auth.example/", "sub": "mia", "exp": 1_796_000_000, "näme": "Ø" })
}
