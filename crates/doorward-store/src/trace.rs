//! Why requests were let in or not, as far as processes have written it down.
//!
//! Owns rows only; what a trace says is the engine's. Rule: one that has expired is not found, removed or
//! not, and a later word on the same cause replaces the earlier one.

use crate::{Result, Tx, execute, on};

/// So many are kept in all; `expiry` removes the oldest beyond.
pub const KEPT: i64 = 10_000;

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TraceRow {
    /// The reference of its first request.
    pub id: String,
    /// The latest request of the cause, Unix milliseconds.
    pub at: i64,
    /// uuid of the application.
    pub application_id: Option<String>,
    /// Whom it is about.
    pub user_id: Option<i64>,
    /// `allowed`, `refused` …
    pub outcome: String,
    /// Some of its requests, apart by spaces.
    pub reference_ids: String,
    /// JSON object.
    pub told: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// What is looked for; an empty text and nobody are every.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// uuid of the application.
    pub application_id: &'a str,
    /// Whom it is about.
    pub user_id: Option<i64>,
    /// The outcome's word.
    pub outcome: &'a str,
    /// Not before, Unix milliseconds.
    pub since: i64,
    /// Only what was still kept then, Unix milliseconds.
    pub now: i64,
    /// At most so many.
    pub limit: i64,
}

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT id, at, application_id, user_id, outcome, reference_ids, told, expires_at FROM traces ",
            $rest
        )
    };
}

crate::statements! {
    LATEST = select!("WHERE at >= $1 AND expires_at > $2 AND ($3 = '' OR application_id = $3) \
                      AND ($4 < 0 OR user_id = $4) AND ($5 = '' OR outcome = $5) \
                      ORDER BY at DESC, id DESC LIMIT $6");
    FIND = select!("WHERE id = $1 AND expires_at > $2");
    REFERRED = select!("WHERE reference_ids LIKE $1 AND expires_at > $2 ORDER BY at DESC LIMIT 1");
    SAVE = "INSERT INTO traces (id, at, application_id, user_id, outcome, reference_ids, told, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET at = excluded.at, \
            reference_ids = excluded.reference_ids, told = excluded.told, expires_at = excluded.expires_at";
}

/// The latest of those that are looked for.
///
/// # Errors
///
/// Only if the database fails.
pub async fn latest(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Vec<TraceRow>> {
    on!(tx, |c| sqlx::query_as(LATEST)
        .bind(wanted.since)
        .bind(wanted.now)
        .bind(wanted.application_id)
        .bind(wanted.user_id.unwrap_or(-1))
        .bind(wanted.outcome)
        .bind(wanted.limit)
        .fetch_all(c)
        .await)
}

/// The one that began with this request, or that counted it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, reference: &str, now: i64) -> Result<Option<TraceRow>> {
    let first = on!(tx, |c| sqlx::query_as(FIND)
        .bind(reference)
        .bind(now)
        .fetch_optional(c)
        .await)?;
    let is_plain =
        !reference.is_empty() && reference.bytes().all(|one| one.is_ascii_alphanumeric());
    if first.is_some() || !is_plain {
        return Ok(first);
    }
    let counted = format!("%{reference}%");
    on!(tx, |c| sqlx::query_as(REFERRED)
        .bind(counted)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Writes one down, in the place of what was said before.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, row: &TraceRow) -> Result<()> {
    execute!(
        tx,
        SAVE,
        &row.id,
        row.at,
        &row.application_id,
        row.user_id,
        &row.outcome,
        &row.reference_ids,
        &row.told,
        row.expires_at
    )
    .map(drop)
}
