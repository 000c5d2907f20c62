//! Devices without a browser (RFC 8628): what they ask for, and who lets them in.
//!
//! Owns both codes, the question to the person and the answer. Leaves polling to `token::device`.
//! Rules: nobody lets a device in without having been shown whose it is, from where it asks and what
//! for (RFC 8628 §5.4); the application's bindings and its flow count (CVE-2024-38371); there is one
//! answer to a code, by one conditional write; guesses at codes are counted before they are looked at.

mod approve;
mod around;
mod question;

use std::net::IpAddr;

use doorward_protocol::encoding;
use doorward_protocol::oauth::{ErrorCode, Parameters, Presented, PresentedError, Scopes};
use doorward_protocol::seal::Purpose;
use doorward_store::attempt::Limit;
use doorward_store::device_code::{self, DeviceCodeRow};
use doorward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

pub use approve::DeviceAnswered;
pub(crate) use approve::PreparedDevice;
pub(crate) use around::Around;
pub use around::DevicePage;
pub(crate) use question::Held;
pub use question::{DeviceLooked, DeviceQuestion};

use super::authorize::resources;
use super::bound_key;
use super::client::Client;
use super::proof;
use super::token::TokenRefusal;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::hash_text;
use crate::snapshot::Snapshot;
use crate::throttle;

/// The grant type.
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What a person types: no vowels, so no words (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
const INTERVAL_S: i64 = 5;
/// From one network a device may ask so often.
const ASKED: Limit = Limit {
    free: 20,
    pause_ms: 60_000,
    window_ms: 3_600_000,
};
/// So often is a device asked for again whose code somebody else's has.
const TRIES: usize = 3;

/// What a device is told (RFC 8628 §3.2). No `Debug`: it holds both codes.
#[derive(Serialize)]
pub struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i64,
}

/// What is known of a device that asks.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct DeviceFacts {
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    /// The thumbprint of the key that its code is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    jkt: Option<String>,
}

/// The key that a device's code is bound to.
pub(super) fn bound_to(row: &DeviceCodeRow) -> Option<String> {
    let facts: DeviceFacts = serde_json::from_str(&row.facts).unwrap_or_default();
    facts.jkt
}

/// The key that a device names for its code (OpenID Connect Key Binding 1.0 §3.1).
fn named_key(parameters: &Parameters, scopes: &Scopes) -> Result<Option<String>, &'static str> {
    let jkt = proof::named_key(parameters)?;
    bound_key::lacks(scopes, jkt.as_deref()).map_or(Ok(jkt), Err)
}

impl Engine {
    /// Gives a device its codes. Which client it is needs no proof here, as in authentik; a secret
    /// that comes along has to be right.
    ///
    /// # Errors
    ///
    /// [`TokenRefusal`]; `slow_down` if there were too many from this network.
    pub async fn oauth_device(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        presented: &Result<Presented, PresentedError>,
        parameters: &Parameters,
    ) -> Result<DeviceAnswer, TokenRefusal> {
        let client = match presented {
            Ok(Presented::Named { id }) => snapshot.oauth.named(id).cloned(),
            _ => Some(self.oauth_client(snapshot, ctx, presented).await?),
        };
        let why = "There is no such client.";
        let client = client.ok_or_else(|| TokenRefusal::new(ErrorCode::InvalidClient, why))?;
        if !client.may(DEVICE_CODE) {
            let why = "The client's grant types do not have this one.";
            return Err(TokenRefusal::new(ErrorCode::UnauthorizedClient, why));
        }
        let scopes = client.asked_scopes(parameters)?;
        let resources = resources(&client, parameters)
            .map_err(|why| TokenRefusal::new(ErrorCode::InvalidTarget, why))?;
        let jkt = named_key(parameters, &scopes)
            .map_err(|why| TokenRefusal::new(ErrorCode::InvalidRequest, why))?;
        let facts = DeviceFacts {
            address: Some(ctx.client_ip),
            resources,
            jkt,
        };
        for _ in 0..TRIES {
            let mut tx = self.store.begin().await?;
            let name = format!("device codes for {}", throttle::network(ctx.client_ip));
            if throttle::count(self, &mut tx, &name, ASKED, ctx.now)
                .await?
                .is_some()
            {
                let why = "Too many devices ask from this address.";
                return Err(TokenRefusal::new(ErrorCode::SlowDown, why));
            }
            match self
                .new_device(&mut tx, ctx, &client, &scopes, &facts)
                .await
            {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(codes) => {
                    self.commit(tx).await?;
                    return Ok(told(snapshot, &client, codes)?);
                }
            }
        }
        Err(Fault::Store(StoreError::Conflict).into())
    }

