//! The key ring's rows: wrapped keys, one of them active. Unwrapping is the engine's business.

use crate::{Result, Tx, execute, on};

/// One key of the ring, still wrapped.
#[derive(Clone, sqlx::FromRow)]
pub struct RingRow {
    /// The key's name, in front of everything it seals.
    pub kid: String,
    /// Sealed with a key derived from the secret key.
    pub wrapped: String,
    /// New values are sealed with this one.
    pub active: bool,
    /// Unix milliseconds.
    pub created_at: i64,
}

crate::statements! {
    ALL = "SELECT kid, wrapped, active, created_at FROM key_ring ORDER BY created_at, kid";
    INSERT = "INSERT INTO key_ring (kid, wrapped, active, created_at) VALUES ($1, $2, $3, $4)";
    INSERT_FIRST = "INSERT INTO key_ring (kid, wrapped, active, created_at) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (kid) DO NOTHING";
    REWRAP = "UPDATE key_ring SET wrapped = $2 WHERE kid = $1";
    MAKE_CURRENT = "UPDATE key_ring SET active = (kid = $1) \
                    WHERE EXISTS (SELECT 1 FROM key_ring WHERE kid = $1)";
}

/// Every key, oldest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<RingRow>> {
    on!(tx, |c| sqlx::query_as(ALL).fetch_all(c).await)
}

/// Adds a key.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the kid exists.
pub async fn insert(tx: &mut Tx, row: &RingRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.kid,
        &row.wrapped,
        row.active,
        row.created_at
    )
    .map(drop)
}

/// Adds the first key unless another process just did: both then read the same one.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert_first(tx: &mut Tx, row: &RingRow) -> Result<()> {
    execute!(
        tx,
        INSERT_FIRST,
        &row.kid,
        &row.wrapped,
        row.active,
        row.created_at
    )
    .map(drop)
}

/// Replaces the wrapping of one key, after the secret key was replaced.
///
/// # Errors
///
/// Only if the database fails.
pub async fn rewrap(tx: &mut Tx, kid: &str, wrapped: &str) -> Result<()> {
    execute!(tx, REWRAP, kid, wrapped).map(drop)
}

/// Lets `kid` alone seal new values; answers whether the ring holds it. If not, nothing changes.
///
/// # Errors
///
/// Only if the database fails.
pub async fn make_current(tx: &mut Tx, kid: &str) -> Result<bool> {
    Ok(execute!(tx, MAKE_CURRENT, kid)? > 0)
}
