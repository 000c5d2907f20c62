//! What objects were: a row for each change.
//!
//! Owns rows only; what is kept of an object is the engine's to say. Rule: a row is never changed, of
//! one object the newest [`KEPT`] stay, and one that has expired is not found, removed or not.

use crate::{Result, Tx, execute, on};

/// So many of one object are kept.
pub const KEPT: i64 = 100;

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionRow {
    /// The registry's name of the kind.
    pub kind: String,
    /// The object's primary key as text.
    pub object: String,
    /// Which of the object, from 0.
    pub number: i64,
    /// Unix milliseconds.
    pub written_at: i64,
    /// Who wrote it; nobody: the program itself.
    pub user_id: Option<i64>,
    /// What they were called then.
    pub username: String,
    /// `found`, `created`, `changed`, `deleted` or `restored`.
    pub what: String,
    /// What the object was called then.
    pub name: String,
    /// JSON object.
    pub stored: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT kind, object, number, written_at, user_id, username, what, name, stored, expires_at FROM versions ",
            $rest
        )
    };
}

crate::statements! {
    OF = select!("WHERE kind = $1 AND object = $2 AND expires_at > $3 ORDER BY number DESC LIMIT $4");
    FIND = select!("WHERE kind = $1 AND object = $2 AND number = $3 AND expires_at > $4");
    LAST = select!("WHERE kind = $1 AND object = $2 ORDER BY number DESC LIMIT 1");
    DELETED = select!("WHERE kind = $1 AND what = 'deleted' AND expires_at > $2 AND NOT EXISTS \
                       (SELECT 1 FROM versions AS later WHERE later.kind = versions.kind \
                       AND later.object = versions.object AND later.number > versions.number) \
                       ORDER BY written_at DESC, number DESC LIMIT $3");
    INSERT = "INSERT INTO versions (kind, object, number, written_at, user_id, username, what, name, stored, expires_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    DELETE_UP_TO = "DELETE FROM versions WHERE kind = $1 AND object = $2 AND number <= $3";
}

/// The live versions of an object, newest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of(tx: &mut Tx, kind: &str, object: &str, now: i64) -> Result<Vec<VersionRow>> {
    on!(tx, |c| sqlx::query_as(OF)
        .bind(kind)
        .bind(object)
        .bind(now)
        .bind(KEPT)
        .fetch_all(c)
        .await)
}

/// One live version of an object.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(
    tx: &mut Tx,
    kind: &str,
    object: &str,
    number: i64,
    now: i64,
) -> Result<Option<VersionRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(kind)
        .bind(object)
        .bind(number)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// The newest version of an object, expired or not.
///
/// # Errors
///
/// Only if the database fails.
pub async fn last(tx: &mut Tx, kind: &str, object: &str) -> Result<Option<VersionRow>> {
    on!(tx, |c| sqlx::query_as(LAST)
        .bind(kind)
        .bind(object)
        .fetch_optional(c)
        .await)
}

/// The last versions of a kind's objects that are gone, latest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn deleted(tx: &mut Tx, kind: &str, now: i64, limit: i64) -> Result<Vec<VersionRow>> {
    on!(tx, |c| sqlx::query_as(DELETED)
        .bind(kind)
        .bind(now)
        .bind(limit)
        .fetch_all(c)
        .await)
}

/// Adds a version; the object's oldest go when there are too many.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the number is taken.
pub async fn insert(tx: &mut Tx, row: &VersionRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.kind,
        &row.object,
        row.number,
        row.written_at,
        row.user_id,
        &row.username,
        &row.what,
        &row.name,
        &row.stored,
        row.expires_at
    )?;
    if row.number >= KEPT {
        execute!(tx, DELETE_UP_TO, &row.kind, &row.object, row.number - KEPT)?;
    }
    Ok(())
}
