//! Stores for tests: every engine, each one fresh.
//!
//! SQLite always, in a folder that is removed afterwards. PostgreSQL in a database of its own on the
//! server that `TEST_DATABASE_URL` names (`scripts/with-postgres.sh` starts one); without it a test
//! fails rather than passing on half of what it claims. A [`Gate`] takes a PostgreSQL away and gives
//! it back.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::store::Db;
use crate::user::{UserRow, fold};
use crate::{Location, Store, on};

/// A fresh store of one engine, with what keeps it alive.
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Where it is, to open it a second time.
    pub location: Location,
    _folder: Option<tempfile::TempDir>,
}

/// Counts the statements that a store and its transactions carry out.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<AtomicU64>);

impl Asked {
    pub(crate) fn once_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An active internal user without a password, to be inserted; `now` in Unix milliseconds.
pub fn user_row(id: i64, username: &str, now: i64) -> UserRow {
    let email = format!("{username}@example.org");
    UserRow {
        id,
        uuid: uuid::Uuid::new_v4().to_string(),
        username: username.to_owned(),
        username_key: fold(username),
        name: String::new(),
        name_key: String::new(),
        email_key: fold(&email),
        email,
        is_active: true,
        kind: "internal".into(),
        path: "users".into(),
        attributes: "{}".into(),
        password: "!".into(),
        password_changed_at: now,
        last_login_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// One fresh store of each engine.
///
/// # Panics
///
/// If one cannot be made; the message says what is missing.
pub async fn every_engine() -> Vec<TestStore> {
    vec![sqlite().await, postgres().await]
}

/// A place of each engine where nothing is yet, with the folder that keeps it.
///
/// # Panics
///
/// If one cannot be made.
pub async fn empty_locations() -> Vec<(Location, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = Location::Sqlite(folder.path().join("doorward.db"));
    let database = Location::Postgres(Box::new(fresh_database().await));
    vec![(file, Some(folder)), (database, None)]
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

/// How many rows each table has: equal before and after whatever must leave no trace.
///
/// # Panics
///
/// If the store does not answer.
pub async fn row_counts(store: &Store) -> BTreeMap<String, i64> {
    let mut tx = store.read().await.expect("a store that answers");
    let named =
        match tx.db() {
            Db::Sqlite(c) => sqlx::query_scalar(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            )
            .fetch_all(c)
            .await,
            Db::Postgres(c) => {
                sqlx::query_scalar(
                    "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
             WHERE table_schema = 'public'",
                )
                .fetch_all(c)
                .await
            }
        };
    let tables: Vec<String> = named.expect("the tables' names");
    let mut counts = BTreeMap::new();
    for table in tables {
        let text = format!("SELECT count(*) FROM {table}");
        let count = on!(tx, |c| sqlx::query_scalar(sqlx::AssertSqlSafe(
            text.clone()
        ))
        .fetch_one(c)
        .await);
        counts.insert(table, count.expect("a number"));
    }
    counts
}

/// Runs statements as somebody at the database's own console would.
///
/// # Panics
///
/// If the database refuses.
pub async fn at_the_console(store: &Store, statements: &'static str) {
    let mut tx = store.begin().await.expect("a store that answers");
    let ran = on!(tx, |c| sqlx::raw_sql(statements).execute(c).await.map(drop));
    ran.expect("statements that the database takes");
    drop(tx.commit().await.expect("a commit"));
}

/// How a gate treats connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// They get through.
    Open,
    /// They are closed at once, those that exist too.
    Refused,
    /// They are accepted, and nothing is ever answered.
    Silent,
}

/// A way to a PostgreSQL that a test can shut.
pub struct Gate {
    /// The same database, through the gate.
    pub location: Location,
    passage: watch::Sender<Passage>,
}

impl Gate {
    /// Opens a gate in front of a PostgreSQL store.
    ///
    /// # Panics
    ///
    /// If `test` is not PostgreSQL over TCP, or no port is to be had.
    pub async fn before(test: &TestStore) -> Self {
        let behind = match &test.location {
            Location::Postgres(options) => Some(options.as_ref().clone()),
            Location::Sqlite(_) => None,
        };
        let behind = behind.expect("a gate stands before PostgreSQL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = (behind.get_host().to_owned(), behind.get_port());
        let (passage, watched) = watch::channel(Passage::Open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), watched.clone()));
            }
        });
        let location = behind.host("127.0.0.1").port(port);
        Self {
            location: Location::Postgres(Box::new(location)),
            passage,
        }
    }

    /// Changes how connections are treated, from now on.
    pub fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

/// Carries one connection until the gate is shut; one that met silence never speaks again.
async fn pass(mut client: TcpStream, server: (String, u16), mut passage: watch::Receiver<Passage>) {
    if *passage.borrow() == Passage::Open {
        let Ok(mut server) = TcpStream::connect(server).await else {
            return;
        };
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            _ = passage.wait_for(|now| *now != Passage::Open) => {}
        }
    }
    if *passage.borrow() == Passage::Silent {
        // Held open for as long as the test lives: as a network that lost its way does.
        drop(passage.wait_for(|now| *now == Passage::Refused).await);
    }
}
