//! Encrypted tokens.

use serde_json::{Value, json};

use super::{EC, RSA};
use crate::certificate::public_key_of;
use crate::encoding::{base64url, from_base64url};
use crate::jose::{ContentEncryption, DecryptingKey, EncryptingKey, JoseError, decrypt, encrypt};

const INNER: &str = "eyJhbGciOiJub25lIn0.e30.signature";

fn token(how: ContentEncryption) -> String {
    let to = EncryptingKey::from_der(&public_key_of(RSA).unwrap(), Some("k".to_owned())).unwrap();
    encrypt(INNER, &to, how).unwrap()
}

fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&from_base64url(header).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", base64url(header.to_string()))
}

#[test]
fn a_token_comes_out_as_it_went_in_and_never_twice_the_same() {
    let key = DecryptingKey::from_pem(RSA).unwrap();
    for how in ContentEncryption::ALL {
        let made = token(how);
        assert_eq!(decrypt(&made, &key).unwrap(), INNER);
        assert_ne!(made, token(how));
        let header = from_base64url(made.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let expected = json!({
            "alg": "RSA-OAEP-256", "enc": how.word(), "kid": "k", "typ": "JWE", "cty": "JWT",
        });
        assert_eq!(header, expected);
    }
}

#[test]
fn whatever_was_changed_is_one_and_the_same_error() {
    let key = DecryptingKey::from_pem(RSA).unwrap();
    for how in ContentEncryption::ALL {
        let made = token(how);
        for part in 1..5 {
            let mut parts: Vec<String> = made.split('.').map(str::to_owned).collect();
            let mut bytes = from_base64url(&parts[part]).unwrap();
            bytes[0] ^= 1;
            parts[part] = base64url(&bytes);
            assert_eq!(
                decrypt(&parts.join("."), &key).unwrap_err(),
                JoseError::Decryption
            );
            bytes.pop();
            parts[part] = base64url(bytes);
            assert_eq!(
                decrypt(&parts.join("."), &key).unwrap_err(),
                JoseError::Decryption
            );
        }
        let renamed = with_header(&made, |header| header["kid"] = json!("other"));
        assert_eq!(decrypt(&renamed, &key).unwrap_err(), JoseError::Decryption);
    }
}

#[test]
fn nothing_is_unpacked_and_no_other_algorithm_is_tried() {
    let key = DecryptingKey::from_pem(RSA).unwrap();
    let made = token(ContentEncryption::A256Gcm);
    for (name, value, expected) in [
        ("zip", json!("DEF"), JoseError::Extension),
        ("crit", json!(["exp"]), JoseError::Extension),
        ("alg", json!("RSA1_5"), JoseError::Algorithm),
        ("alg", json!("PBES2-HS256+A128KW"), JoseError::Algorithm),
        ("alg", json!("dir"), JoseError::Algorithm),
        ("enc", json!("A128GCM"), JoseError::Algorithm),
        ("enc", Value::Null, JoseError::Malformed("header")),
    ] {
        let changed = with_header(&made, |header| header[name] = value);
        assert_eq!(decrypt(&changed, &key).unwrap_err(), expected, "{name}");
    }
    let six = format!("{made}.AAAA");
    assert_eq!(
        decrypt(&six, &key).unwrap_err(),
        JoseError::Malformed("form")
    );
    let long = "A".repeat(70_000);
    assert_eq!(decrypt(&long, &key).unwrap_err(), JoseError::TooLong);
}

#[test]
fn only_rsa_keys_receive() {
    let curve = public_key_of(EC[0]).unwrap();
    assert_eq!(
        EncryptingKey::from_der(&curve, None).unwrap_err(),
        JoseError::KeyKind
    );
    assert_eq!(
        DecryptingKey::from_pem(EC[0]).unwrap_err(),
        JoseError::KeyKind
    );
    assert_eq!(DecryptingKey::from_pem("").unwrap_err(), JoseError::KeyKind);
}
