//! What changed, so that caches forget it: in this process before it answers, in others soon.
//!
//! A write adds [`Change`] rows in its own transaction. The process that wrote applies them from
//! [`Committed`]; others learn of them through [`Feed`](crate::feed::Feed). Rule: no write that a
//! cache could contradict goes without one.

use crate::error::Result;
use crate::store::{Db, Tx};

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A user's row or memberships; the subject is the user's id.
    User,
    /// Groups or their tree: everybody may be affected.
    Group,
    /// A session ended or changed; the subject is the session's id.
    Session,
    /// A grant or a token of it was taken away: any of them may be gone with it.
    Grant,
    /// A configuration object or a setting.
    Configuration,
}

impl Topic {
    const ALL: [Self; 5] = [
        Self::User,
        Self::Group,
        Self::Session,
        Self::Grant,
        Self::Configuration,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Session => "session",
            Self::Grant => "grant",
            Self::Configuration => "configuration",
        }
    }

    /// An unknown word comes from a newer version: then everything counts as changed.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// What kind of thing.
    pub topic: Topic,
    /// Which one; empty when all.
    pub subject: String,
}

/// The changes of a committed transaction, which the writer must apply before it answers.
#[must_use = "the engine must apply these before it answers"]
#[derive(Debug, Default)]
pub struct Committed {
    /// In the order they were recorded.
    pub changes: Vec<Change>,
}

impl Tx {
    /// Whether something of this kind was changed in this unit of work.
    pub fn touches(&self, topic: Topic) -> bool {
        self.changes.iter().any(|one| one.topic == topic)
    }
}

crate::statements! {
    INSERT = "INSERT INTO changes (topic, subject, origin, created_at) VALUES ($1, $2, $3, $4)";
}

/// PostgreSQL only: its own clock in Unix milliseconds, one for every process that writes or reads.
pub(crate) const POSTGRES_NOW: &str =
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
pub(crate) const CHANNEL: &str = "doorward_change";
/// How long rows are kept for processes that were away.
pub(crate) const KEEP_MS: i64 = 3_600_000;

/// Records a change in the transaction that makes it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn record(tx: &mut Tx, topic: Topic, subject: impl ToString, now: i64) -> Result<()> {
    let change = Change {
        topic,
        subject: subject.to_string(),
    };
    let origin = std::sync::Arc::clone(&tx.origin);
    let now = the_stores_now(tx, now).await?;
    crate::execute!(tx, INSERT, topic.word(), &change.subject, &*origin, now)?;
    if let Db::Postgres(connection) = tx.db() {
        sqlx::query("SELECT pg_notify($1, '')")
            .bind(CHANNEL)
            .execute(connection)
            .await?;
    }
    tx.changes.push(change);
    Ok(())
}

/// Servers' clocks differ; readers of PostgreSQL go by its own.
pub(crate) async fn the_stores_now(tx: &mut Tx, now: i64) -> Result<i64> {
    match tx.db() {
        Db::Sqlite(_) => Ok(now),
        Db::Postgres(connection) => Ok(sqlx::query_scalar(POSTGRES_NOW)
            .fetch_one(connection)
            .await?),
    }
}
