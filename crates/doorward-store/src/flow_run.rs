//! Sign-ins under way that have named somebody. Before that a run lives in its browser's cookie.
//!
//! Rule: a run belongs to the browser whose secret hashes to `browser_hash`, and of two answers to
//! the same step one is saved (`version`).

use crate::{Result, Tx, execute, on};

/// One run.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FlowRunRow {
    /// Stands in the address of the page.
    pub id: String,
    /// base64url(SHA-256(the browser's secret)).
    pub browser_hash: String,
    /// JSON; the engine's.
    pub state: String,
    /// Grows with each save.
    pub version: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

crate::statements! {
    FIND = "SELECT id, browser_hash, state, version, expires_at FROM flow_runs \
            WHERE id = $1 AND browser_hash = $2 AND expires_at > $3";
    INSERT = "INSERT INTO flow_runs (id, browser_hash, state, version, expires_at) VALUES ($1, $2, $3, 1, $4)";
    SAVE = "UPDATE flow_runs SET state = $4, version = version + 1, expires_at = $5 \
            WHERE id = $1 AND browser_hash = $2 AND version = $3";
    FINISH = "DELETE FROM flow_runs WHERE id = $1 AND browser_hash = $2 AND version = $3";
}

/// The live run of this browser.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(
    tx: &mut Tx,
    id: &str,
    browser_hash: &str,
    now: i64,
) -> Result<Option<FlowRunRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .bind(browser_hash)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Adds a run; its version is 1.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the id exists.
pub async fn insert(tx: &mut Tx, row: &FlowRunRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.id,
        &row.browser_hash,
        &row.state,
        row.expires_at
    )
    .map(drop)
}

/// Saves a run if nobody answered the same step first; answers whether.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, row: &FlowRunRow) -> Result<bool> {
    Ok(execute!(
        tx,
        SAVE,
        &row.id,
        &row.browser_hash,
        row.version,
        &row.state,
        row.expires_at
    )? == 1)
}

/// Ends a run; answers whether this caller was the one to end it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn finish(tx: &mut Tx, row: &FlowRunRow) -> Result<bool> {
    Ok(execute!(tx, FINISH, &row.id, &row.browser_hash, row.version)? == 1)
}
