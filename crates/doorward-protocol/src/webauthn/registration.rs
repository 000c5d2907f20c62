//! A new credential (§7.1).

use ciborium::Value as Cbor;
use serde_json::Value;

use super::authenticator_data::{AuthenticatorData, MAX_DEPTH};
use super::cose::PublicKey;
use super::{Credential, Expected, Malformed, WebauthnError, client_data, credential_id, member};
use crate::encoding::base64url;

/// Transports that a browser may name (§5.8.4); others are forgotten.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// Checks the answer to [`super::options::creation`] and tells what to keep.
///
/// # Errors
/// Why it does not count.
pub fn register(answer: &Value, expected: Expected<'_>) -> Result<Credential, WebauthnError> {
    let id = credential_id(answer)?;
    let response = answer.get("response").ok_or(Malformed("response"))?;
    let client_data = member(response, "clientDataJSON")?;
    client_data::check(&client_data, "webauthn.create", expected)?;
    let bytes = authenticator_bytes(&member(response, "attestationObject")?)?;
    let data = AuthenticatorData::read(&bytes)?;
    data.check(expected)?;
    let attested = data
        .attested
        .as_ref()
        .ok_or(Malformed("attestedCredentialData"))?;
    if base64url(attested.credential_id) != id {
        return Err(Malformed("id"));
    }
    PublicKey::read(attested.public_key)?;
    Ok(Credential {
        id,
        public_key: base64url(attested.public_key),
        aaguid: hyphenated(attested.aaguid),
        sign_count: data.sign_count,
        transports: transports(response),
        backup_eligible: data.backup_eligible(),
        backed_up: data.backed_up(),
    })
}

/// The authenticator data in an attestation object. Its statement is not asked for and not looked
/// at: what nobody has checked says nothing.
fn authenticator_bytes(object: &[u8]) -> Result<Vec<u8>, WebauthnError> {
    let malformed = Malformed("attestationObject");
    let mut rest = object;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, MAX_DEPTH);
    let Ok(Cbor::Map(members)) = value else {
        return Err(malformed);
    };
    let data = members
        .into_iter()
        .find(|(key, _)| key.as_text() == Some("authData"));
    let data = data.and_then(|(_, data)| data.into_bytes().ok());
    data.filter(|_| rest.is_empty()).ok_or(malformed)
}

fn transports(response: &Value) -> Vec<String> {
    let named = response.get("transports").and_then(Value::as_array);
    let named = named.into_iter().flatten().filter_map(Value::as_str);
    let known = TRANSPORTS.iter().copied();
    let named: Vec<&str> = named.take(TRANSPORTS.len()).collect();
    known
        .filter(|one| named.contains(one))
        .map(str::to_owned)
        .collect()
}

/// As a uuid is written.
fn hyphenated(aaguid: [u8; 16]) -> String {
    let hex = crate::encoding::hex(aaguid);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}
