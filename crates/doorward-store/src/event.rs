//! The record of what happened, written in the transaction of what it records.

use serde_json::Value;

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

macro_rules! insert_event {
    ($values:literal) => {
        concat!(
            "INSERT INTO events (id, action, app, username, actor, context, client_ip, created_at, expires_at, \
             model_app, model_name, model_pk, authorized_app, actor_pk) VALUES (",
            $values,
            ")"
        )
    };
}
pub(crate) use insert_event;

crate::statements! {
    INSERT = insert_event!("$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14");
    FIND = "SELECT id, action, app, username, actor, context, client_ip, created_at, expires_at FROM events \
            WHERE id = $1";
    LATEST = "SELECT id, action, app, username, actor, context, client_ip, created_at, expires_at FROM events \
              WHERE (actor_pk = $1 OR (actor_pk = 0 AND username = $2)) AND action = $3 ORDER BY created_at DESC LIMIT $4";
    SAVE = "UPDATE events SET action = $2, app = $3, context = $4, client_ip = $5, expires_at = $6, model_app = $7, \
            model_name = $8, model_pk = $9, authorized_app = $10 WHERE id = $1";
    DELETE = "DELETE FROM events WHERE id = $1";
}

/// Adds an event.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &EventRow) -> Result<()> {
    let subject = Subject::of(&row.context);
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
        row.expires_at,
        subject.model_app,
        subject.model_name,
        subject.model_pk,
        subject.authorized_app,
        actor_pk(&row.actor)
    )
    .map(drop)
}

/// What an event is about, taken out of its context so that lists can ask for it.
#[derive(Default)]
pub(crate) struct Subject {
    pub(crate) model_app: String,
    pub(crate) model_name: String,
    pub(crate) model_pk: String,
    pub(crate) authorized_app: String,
}

impl Subject {
    pub(crate) fn of(context: &str) -> Self {
        let context: Value = serde_json::from_str(context).unwrap_or_default();
        let (model, app) = (&context["model"], &context["authorized_application"]);
        Self {
            model_app: text(&model["app"]),
            model_name: text(&model["model_name"]),
            model_pk: text(&model["pk"]),
            authorized_app: text(&app["pk"]),
        }
    }
}

/// Whose doing it is; 0 if nobody's.
pub(crate) fn actor_pk(actor: &str) -> i64 {
    let actor: Value = serde_json::from_str(actor).unwrap_or_default();
    actor["pk"].as_i64().unwrap_or(0)
}

/// Text as it is, a number as text, anything else as none.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
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

/// Somebody's last events of one kind, the latest first: by their number, and, where that was not
/// written down yet, by their name.
///
/// # Errors
///
/// Only if the database fails.
pub async fn latest(
    tx: &mut Tx,
    user: i64,
    username: &str,
    action: &str,
    most: i64,
) -> Result<Vec<EventRow>> {
    on!(tx, |c| sqlx::query_as(LATEST)
        .bind(user)
        .bind(username)
        .bind(action)
        .bind(most)
        .fetch_all(c)
        .await)
}

/// Saves what of an event can be changed: not who did it, nor when.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, row: &EventRow) -> Result<bool> {
    let subject = Subject::of(&row.context);
    let saved = execute!(
        tx,
        SAVE,
        &row.id,
        &row.action,
        &row.app,
        &row.context,
        &row.client_ip,
        row.expires_at,
        subject.model_app,
        subject.model_name,
        subject.model_pk,
        subject.authorized_app
    )?;
    Ok(saved == 1)
}

/// Removes an event; answers whether it existed.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, id)? == 1)
}
