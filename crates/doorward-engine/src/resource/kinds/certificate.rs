//! Certificates with their private keys, readable with their names; what they are used for comes
//! with TLS and signing. The private key is sealed and never shown without its own action.

use serde_json::{Map, Value, json};

use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::validate::Draft;
use crate::resource::value::{milliseconds, rfc3339};
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
    let expiry = certificate.as_deref().and_then(not_after);
    let fingerprint = certificate.map(|der| colons(&encoding::sha256(&der)));
    let base = format!("/api/v3/crypto/certificatekeypairs/{}", object.id);
    answer.insert("fingerprint_sha256".into(), json!(fingerprint));
    answer.insert("fingerprint_sha1".into(), Value::Null);
    answer.insert("cert_expiry".into(), json!(expiry.map(rfc3339)));
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

/// When a certificate ends, Unix milliseconds: the second time in it (RFC 5280 §4.1.2.5).
fn not_after(der: &[u8]) -> Option<i64> {
    let at = |start: usize| time(&der[start..]);
    (0..der.len()).filter_map(at).nth(1)
}

/// A `UTCTime` (`YYMMDDhhmmssZ`) or `GeneralizedTime` (`YYYYMMDDhhmmssZ`) at the start of `der`.
fn time(der: &[u8]) -> Option<i64> {
    let (century, digits) = match der {
        [0x17, 13, digits @ ..] => ("", digits.get(..12)?),
        [0x18, 15, digits @ ..] => ("whole", digits.get(..14)?),
        _ => return None,
    };
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    let text = match century {
        "" if text < "50" => format!("20{text}"),
        "" => format!("19{text}"),
        _ => text.to_owned(),
    };
    let part = |from: usize| &text[from..from + 2];
    let (date, clock) = (
        (&text[..4], part(4), part(6)),
        (part(8), part(10), part(12)),
    );
    milliseconds(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        date.0, date.1, date.2, clock.0, clock.1, clock.2
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_its_second_time() {
        let utc = b"\x17\x0d261124010203Z\x17\x0d491231235959Z";
        assert_eq!(
            not_after(utc).map(rfc3339).as_deref(),
            Some("2049-12-31T23:59:59Z")
        );
        let general = b"\x17\x0d261124010203Z\x18\x0f20501231235959Z";
        assert_eq!(
            not_after(general).map(rfc3339).as_deref(),
            Some("2050-12-31T23:59:59Z")
        );
        for broken in [
            &b""[..],
            b"\x17\x0d",
            b"\x17\x0d26112401020\xffZ",
            b"\x17\x0d261124010203Z",
        ] {
            assert_eq!(not_after(broken), None);
        }
    }
}
