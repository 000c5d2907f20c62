//! Devices: what counts once counts once, however many race for it.

use std::future::Future;

use super::NOW;
use super::people::with_user;
use crate::device::{self, DeviceRow};
use crate::testing::{TestStore, every_engine};
use crate::{Result, Store, StoreError, user};

fn a_device(id: i64, kind: &str) -> DeviceRow {
    DeviceRow {
        id,
        user_id: 7,
        kind: kind.into(),
        name: "Phone".into(),
        confirmed: true,
        data: "v1.k1.x".into(),
        credential: (kind == "webauthn").then(|| format!("cred{id}")),
        counter: 0,
        created_at: NOW,
        updated_at: NOW,
        last_used_at: None,
    }
}

async fn with_device(test: &TestStore, row: &DeviceRow) {
    with_user(&test.store, 7).await;
    let mut tx = test.store.begin().await.unwrap();
    device::insert(&mut tx, row).await.unwrap();
    drop(tx.commit().await.unwrap());
}

/// How many of fifty that race win.
async fn winners<F>(test: &TestStore, use_once: impl Fn(Store) -> F) -> usize
where
    F: Future<Output = Result<bool>> + Send + 'static,
{
    let racers = (0..50).map(|_| tokio::spawn(use_once(test.store.clone())));
    let won = futures_util::future::join_all(racers.collect::<Vec<_>>()).await;
    let won = won.into_iter().map(|won| won.unwrap().unwrap());
    won.filter(|won| *won).count()
}

async fn use_step(store: Store, step: i64) -> Result<bool> {
    let mut tx = store.begin().await?;
    let won = device::use_step(&mut tx, 1, step, NOW).await?;
    drop(tx.commit().await?);
    Ok(won)
}

/// ASVS 6.5.1, security.md 3 row 17.
#[tokio::test]
async fn a_step_of_an_app_counts_once_for_fifty_who_race_and_never_after_a_later_one() {
    for test in every_engine().await {
        with_device(&test, &a_device(1, "totp")).await;
        let engine = test.store.engine_name();
        let won = winners(&test, |store| use_step(store, 60_000_000)).await;
        assert_eq!(won, 1, "{engine}");
        for (step, counts) in [(59_999_999, false), (60_000_000, false), (60_000_001, true)] {
            let used = use_step(test.store.clone(), step).await.unwrap();
            assert_eq!(used, counts, "{engine} {step}");
        }
        let mut tx = test.store.read().await.unwrap();
        let row = device::find(&mut tx, 1, "totp").await.unwrap().unwrap();
        assert_eq!((row.counter, row.last_used_at), (60_000_001, Some(NOW)));
    }
}

async fn use_code(store: Store, hash: &str) -> Result<bool> {
    let mut tx = store.begin().await?;
    let won = device::use_code(&mut tx, 1, hash, NOW).await?;
    drop(tx.commit().await?);
    Ok(won)
}

/// ASVS 6.5.1.
#[tokio::test]
async fn a_recovery_code_counts_once_for_fifty_who_race() {
    for test in every_engine().await {
        with_device(&test, &a_device(1, "static")).await;
        let mut tx = test.store.begin().await.unwrap();
        for hash in ["h1", "h2"] {
            device::insert_code(&mut tx, 1, hash).await.unwrap();
        }
        drop(tx.commit().await.unwrap());
        let engine = test.store.engine_name();
        assert_eq!(winners(&test, |s| use_code(s, "h1")).await, 1, "{engine}");
        assert!(!use_code(test.store.clone(), "h3").await.unwrap());
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(device::codes_left(&mut tx, 1).await.unwrap(), 1);
        let row = device::find(&mut tx, 1, "static").await.unwrap().unwrap();
        assert_eq!(row.last_used_at, Some(NOW));
        assert!(device::delete(&mut tx, 1, "static").await.unwrap());
        assert_eq!(device::codes_left(&mut tx, 1).await.unwrap(), 0);
    }
}

async fn use_key(store: Store, count: u32) -> Result<bool> {
    let mut tx = store.begin().await?;
    let won = device::use_key(&mut tx, 1, count, "{}", NOW).await?;
    drop(tx.commit().await?);
    Ok(won)
}

#[tokio::test]
async fn a_keys_counter_only_grows_and_one_without_a_counter_may_be_used_again() {
    for test in every_engine().await {
        with_device(&test, &a_device(1, "webauthn")).await;
        assert!(use_key(test.store.clone(), 0).await.unwrap());
        assert!(use_key(test.store.clone(), 0).await.unwrap());
        let engine = test.store.engine_name();
        assert_eq!(winners(&test, |s| use_key(s, 5)).await, 1, "{engine}");
        for count in [0, 4, 5] {
            let used = use_key(test.store.clone(), count).await.unwrap();
            assert!(!used, "{engine} {count}");
        }
    }
}

#[tokio::test]
async fn a_device_is_used_only_as_what_it_is_and_once_it_is_confirmed() {
    for test in every_engine().await {
        with_device(&test, &a_device(1, "totp")).await;
        assert!(!use_key(test.store.clone(), 9).await.unwrap());
        let mut tx = test.store.begin().await.unwrap();
        let unconfirmed = DeviceRow {
            confirmed: false,
            ..a_device(2, "totp")
        };
        device::insert(&mut tx, &unconfirmed).await.unwrap();
        assert!(!device::use_step(&mut tx, 2, 60_000_000, NOW).await.unwrap());
        assert!(device::find(&mut tx, 1, "static").await.unwrap().is_none());
        assert!(!device::delete(&mut tx, 1, "static").await.unwrap());
    }
}

#[tokio::test]
async fn a_passkey_is_one_persons_and_nobody_has_devices_without_end() {
    for test in every_engine().await {
        let key = a_device(1, "webauthn");
        with_device(&test, &key).await;
        with_user(&test.store, 8).await;
        let anothers = DeviceRow {
            id: 2,
            user_id: 8,
            ..key
        };
        let mut tx = test.store.begin().await.unwrap();
        let taken = device::insert(&mut tx, &anothers).await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
        drop(tx);
        let mut tx = test.store.begin().await.unwrap();
        let found = device::find_credential(&mut tx, "cred1").await.unwrap();
        assert_eq!(found.map(|row| row.user_id), Some(7));
        for id in 2..=device::MAX_OF_USER {
            device::insert(&mut tx, &a_device(id, "totp"))
                .await
                .unwrap();
        }
        let full = device::insert(&mut tx, &a_device(1000, "totp")).await;
        assert!(matches!(full, Err(StoreError::Conflict)), "{full:?}");
        assert!(user::delete(&mut tx, 7).await.unwrap());
        assert!(device::of_user(&mut tx, 7).await.unwrap().is_empty());
    }
}
