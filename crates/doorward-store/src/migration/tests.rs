//! Whoever starts, and whatever goes wrong: the schema is the old one or the new one.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::testing::{TestStore, empty_locations, every_engine, sqlite as fresh_sqlite};
use crate::{Location, execute, on, setting};

const BROKEN: Migration = Migration {
    version: 9000,
    name: "broken",
    text: "CREATE TABLE half (id BIGINT); DELETE FROM settings; INSERT INTO nowhere VALUES (1);",
};
const NEWER: Migration = Migration {
    version: 9001,
    name: "newer",
    text: "CREATE TABLE of_the_future (id AUTO_ID, word TEXT);",
};

async fn save_fact(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    setting::save(&mut tx, "fact", "1", 0).await.unwrap();
    drop(tx.commit().await.unwrap());
}

async fn fact(store: &Store) -> Option<String> {
    let mut tx = store.read().await.unwrap();
    setting::find(&mut tx, "fact").await.unwrap()
}

fn copy_of(test: &TestStore, version: i64) -> PathBuf {
    match &test.location {
        Location::Sqlite(path) => path.with_extension(format!("db.before-{version:04}")),
        Location::Postgres(_) => panic!("only SQLite is copied"),
    }
}

#[tokio::test]
async fn many_processes_start_at_once_on_an_empty_database_and_each_finds_it_migrated() {
    for (location, _folder) in empty_locations().await {
        let openers: Vec<_> = (0..6)
            .map(|_| {
                let location = location.clone();
                tokio::spawn(async move { Store::open(&location).await })
            })
            .collect();
        for opener in openers {
            let store = opener.await.unwrap().unwrap();
            assert!(is_current(&store).await.unwrap());
            save_fact(&store).await;
        }
    }
}

#[tokio::test]
async fn many_processes_upgrade_at_once_and_the_copy_is_of_before() {
    let test = fresh_sqlite().await;
    save_fact(&test.store).await;
    let Location::Sqlite(path) = &test.location else {
        panic!("SQLite")
    };
    let upgrades = (0..4).map(|_| sqlite(path, std::slice::from_ref(&NEWER)));
    for outcome in futures_util::future::join_all(upgrades).await {
        outcome.unwrap();
    }
    let copy = copy_of(&test, NEWER.version);
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let copied = SqliteConnectOptions::new().filename(&copy);
    let mut copied = copied.connect().await.unwrap();
    let sql = "SELECT count(*) FROM sqlite_master WHERE name IN ('settings', 'of_the_future')";
    let tables: i64 = sqlx::query_scalar(sql)
        .fetch_one(&mut copied)
        .await
        .unwrap();
    assert_eq!(tables, 1, "settings, and nothing of the future");
    let folder = std::fs::read_dir(copy.parent().unwrap()).unwrap();
    let names: Vec<_> = folder.map(|file| file.unwrap().file_name()).collect();
    let partial = |name: &std::ffi::OsString| name.to_string_lossy().contains("partial");
    assert!(!names.iter().any(partial), "{names:?}");
}

#[tokio::test]
async fn an_older_program_works_on_a_newer_database() {
    for test in every_engine().await {
        apply(&test.store, &[NEWER]).await.unwrap();
        let older = Store::open(&test.location).await.unwrap();
        assert!(is_current(&older).await.unwrap());
        save_fact(&older).await;
        assert_eq!(fact(&test.store).await.as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_everything_as_it_was() {
    for test in every_engine().await {
        save_fact(&test.store).await;
        assert!(apply(&test.store, &[NEWER, BROKEN]).await.is_err());
        assert_eq!(fact(&test.store).await.as_deref(), Some("1"));
        for table in ["half", "of_the_future"] {
            let mut tx = test.store.begin().await.unwrap();
            let sql = sqlx::AssertSqlSafe(format!("SELECT 1 FROM {table}"));
            let found = match tx.db() {
                crate::store::Db::Sqlite(c) => sqlx::query(sql).execute(c).await.is_ok(),
                crate::store::Db::Postgres(c) => sqlx::query(sql).execute(c).await.is_ok(),
            };
            assert!(!found, "{table} on {}", test.store.engine_name());
        }
        let again = Store::open(&test.location).await.unwrap();
        assert!(is_current(&again).await.unwrap(), "it still starts");
    }
}

#[tokio::test]
async fn a_file_that_could_not_be_migrated_has_a_copy() {
    let test = fresh_sqlite().await;
    save_fact(&test.store).await;
    assert!(apply(&test.store, &[BROKEN]).await.is_err());
    let copy = Location::Sqlite(copy_of(&test, BROKEN.version));
    let copy = Store::open(&copy).await.unwrap();
    assert_eq!(fact(&copy).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_migration_that_leaves_rows_pointing_to_nothing_is_undone() {
    let orphaning = Migration {
        version: 9002,
        name: "orphaning",
        text: "INSERT INTO group_parents (group_id, parent_id) VALUES ('gone', 'gone');",
    };
    let test = fresh_sqlite().await;
    let refused = apply(&test.store, &[orphaning]).await.unwrap_err();
    assert!(
        refused.to_string().contains("point to nothing"),
        "{refused}"
    );
    let mut tx = test.store.read().await.unwrap();
    let sql = "SELECT CAST(count(*) AS BIGINT) FROM group_parents";
    let left: i64 = on!(tx, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_database_with_another_text_under_one_of_our_numbers_is_refused_readably() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        execute!(
            tx,
            "UPDATE schema_digests SET digest = 'x' WHERE version = 1"
        )
        .unwrap();
        drop(tx.commit().await.unwrap());
        let refused = Store::open(&test.location).await.map(drop).unwrap_err();
        let words = refused.to_string();
        assert!(matches!(refused, StoreError::Unsupported(_)), "{words}");
        assert!(words.contains("migration 1 (foundation)"), "{words}");
    }
}

/// The first databases wrote no digests down.
#[tokio::test]
async fn a_database_without_digests_opens_and_has_them_from_then_on() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        execute!(tx, "DROP TABLE schema_digests").unwrap();
        drop(tx.commit().await.unwrap());
        let store = Store::open(&test.location).await.unwrap();
        let mut tx = store.read().await.unwrap();
        let sql = "SELECT CAST(count(*) AS BIGINT) FROM schema_digests";
        let digests: i64 = on!(tx, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap();
        assert_eq!(usize::try_from(digests).unwrap(), MIGRATIONS.len());
    }
}
