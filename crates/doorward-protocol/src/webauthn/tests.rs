//! Both ceremonies with a key of software: what counts, and every lie that must not.

use serde_json::{Value, json};

use super::testing::{PRESENT_AND_VERIFIED, SoftKey, cbor};
use super::*;
use crate::encoding::base64url;

const CHALLENGE: &[u8] = b"0123456789abcdef0123456789abcdef";
const ORIGIN: &str = "https://auth.example.com";

fn party() -> RelyingParty {
    let address = url::Url::parse("https://auth.example.com/").unwrap();
    RelyingParty::at(&address, "Home").unwrap()
}

fn expected(party: &RelyingParty) -> Expected<'_> {
    Expected {
        party,
        challenge: CHALLENGE,
        verification: Requirement::Required,
    }
}

fn creation(party: &RelyingParty) -> Value {
    let account = options::Account {
        handle: b"handle",
        name: "mia",
        display_name: "Mia",
    };
    options::creation(party, account, CHALLENGE, &options::Wish::default())
}

fn request(party: &RelyingParty) -> Value {
    options::request(party, CHALLENGE, Requirement::Required, &[], &[])
}

fn registered(key: &mut SoftKey) -> Credential {
    let party = party();
    register(&key.create(&creation(&party)), expected(&party)).unwrap()
}

#[track_caller]
fn refused(key: &SoftKey, credential: &Credential, why: WebauthnError) {
    let party = party();
    let assertion = Assertion::read(&key.get(&request(&party))).unwrap();
    assert_eq!(assertion.verify(credential, expected(&party)), Err(why));
}

#[test]
fn a_credential_is_registered_and_used() {
    let mut key = SoftKey::generate(ORIGIN);
    let credential = registered(&mut key);
    assert_eq!(credential.transports, ["hybrid", "internal"]);
    assert_eq!(credential.aaguid, "00000000-0000-0000-0000-000000000000");
    let party = party();
    let assertion = Assertion::read(&key.get(&request(&party))).unwrap();
    assert_eq!(assertion.user_handle.as_deref(), Some(&b"handle"[..]));
    let used = assertion.verify(&credential, expected(&party)).unwrap();
    assert!(used.user_verified);
    assert_eq!(used.sign_count, 0);
}

/// Kanidm 1.9's notes: an origin that only ends like ours; security.md 1b.
#[test]
fn an_origin_that_only_looks_like_ours_is_refused() {
    let mut key = SoftKey::generate(ORIGIN);
    let credential = registered(&mut key);
    for origin in [
        "https://badauth.example.com",
        "https://auth.example.com.evil.example",
        "https://evil.auth.example.com",
        "https://example.com",
        "http://auth.example.com",
        "https://auth.example.com:8443",
        "https://auth.example.com/",
        "HTTPS://AUTH.EXAMPLE.COM",
        "null",
    ] {
        origin.clone_into(&mut key.origin);
        refused(&key, &credential, WebauthnError::WrongOrigin);
        let (party, options) = (party(), creation(&party()));
        let answer = register(&key.create(&options), expected(&party));
        assert_eq!(answer, Err(WebauthnError::WrongOrigin), "{origin}");
    }
    ORIGIN.clone_into(&mut key.origin);
    key.cross_origin = true;
    refused(&key, &credential, WebauthnError::WrongOrigin);
}

#[test]
fn another_challenge_party_ceremony_or_key_is_refused() {
    let mut key = SoftKey::generate(ORIGIN);
    let credential = registered(&mut key);
    let party = party();
    let with = |name: &str, value: Value| {
        let mut options = request(&party);
        options[name] = value;
        let assertion = Assertion::read(&key.get(&options)).unwrap();
        assertion.verify(&credential, expected(&party))
    };
    for challenge in [
        base64url(b"another challenge, as long as ours"),
        String::new(),
    ] {
        let answer = with("challenge", json!(challenge));
        assert_eq!(answer, Err(WebauthnError::WrongChallenge));
    }
    let answer = with("rpId", json!("example.com"));
    assert_eq!(answer, Err(WebauthnError::WrongParty));
    let mut other = SoftKey::generate(ORIGIN);
    other.id.clone_from(&key.id);
    refused(&other, &credential, WebauthnError::Signature);
    let created = key.create(&creation(&party));
    let mut mixed = key.get(&request(&party));
    mixed["response"]["clientDataJSON"] = created["response"]["clientDataJSON"].clone();
    let answer = Assertion::read(&mixed).unwrap();
    let answer = answer.verify(&credential, expected(&party));
    assert_eq!(answer, Err(WebauthnError::WrongType));
}

