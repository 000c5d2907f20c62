//! Certificates with their private keys; what they are used for comes with TLS and signing. The
//! private key is sealed and never shown without its own action.
//!
//! Rule: a stored private key belongs to the stored certificate, whatever was changed last.

use doorward_protocol::certificate::{self, Facts, KeyKind};
use doorward_protocol::jose::{JoseError, Jwk};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use crate::oauth::pairs::{Pair, WITHDRAWN};
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Holds, Kind, Op};
use crate::resource::validate::Draft;
use crate::resource::value::rfc3339;
use crate::resource::world::World;
use crate::snapshot::Object;

const KEY_TYPES: &[&str] = &["dsa", "ec", "ed25519", "ed448", "rsa"];

/// `authentik_crypto.certificatekeypair`
pub(crate) static CERTIFICATE: Kind = Kind {
    model: "authentik_crypto.certificatekeypair",
    path: "crypto/certificatekeypairs",
    param: "kp_uuid",
    schema: "CertificateKeyPair",
    verbose: "Certificate-Key Pair",
    plural: "Certificate-Key Pairs",
    fields: &[
        Field::name().unique(),
        Field::new(
            "certificate_data",
            "Certificate",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .required()
        .write_only(),
        Field::new("key_data", "Private key", FieldType::Secret)
            .write_only()
            .nullable()
            .default(Default::Null),
        Field::managed().read_only(),
        // `show` says it.
        Field::new("signing_keys", "Keys that sign tokens", FieldType::Json)
            .read_only()
            .ours()
            .default(Default::Null),
        // What it will sign with, and from when on: `actions::rotation`.
        Field::text("next_certificate_data", "Certificate that comes next").hidden(),
        Field::new(
            "next_key_data",
            "Private key that comes next",
            FieldType::Secret,
        )
        .hidden()
        .nullable()
        .default(Default::Null),
        Field::new(
            "next_active_at",
            "When it comes",
            FieldType::Integer {
                min: 0,
                max: i64::MAX,
            },
        )
        .hidden()
        .nullable()
        .default(Default::Null),
        // The names of keys of files that are compromised.
        Field::text(WITHDRAWN, "Keys that were withdrawn").hidden(),
    ],
    search: &[("name", "")],
    filters: &[
        Filter::exact("name"),
        Filter::exact("managed"),
        Filter::new("has_key", "key_data", Op::Test(has_key)).of(Holds::Bool),
        Filter::new("key_type", "", Op::Test(has_type)).of(Holds::Words(KEY_TYPES)),
    ],
    ordering: &[("name", "")],
    check,
    present: show,
    ..Kind::BASE
};

fn facts(object: &Map<String, Value>) -> Option<Facts> {
    certificate::read(object.get("certificate_data")?.as_str()?)
}

fn check(draft: &mut Draft<'_>) {
    let Some(facts) = facts(&draft.values) else {
        draft
            .errors
            .add("certificate_data", "Unable to load certificate.");
        return;
    };
    if let Some(message) = wrong_key(draft, &facts) {
        draft.errors.add("key_data", message);
    }
}

/// What is wrong with the private key. A stored one is sealed: it goes on to fit as long as the
/// certificate's public key stays the same.
fn wrong_key(draft: &Draft<'_>, new: &Facts) -> Option<&'static str> {
    let key = draft.values.get("key_data").and_then(Value::as_str)?;
    if !draft.is_given("key_data") {
        let before = draft.before.and_then(facts)?;
        return (before.public_key != new.public_key)
            .then_some("The stored private key does not belong to this certificate.");
    }
    if key.contains("ENCRYPTED") {
        return Some("The private key is encrypted. Store it without a passphrase.");
    }
    if Jwk::of_public_key(&new.public_key) == Err(JoseError::KeySize) {
        return Some("An RSA key needs 2048 to 8192 bits.");
    }
    match certificate::public_key_of(key) {
        None if matches!(new.key_kind, Some(KeyKind::Dsa | KeyKind::Ed448)) => {
            Some("Private keys of this kind cannot be used. Use RSA, ECDSA or Ed25519.")
        }
        None => Some("Unable to load private key."),
        Some(public) if public != new.public_key => {
            Some("The private key does not belong to the certificate.")
        }
        Some(_) => None,
    }
}

fn is_kept(object: &Object) -> bool {
    object.config.get("key_data").is_some_and(Value::is_string)
}

fn has_key(object: &Object, _: &World, wanted: &[&str]) -> bool {
    wanted.contains(&"true") == is_kept(object)
}

fn has_type(object: &Object, _: &World, wanted: &[&str]) -> bool {
    let kind = facts(&object.config).and_then(|facts| facts.key_kind);
    kind.is_some_and(|kind| wanted.contains(&kind.word()))
}

/// The keys of a pair that can sign tokens, and where they stand in their lives.
fn signing_keys(object: &Object, world: &World) -> Value {
    let Some(pair) = Pair::read(object) else {
        return json!([]);
    };
    let state = if pair.is_withdrawn {
        "withdrawn"
    } else {
        "active"
    };
    let mut keys = vec![json!({ "kid": pair.active.kid(), "state": state, "until": null })];
    if let Some((next, at)) = &pair.next {
        keys.insert(
            0,
            json!({ "kid": next.kid(), "state": "next", "until": rfc3339(*at) }),
        );
    }
    // One row for each provider; the last of them counts.
    let mut retired = BTreeMap::new();
    let rows = world.snapshot().retired_keys.values().flatten();
    for row in rows.filter(|row| row.pair == object.id) {
        let until = retired.entry(&row.kid).or_insert(row.published_until);
        *until = row.published_until.max(*until);
    }
    let retired = retired
        .into_iter()
        .map(|(kid, until)| json!({ "kid": kid, "state": "retired", "until": rfc3339(until) }));
    keys.extend(retired);
    json!(keys)
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let facts = facts(&object.config);
    let base = format!("/api/v3/crypto/certificatekeypairs/{}", object.id);
    let told = json!({
        "fingerprint_sha256": facts.as_ref().map(|facts| &facts.fingerprint_sha256),
        "fingerprint_sha1": facts.as_ref().map(|facts| &facts.fingerprint_sha1),
        "cert_expiry": facts.as_ref().map(|facts| rfc3339(facts.not_after)),
        "cert_subject": facts.as_ref().map(|facts| &facts.subject),
        "private_key_available": is_kept(object),
        "key_type": facts.and_then(|facts| facts.key_kind).map(KeyKind::word),
        "certificate_download_url": format!("{base}/view_certificate/?download=true"),
        "private_key_download_url": format!("{base}/view_private_key/?download=true"),
    });
    answer.insert("signing_keys".into(), signing_keys(object, world));
    answer.extend(told.as_object().cloned().unwrap_or_default());
}
