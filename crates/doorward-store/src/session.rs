//! Central sessions and the app sessions that hang on them.
//!
//! Rule: only hashes of cookie values are stored, and a row that has expired is never returned,
//! purged or not. Deleting a session deletes its app sessions.

use crate::{Result, Tx, execute, on};

/// One signed-in browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// uuid, the session's public name.
    pub id: String,
    /// base64url(SHA-256(sid)).
    pub sid_hash: String,
    /// Whose.
    pub user_id: i64,
    /// How they proved it, e.g. `password`.
    pub auth_method: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds, up to a minute late.
    pub last_used_at: i64,
    /// Ends when unused for so many milliseconds.
    pub idle_ms: i64,
    /// Ends in any case, Unix milliseconds.
    pub expires_at: i64,
    /// Client address of the last page seen.
    pub last_ip: String,
    /// The browser's own words, bounded.
    pub user_agent: String,
    /// What its client's address must keep in common with where it began: JSON, or empty.
    pub binding: String,
}

/// An app's session behind the outpost.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AppSessionRow {
    /// base64url(SHA-256(cookie value)).
    pub token_hash: String,
    /// The central session above it.
    pub session_id: String,
    /// For which provider.
    pub provider_id: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// What policies that a check may not ask said at the login: JSON, by binding.
    pub policies: String,
}

/// The columns, for generated lists.
pub const COLUMNS: &str = "id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, expires_at, last_ip, user_agent, binding";

crate::statements! {
    INSERT = "INSERT INTO sessions (id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, \
              expires_at, last_ip, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND = "SELECT id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, expires_at, last_ip, \
            user_agent, binding FROM sessions WHERE id = $1 AND expires_at > $2 AND last_used_at + idle_ms > $2";
    FIND_BY_SID = "SELECT id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, expires_at, \
            last_ip, user_agent, binding FROM sessions WHERE sid_hash = $1 AND expires_at > $2 AND last_used_at + idle_ms > $2";
    OF_USER = "SELECT id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, expires_at, last_ip, \
            user_agent, binding FROM sessions WHERE user_id = $1 AND expires_at > $2 AND last_used_at + idle_ms > $2 \
            ORDER BY last_used_at DESC, id";
    BIND = "UPDATE sessions SET binding = $2 WHERE id = $1";
    TOUCH = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
    DELETE = "DELETE FROM sessions WHERE id = $1";
    DELETE_OF_USER = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id";
    INSERT_APP = "INSERT INTO app_sessions (token_hash, session_id, provider_id, created_at, expires_at, policies) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (token_hash) DO NOTHING";
    FIND_APP = "SELECT token_hash, session_id, provider_id, created_at, expires_at, policies FROM app_sessions \
            WHERE token_hash = $1 AND expires_at > $2";
    APPS_OF = "SELECT token_hash, session_id, provider_id, created_at, expires_at, policies FROM app_sessions \
            WHERE session_id = $1 AND expires_at > $2 ORDER BY provider_id";
    DELETE_APP = "DELETE FROM app_sessions WHERE token_hash = $1";
}

/// Adds a session.
///
/// # Errors
///
/// If the database fails or the user is gone.
pub async fn insert(tx: &mut Tx, row: &SessionRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.id,
        &row.sid_hash,
        row.user_id,
        &row.auth_method,
        row.created_at,
        row.last_used_at,
        row.idle_ms,
        row.expires_at,
        &row.last_ip,
        &row.user_agent
    )
    .map(drop)
}

/// Binds a session's client to where it began.
///
/// # Errors
///
/// Only if the database fails.
pub async fn bind(tx: &mut Tx, id: &str, binding: &str) -> Result<()> {
    execute!(tx, BIND, id, binding).map(drop)
}

/// The live session with this id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: &str, now: i64) -> Result<Option<SessionRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// The live session whose cookie hashes to `sid_hash`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_by_sid(tx: &mut Tx, sid_hash: &str, now: i64) -> Result<Option<SessionRow>> {
    on!(tx, |c| sqlx::query_as(FIND_BY_SID)
        .bind(sid_hash)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// A user's live sessions, most recently used first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(tx: &mut Tx, user: i64, now: i64) -> Result<Vec<SessionRow>> {
    on!(tx, |c| sqlx::query_as(OF_USER)
        .bind(user)
        .bind(now)
        .fetch_all(c)
        .await)
}

/// Notes that a session was used; never moves backwards.
///
/// # Errors
///
/// Only if the database fails.
pub async fn touch(tx: &mut Tx, id: &str, now: i64) -> Result<()> {
    execute!(tx, TOUCH, id, now).map(drop)
}

/// Ends a session and its app sessions; answers whether it existed.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, id)? == 1)
}

/// Ends a user's sessions but `keep` (empty: all); answers their ids.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_user(tx: &mut Tx, user: i64, keep: &str) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(DELETE_OF_USER)
        .bind(user)
        .bind(keep)
        .fetch_all(c)
        .await)
}

/// Adds an app session; a second insert of the same token changes nothing.
///
/// # Errors
///
/// If the database fails or the central session is gone.
pub async fn insert_app(tx: &mut Tx, row: &AppSessionRow) -> Result<()> {
    execute!(
        tx,
        INSERT_APP,
        &row.token_hash,
        &row.session_id,
        row.provider_id,
        row.created_at,
        row.expires_at,
        &row.policies
    )
    .map(drop)
}

/// The live app session whose cookie hashes to `token_hash`. The caller still asks for the session.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_app(tx: &mut Tx, token_hash: &str, now: i64) -> Result<Option<AppSessionRow>> {
    on!(tx, |c| sqlx::query_as(FIND_APP)
        .bind(token_hash)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// The live app sessions below a session.
///
/// # Errors
///
/// Only if the database fails.
pub async fn apps_of(tx: &mut Tx, session: &str, now: i64) -> Result<Vec<AppSessionRow>> {
    on!(tx, |c| sqlx::query_as(APPS_OF)
        .bind(session)
        .bind(now)
        .fetch_all(c)
        .await)
}

/// Ends one app session.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_app(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE_APP, token_hash)? == 1)
}