#[test]
fn nobody_there_or_nobody_verified_is_refused_where_it_was_asked_for() {
    let mut key = SoftKey::generate(ORIGIN);
    let credential = registered(&mut key);
    for flags in [0, 0b100, 0b001] {
        key.flags = flags;
        refused(&key, &credential, WebauthnError::NotVerified);
    }
    let party = party();
    let lenient = Expected {
        verification: Requirement::Discouraged,
        ..expected(&party)
    };
    let assertion = Assertion::read(&key.get(&request(&party))).unwrap();
    let used = assertion.verify(&credential, lenient).unwrap();
    assert!(!used.user_verified);
}

#[test]
fn a_counter_that_does_not_grow_is_a_copy() {
    let mut key = SoftKey::generate(ORIGIN);
    key.sign_count = 7;
    let credential = registered(&mut key);
    for count in [0, 6, 7] {
        key.sign_count = count;
        refused(&key, &credential, WebauthnError::Counter);
    }
    key.sign_count = 8;
    let party = party();
    let assertion = Assertion::read(&key.get(&request(&party))).unwrap();
    let used = assertion.verify(&credential, expected(&party)).unwrap();
    assert_eq!(used.sign_count, 8);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let mut key = SoftKey::generate(ORIGIN);
    key.flags = PRESENT_AND_VERIFIED | 1 << 4;
    let party = party();
    let answer = register(&key.create(&creation(&party)), expected(&party));
    assert_eq!(
        answer,
        Err(Malformed("authenticatorData")),
        "synced but not able to"
    );
    key.flags = PRESENT_AND_VERIFIED;
    let credential = registered(&mut key);
    key.flags |= 1 << 3;
    refused(&key, &credential, Malformed("authenticatorData"));
    let mut answer = key.create(&creation(&party));
    answer["id"] = json!(base64url(b"another"));
    assert_eq!(register(&answer, expected(&party)), Err(Malformed("id")));
}

/// An algorithm that we did not ask for, a key that is not on its curve, one with a wrong length.
#[test]
fn keys_of_another_kind_are_refused() {
    use ciborium::Value as Cbor;
    let key = |kind: i64, algorithm: i64, curve: i64, x: usize| {
        cbor(&Cbor::Map(vec![
            (Cbor::from(1), Cbor::from(kind)),
            (Cbor::from(3), Cbor::from(algorithm)),
            (Cbor::from(-1), Cbor::from(curve)),
            (Cbor::from(-2), Cbor::Bytes(vec![1; x])),
            (Cbor::from(-3), Cbor::Bytes(vec![1; 32])),
        ]))
    };
    let why = |cose: &[u8]| cose::PublicKey::read(cose).err();
    assert_eq!(why(&key(2, -7, 1, 32)), Some(Malformed("publicKey")));
    assert_eq!(why(&key(2, -7, 1, 31)), Some(Malformed("publicKey")));
    assert_eq!(why(&key(2, -8, 1, 32)), Some(WebauthnError::Algorithm));
    assert_eq!(why(&key(2, -7, 8, 32)), Some(WebauthnError::Algorithm));
    assert_eq!(why(&key(4, 5, 1, 32)), Some(WebauthnError::Algorithm));
    assert_eq!(why(&[0xa0, 0]), Some(Malformed("publicKey")));
}

/// Whatever comes, an answer: no panic, no deep recursion.
#[test]
fn hostile_bytes_are_only_refused() {
    let party = party();
    let mut key = SoftKey::generate(ORIGIN);
    let good = key.create(&creation(&party));
    let object = from_base64url(good["response"]["attestationObject"].as_str().unwrap()).unwrap();
    let with = |bytes: &[u8]| {
        let mut answer = good.clone();
        answer["response"]["attestationObject"] = json!(base64url(bytes));
        register(&answer, expected(&party))
    };
    for end in 0..object.len() {
        assert!(with(&object[..end]).is_err(), "{end}");
    }
    let deep = vec![0x81; 8000];
    let huge = [&[0x5b][..], &[0xff; 8]].concat();
    for bytes in [&deep, &huge, &vec![0; 20_000]] {
        assert!(with(bytes).is_err());
    }
    for answer in [json!(null), json!([]), json!({ "response": 7 }), json!("x")] {
        assert!(register(&answer, expected(&party)).is_err());
        assert!(Assertion::read(&answer).is_err());
    }
}