    async fn new_device(
        &self,
        tx: &mut Tx,
        ctx: &Context,
        client: &Client,
        scopes: &Scopes,
        facts: &DeviceFacts,
    ) -> Result<(String, String), StoreError> {
        let device_code = format!("dwd_{}", encoding::random_token(32));
        let user_code = new_user_code();
        let row = DeviceCodeRow {
            hash: hash_text(&device_code),
            user_code_hash: self.user_code_hash(&user_code),
            provider_id: client.provider.pk,
            scopes: scopes.to_string(),
            facts: serde_json::to_string(facts).expect("texts serialize"),
            state: String::new(),
            interval_ms: INTERVAL_S * 1000,
            polled_at: 0,
            created_at: ctx.now,
            expires_at: ctx.now.saturating_add(client.device_code_ms()),
        };
        device_code::insert(tx, &row).await?;
        Ok((device_code, user_code))
    }

    /// So short a code is hashed with a key, or whoever reads the table could try them all.
    fn user_code_hash(&self, code: &str) -> String {
        let text = format!("device {code}");
        encoding::base64url(self.keys.mac(Purpose::OauthRequest, text.as_bytes()))
    }
}

fn told(
    snapshot: &Snapshot,
    client: &Client,
    (device_code, user_code): (String, String),
) -> Result<DeviceAnswer, Fault> {
    let base = snapshot.public_url();
    let base = base.ok_or_else(|| Fault::Broken("the public address is not known".to_owned()))?;
    let page = format!("{}/device", base.as_str().trim_end_matches('/'));
    let user_code = shown(&user_code);
    Ok(DeviceAnswer {
        device_code,
        verification_uri_complete: format!("{page}?code={user_code}"),
        verification_uri: page,
        user_code,
        expires_in: client.device_code_ms() / 1000,
        interval: INTERVAL_S,
    })
}

/// Eight letters, each as likely as any other.
fn new_user_code() -> String {
    let mut code = String::new();
    while code.len() < LENGTH {
        let bytes = encoding::random_bytes::<16>();
        // 240 is the largest multiple of 20 in a byte: the rest would make some letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 240);
        let letters = letters.map(|byte| char::from(LETTERS[usize::from(byte % 20)]));
        code.extend(letters.take(LENGTH - code.len()));
    }
    code
}

/// `BCDF-GHJK`
fn shown(code: &str) -> String {
    let (one, other) = code.split_at(LENGTH / 2);
    format!("{one}-{other}")
}

/// A code as it was typed: case, blanks and dashes do not matter; `None` if it cannot be one.
fn typed(text: &str) -> Option<String> {
    let kept = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LENGTH + 1);
    let code: String = kept.map(|c| c.to_ascii_uppercase()).collect();
    let is_one = code.len() == LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte));
    is_one.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_code_is_eight_letters_of_twenty_rfc_8628_6_1() {
        for _ in 0..100 {
            let code = new_user_code();
            assert_eq!(typed(&code).as_deref(), Some(&*code));
        }
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for text in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "BCDF–GHJK"] {
            assert_eq!(typed(text).as_deref(), Some("BCDFGHJK"), "{text}");
        }
        for text in ["", "BCDFGHJ", "BCDFGHJKL", "ACDFGHJK", "BCDFGHJ1"] {
            assert_eq!(typed(text), None, "{text}");
        }
        assert_eq!(shown("BCDFGHJK"), "BCDF-GHJK");
    }
}
