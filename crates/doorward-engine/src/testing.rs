//! Engines for tests: over every store, with nothing configured.

use doorward_protocol::seal::Keys;
use doorward_store::testing::{TestStore, user_row};
use doorward_store::{Store, Topic, change, setting, user};

use crate::expression::Launch;
use crate::{Engine, Settings, keys, snapshot};

/// The instant at which tests begin, Unix milliseconds.
pub const NOW: i64 = 1_800_000_000_000;

/// An engine over a store, with the ring and the installation id that a first start makes.
///
/// # Panics
///
/// If the store does not answer.
pub async fn engine(store: &Store) -> Engine {
    engine_with(store, settings()).await
}

/// The same with other settings.
///
/// # Panics
///
/// If the store does not answer.
pub async fn engine_with(store: &Store, settings: Settings) -> Engine {
    Engine::new(store.clone(), ring(store).await, settings)
        .await
        .expect("an engine")
}

/// Engines over every engine's fresh store.
///
/// # Panics
///
/// If a store cannot be made.
pub async fn every_engine() -> Vec<(Engine, TestStore)> {
    let mut engines = Vec::new();
    for test in doorward_store::testing::every_engine().await {
        engines.push((engine(&test.store).await, test));
    }
    engines
}

/// Settings of a test: one hashing thread.
pub fn settings() -> Settings {
    Settings {
        hash_threads: Some(1),
        // The program of a test is no worker.
        expressions: Launch::Thread,
        ..Settings::default()
    }
}

async fn ring(store: &Store) -> Keys {
    let mut tx = store.begin().await.expect("a transaction");
    let id = format!("\"{}\"", uuid::Uuid::new_v4());
    setting::insert_once(&mut tx, snapshot::names::INSTALL_ID, &id, NOW)
        .await
        .expect("an id");
    drop(tx.commit().await.expect("a commit"));
    keys::open(store, "a secret key for tests only", &[], NOW)
        .await
        .expect("a key ring")
}

/// Adds an active internal user with this id and name and no password.
///
/// # Panics
///
/// If the store does not answer.
pub async fn add_user(engine: &Engine, id: i64, username: &str) {
    let row = user_row(id, username, NOW);
    let mut tx = engine.store.begin().await.expect("a transaction");
    user::insert(&mut tx, &row).await.expect("a new user");
    change::record(&mut tx, Topic::User, id, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}
