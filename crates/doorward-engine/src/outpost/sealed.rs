//! What a login carries with it, sealed: nothing of it is a row before somebody is known.
//!
//! None of it has `Debug`. Rule: each value names its purpose and its end; one that does not open, or is late, is as if it
//! were not there.

use std::collections::HashMap;

use doorward_protocol::encoding;
use doorward_protocol::seal::{Keys, Purpose};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// In the browser, on the application's host: what it started.
#[derive(Serialize, Deserialize)]
pub(super) struct Start {
    /// 32 random bytes; whoever has them started the login.
    pub(super) nonce: String,
    /// Where to go in the end, approved.
    pub(super) target: String,
    /// For which provider.
    pub(super) provider: i64,
    /// Unix milliseconds.
    pub(super) expires_at: i64,
}

/// In the address of the authorize page: what it is asked for.
#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    /// For which provider.
    pub(super) provider: i64,
    /// Names the cookie of the start.
    pub(super) start: String,
    /// SHA-256 of its nonce.
    pub(super) nonce_hash: String,
    /// Where to go in the end, to begin again when this is late; may be empty.
    pub(super) target: String,
    /// How often this login began again by itself.
    pub(super) tries: u8,
    /// Unix milliseconds.
    pub(super) expires_at: i64,
}

/// In the store, under the hash of the ticket.
#[derive(Serialize, Deserialize)]
pub(super) struct Ticket {
    /// The central session.
    pub(super) session: String,
    /// For which provider.
    pub(super) provider: i64,
    /// SHA-256 of the start's nonce.
    pub(super) nonce_hash: String,
    /// Scheme, host and port that it is for.
    pub(super) origin: String,
    /// What policies that a check may not ask have said, by binding.
    #[serde(default)]
    pub(super) policies: HashMap<String, bool>,
}

/// In the address of the sign-out page: which sessions may be ended by it.
#[derive(Serialize, Deserialize)]
pub(super) struct Exit {
    /// The application.
    pub(super) provider: i64,
    /// Hash of the app session's token.
    pub(super) token_hash: String,
    /// The central session above it.
    pub(super) session: String,
    /// Where to go afterwards: scheme, host and port.
    pub(super) origin: String,
    /// Unix milliseconds.
    pub(super) expires_at: i64,
}

/// Seals a value as JSON.
pub(crate) fn seal<T: Serialize>(
    keys: &Keys,
    purpose: Purpose,
    context: &str,
    value: &T,
) -> String {
    let plain = serde_json::to_vec(value).expect("texts and numbers serialize");
    keys.seal(purpose, context.as_bytes(), &plain)
}

/// Opens what [`seal`] made.
pub(crate) fn open<T: DeserializeOwned>(
    keys: &Keys,
    purpose: Purpose,
    context: &str,
    sealed: &str,
) -> Option<T> {
    let plain = keys.open(purpose, context.as_bytes(), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// base64url(SHA-256(nonce)).
pub(super) fn nonce_hash(nonce: &str) -> String {
    encoding::base64url(encoding::sha256(nonce.as_bytes()))
}
