//! Stores for tests: every engine, each one fresh.
//!
//! SQLite always, in a folder that is removed afterwards. PostgreSQL in a database of its own on the
//! server that `TEST_DATABASE_URL` names (`scripts/with-postgres.sh` starts one); without it a test
//! fails rather than passing on half of what it claims.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::{Location, Store};

/// A fresh store of one engine, with what keeps it alive.
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Where it is, to open it a second time.
    pub location: Location,
    _folder: Option<tempfile::TempDir>,
}

/// One fresh store of each engine.
///
/// # Panics
///
/// If one cannot be made; the message says what is missing.
pub async fn every_engine() -> Vec<TestStore> {
    vec![sqlite().await, postgres().await]
}

/// A fresh SQLite store.
///
/// # Panics
///
/// If it cannot be made.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let location = Location::Sqlite(folder.path().join("doorward.db"));
    let store = Store::open(&location).await.expect("a SQLite store");
    TestStore {
        store,
        location,
        _folder: Some(folder),
    }
}

/// A fresh PostgreSQL store.
///
/// # Panics
///
/// If `TEST_DATABASE_URL` is missing or the server does not answer.
pub async fn postgres() -> TestStore {
    let location = Location::Postgres(Box::new(fresh_database().await));
    let store = Store::open(&location).await.expect("a PostgreSQL store");
    TestStore {
        store,
        location,
        _folder: None,
    }
}

async fn fresh_database() -> PgConnectOptions {
    let url = server_url();
    let server =
        PgConnectOptions::from_str(&url).expect("TEST_DATABASE_URL is a postgres:// address");
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = server.connect().await.expect("the test PostgreSQL answers");
    let create = format!("CREATE DATABASE {name}");
    sqlx::query(sqlx::AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .expect("a fresh database");
    connection.close().await.expect("a polite goodbye");
    server.database(&name)
}

fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL: run the tests with `make test` or scripts/with-postgres.sh")
}
