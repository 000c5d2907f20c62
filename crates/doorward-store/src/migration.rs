//! Brings the schema up to date, once, whoever comes first.
//!
//! All pending files run in one transaction under a lock (PostgreSQL: advisory; SQLite: the write
//! lock), so a crash in the middle leaves the old schema. SQLite runs with foreign keys off and
//! checks them afterwards; before it changes an existing file it copies it. A database that knows
//! more migrations than this binary is accepted: an older server may run beside a newer one. One that
//! got another text under a number of ours is refused: it is not the schema that we know.

use std::io::ErrorKind;
use std::path::Path;

use doorward_protocol::encoding;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, PgPool};

use crate::error::{Result, StoreError};
use crate::store::{Engine, Store, keep_private};

/// One step of the schema.
struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

/// Every migration, in order.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "foundation",
        text: include_str!("../migrations/0001_foundation.sql"),
    },
    Migration {
        version: 2,
        name: "event_expiry",
        text: include_str!("../migrations/0002_event_expiry.sql"),
    },
    Migration {
        version: 3,
        name: "event_subjects",
        text: include_str!("../migrations/0003_event_subjects.sql"),
    },
    Migration {
        version: 4,
        name: "app_session_policies",
        text: include_str!("../migrations/0004_app_session_policies.sql"),
    },
    Migration {
        version: 5,
        name: "user_consents",
        text: include_str!("../migrations/0005_user_consents.sql"),
    },
    Migration {
        version: 6,
        name: "devices",
        text: include_str!("../migrations/0006_devices.sql"),
    },
    Migration {
        version: 7,
        name: "mail",
        text: include_str!("../migrations/0007_mail.sql"),
    },
    Migration {
        version: 9,
        name: "policies",
        text: include_str!("../migrations/0009_policies.sql"),
    },
    Migration {
        version: 10,
        name: "session_bindings_and_upns",
        text: include_str!("../migrations/0010_session_bindings_and_upns.sql"),
    },
    Migration {
        version: 11,
        name: "grants",
        text: include_str!("../migrations/0011_grants.sql"),
    },
    Migration {
        version: 12,
        name: "event_actors",
        text: include_str!("../migrations/0012_event_actors.sql"),
    },
    Migration {
        version: 14,
        name: "device_codes",
        text: include_str!("../migrations/0014_device_codes.sql"),
    },
    Migration {
        version: 16,
        name: "relying_sessions",
        text: include_str!("../migrations/0016_relying_sessions.sql"),
    },
    Migration {
        version: 17,
        name: "retired_keys",
        text: include_str!("../migrations/0017_retired_keys.sql"),
    },
    Migration {
        version: 18,
        name: "pushed_requests",
        text: include_str!("../migrations/0018_pushed_requests.sql"),
    },
    Migration {
        version: 19,
        name: "client_registrations",
        text: include_str!("../migrations/0019_client_registrations.sql"),
    },
    Migration {
        version: 20,
        name: "token_exchange",
        text: include_str!("../migrations/0020_token_exchange.sql"),
    },
    Migration {
        version: 21,
        name: "subjects",
        text: include_str!("../migrations/0021_subjects.sql"),
    },
    Migration {
        version: 22,
        name: "client_logos",
        text: include_str!("../migrations/0022_client_logos.sql"),
    },
    Migration {
        version: 23,
        name: "versions",
        text: include_str!("../migrations/0023_versions.sql"),
    },
    Migration {
        version: 24,
        name: "traces",
        text: include_str!("../migrations/0024_traces.sql"),
    },
    Migration {
        version: 25,
        name: "events_of_applications",
        text: include_str!("../migrations/0025_events_of_applications.sql"),
    },
    Migration {
        version: 27,
        name: "favourites",
        text: include_str!("../migrations/0027_favourites.sql"),
    },
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";
/// A table of its own: the first databases have a ledger without digests.
const DIGESTS: &str = "CREATE TABLE IF NOT EXISTS schema_digests \
     (version BIGINT NOT NULL PRIMARY KEY, digest TEXT NOT NULL)";
const APPLIED: &str = "SELECT ledger.version, digest FROM schema_migrations AS ledger \
     LEFT JOIN schema_digests ON schema_digests.version = ledger.version";
/// What `AUTO_ID` of the files means to each engine.
const POSTGRES_AUTO_ID: &str = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
const SQLITE_AUTO_ID: &str = "INTEGER PRIMARY KEY AUTOINCREMENT";

/// A migration of the database: its number and the SHA-256 of its text, if that was written down.
type Applied = (i64, Option<String>);

impl Migration {
    fn digest(&self) -> String {
        encoding::hex(encoding::sha256(self.text.as_bytes()))
    }
}

/// Arbitrary, but the same in every Doorward: "door" in ASCII.
const ADVISORY_LOCK: i64 = 0x646f_6f72;

pub(crate) async fn migrate(store: &Store) -> Result<()> {
    apply(store, MIGRATIONS).await
}

