//! Other processes' changes, as they come: LISTEN/NOTIFY plus a poll on PostgreSQL, `PRAGMA
//! data_version` on SQLite.
//!
//! Owns the place up to which this process has read. Leaves to the engine what a change means.
//! Rules: every reading ends within [`PATIENCE`]; a reading that failed is made up for by the next
//! one, and what was pruned meanwhile is told as [`Heard::Everything`].

use std::collections::HashSet;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, PgPool, SqliteConnection};

use crate::change::{CHANNEL, Change, KEEP_MS, POSTGRES_NOW, Topic};
use crate::error::{Result, StoreError};
use crate::store::{Db, Engine, Store};

crate::statements! {
    AFTER = "SELECT id, topic, subject, origin FROM changes WHERE id > $1 ORDER BY id LIMIT 1000";
    SINCE = "SELECT id, topic, subject, origin FROM changes WHERE created_at > $1 ORDER BY id";
}

/// The number that was given last, whether or not its row is still there; SQLite only.
const LAST_GIVEN: &str =
    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)";
/// The `LIMIT` of [`AFTER`].
const PAGE: usize = 1000;
const SQLITE_POLL: Duration = Duration::from_millis(100);
const POSTGRES_POLL: Duration = Duration::from_millis(500);
/// No reading takes longer.
pub const PATIENCE: Duration = Duration::from_millis(1500);
/// A transaction may become visible later than one that began after it; so much of the past is read
/// again. No transaction of ours lasts as long.
const OVERLAP_MS: i64 = 60_000;

/// What a reading told.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing new: all that was written before the reading began is known.
    Nothing,
    /// These changed, written by another process.
    Changes(Vec<Change>),
    /// Something is missing: everything may have changed.
    Everything,
}

/// A place in the stream of changes.
pub struct Feed {
    source: Source,
    origin: String,
}

enum Source {
    Sqlite(SqliteSource),
    Postgres(PostgresSource),
}

struct SqliteSource {
    connection: SqliteConnection,
    /// `PRAGMA data_version` of the last complete reading.
    version: i64,
    last: i64,
}

struct PostgresSource {
    store: Store,
    pool: PgPool,
    /// Wakes us early; lost with the connection, and made again at the next reading.
    listener: Option<Box<PgListener>>,
    /// When the last reading began, by PostgreSQL's clock.
    read_at: i64,
    /// The rows of the overlap that were already told.
    seen: HashSet<i64>,
}

/// Number, topic, subject, origin.
type Row = (i64, String, String, String);

/// Rows that were not read before, and whether others are missing.
struct Reading {
    rows: Vec<Row>,
    is_complete: bool,
}

impl Feed {
    /// Begins to listen; what is written from now on will be heard.
    ///
    /// # Errors
    ///
    /// If the database is away.
    pub async fn open(store: &Store) -> Result<Self> {
        let source = match &store.engine {
            Engine::Sqlite { path, .. } => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                let mut connection = options.connect().await?;
                let last = sqlx::query_scalar(LAST_GIVEN)
                    .fetch_one(&mut connection)
                    .await?;
                Source::Sqlite(SqliteSource {
                    connection,
                    version: -1,
                    last,
                })
            }
            Engine::Postgres(pool) => {
                let mut source = PostgresSource {
                    store: store.clone(),
                    pool: pool.clone(),
                    listener: None,
                    read_at: i64::MAX,
                    seen: HashSet::new(),
                };
                in_time(source.read()).await?;
                Source::Postgres(source)
            }
        };
        Ok(Self {
            source,
            origin: store.origin().to_owned(),
        })
    }

    /// Waits a moment, at most half a second, and reads what is new.
    ///
    /// # Errors
    ///
    /// If the database is away or does not answer in time; call again, and nothing is missed.
    pub async fn next(&mut self) -> Result<Heard> {
        let reading = match &mut self.source {
            Source::Sqlite(source) => {
                tokio::time::sleep(SQLITE_POLL).await;
                in_time(source.read()).await?
            }
            Source::Postgres(source) => {
                source.wait().await;
                let reading = in_time(source.read()).await;
                if reading.is_err() {
                    // A connection that hangs tells nothing: the next reading makes a new one.
                    source.listener = None;
                }
                reading?
            }
        };
        Ok(self.sift(reading))
    }

    /// Leaves out our own changes: whoever wrote them has applied them.
    fn sift(&self, reading: Reading) -> Heard {
        if !reading.is_complete {
            return Heard::Everything;
        }
        let mut changes = Vec::new();
        for (_, topic, subject, origin) in reading.rows {
            match Topic::parse(&topic) {
                _ if origin == self.origin => {}
                Some(topic) => changes.push(Change { topic, subject }),
                None => return Heard::Everything,
            }
        }
        if changes.is_empty() {
            return Heard::Nothing;
        }
        Heard::Changes(changes)
    }
}

async fn in_time<T>(reading: impl Future<Output = Result<T>>) -> Result<T> {
    let reading = tokio::time::timeout(PATIENCE, reading).await;
    reading.unwrap_or_else(|_| Err(StoreError::too_slow()))
}

impl SqliteSource {
    async fn read(&mut self) -> Result<Reading> {
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut self.connection)
            .await?;
        if version == self.version {
            return Ok(Reading {
                rows: Vec::new(),
                is_complete: true,
            });
        }
        let given: i64 = sqlx::query_scalar(LAST_GIVEN)
            .fetch_one(&mut self.connection)
            .await?;
        let rows: Vec<Row> = sqlx::query_as(AFTER)
            .bind(self.last)
            .fetch_all(&mut self.connection)
            .await?;
        // Numbers have no gaps, so one that is missing belonged to a row that was pruned.
        let before_first = rows.first().map_or(given, |row| row.0 - 1);
        let is_complete = before_first == self.last;
        self.last = rows.last().map_or(before_first, |row| row.0);
        // A full page means that more may wait: ask again at once.
        self.version = if rows.len() < PAGE { version } else { -1 };
        Ok(Reading { rows, is_complete })
    }
}

impl PostgresSource {
    async fn wait(&mut self) {
        let Some(listener) = &mut self.listener else {
            return tokio::time::sleep(POSTGRES_POLL).await;
        };
        let woken = tokio::time::timeout(POSTGRES_POLL, listener.try_recv()).await;
        if matches!(woken, Ok(Ok(None) | Err(_))) {
            self.listener = None;
        }
    }

    async fn read(&mut self) -> Result<Reading> {
        if self.listener.is_none() {
            self.listener = Some(Box::new(listen(&self.pool).await?));
        }
        let mut tx = self.store.read().await?;
        let Db::Postgres(connection) = tx.db() else {
            return Err(StoreError::Unsupported("not PostgreSQL".to_owned()));
        };
        let now: i64 = sqlx::query_scalar(POSTGRES_NOW)
            .fetch_one(&mut *connection)
            .await?;
        let from = self.read_at.min(now) - OVERLAP_MS;
        let mut rows: Vec<Row> = sqlx::query_as(SINCE)
            .bind(from)
            .fetch_all(connection)
            .await?;
        let seen = std::mem::replace(&mut self.seen, rows.iter().map(|row| row.0).collect());
        rows.retain(|row| !seen.contains(&row.0));
        self.read_at = now;
        Ok(Reading {
            rows,
            is_complete: now - from <= KEEP_MS,
        })
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    // We make a new one ourselves, within our own time.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

#[cfg(test)]
mod tests;
