//! The two engines behind one [`Store`], and the [`Tx`] through which every read and write goes.
//!
//! Owns connections, transactions and the statement macro. What a table means stands in the
//! table's own file. Rule: a dropped `Tx` leaves nothing behind, and `commit` returns only after
//! the data is durable.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};

use crate::change::{Change, Committed};
use crate::error::{Result, StoreError};
use crate::sqlite_writer::{SqliteWrite, SqliteWriter};

/// Where the data is.
#[derive(Clone)]
pub enum Location {
    /// One SQLite file; made when missing.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as `postgres://user:password@host:port/name`. No `Debug`: it may
    /// carry a password.
    Postgres(Box<PgConnectOptions>),
}

impl Location {
    /// Reads `postgres://user:password@host:port/name`, with `sslmode` and such in its query.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsupported`]; it never repeats the address, which may hold a password.
    pub fn postgres(url: &str) -> Result<Self> {
        let options = url.parse::<PgConnectOptions>().map_err(|_| {
            StoreError::Unsupported("the address of PostgreSQL cannot be read".to_owned())
        })?;
        Ok(Self::Postgres(Box::new(options)))
    }
}

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) engine: Engine,
    origin: Arc<str>,
    #[cfg(any(test, feature = "testing"))]
    asked: crate::testing::Asked,
}

#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite {
        read: SqlitePool,
        writer: SqliteWriter,
        path: Arc<Path>,
    },
    Postgres(PgPool),
}

/// A unit of work on either engine. Dropping it undoes everything.
pub struct Tx {
    pub(crate) connection: Connection,
    pub(crate) origin: Arc<str>,
    pub(crate) changes: Vec<Change>,
    #[cfg(any(test, feature = "testing"))]
    asked: crate::testing::Asked,
}

pub(crate) enum Connection {
    SqliteRead(sqlx::pool::PoolConnection<Sqlite>),
    SqliteWrite(SqliteWrite),
    PostgresRead(sqlx::pool::PoolConnection<Postgres>),
    PostgresWrite(sqlx::Transaction<'static, Postgres>),
}

/// The connection of a [`Tx`], for the [`on!`](crate::on) macro.
pub enum Db<'a> {
    /// SQLite.
    Sqlite(&'a mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'a mut PgConnection),
}

/// Expands one query for whichever engine the transaction is on.
///
/// `on!(tx, |connection| sqlx::query(SQL).bind(x).execute(connection).await)`
#[macro_export]
macro_rules! on {
    ($tx:expr, |$connection:ident| $query:expr) => {
        match $tx.db() {
            $crate::store::Db::Sqlite($connection) => $query.map_err($crate::StoreError::from),
            $crate::store::Db::Postgres($connection) => $query.map_err($crate::StoreError::from),
        }
    };
}

/// Like [`on!`], for statements that answer only with the number of rows they touched.
#[macro_export]
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $tx.db() {
            $crate::store::Db::Sqlite(connection) => sqlx::query($sql)$(.bind($value))*
                .execute(connection).await.map(|done| done.rows_affected()),
            $crate::store::Db::Postgres(connection) => sqlx::query($sql)$(.bind($value))*
                .execute(connection).await.map(|done| done.rows_affected()),
        }
        .map_err($crate::StoreError::from)
    };
}

/// Names a file's statements and lists them, so that one test can prepare each on both engines.
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        /// Every statement of this file, for the test that prepares them on both engines.
        #[cfg_attr(not(test), expect(dead_code, reason = "only the preparing test reads it"))]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long another process may hold SQLite's file.
const LOCKED_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// Two processes may do this at once: one migrates, the other waits.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsupported`] for a PostgreSQL older than 13, [`StoreError::Unavailable`]
    /// when it cannot be reached.
    pub async fn open(location: &Location) -> Result<Self> {
        let store = Self {
            engine: Engine::open(location).await?,
            origin: random_origin(),
            #[cfg(any(test, feature = "testing"))]
            asked: crate::testing::Asked::default(),
        };
        crate::migration::migrate(&store).await?;
        Ok(store)
    }

    /// Starts a unit of work that may write.
    ///
    /// # Errors
    ///
    /// If no connection is to be had in 1.5 s.
    pub async fn begin(&self) -> Result<Tx> {
        let connection = match &self.engine {
            Engine::Sqlite { writer, .. } => Connection::SqliteWrite(writer.begin().await?),
            Engine::Postgres(pool) => Connection::PostgresWrite(pool.begin().await?),
        };
        Ok(self.tx(connection))
    }

    /// Starts a unit of work that only reads; it never waits for writers.
    ///
    /// # Errors
    ///
    /// If no connection is to be had in 1.5 s.
    pub async fn read(&self) -> Result<Tx> {
        let connection = match &self.engine {
            Engine::Sqlite { read, .. } => Connection::SqliteRead(read.acquire().await?),
            Engine::Postgres(pool) => Connection::PostgresRead(pool.acquire().await?),
        };
        Ok(self.tx(connection))
    }

    /// `sqlite` or `postgresql`, for people.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres(_) => "postgresql",
        }
    }

    /// The mark that this process leaves on the changes it writes.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Answers whether the database can be asked at all.
    ///
    /// # Errors
    ///
    /// The reason why not.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        crate::execute!(tx, "SELECT 1").map(drop)
    }

    /// Ends every connection; writes under way are finished first.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, writer, .. } => {
                writer.close().await;
                read.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    fn tx(&self, connection: Connection) -> Tx {
        Tx {
            connection,
            origin: Arc::clone(&self.origin),
            changes: Vec::new(),
            #[cfg(any(test, feature = "testing"))]
            asked: self.asked.clone(),
        }
    }

    /// How many statements were carried out since it was opened: a test counts work instead of timing it.
    #[cfg(any(test, feature = "testing"))]
    pub fn asked(&self) -> u64 {
        self.asked.count()
    }
}

