//! What a browser is asked (§5.4, §5.5), in the JSON forms of the standard.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cose::ALGORITHMS;
use super::{RelyingParty, Requirement};
use crate::encoding::base64url;

/// How long a browser waits for somebody, milliseconds.
const TIMEOUT_MS: u32 = 5 * 60 * 1000;

/// Where an authenticator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attachment {
    /// In the device itself.
    Platform,
    /// One that can be carried to another device.
    CrossPlatform,
}

/// Which kind of authenticator a browser offers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// A key in a port.
    SecurityKey,
    /// This device.
    ClientDevice,
    /// A phone.
    Hybrid,
}

/// A credential to name in options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// base64url.
    pub id: &'a str,
    /// How it can be reached.
    pub transports: &'a [String],
}

impl Named<'_> {
    fn descriptor(&self) -> Value {
        let mut descriptor = json!({ "type": "public-key", "id": self.id });
        if !self.transports.is_empty() {
            descriptor["transports"] = json!(self.transports);
        }
        descriptor
    }
}

/// For whom a credential is made.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Random bytes that say nothing about the person.
    pub handle: &'a [u8],
    /// The user name.
    pub name: &'a str,
    /// For people.
    pub display_name: &'a str,
}

/// What a new credential must be like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// Whether the person must be verified.
    pub verification: Requirement,
    /// Whether it must be found without a name: a passkey.
    pub resident_key: Requirement,
    /// Where it must be.
    pub attachment: Option<Attachment>,
    /// What to offer first.
    pub hints: &'a [Hint],
    /// Whether it matters which model it is. Browsers hide that unless they are asked.
    pub names_model: bool,
    /// Those there are already.
    pub exclude: &'a [Named<'a>],
}

/// The options for `navigator.credentials.create`.
pub fn creation(
    party: &RelyingParty,
    account: Account<'_>,
    challenge: &[u8],
    wish: &Wish<'_>,
) -> Value {
    let parameters: Vec<Value> = ALGORITHMS
        .iter()
        .map(|alg| json!({ "type": "public-key", "alg": alg }))
        .collect();
    let mut selection = Map::new();
    if let Some(attachment) = wish.attachment {
        selection.insert("authenticatorAttachment".into(), json!(attachment));
    }
    let required = wish.resident_key == Requirement::Required;
    selection.insert("residentKey".into(), json!(wish.resident_key));
    selection.insert("requireResidentKey".into(), json!(required));
    selection.insert("userVerification".into(), json!(wish.verification));
    json!({
        "rp": { "id": party.id, "name": party.name },
        "user": {
            "id": base64url(account.handle),
            "name": account.name,
            "displayName": account.display_name,
        },
        "challenge": base64url(challenge),
        "pubKeyCredParams": parameters,
        "timeout": TIMEOUT_MS,
        "excludeCredentials": descriptors(wish.exclude),
        "authenticatorSelection": selection,
        "hints": wish.hints,
        "attestation": if wish.names_model { "direct" } else { "none" },
        "extensions": { "credProps": true },
    })
}

/// The options for `navigator.credentials.get`; without credentials, whichever passkey the person
/// has for us.
pub fn request(
    party: &RelyingParty,
    challenge: &[u8],
    verification: Requirement,
    hints: &[Hint],
    allow: &[Named<'_>],
) -> Value {
    json!({
        "challenge": base64url(challenge),
        "timeout": TIMEOUT_MS,
        "rpId": party.id,
        "allowCredentials": descriptors(allow),
        "userVerification": verification,
        "hints": hints,
    })
}

fn descriptors(credentials: &[Named<'_>]) -> Vec<Value> {
    credentials.iter().map(Named::descriptor).collect()
}
