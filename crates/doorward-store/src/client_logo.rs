//! Pictures of clients that registered themselves.
//!
//! Rule: a row goes with its provider; how large one may be is for the engine to say.

use crate::{Result, Tx, execute, on};

crate::statements! {
    SAVE = "INSERT INTO client_logos (provider_id, data, fetched_at) VALUES ($1, $2, $3) \
              ON CONFLICT (provider_id) DO UPDATE SET data = excluded.data, fetched_at = excluded.fetched_at";
    FIND = "SELECT data FROM client_logos WHERE provider_id = $1";
    DELETE = "DELETE FROM client_logos WHERE provider_id = $1";
}

/// Keeps a provider's picture, base64, in place of the one before.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, provider_id: i64, data: &str, now: i64) -> Result<()> {
    execute!(tx, SAVE, provider_id, data, now).map(drop)
}

/// That of a provider, base64.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, provider_id: i64) -> Result<Option<String>> {
    on!(tx, |c| sqlx::query_scalar(FIND)
        .bind(provider_id)
        .fetch_optional(c)
        .await)
}

/// Forgets a provider's, if there is one.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, provider_id: i64) -> Result<()> {
    execute!(tx, DELETE, provider_id).map(drop)
}