impl Engine {
    async fn open(location: &Location) -> Result<Self> {
        match location {
            Location::Sqlite(path) => Self::open_sqlite(path).await,
            Location::Postgres(options) => Self::open_postgres(options).await,
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        keep_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What a unit of work would undo is noted in memory, not in a file.
            .pragma("temp_store", "memory")
            .busy_timeout(LOCKED_TIMEOUT);
        let writer = first_of_a_file(&options).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.pragma("query_only", "true"))
            .await?;
        Ok(Self::Sqlite {
            read,
            writer,
            path: path.into(),
        })
    }

    async fn open_postgres(options: &PgConnectOptions) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_release(|connection, _| Box::pin(still_answers(connection)))
            .connect_with(options.clone())
            .await?;
        refuse_old_postgres(&pool).await?;
        Ok(Self::Postgres(pool))
    }
}

/// The first connection to a file. It becomes one with a write-ahead log only while nobody else reads
/// it, and that is the one lock that SQLite refuses instead of waiting for: of several who start at
/// once on a new file, all but one ask again.
async fn first_of_a_file(options: &SqliteConnectOptions) -> Result<SqliteWriter> {
    let deadline = Instant::now() + LOCKED_TIMEOUT;
    loop {
        match SqliteWriter::open(options).await {
            Err(StoreError::Unavailable(error))
                if is_locked(&error) && Instant::now() < deadline =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            opened => return opened,
        }
    }
}

/// `SQLITE_BUSY`, of whatever kind: the lowest byte is the code, what is above says more.
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.parse::<u32>().is_ok_and(|code| code & 0xff == 5))
}

/// A connection whose server went silent is given up, and its place in the pool is free again: the
/// pool itself would wait for it as long as TCP does.
async fn still_answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answer = tokio::time::timeout(ACQUIRE_TIMEOUT, sqlx::Connection::ping(connection)).await;
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
    Ok(true)
}

/// Makes the file for its owner alone before SQLite opens it; SQLite gives its companions (`-wal`,
/// `-shm`) the same mode. A file that exists is narrowed.
pub(crate) fn keep_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let opened = options.create(true).append(true).mode(0o600).open(path);
    let narrowed = opened.and_then(|file| file.set_permissions(PermissionsExt::from_mode(0o600)));
    narrowed.map_err(|error| StoreError::Unavailable(sqlx::Error::Io(error)))
}

async fn refuse_old_postgres(pool: &PgPool) -> Result<()> {
    let number: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(pool)
        .await?;
    let version = number / 10_000;
    match PostgresAge::of(version) {
        PostgresAge::TooOld => Err(StoreError::Unsupported(format!(
            "PostgreSQL {version} is too old: Doorward needs {OLDEST_POSTGRES} or newer \
             ({TESTED_POSTGRES} is tested)"
        ))),
        PostgresAge::Untested => {
            tracing::warn!(
                version,
                "Doorward is tested with PostgreSQL {TESTED_POSTGRES}"
            );
            Ok(())
        }
        PostgresAge::Tested => Ok(()),
    }
}

const OLDEST_POSTGRES: i32 = 13;
const TESTED_POSTGRES: i32 = 15;

/// What we know about a major version of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PostgresAge {
    TooOld,
    Untested,
    Tested,
}

impl PostgresAge {
    fn of(version: i32) -> Self {
        match version {
            TESTED_POSTGRES => Self::Tested,
            OLDEST_POSTGRES.. => Self::Untested,
            _ => Self::TooOld,
        }
    }
}

impl Tx {
    /// What is asked of the one engine, or of the other, where one statement does not fit both.
    pub(crate) fn either(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.connection {
            Connection::SqliteRead(_) | Connection::SqliteWrite(_) => sqlite,
            Connection::PostgresRead(_) | Connection::PostgresWrite(_) => postgres,
        }
    }

    /// The connection underneath, for [`on!`](crate::on).
    pub fn db(&mut self) -> Db<'_> {
        #[cfg(any(test, feature = "testing"))]
        self.asked.once_more();
        match &mut self.connection {
            Connection::SqliteRead(connection) => Db::Sqlite(connection),
            Connection::SqliteWrite(write) => Db::Sqlite(write.connection()),
            Connection::PostgresRead(connection) => Db::Postgres(connection),
            Connection::PostgresWrite(transaction) => Db::Postgres(transaction),
        }
    }

    /// Makes everything durable. The engine must apply what the answer holds before it replies.
    ///
    /// # Errors
    ///
    /// If the database refuses; then nothing was written. If the connection breaks while it
    /// answers, nobody knows.
    pub async fn commit(self) -> Result<Committed> {
        match self.connection {
            Connection::SqliteWrite(write) => write.commit().await?,
            Connection::PostgresWrite(transaction) => transaction.commit().await?,
            Connection::SqliteRead(_) | Connection::PostgresRead(_) => {}
        }
        Ok(Committed {
            changes: self.changes,
        })
    }
}

fn random_origin() -> Arc<str> {
    uuid::Uuid::new_v4().simple().to_string().into()
}

#[cfg(test)]
mod tests {
    use super::PostgresAge::{self, Tested, TooOld, Untested};

    #[test]
    fn postgresql_before_13_is_refused_and_any_but_15_is_warned_about() {
        for (version, age) in [
            (9, TooOld),
            (12, TooOld),
            (13, Untested),
            (14, Untested),
            (15, Tested),
            (16, Untested),
            (18, Untested),
        ] {
            assert_eq!(PostgresAge::of(version), age, "{version}");
        }
    }
}
