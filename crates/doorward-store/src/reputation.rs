//! How trustworthy names and addresses have been of late: one score for each pair of them.
//!
//! Rule: a score changes in one statement, so that parallel failures all count; and there is a
//! bounded number of rows. When [`PAIRS_MAX`] pairs are known, a new one counts for its name alone,
//! in a row with the address [`ANYWHERE`], or for one of the few that [`Name::spill`] can be.

use crate::{Result, Tx, execute, on};

/// So many pairs are told apart. Whoever tries names from everywhere fills this, not the disk.
pub const PAIRS_MAX: i64 = 20_000;
/// The address of rows that hold a name's score from all addresses that are not told apart.
pub const ANYWHERE: &str = "0.0.0.0";
/// A score counts for so long after it last changed.
const KEPT_MS: i64 = 86_400_000;

/// The score of a name at an address.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ReputationRow {
    /// uuid.
    pub id: String,
    /// A user name.
    pub identifier: String,
    /// An address; of IPv6 its /64.
    pub ip: String,
    /// JSON object.
    pub ip_geo_data: String,
    /// JSON object.
    pub ip_asn_data: String,
    /// Below zero for failures.
    pub score: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// The columns, for generated lists.
pub const COLUMNS: &str =
    "id, identifier, ip, ip_geo_data, ip_asn_data, score, updated_at, expires_at";

/// How far scores go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Not above zero.
    pub lower: i64,
    /// Not below zero.
    pub upper: i64,
}

/// Whose score it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Among the pairs.
    pub identifier: String,
    /// Once there are too many of them; there have to be few of these.
    pub spill: String,
}

/// One sign-in that worked or did not.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Whose.
    pub name: &'a Name,
    /// From where.
    pub ip: &'a str,
    /// JSON object.
    pub ip_geo_data: &'a str,
    /// JSON object.
    pub ip_asn_data: &'a str,
    /// What is added.
    pub by: i64,
}

macro_rules! within {
    ($score:literal) => {
        concat!(
            "CASE WHEN ",
            $score,
            " < CAST($7 AS BIGINT) THEN CAST($7 AS BIGINT) \
             WHEN ",
            $score,
            " > CAST($8 AS BIGINT) THEN CAST($8 AS BIGINT) ELSE ",
            $score,
            " END"
        )
    };
}

crate::statements! {
    CHANGE = concat!(
        "INSERT INTO reputation (id, identifier, ip, ip_geo_data, ip_asn_data, score, updated_at, expires_at) \
         SELECT $1, CAST($2 AS TEXT), CAST($3 AS TEXT), $4, $5, ", within!("CAST($6 AS BIGINT)"), ", \
                CAST($9 AS BIGINT), CAST($10 AS BIGINT) \
         WHERE CAST($3 AS TEXT) = $12 \
            OR (SELECT count(*) FROM reputation) < CAST($11 AS BIGINT) \
            OR EXISTS (SELECT 1 FROM reputation WHERE identifier = CAST($2 AS TEXT) AND ip = CAST($3 AS TEXT)) \
         ON CONFLICT (identifier, ip) DO UPDATE SET score = CASE WHEN reputation.expires_at <= $9 THEN excluded.score \
                ELSE ", within!("reputation.score + CAST($6 AS BIGINT)"), " END, \
             ip_geo_data = excluded.ip_geo_data, ip_asn_data = excluded.ip_asn_data, \
             updated_at = excluded.updated_at, expires_at = excluded.expires_at"
    );
    SUM = "SELECT CAST(COALESCE(SUM(score), 0) AS BIGINT) FROM reputation \
           WHERE expires_at > $1 AND (ip = $2 OR identifier = $3 OR identifier = $4)";
    FIND = "SELECT id, identifier, ip, ip_geo_data, ip_asn_data, score, updated_at, expires_at FROM reputation \
            WHERE id = $1 AND expires_at > $2";
    DELETE = "DELETE FROM reputation WHERE id = $1";
}

/// Adds to the score of a pair, within `limits`; one that has expired begins at zero.
///
/// # Errors
///
/// Only if the database fails.
pub async fn change(tx: &mut Tx, change: Change<'_>, limits: Limits, now: i64) -> Result<()> {
    let name = change.name;
    if add(tx, &name.identifier, change, limits, now).await? == 0 {
        let anywhere = Change {
            ip: ANYWHERE,
            ip_geo_data: "{}",
            ip_asn_data: "{}",
            ..change
        };
        add(tx, &name.spill, anywhere, limits, now).await?;
    }
    Ok(())
}

async fn add(
    tx: &mut Tx,
    identifier: &str,
    change: Change<'_>,
    limits: Limits,
    now: i64,
) -> Result<u64> {
    execute!(
        tx,
        CHANGE,
        uuid::Uuid::new_v4().to_string(),
        identifier,
        change.ip,
        change.ip_geo_data,
        change.ip_asn_data,
        change.by,
        limits.lower,
        limits.upper,
        now,
        now.saturating_add(KEPT_MS),
        PAIRS_MAX,
        ANYWHERE
    )
}

/// The sum of the scores of an address and of a name; `None` leaves one out.
///
/// # Errors
///
/// Only if the database fails.
pub async fn sum(tx: &mut Tx, ip: Option<&str>, name: Option<&Name>, now: i64) -> Result<i64> {
    on!(tx, |c| sqlx::query_scalar(SUM)
        .bind(now)
        .bind(ip)
        .bind(name.map(|name| &*name.identifier))
        .bind(name.map(|name| &*name.spill))
        .fetch_one(c)
        .await)
}

/// The live score with this id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: &str, now: i64) -> Result<Option<ReputationRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Forgets a score; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, id)? > 0)
}
