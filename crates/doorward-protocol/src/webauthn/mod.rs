//! Passkeys and security keys (Web Authentication Level 3).
//!
//! Owns both ceremonies: the options that a browser gets and the checks of what it answers. Leaves
//! whose credential it is, and that a challenge is used once, to the engine. Rule: an answer counts
//! only with our challenge, on exactly our origin, for our relying party's id and, where it was
//! asked for, after the person was verified. Which model an authenticator is, it says itself: no
//! attestation is verified ([decision 30](../../../../docs/decisions/0030-models-of-authenticators.md)).

mod assertion;
mod authenticator_data;
mod client_data;
mod cose;
pub mod options;
mod registration;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use assertion::{Assertion, Used};
pub use registration::register;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::encoding::from_base64url;

/// Whose passkeys they are: us, at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host, without a port.
    pub id: String,
    /// For people.
    pub name: String,
    /// `https://host[:port]`, exactly as browsers write it.
    pub origin: String,
}

impl RelyingParty {
    /// The relying party at this address; `None` for one without a host.
    pub fn at(address: &url::Url, name: &str) -> Option<Self> {
        Some(Self {
            id: address.domain()?.to_owned(),
            name: name.to_owned(),
            origin: address.origin().ascii_serialization(),
        })
    }
}

/// Whether the authenticator must know the person (by PIN, finger or face).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// Without it the answer does not count.
    Required,
    /// If it can.
    #[default]
    Preferred,
    /// Better not.
    Discouraged,
}

/// What a ceremony was begun with.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Us.
    pub party: &'a RelyingParty,
    /// Our random challenge.
    pub challenge: &'a [u8],
    /// Whether the person must be verified.
    pub verification: Requirement,
}

/// A registered credential: what is kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// base64url.
    pub id: String,
    /// The public key as COSE, base64url.
    pub public_key: String,
    /// The model's id as uuid; all zeros when the authenticator does not say.
    pub aaguid: String,
    /// How often it signed, if it counts.
    pub sign_count: u32,
    /// How browsers can reach it: `internal`, `usb` …
    pub transports: Vec<String>,
    /// Whether it can be synced to other devices.
    pub backup_eligible: bool,
    /// Whether it is synced.
    pub backed_up: bool,
}

/// Why an answer does not count. None of it is for the person: they only learn that it did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebauthnError {
    /// Not the JSON, CBOR or bytes that the standard describes.
    #[error("the answer cannot be read: {0}")]
    Malformed(&'static str),
    /// Made for another ceremony.
    #[error("another kind of ceremony")]
    WrongType,
    /// Made for another challenge.
    #[error("another challenge")]
    WrongChallenge,
    /// Made on another site, or inside one.
    #[error("another origin")]
    WrongOrigin,
    /// Made for another relying party.
    #[error("another relying party")]
    WrongParty,
    /// Nobody was there, or the person was not verified.
    #[error("nobody was present or verified")]
    NotVerified,
    /// A public key or signature algorithm that was not asked for.
    #[error("an algorithm that was not asked for")]
    Algorithm,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// The counter went back: there may be a copy of the authenticator.
    #[error("the counter went back")]
    Counter,
}

use WebauthnError::Malformed;

/// Bytes of one member; more is not looked at.
const MAX_MEMBER_BYTES: usize = 16 * 1024;

/// A base64url member of a JSON answer.
fn member(object: &Value, name: &'static str) -> Result<Vec<u8>, WebauthnError> {
    let text = object.get(name).and_then(Value::as_str);
    let text = text.filter(|text| text.len() <= MAX_MEMBER_BYTES);
    text.and_then(from_base64url).ok_or(Malformed(name))
}

/// The credential's id, which the answer says twice.
fn credential_id(answer: &Value) -> Result<String, WebauthnError> {
    let raw = member(answer, "rawId")?;
    let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
    let is_key = answer.get("type").is_some_and(|kind| kind == "public-key");
    if !is_key || raw.is_empty() || raw.len() > 1023 || from_base64url(id).as_ref() != Some(&raw) {
        return Err(Malformed("id"));
    }
    Ok(id.to_owned())
}
