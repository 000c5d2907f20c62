//! Devices that wait for somebody to let them in with a browser (RFC 8628).
//!
//! Rules: only hashes are stored; [`answer`] is the only way to say yes or no, and of any number of
//! callers one does; a device that asks too soon waits longer from then on, each code for itself.

use crate::{Result, Tx, execute, on};

/// A device that asks too soon waits so much longer (RFC 8628 §3.5).
const SLOWER_MS: i64 = 5_000;

/// One waiting device.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DeviceCodeRow {
    /// Hash of what the device holds.
    pub hash: String,
    /// Hash of what the person types.
    pub user_code_hash: String,
    /// The provider that the device's app uses.
    pub provider_id: i64,
    /// Words with a blank between them.
    pub scopes: String,
    /// JSON object.
    pub facts: String,
    /// `open`, `allowed` or `denied`.
    pub state: String,
    /// How long the device waits between two questions.
    pub interval_ms: i64,
    /// When it last asked, Unix milliseconds; 0 before the first time.
    pub polled_at: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has answered yet.
    Open,
    /// Somebody lets it in.
    Allowed,
    /// Somebody does not.
    Denied,
}

impl DeviceState {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

impl DeviceCodeRow {
    /// What became of it.
    pub fn state(&self) -> DeviceState {
        match &*self.state {
            "open" => DeviceState::Open,
            "allowed" => DeviceState::Allowed,
            _ => DeviceState::Denied,
        }
    }
}

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT hash, user_code_hash, provider_id, scopes, facts, state, interval_ms, polled_at, created_at, \
             expires_at FROM device_codes ",
            $rest
        )
    };
}

crate::statements! {
    INSERT = "INSERT INTO device_codes (hash, user_code_hash, provider_id, scopes, facts, state, interval_ms, \
              polled_at, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    FIND = select!("WHERE hash = $1");
    FIND_OPEN = select!("WHERE user_code_hash = $1 AND state = 'open' AND expires_at > $2");
    ANSWER = "UPDATE device_codes SET state = $2 WHERE hash = $1 AND state = 'open' AND expires_at > $3";
    POLL = "UPDATE device_codes SET polled_at = $2 WHERE hash = $1 AND polled_at + interval_ms <= $2";
    SLOW_DOWN = "UPDATE device_codes SET polled_at = $2, interval_ms = interval_ms + $3 WHERE hash = $1";
}

/// Adds a device; its state is open, whatever the row says.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if one of the codes exists.
pub async fn insert(tx: &mut Tx, row: &DeviceCodeRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.hash,
        &row.user_code_hash,
        row.provider_id,
        &row.scopes,
        &row.facts,
        DeviceState::Open.word(),
        row.interval_ms,
        row.created_at,
        row.expires_at
    )
    .map(drop)
}

/// The device that holds this code, late or not.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, hash: &str) -> Result<Option<DeviceCodeRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(hash)
        .fetch_optional(c)
        .await)
}

/// The device whose code a person types, as long as nobody has answered it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_open(
    tx: &mut Tx,
    user_code_hash: &str,
    now: i64,
) -> Result<Option<DeviceCodeRow>> {
    on!(tx, |c| sqlx::query_as(FIND_OPEN)
        .bind(user_code_hash)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Lets a device in or not; answers whether this was the one answer to it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn answer(tx: &mut Tx, hash: &str, allow: bool, now: i64) -> Result<bool> {
    let state = if allow {
        DeviceState::Allowed
    } else {
        DeviceState::Denied
    };
    Ok(execute!(tx, ANSWER, hash, state.word(), now)? == 1)
}

/// Notes that a device asked; answers whether it had waited long enough. One that had not waits
/// longer from now on.
///
/// # Errors
///
/// Only if the database fails.
pub async fn poll(tx: &mut Tx, hash: &str, now: i64) -> Result<bool> {
    if execute!(tx, POLL, hash, now)? == 1 {
        return Ok(true);
    }
    execute!(tx, SLOW_DOWN, hash, now, SLOWER_MS).map(|_| false)
}
