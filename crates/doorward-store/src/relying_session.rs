//! Which apps were let in within a session, and which of them are yet to be told that it has ended.
//!
//! Rules: of any number of processes one takes what a session left behind ([`take_left`]), and one
//! tells an app at a time ([`claim`]); what nobody could be told of for a day is forgotten.

use crate::{Result, Tx, execute, on};

/// An app in a session.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RelyingSessionRow {
    /// The central session.
    pub session_id: String,
    /// The provider that the app uses.
    pub provider_id: i64,
    /// Whose session.
    pub user_id: i64,
    /// What the app knows them by.
    pub sub: String,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// Something that an app is yet to be told.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NoticeRow {
    /// Integer key.
    pub id: i64,
    /// The session that has ended.
    pub session_id: String,
    /// The provider that the app uses.
    pub provider_id: i64,
    /// What the app knows the person by.
    pub sub: String,
    /// How often it was tried.
    pub tries: i64,
    /// Unix milliseconds.
    pub due_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

macro_rules! left {
    () => {
        "FROM relying_sessions WHERE NOT EXISTS (SELECT 1 FROM sessions \
         JOIN users ON users.id = sessions.user_id AND users.is_active \
         WHERE sessions.id = relying_sessions.session_id AND sessions.expires_at > $1 \
         AND sessions.last_used_at + sessions.idle_ms > $1)"
    };
}

crate::statements! {
    INSERT = "INSERT INTO relying_sessions (session_id, provider_id, user_id, sub, created_at) \
              VALUES ($1, $2, $3, $4, $5) ON CONFLICT (session_id, provider_id) DO NOTHING";
    OF_SESSION = "SELECT session_id, provider_id, user_id, sub, created_at FROM relying_sessions \
              WHERE session_id = $1 ORDER BY provider_id";
    ANY_LEFT = concat!("SELECT session_id ", left!(), " LIMIT 1");
    TAKE_LEFT = concat!("DELETE FROM relying_sessions WHERE (session_id, provider_id) IN (SELECT session_id, \
              provider_id ", left!(), " LIMIT 200) RETURNING session_id, provider_id, user_id, sub, created_at");
    TAKE = "DELETE FROM relying_sessions WHERE session_id = $1 AND provider_id = $2 \
              RETURNING session_id, provider_id, user_id, sub, created_at";
    INSERT_NOTICE = "INSERT INTO logout_notices (session_id, provider_id, sub, tries, due_at, expires_at) \
              VALUES ($1, $2, $3, 0, $4, $5)";
    DUE = "SELECT id FROM logout_notices WHERE due_at <= $1 ORDER BY due_at, id LIMIT 20";
    CLAIM = "UPDATE logout_notices SET tries = tries + 1, due_at = $2 WHERE id = $1 AND due_at <= $3 \
              RETURNING id, session_id, provider_id, sub, tries, due_at, expires_at";
    POSTPONE = "UPDATE logout_notices SET due_at = $2 WHERE id = $1";
    DELETE_NOTICE = "DELETE FROM logout_notices WHERE id = $1";
}

/// Notes that an app was let in.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &RelyingSessionRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.session_id,
        row.provider_id,
        row.user_id,
        &row.sub,
        row.created_at
    )
    .map(drop)
}

/// The apps that were let in within a session.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_session(tx: &mut Tx, session_id: &str) -> Result<Vec<RelyingSessionRow>> {
    on!(tx, |c| sqlx::query_as(OF_SESSION)
        .bind(session_id)
        .fetch_all(c)
        .await)
}

/// Whether a session that is no longer live has left anything behind.
///
/// # Errors
///
/// Only if the database fails.
pub async fn is_any_left(tx: &mut Tx, now: i64) -> Result<bool> {
    let found: Option<String> = on!(tx, |c| sqlx::query_scalar(ANY_LEFT)
        .bind(now)
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// So many rows are taken at once.
pub const TAKEN_MAX: usize = 200;
/// So many notices are due at once.
pub const DUE_MAX: usize = 20;

/// Takes what sessions that are no longer live have left behind, or those of people who were shut
/// out; at most [`TAKEN_MAX`].
///
/// # Errors
///
/// Only if the database fails.
pub async fn take_left(tx: &mut Tx, now: i64) -> Result<Vec<RelyingSessionRow>> {
    on!(tx, |c| sqlx::query_as(TAKE_LEFT)
        .bind(now)
        .fetch_all(c)
        .await)
}

/// Takes one app out of a session that goes on.
///
/// # Errors
///
/// Only if the database fails.
pub async fn take(
    tx: &mut Tx,
    session_id: &str,
    provider_id: i64,
) -> Result<Option<RelyingSessionRow>> {
    on!(tx, |c| sqlx::query_as(TAKE)
        .bind(session_id)
        .bind(provider_id)
        .fetch_optional(c)
        .await)
}

/// Adds something to be told.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert_notice(
    tx: &mut Tx,
    row: &RelyingSessionRow,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    let (session, provider) = (&row.session_id, row.provider_id);
    execute!(
        tx,
        INSERT_NOTICE,
        session,
        provider,
        &row.sub,
        now,
        expires_at
    )
    .map(drop)
}

/// The keys of what is due, the oldest first, at most [`DUE_MAX`].
///
/// # Errors
///
/// Only if the database fails.
pub async fn due(tx: &mut Tx, now: i64) -> Result<Vec<i64>> {
    on!(tx, |c| sqlx::query_scalar(DUE).bind(now).fetch_all(c).await)
}

/// Takes a notice until `until`, unless somebody else did.
///
/// # Errors
///
/// Only if the database fails.
pub async fn claim(tx: &mut Tx, id: i64, until: i64, now: i64) -> Result<Option<NoticeRow>> {
    on!(tx, |c| sqlx::query_as(CLAIM)
        .bind(id)
        .bind(until)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// It is tried again at `due_at`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn postpone(tx: &mut Tx, id: i64, due_at: i64) -> Result<()> {
    execute!(tx, POSTPONE, id, due_at).map(drop)
}

/// It was told, or need not be any more.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_notice(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(execute!(tx, DELETE_NOTICE, id)? == 1)
}
