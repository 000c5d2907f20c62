//! Proofs that a client holds a key (RFC 9449 §4.2).

use doorward_protocol::encoding::{base64url, random_token, sha256};
use doorward_protocol::jose::{SigningKey, Typ, sign_showing_key};
use serde_json::{Value, json};

use super::now;

const USERINFO: &str = "/application/o/userinfo/";

pub(in crate::oauth::tests) fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(pem, None).unwrap()
}

/// A proof for one request; `more` adds to or replaces what it says, a `null` is left out.
pub(in crate::oauth::tests) fn proof(pem: &str, method: &str, path: &str, more: &Value) -> String {
    let mut said = json!({
        "jti": random_token(12), "htm": method, "htu": format!("https://auth.example.org{path}"),
        "iat": now() / 1000,
    });
    let said = said.as_object_mut().unwrap();
    said.extend(more.as_object().unwrap().clone());
    said.retain(|_, value| !value.is_null());
    sign_showing_key(&key(pem), Typ::Proof, said).unwrap()
}

pub(in crate::oauth::tests) fn for_userinfo(pem: &str, token: &str) -> String {
    beside(pem, ("GET", USERINFO), token)
}

/// A proof beside an access token.
pub(in crate::oauth::tests) fn beside(
    pem: &str,
    (method, path): (&str, &str),
    token: &str,
) -> String {
    let ath = base64url(sha256(token.as_bytes()));
    proof(pem, method, path, &json!({ "ath": ath }))
}
