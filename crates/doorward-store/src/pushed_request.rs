//! Requests to authorize that clients sent ahead (RFC 9126).
//!
//! Rules: only the hash of a request's name is stored; [`spend`] is the only way to use one, and of
//! any number of callers one does; a client has a bounded number of them waiting.

use crate::{Result, Tx, execute, on};

/// One client has at most so many waiting.
pub const WAITING_MAX: i64 = 2000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PushedRequestRow {
    /// base64url(SHA-256(name)).
    pub hash: String,
    /// The provider of the client that sent it.
    pub provider_id: i64,
    /// Form-encoded.
    pub parameters: String,
    /// A browser has to bring it by then, Unix milliseconds.
    pub opens_until: i64,
    /// It is gone then, Unix milliseconds.
    pub expires_at: i64,
}

crate::statements! {
    INSERT = "INSERT INTO pushed_requests (hash, provider_id, parameters, opens_until, expires_at) \
              SELECT $1, CAST($2 AS BIGINT), $3, CAST($4 AS BIGINT), CAST($5 AS BIGINT) WHERE (SELECT COUNT(*) FROM \
              (SELECT 1 FROM pushed_requests WHERE provider_id = CAST($2 AS BIGINT) \
              AND expires_at > CAST($6 AS BIGINT) LIMIT CAST($7 AS BIGINT)) AS waiting) < CAST($7 AS BIGINT)";
    FIND_LIVE = "SELECT hash, provider_id, parameters, opens_until, expires_at FROM pushed_requests \
              WHERE hash = $1 AND expires_at > $2";
    SPEND = "DELETE FROM pushed_requests WHERE hash = $1 AND expires_at > $2";
    DELETE_OF_PROVIDER = "DELETE FROM pushed_requests WHERE provider_id = $1";
}

/// Keeps a request, unless too many of its client's wait at `now`; answers whether it did.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the hash exists.
pub async fn insert(tx: &mut Tx, row: &PushedRequestRow, now: i64) -> Result<bool> {
    let added = execute!(
        tx,
        INSERT,
        &row.hash,
        row.provider_id,
        &row.parameters,
        row.opens_until,
        row.expires_at,
        now,
        WAITING_MAX
    )?;
    Ok(added == 1)
}

/// A request that nobody has used.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_live(tx: &mut Tx, hash: &str, now: i64) -> Result<Option<PushedRequestRow>> {
    on!(tx, |c| sqlx::query_as(FIND_LIVE)
        .bind(hash)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Uses a request; answers whether this was the one use of it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn spend(tx: &mut Tx, hash: &str, now: i64) -> Result<bool> {
    Ok(execute!(tx, SPEND, hash, now)? == 1)
}

/// Takes away what a client sent whose provider is gone.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_provider(tx: &mut Tx, provider_id: i64) -> Result<u64> {
    execute!(tx, DELETE_OF_PROVIDER, provider_id)
}
