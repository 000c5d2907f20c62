//! Keys that sign no more for a provider: published until what they have signed has ended, and known
//! for a while longer, for what apps bring back as a hint.
//!
//! Rule: only public halves stand here; a key that is retired twice stays until the later of the two
//! ends.

use crate::{Result, Tx, execute, on};

/// One key of one provider.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RetiredKeyRow {
    /// The provider for which it signed.
    pub provider_id: i64,
    /// Its name.
    pub kid: String,
    /// uuid of the pair that it belonged to.
    pub pair: String,
    /// The public half, as it is published: a JSON object.
    pub jwk: String,
    /// Unix milliseconds; nothing that it has signed is good for longer.
    pub published_until: i64,
    /// Unix milliseconds; then nobody knows it any more.
    pub expires_at: i64,
}

crate::statements! {
    ALL = "SELECT provider_id, kid, pair, jwk, published_until, expires_at FROM retired_keys ORDER BY id";
    INSERT = "INSERT INTO retired_keys (provider_id, kid, pair, jwk, published_until, expires_at) \
              VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider_id, kid) DO UPDATE SET pair = excluded.pair, \
              jwk = excluded.jwk, published_until = excluded.published_until, expires_at = excluded.expires_at \
              WHERE excluded.published_until > retired_keys.published_until";
    DELETE_OF_PAIR = "DELETE FROM retired_keys WHERE pair = $1";
    LAST_ENDS = "SELECT provider_id, MAX(expires_at) FROM grant_tokens \
                 WHERE kind = 'access' AND expires_at > $1 GROUP BY provider_id";
}

/// Every one, for the snapshot; whether it has ended is for the reader to see.
///
/// # Errors
///
/// Only if the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<RetiredKeyRow>> {
    on!(tx, |c| sqlx::query_as(ALL).fetch_all(c).await)
}

/// Adds one, or lets the same one stay longer.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &RetiredKeyRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        row.provider_id,
        &row.kid,
        &row.pair,
        &row.jwk,
        row.published_until,
        row.expires_at
    )?;
    Ok(())
}

/// Removes every key that a pair had, at once.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_pair(tx: &mut Tx, pair: &str) -> Result<()> {
    execute!(tx, DELETE_OF_PAIR, pair)?;
    Ok(())
}

/// When the last access token of each provider ends, for those that have live ones.
///
/// # Errors
///
/// Only if the database fails.
pub async fn last_ends(tx: &mut Tx, now: i64) -> Result<Vec<(i64, i64)>> {
    on!(tx, |c| sqlx::query_as(LAST_ENDS)
        .bind(now)
        .fetch_all(c)
        .await)
}
