//! Single facts about this installation, as JSON under a name.
//!
//! Rule: what may happen only once (set-up) is decided by [`insert_once`], never by a read.

use crate::{Result, Tx, execute, on};

crate::statements! {
    FIND = "SELECT value FROM settings WHERE name = $1";
    ALL = "SELECT name, value FROM settings";
    SAVE = "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) \
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at";
    INSERT_ONCE = "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) \
            ON CONFLICT (name) DO NOTHING";
    DELETE = "DELETE FROM settings WHERE name = $1";
}

/// The JSON text under `name`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    on!(tx, |c| sqlx::query_scalar(FIND)
        .bind(name)
        .fetch_optional(c)
        .await)
}

/// Every setting, for the snapshot.
///
/// # Errors
///
/// Only if the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    on!(tx, |c| sqlx::query_as(ALL).fetch_all(c).await)
}

/// Writes `value` (JSON text) under `name`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, name: &str, value: &str, now: i64) -> Result<()> {
    execute!(tx, SAVE, name, value, now).map(drop)
}

/// Writes `value` unless the name exists; answers whether this call was the one that wrote.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert_once(tx: &mut Tx, name: &str, value: &str, now: i64) -> Result<bool> {
    Ok(execute!(tx, INSERT_ONCE, name, value, now)? == 1)
}

/// Forgets a setting.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, name: &str) -> Result<()> {
    execute!(tx, DELETE, name).map(drop)
}
