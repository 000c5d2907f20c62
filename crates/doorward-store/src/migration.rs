//! Brings the schema up to date, once, whoever comes first.
//!
//! All pending files run in one transaction under a lock (PostgreSQL: advisory; SQLite: the write
//! lock), so a crash in the middle leaves the old schema. SQLite runs with foreign keys off and
//! checks them afterwards; before it changes an existing file it copies it. A database that knows
//! more migrations than this binary is accepted: an older server may run beside a newer one.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, PgPool};

use crate::error::{Result, StoreError};
use crate::store::{Engine, Store};

/// Every migration, in order: number, name, text.
const MIGRATIONS: &[(i64, &str, &str)] = &[(
    1,
    "foundation",
    include_str!("../migrations/0001_foundation.sql"),
)];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";
const APPLIED: &str = "SELECT version FROM schema_migrations";
const RECORD: &str = "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)";

/// Arbitrary, but the same in every Doorward: "door" in ASCII.
const ADVISORY_LOCK: i64 = 0x646f_6f72;

pub(crate) async fn migrate(store: &Store) -> Result<()> {
    match &store.engine {
        Engine::Sqlite { path, .. } => sqlite(path).await,
        Engine::Postgres(pool) => postgres(pool).await,
    }
}

/// Whether every migration of this binary has been applied.
///
/// # Errors
///
/// If the database cannot be asked.
pub async fn is_current(store: &Store) -> Result<bool> {
    let mut tx = store.read().await?;
    let applied: Vec<i64> = crate::on!(tx, |c| sqlx::query_scalar(APPLIED).fetch_all(c).await)?;
    Ok(pending(&applied).next().is_none())
}

fn pending(applied: &[i64]) -> impl Iterator<Item = &'static (i64, &'static str, &'static str)> {
    MIGRATIONS
        .iter()
        .filter(|(version, ..)| !applied.contains(version))
}

async fn postgres(pool: &PgPool) -> Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(ADVISORY_LOCK)
        .execute(&mut *tx)
        .await?;
    sqlx::query(LEDGER).execute(&mut *tx).await?;
    let applied: Vec<i64> = sqlx::query_scalar(APPLIED).fetch_all(&mut *tx).await?;
    for (version, name, text) in pending(&applied) {
        let text = text.replace("AUTO_ID", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&mut *tx)
            .await?;
        sqlx::query(RECORD)
            .bind(version)
            .bind(name)
            .execute(&mut *tx)
            .await?;
    }
    Ok(tx.commit().await?)
}

async fn sqlite(path: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .busy_timeout(std::time::Duration::from_mins(1));
    let mut connection = options.connect().await?;
    copy_before_migrating(&mut connection, path).await?;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut connection)
        .await?;
    match run_sqlite(&mut connection).await {
        Ok(()) => sqlx::query("COMMIT")
            .execute(&mut connection)
            .await
            .map(drop)?,
        Err(error) => {
            sqlx::query("ROLLBACK")
                .execute(&mut connection)
                .await
                .map(drop)?;
            return Err(error);
        }
    }
    Ok(connection.close().await?)
}

async fn run_sqlite(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(LEDGER).execute(&mut *connection).await?;
    let applied: Vec<i64> = sqlx::query_scalar(APPLIED)
        .fetch_all(&mut *connection)
        .await?;
    for (version, name, text) in pending(&applied) {
        let text = text.replace("AUTO_ID", "INTEGER PRIMARY KEY AUTOINCREMENT");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&mut *connection)
            .await?;
        sqlx::query(RECORD)
            .bind(version)
            .bind(name)
            .execute(&mut *connection)
            .await?;
    }
    refuse_dangling(connection).await
}

async fn refuse_dangling(connection: &mut SqliteConnection) -> Result<()> {
    let dangling = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(connection)
        .await?;
    if dangling.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unsupported(format!(
        "{} rows point to nothing after migrating",
        dangling.len()
    )))
}

/// `doorward.db` becomes `doorward.db.before-0007` when migration 7 is the first to run.
async fn copy_before_migrating(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let has_ledger: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = 'schema_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if has_ledger == 0 {
        return Ok(());
    }
    let applied: Vec<i64> = sqlx::query_scalar(APPLIED)
        .fetch_all(&mut *connection)
        .await?;
    let Some((version, ..)) = pending(&applied).next() else {
        return Ok(());
    };
    let copy = path.with_extension(format!("db.before-{version:04}"));
    if copy.exists() {
        return Ok(());
    }
    sqlx::query("VACUUM INTO $1")
        .bind(copy.to_string_lossy())
        .execute(connection)
        .await?;
    Ok(())
}
