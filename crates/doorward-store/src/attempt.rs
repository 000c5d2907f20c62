//! Counters of failed attempts, one row a bucket.
//!
//! Rule: an attempt is counted before the secret is looked at ([`begin`]), in one statement, so
//! that parallel guesses cannot share one count (CVE-2024-4629); success gives it back ([`forget`]).
//! A bucket that blocks nobody blocks nobody's past either: requests are not counted in the order in
//! which they arrived.

use crate::{Result, Tx, execute, on};

/// How a bucket fills and how long it blocks.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// So many attempts are free.
    pub free: i64,
    /// A blocked bucket lets one attempt pass each so many milliseconds.
    pub pause_ms: i64,
    /// An unused bucket is empty again after so many milliseconds.
    pub window_ms: i64,
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; it has been counted.
    Allowed,
    /// Not before this instant (Unix milliseconds); nothing was counted.
    Blocked {
        /// When the next attempt is allowed.
        until: i64,
    },
}

crate::statements! {
    BEGIN = "INSERT INTO attempts (bucket, failures, blocked_until, expires_at) VALUES ($1, 1, 0, CAST($2 AS BIGINT) + CAST($5 AS BIGINT)) \
             ON CONFLICT (bucket) DO UPDATE SET \
               failures = CASE WHEN attempts.expires_at <= $2 THEN 1 ELSE attempts.failures + 1 END, \
               blocked_until = CASE WHEN attempts.expires_at > $2 AND attempts.failures + 1 >= $3 \
                 THEN $2 + $4 ELSE 0 END, \
               expires_at = $2 + $5 \
             WHERE attempts.blocked_until <= $2 OR attempts.expires_at <= $2 \
             RETURNING failures";
    BLOCKED = "SELECT blocked_until FROM attempts WHERE bucket = $1";
    COUNTED = "SELECT failures FROM attempts WHERE bucket = $1 AND expires_at > $2 AND failures > 0";
    FORGET = "DELETE FROM attempts WHERE bucket = $1";
    GIVE_BACK = "UPDATE attempts SET failures = failures - 1, \
               blocked_until = CASE WHEN failures - 1 < $2 THEN 0 ELSE blocked_until END \
             WHERE bucket = $1 AND failures > 0";
}

/// Counts an attempt in `bucket` unless it is blocked.
///
/// # Errors
///
/// Only if the database fails.
pub async fn begin(tx: &mut Tx, bucket: &str, limit: Limit, now: i64) -> Result<Verdict> {
    let counted: Option<i64> = on!(tx, |c| sqlx::query_scalar(BEGIN)
        .bind(bucket)
        .bind(now)
        .bind(limit.free)
        .bind(limit.pause_ms)
        .bind(limit.window_ms)
        .fetch_optional(c)
        .await)?;
    if counted.is_some() {
        return Ok(Verdict::Allowed);
    }
    let until: Option<i64> = on!(tx, |c| sqlx::query_scalar(BLOCKED)
        .bind(bucket)
        .fetch_optional(c)
        .await)?;
    Ok(Verdict::Blocked {
        until: until.unwrap_or(now),
    })
}

/// Whether anything is counted in `bucket`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn is_counted(tx: &mut Tx, bucket: &str, now: i64) -> Result<bool> {
    let found: Option<i64> = on!(tx, |c| sqlx::query_scalar(COUNTED)
        .bind(bucket)
        .bind(now)
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// Empties a bucket after a success.
///
/// # Errors
///
/// Only if the database fails.
pub async fn forget(tx: &mut Tx, bucket: &str) -> Result<()> {
    execute!(tx, FORGET, bucket).map(drop)
}

/// Takes one attempt off a bucket that many share, after a success; `free` is its limit's.
///
/// # Errors
///
/// Only if the database fails.
pub async fn give_back(tx: &mut Tx, bucket: &str, free: i64) -> Result<()> {
    execute!(tx, GIVE_BACK, bucket, free).map(drop)
}
