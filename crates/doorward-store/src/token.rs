//! API tokens and app passwords.
//!
//! Rule: a token is found by the hash of its key; the sealed key is only for showing it again to
//! whoever may see it. An expired token is never found, purged or not.

use crate::{Result, Tx, execute, on};

/// One token. No `Debug`: it carries the sealed key.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TokenRow {
    /// uuid.
    pub id: String,
    /// Slug, unique; the token's address in the API.
    pub identifier: String,
    /// `api`, `app_password`, `recovery` or `verification`.
    pub intent: String,
    /// Whose.
    pub user_id: i64,
    /// Free text.
    pub description: String,
    /// Folded description, for search.
    pub description_key: String,
    /// base64url(SHA-256(key)).
    pub key_hash: String,
    /// The key, sealed.
    pub key_sealed: String,
    /// Whether `expires_at` counts.
    pub expiring: bool,
    /// Unix milliseconds.
    pub expires_at: Option<i64>,
    /// The system's own name for it.
    pub managed: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

/// The columns, for generated lists.
pub const COLUMNS: &str = "id, identifier, intent, user_id, description, description_key, key_hash, key_sealed, \
    expiring, expires_at, managed, created_at, updated_at";

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT id, identifier, intent, user_id, description, description_key, key_hash, key_sealed, expiring, \
             expires_at, managed, created_at, updated_at FROM tokens ",
            $rest
        )
    };
}

crate::statements! {
    FIND = select!("WHERE identifier = $1");
    FIND_LIVE = select!("WHERE key_hash = $1 AND (expiring = $2 OR expires_at > $3)");
    INSERT = "INSERT INTO tokens (id, identifier, intent, user_id, description, description_key, key_hash, \
              key_sealed, expiring, expires_at, managed, created_at, updated_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    SAVE = "UPDATE tokens SET identifier = $2, intent = $3, user_id = $4, description = $5, description_key = $6, \
            expiring = $7, expires_at = $8, updated_at = $9 WHERE id = $1";
    EXPIRED_API = select!("WHERE expiring AND expires_at <= $1 AND intent = 'api' ORDER BY expires_at, id LIMIT 100");
    ROTATE = "UPDATE tokens SET key_hash = $2, key_sealed = $3, expires_at = $4, updated_at = $5 \
              WHERE id = $1 AND expiring AND expires_at <= $5";
    SET_KEY = "UPDATE tokens SET key_hash = $2, key_sealed = $3, expires_at = $4, updated_at = $5 WHERE id = $1";
    DELETE = "DELETE FROM tokens WHERE identifier = $1";
}

/// The token with this identifier, expired or not.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, identifier: &str) -> Result<Option<TokenRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(identifier)
        .fetch_optional(c)
        .await)
}

/// The live token whose key hashes to `key_hash`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_live(tx: &mut Tx, key_hash: &str, now: i64) -> Result<Option<TokenRow>> {
    on!(tx, |c| sqlx::query_as(FIND_LIVE)
        .bind(key_hash)
        .bind(false)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Adds a token.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the identifier is taken.
pub async fn insert(tx: &mut Tx, row: &TokenRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.id,
        &row.identifier,
        &row.intent,
        row.user_id,
        &row.description,
        crate::user::fold(&row.description),
        &row.key_hash,
        &row.key_sealed,
        row.expiring,
        row.expires_at,
        &row.managed,
        row.created_at,
        row.updated_at
    )
    .map(drop)
}

/// Saves everything but the key.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the identifier is taken.
pub async fn save(tx: &mut Tx, row: &TokenRow) -> Result<bool> {
    let saved = execute!(
        tx,
        SAVE,
        &row.id,
        &row.identifier,
        &row.intent,
        row.user_id,
        &row.description,
        crate::user::fold(&row.description),
        row.expiring,
        row.expires_at,
        row.updated_at
    )?;
    Ok(saved == 1)
}

/// Replaces the key.
///
/// # Errors
///
/// Only if the database fails.
pub async fn set_key(tx: &mut Tx, row: &TokenRow) -> Result<bool> {
    let saved = execute!(
        tx,
        SET_KEY,
        &row.id,
        &row.key_hash,
        &row.key_sealed,
        row.expires_at,
        row.updated_at
    )?;
    Ok(saved == 1)
}

/// Removes a token; answers whether it existed.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, identifier: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, identifier)? == 1)
}

/// API tokens that have expired, at most [`ROTATED_AT_ONCE`]: they get a new key.
///
/// # Errors
///
/// Only if the database fails.
pub async fn expired_api(tx: &mut Tx, now: i64) -> Result<Vec<TokenRow>> {
    on!(tx, |c| sqlx::query_as(EXPIRED_API)
        .bind(now)
        .fetch_all(c)
        .await)
}

/// The `LIMIT` of [`expired_api`].
pub const ROTATED_AT_ONCE: usize = 100;

/// Gives an expired token a new key and a new end, unless another process just did; answers whether.
///
/// # Errors
///
/// Only if the database fails.
pub async fn rotate(tx: &mut Tx, row: &TokenRow) -> Result<bool> {
    let rotated = execute!(
        tx,
        ROTATE,
        &row.id,
        &row.key_hash,
        &row.key_sealed,
        row.expires_at,
        row.updated_at
    )?;
    Ok(rotated == 1)
}
