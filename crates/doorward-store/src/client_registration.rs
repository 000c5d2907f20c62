//! Clients that registered themselves (RFC 7591, RFC 7592).
//!
//! Rules: of the token there is only a hash; a row goes with its provider.

use crate::{Result, Tx, execute, on};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ClientRegistrationRow {
    /// The provider that was made for the client.
    pub provider_id: i64,
    /// The provider that it registered with.
    pub parent_id: i64,
    /// base64url(SHA-256(token)).
    pub token_hash: String,
    /// What it says of itself, a JSON object.
    pub metadata: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

crate::statements! {
    INSERT = "INSERT INTO client_registrations (provider_id, parent_id, token_hash, metadata, created_at, \
              updated_at) VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "SELECT provider_id, parent_id, token_hash, metadata, created_at, updated_at \
              FROM client_registrations WHERE token_hash = $1";
    COUNT = "SELECT COUNT(*) FROM client_registrations WHERE parent_id = $1";
    SAVE = "UPDATE client_registrations SET metadata = $2, updated_at = $3 WHERE provider_id = $1";
    DELETE = "DELETE FROM client_registrations WHERE provider_id = $1";
}

/// Adds one.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &ClientRegistrationRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        row.provider_id,
        row.parent_id,
        &row.token_hash,
        &row.metadata,
        row.created_at,
        row.updated_at
    )
    .map(drop)
}

/// The one whose token has this hash.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, token_hash: &str) -> Result<Option<ClientRegistrationRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(token_hash)
        .fetch_optional(c)
        .await)
}

/// How many registered with a provider.
///
/// # Errors
///
/// Only if the database fails.
pub async fn count(tx: &mut Tx, parent_id: i64) -> Result<i64> {
    on!(tx, |c| sqlx::query_scalar(COUNT)
        .bind(parent_id)
        .fetch_one(c)
        .await)
}

/// Writes down what a client says of itself now; answers whether it is still there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, provider_id: i64, metadata: &str, now: i64) -> Result<bool> {
    Ok(execute!(tx, SAVE, provider_id, metadata, now)? > 0)
}

/// Forgets one, if there is one.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, provider_id: i64) -> Result<()> {
    execute!(tx, DELETE, provider_id).map(drop)
}
