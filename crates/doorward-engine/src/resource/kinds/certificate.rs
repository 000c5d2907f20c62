//! Certificates with their private keys, readable with their names; what they are used for comes
//! with TLS and signing. The private key is sealed and never shown without its own action.

use serde_json::{Map, Value, json};

use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;
use doorward_protocol::encoding;

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
        Field::new(
            "managed",
            "Managed by",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .nullable()
        .read_only()
        .default(Default::Null),
    ],
    search: &[("name", "")],
    filters: &[
        Filter::exact("name"),
        Filter::exact("managed"),
        Filter::new("has_key", "key_data", Op::Test(has_key)),
    ],
    ordering: &[("name", "")],
    check,
    present: show,
    ..Kind::BASE
};

fn check(draft: &mut Draft<'_>) {
    let certificate = der(draft.text("certificate_data"));
    if certificate.as_deref().and_then(key_type).is_none() {
        draft
            .errors
            .add("certificate_data", "Unable to load certificate.");
    }
}

/// The bytes of the first certificate of a PEM text.
fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem
        .split_once("-----BEGIN CERTIFICATE-----")?
        .1
        .split_once("-----END CERTIFICATE-----")?
        .0;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    encoding::from_base64(body)
}

fn has_key(object: &Object, _: &World, wanted: &str) -> bool {
    object.config.get("key_data").is_some_and(Value::is_string)
        == matches!(wanted, "true" | "True" | "1")
}

fn show(object: &Object, _: &World, answer: &mut Map<String, Value>) {
    let certificate = object
        .config
        .get("certificate_data")
        .and_then(Value::as_str)
        .and_then(der);
    let key_type = certificate.as_deref().and_then(key_type);
    let fingerprint = certificate.map(|der| colons(&encoding::sha256(&der)));
    let base = format!("/api/v3/crypto/certificatekeypairs/{}", object.id);
    answer.insert("fingerprint_sha256".into(), json!(fingerprint));
    answer.insert("fingerprint_sha1".into(), Value::Null);
    answer.insert("cert_expiry".into(), Value::Null);
    answer.insert("cert_subject".into(), Value::Null);
    answer.insert(
        "private_key_available".into(),
        json!(object.config.get("key_data").is_some_and(Value::is_string)),
    );
    answer.insert("key_type".into(), json!(key_type));
    answer.insert(
        "certificate_download_url".into(),
        json!(format!("{base}/view_certificate/?download")),
    );
    answer.insert(
        "private_key_download_url".into(),
        json!(format!("{base}/view_private_key/?download")),
    );
}

fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| encoding::hex([*byte])).collect();
    pairs.join(":")
}

/// The algorithms of public keys by their object identifiers (RFC 3279 §2.3, RFC 8410 §3), in DER.
const KEY_TYPES: &[(&[u8], &str)] = &[
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
        "rsa",
    ),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "ec"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "dsa"),
    (&[0x06, 0x03, 0x2b, 0x65, 0x70], "ed25519"),
    (&[0x06, 0x03, 0x2b, 0x65, 0x71], "ed448"),
];

/// What kind of key a certificate is for.
fn key_type(der: &[u8]) -> Option<&'static str> {
    let names = |oid: &[u8]| der.windows(oid.len()).any(|at| at == oid);
    KEY_TYPES
        .iter()
        .find(|(oid, _)| names(oid))
        .map(|(_, name)| *name)
}
