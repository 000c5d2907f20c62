//! What changed, so that caches forget it: in this process before it answers, in others soon.
//!
//! A write adds [`Change`] rows in its own transaction. The process that wrote applies them from
//! [`Committed`]; others learn of them through [`Feed`]: LISTEN/NOTIFY plus a poll on PostgreSQL,
//! `PRAGMA data_version` on SQLite. Rule: no write that a cache could contradict goes without one.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::error::Result;
use crate::store::{Engine, Store, Tx};

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A user's row or memberships; the subject is the user's id.
    User,
    /// Groups or their tree: everybody may be affected.
    Group,
    /// A session ended or changed; the subject is the session's id.
    Session,
    /// A configuration object or a setting.
    Configuration,
}

impl Topic {
    const ALL: [Self; 4] = [Self::User, Self::Group, Self::Session, Self::Configuration];

    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Session => "session",
            Self::Configuration => "configuration",
        }
    }

    /// An unknown word comes from a newer version: then everything counts as changed.
    fn parse(word: &str) -> Option<Self> {
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

crate::statements! {
    INSERT = "INSERT INTO changes (topic, subject, origin, created_at) VALUES ($1, $2, $3, $4)";
    AFTER = "SELECT id, topic, subject, origin FROM changes WHERE id > $1 ORDER BY id LIMIT 1000";
    SINCE = "SELECT id, topic, subject, origin FROM changes WHERE created_at > $1 ORDER BY id";
    LAST = "SELECT CAST(coalesce(max(id), 0) AS BIGINT) FROM changes";
    PURGE = "DELETE FROM changes WHERE created_at < $1";
}

/// The `LIMIT` of [`AFTER`].
const PAGE: usize = 1000;
const CHANNEL: &str = "doorward_change";
const SQLITE_POLL: Duration = Duration::from_millis(100);
const POSTGRES_POLL: Duration = Duration::from_millis(500);
/// Rows may become visible out of order on PostgreSQL; so much of the past is read again.
const OVERLAP_MS: i64 = 60_000;
/// How long rows are kept for processes that were away.
const KEEP_MS: i64 = 3_600_000;

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
    crate::execute!(tx, INSERT, topic.word(), &change.subject, &*origin, now)?;
    if let crate::store::Db::Postgres(connection) = tx.db() {
        sqlx::query("SELECT pg_notify($1, '')")
            .bind(CHANNEL)
            .execute(connection)
            .await?;
    }
    tx.changes.push(change);
    Ok(())
}

/// Forgets changes that every live process has seen.
///
/// # Errors
///
/// Only if the database fails.
pub async fn purge(tx: &mut Tx, now: i64) -> Result<u64> {
    crate::execute!(tx, PURGE, now - KEEP_MS)
}

/// What the feed tells its reader.
#[derive(Debug)]
pub enum Heard {
    /// These changed, written by another process.
    Changes(Vec<Change>),
    /// Contact was lost meanwhile: everything may have changed.
    Everything,
}

/// Other processes' changes, as they come.
pub struct Feed {
    source: Source,
    origin: String,
    last: i64,
    seen: HashSet<i64>,
}

enum Source {
    Sqlite {
        connection: SqliteConnection,
        version: i64,
    },
    Postgres {
        listener: Box<PgListener>,
        store: Store,
    },
}

impl Feed {
    /// Begins to listen; what is written from now on will be heard.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn open(store: &Store) -> Result<Self> {
        let source = match &store.engine {
            Engine::Sqlite { path, .. } => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                Source::Sqlite {
                    connection: options.connect().await?,
                    version: -1,
                }
            }
            Engine::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen(CHANNEL).await?;
                Source::Postgres {
                    listener: Box::new(listener),
                    store: store.clone(),
                }
            }
        };
        let mut tx = store.read().await?;
        let last = crate::on!(tx, |c| sqlx::query_scalar(LAST).fetch_one(c).await)?;
        Ok(Self {
            source,
            origin: store.origin().to_owned(),
            last,
            seen: HashSet::new(),
        })
    }

    /// Waits for the next changes. `clock` gives the present in Unix milliseconds.
    ///
    /// # Errors
    ///
    /// If the database is away; call again, and expect [`Heard::Everything`] to be true meanwhile.
    pub async fn next(&mut self, clock: impl Fn() -> i64) -> Result<Heard> {
        loop {
            let rows = match &mut self.source {
                Source::Sqlite {
                    connection,
                    version,
                } => {
                    tokio::time::sleep(SQLITE_POLL).await;
                    sqlite_rows(connection, version, self.last).await?
                }
                Source::Postgres { listener, store } => {
                    match tokio::time::timeout(POSTGRES_POLL, listener.try_recv()).await {
                        Ok(Ok(None)) => return Ok(Heard::Everything),
                        Ok(Err(error)) => return Err(error.into()),
                        Ok(Ok(Some(_))) | Err(_) => {}
                    }
                    postgres_rows(store, clock() - OVERLAP_MS).await?
                }
            };
            if let Some(heard) = self.sift(rows) {
                return Ok(heard);
            }
        }
    }

    fn sift(&mut self, rows: Vec<Row>) -> Option<Heard> {
        let before = std::mem::replace(&mut self.seen, rows.iter().map(|row| row.0).collect());
        let mut changes = Vec::new();
        for (id, topic, subject, origin) in rows {
            self.last = self.last.max(id);
            if before.contains(&id) || origin == self.origin {
                continue;
            }
            match Topic::parse(&topic) {
                Some(topic) => changes.push(Change { topic, subject }),
                None => return Some(Heard::Everything),
            }
        }
        (!changes.is_empty()).then_some(Heard::Changes(changes))
    }
}

type Row = (i64, String, String, String);

async fn sqlite_rows(
    connection: &mut SqliteConnection,
    seen: &mut i64,
    last: i64,
) -> Result<Vec<Row>> {
    let version: i64 = sqlx::query_scalar("PRAGMA data_version")
        .fetch_one(&mut *connection)
        .await?;
    if version == *seen {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = sqlx::query_as(AFTER)
        .bind(last)
        .fetch_all(connection)
        .await?;
    // A full page means that more may wait: ask again at once.
    *seen = if rows.len() < PAGE { version } else { -1 };
    Ok(rows)
}

async fn postgres_rows(store: &Store, since: i64) -> Result<Vec<Row>> {
    let mut tx = store.read().await?;
    crate::on!(tx, |c| sqlx::query_as(SINCE).bind(since).fetch_all(c).await)
}
