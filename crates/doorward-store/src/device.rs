//! What people prove themselves with beside the password, and the codes of a list of codes.
//!
//! Rule: each use is decided by one write. A step of an app counts once and never again after a
//! later one ([`use_step`]), a code once ([`use_code`]), a key's counter only grows ([`use_key`]).

use crate::user::fold;
use crate::{Result, StoreError, Tx, execute, on};

/// One device. No `Debug`: it carries the sealed key.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeviceRow {
    /// What clients call it.
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// `totp`, `static`, `webauthn` or `email`.
    pub kind: String,
    /// As its owner calls it.
    pub name: String,
    /// Whether it has proven that it works.
    pub confirmed: bool,
    /// The engine's: a sealed key, a salt, a credential's public part.
    pub data: String,
    /// A passkey's id, base64url.
    pub credential: Option<String>,
    /// The last step of an app, how often a key has signed.
    pub counter: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
    /// Unix milliseconds.
    pub last_used_at: Option<i64>,
}

/// The columns, for generated lists.
pub const COLUMNS: &str = "id, user_id, kind, name, confirmed, data, credential, counter, created_at, updated_at, \
    last_used_at";

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT id, user_id, kind, name, confirmed, data, credential, counter, created_at, updated_at, \
             last_used_at FROM devices ",
            $rest
        )
    };
}

crate::statements! {
    FIND = select!("WHERE id = $1 AND kind = $2");
    FIND_CREDENTIAL = select!("WHERE credential = $1 AND kind = 'webauthn'");
    OF_USER = select!("WHERE user_id = $1 ORDER BY created_at, id");
    COUNT_OF_USER = "SELECT CAST(count(*) AS BIGINT) FROM devices WHERE user_id = $1";
    INSERT = "INSERT INTO devices (id, user_id, kind, name, name_key, confirmed, data, credential, counter, \
              created_at, updated_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    RENAME = "UPDATE devices SET name = $3, name_key = $4, updated_at = $5 WHERE id = $1 AND kind = $2";
    DELETE = "DELETE FROM devices WHERE id = $1 AND kind = $2";
    USE_STEP = "UPDATE devices SET counter = $2, last_used_at = $3 \
              WHERE id = $1 AND kind = 'totp' AND confirmed AND counter < $2";
    USE_KEY = "UPDATE devices SET counter = $2, last_used_at = $3, data = $4 \
              WHERE id = $1 AND kind = 'webauthn' AND confirmed AND (counter < $2 OR (counter = 0 AND $2 = 0))";
    NOTE_USE = "UPDATE devices SET last_used_at = $2 WHERE id = $1";
    USE_LIST = "UPDATE devices SET last_used_at = $2 WHERE id = $1 AND kind = 'static' AND confirmed";
    INSERT_CODE = "INSERT INTO recovery_codes (device_id, hash, used_at) VALUES ($1, $2, NULL)";
    USE_CODE = "UPDATE recovery_codes SET used_at = $3 WHERE device_id = $1 AND hash = $2 AND used_at IS NULL";
    CODES_LEFT = "SELECT CAST(count(*) AS BIGINT) FROM recovery_codes WHERE device_id = $1 AND used_at IS NULL";
}

/// The device of this kind with this number.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: i64, kind: &str) -> Result<Option<DeviceRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .bind(kind)
        .fetch_optional(c)
        .await)
}

/// The passkey with this credential id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_credential(tx: &mut Tx, credential: &str) -> Result<Option<DeviceRow>> {
    on!(tx, |c| sqlx::query_as(FIND_CREDENTIAL)
        .bind(credential)
        .fetch_optional(c)
        .await)
}

/// Everything that somebody has, the oldest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(tx: &mut Tx, user: i64) -> Result<Vec<DeviceRow>> {
    on!(tx, |c| sqlx::query_as(OF_USER)
        .bind(user)
        .fetch_all(c)
        .await)
}

/// So many devices somebody may have: more is no use, and each costs work when they sign in.
pub const MAX_OF_USER: i64 = 50;

/// Adds a device.
///
/// # Errors
///
/// [`StoreError::Conflict`] if the passkey is somebody's already or its owner has [`MAX_OF_USER`].
pub async fn insert(tx: &mut Tx, row: &DeviceRow) -> Result<()> {
    let count: i64 = on!(tx, |c| sqlx::query_scalar(COUNT_OF_USER)
        .bind(row.user_id)
        .fetch_one(c)
        .await)?;
    if count >= MAX_OF_USER {
        return Err(StoreError::Conflict);
    }
    execute!(
        tx,
        INSERT,
        row.id,
        row.user_id,
        &row.kind,
        &row.name,
        fold(&row.name),
        row.confirmed,
        &row.data,
        &row.credential,
        row.counter,
        row.created_at,
        row.updated_at,
        row.last_used_at
    )
    .map(drop)
}

/// Gives a device another name; answers whether it is there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn rename(tx: &mut Tx, row: &DeviceRow) -> Result<bool> {
    Ok(execute!(
        tx,
        RENAME,
        row.id,
        &row.kind,
        &row.name,
        fold(&row.name),
        row.updated_at
    )? == 1)
}

/// Removes a device and its codes; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: i64, kind: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, id, kind)? == 1)
}

/// Uses a step of an app, unless it or a later one was used before; answers whether.
///
/// # Errors
///
/// Only if the database fails.
pub async fn use_step(tx: &mut Tx, id: i64, step: i64, now: i64) -> Result<bool> {
    Ok(execute!(tx, USE_STEP, id, step, now)? == 1)
}

/// Notes that a key has signed, unless its counter has not grown (keys that do not count stay at
/// zero: their challenges must be single use); answers whether.
///
/// # Errors
///
/// Only if the database fails.
pub async fn use_key(tx: &mut Tx, id: i64, count: u32, data: &str, now: i64) -> Result<bool> {
    Ok(execute!(tx, USE_KEY, id, i64::from(count), now, data)? == 1)
}

/// Notes that a device was used whose use something else has decided.
///
/// # Errors
///
/// Only if the database fails.
pub async fn note_use(tx: &mut Tx, id: i64, now: i64) -> Result<()> {
    execute!(tx, NOTE_USE, id, now).map(drop)
}

/// Adds a code to a list.
///
/// # Errors
///
/// [`StoreError::Conflict`] if the list has it already.
pub async fn insert_code(tx: &mut Tx, device: i64, hash: &str) -> Result<()> {
    execute!(tx, INSERT_CODE, device, hash).map(drop)
}

/// Uses a code, unless it was used before; answers whether.
///
/// # Errors
///
/// Only if the database fails.
pub async fn use_code(tx: &mut Tx, device: i64, hash: &str, now: i64) -> Result<bool> {
    let used = execute!(tx, USE_CODE, device, hash, now)? == 1;
    Ok(used && execute!(tx, USE_LIST, device, now)? == 1)
}

/// How many codes of a list are still good.
///
/// # Errors
///
/// Only if the database fails.
pub async fn codes_left(tx: &mut Tx, device: i64) -> Result<i64> {
    on!(tx, |c| sqlx::query_scalar(CODES_LEFT)
        .bind(device)
        .fetch_one(c)
        .await)
}