async fn apply(store: &Store, migrations: &[Migration]) -> Result<()> {
    match &store.engine {
        Engine::Sqlite { path, .. } => sqlite(path, migrations).await,
        Engine::Postgres(pool) => postgres(pool, migrations).await,
    }
}

/// Whether every migration of this binary has been applied.
///
/// # Errors
///
/// If the database cannot be asked.
pub async fn is_current(store: &Store) -> Result<bool> {
    let mut tx = store.read().await?;
    let applied: Vec<Applied> = crate::on!(tx, |c| sqlx::query_as(APPLIED).fetch_all(c).await)?;
    Ok(pending(MIGRATIONS, &applied)?.is_empty())
}

/// What is still to be done.
fn pending<'a>(migrations: &'a [Migration], applied: &[Applied]) -> Result<Vec<&'a Migration>> {
    let mut pending = Vec::new();
    for migration in migrations {
        match applied
            .iter()
            .find(|(known, _)| *known == migration.version)
        {
            None => pending.push(migration),
            Some((_, Some(digest))) if *digest != migration.digest() => {
                return Err(changed(migration));
            }
            Some(_) => {}
        }
    }
    Ok(pending)
}

/// All that is still to be done and what is written down of it, for one engine. Nothing in it is
/// anybody's input.
fn script(migrations: &[Migration], applied: &[Applied], auto_id: &str) -> Result<String> {
    let mut lines = Vec::new();
    for Migration {
        version,
        name,
        text,
    } in pending(migrations, applied)?
    {
        lines.push(text.replace("AUTO_ID", auto_id));
        lines.push(format!(
            "INSERT INTO schema_migrations (version, name) VALUES ({version}, '{name}');"
        ));
    }
    for migration in migrations {
        let (version, digest) = (migration.version, migration.digest());
        lines.push(format!(
            "INSERT INTO schema_digests (version, digest) VALUES ({version}, '{digest}') \
             ON CONFLICT DO NOTHING;"
        ));
    }
    Ok(lines.join("\n"))
}

fn changed(migration: &Migration) -> StoreError {
    StoreError::Unsupported(format!(
        "this database was made by a different build of Doorward: its migration {} ({}) is not the one that \
         this build has; start the build that made it, or restore a copy",
        migration.version, migration.name
    ))
}

async fn postgres(pool: &PgPool, migrations: &[Migration]) -> Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(ADVISORY_LOCK)
        .execute(&mut *tx)
        .await?;
    sqlx::query(LEDGER).execute(&mut *tx).await?;
    sqlx::query(DIGESTS).execute(&mut *tx).await?;
    let applied: Vec<Applied> = sqlx::query_as(APPLIED).fetch_all(&mut *tx).await?;
    let script = script(migrations, &applied, POSTGRES_AUTO_ID)?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(script))
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

async fn sqlite(path: &Path, migrations: &[Migration]) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .busy_timeout(std::time::Duration::from_mins(1));
    let mut connection = options.connect().await?;
    copy_before_migrating(&mut connection, path, migrations).await?;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut connection)
        .await?;
    match run_sqlite(&mut connection, migrations).await {
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

async fn run_sqlite(connection: &mut SqliteConnection, migrations: &[Migration]) -> Result<()> {
    sqlx::query(LEDGER).execute(&mut *connection).await?;
    sqlx::query(DIGESTS).execute(&mut *connection).await?;
    let applied: Vec<Applied> = sqlx::query_as(APPLIED).fetch_all(&mut *connection).await?;
    let script = script(migrations, &applied, SQLITE_AUTO_ID)?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(script))
        .execute(&mut *connection)
        .await?;
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
async fn copy_before_migrating(
    connection: &mut SqliteConnection,
    path: &Path,
    migrations: &[Migration],
) -> Result<()> {
    let has_ledger: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = 'schema_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if has_ledger == 0 {
        return Ok(());
    }
    sqlx::query(DIGESTS).execute(&mut *connection).await?;
    let applied: Vec<Applied> = sqlx::query_as(APPLIED).fetch_all(&mut *connection).await?;
    let pending = pending(migrations, &applied)?;
    let Some(first) = pending.first() else {
        return Ok(());
    };
    let copy = path.with_extension(format!("db.before-{:04}", first.version));
    if copy.exists() {
        return Ok(());
    }
    copy_whole(connection, &copy).await
}

/// Under its name the copy is whole: it gets it when it is done. Of two processes the first names
/// it, because the second may have copied what the first has changed by then.
async fn copy_whole(connection: &mut SqliteConnection, copy: &Path) -> Result<()> {
    let partial = copy.with_extension(format!("partial-{}", uuid::Uuid::new_v4().simple()));
    keep_private(&partial)?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(partial.to_string_lossy())
        .execute(connection)
        .await;
    let named = std::fs::hard_link(&partial, copy);
    std::fs::remove_file(&partial).map_err(sqlx::Error::Io)?;
    copied?;
    match named {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(sqlx::Error::Io(error).into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
