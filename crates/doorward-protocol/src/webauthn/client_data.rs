//! What the browser says about a ceremony (§5.8.1): for whom, where, with which challenge.
//!
//! Rule: the origin is compared as a whole. A site whose name only ends like ours is another one
//! (webauthn-rs before Kanidm 1.9: `badexample.com`), and so is a frame inside another site.

use serde::Deserialize;

use super::{Expected, Malformed, WebauthnError};
use crate::encoding::{constant_time_eq, from_base64url};

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// Checks `json` for a ceremony of this kind: `webauthn.create` or `webauthn.get`.
pub(super) fn check(json: &[u8], kind: &str, expected: Expected<'_>) -> Result<(), WebauthnError> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| Malformed("clientDataJSON"))?;
    if data.kind != kind {
        return Err(WebauthnError::WrongType);
    }
    let challenge = from_base64url(&data.challenge).ok_or(WebauthnError::WrongChallenge)?;
    if challenge.len() < 16 || !constant_time_eq(&challenge, expected.challenge) {
        return Err(WebauthnError::WrongChallenge);
    }
    if data.origin != expected.party.origin || data.cross_origin {
        return Err(WebauthnError::WrongOrigin);
    }
    Ok(())
}
