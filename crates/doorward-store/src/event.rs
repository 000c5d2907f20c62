//! The record of what happened, written in the transaction of what it records.

use crate::{Result, Tx, execute, on};

/// One event. `actor` and `context` are JSON without secrets; the engine sees to that.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EventRow {
    /// uuid.
    pub id: String,
    /// `login`, `login_failed`, `model_created` …
    pub action: String,
    /// The part of the product, in authentik's words, e.g. `authentik.core`.
    pub app: String,
    /// The actor's name, for filters.
    pub username: String,
    /// JSON object.
    pub actor: String,
    /// JSON object.
    pub context: String,
    /// Where the request came from.
    pub client_ip: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// The columns, for generated lists.
pub const COLUMNS: &str =
    "id, action, app, username, actor, context, client_ip, created_at, expires_at";

crate::statements! {
    INSERT = "INSERT INTO events (id, action, app, username, actor, context, client_ip, created_at, expires_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    FIND = "SELECT id, action, app, username, actor, context, client_ip, created_at, expires_at FROM events \
            WHERE id = $1";
    SINCE = "SELECT action, created_at FROM events WHERE created_at >= $1 ORDER BY created_at LIMIT 100000";
}

/// Adds an event.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &EventRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.id,
        &row.action,
        &row.app,
        &row.username,
        &row.actor,
        &row.context,
        &row.client_ip,
        row.created_at,
        row.expires_at
    )
    .map(drop)
}

/// The event with this id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<EventRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// Action and time of every event since `since`, oldest first, at most 100,000: for charts.
///
/// # Errors
///
/// Only if the database fails.
pub async fn since(tx: &mut Tx, since: i64) -> Result<Vec<(String, i64)>> {
    on!(tx, |c| sqlx::query_as(SINCE).bind(since).fetch_all(c).await)
}
