//! What is past is removed, in bounded batches, and what is not stays.

use super::NOW;
use crate::expiry::{BATCH, Expiring, purge};
use crate::testing::{TestStore, every_engine};
use crate::token::{self, TokenRow};
use crate::{event, execute, on, one_time};

async fn add_events(test: &TestStore, count: usize, expires_at: i64) {
    let mut tx = test.store.begin().await.unwrap();
    for _ in 0..count {
        let row = event::EventRow {
            id: uuid::Uuid::new_v4().to_string(),
            action: "login".into(),
            app: "authentik.core".into(),
            username: "mia".into(),
            actor: "{}".into(),
            context: "{}".into(),
            client_ip: "192.0.2.1".into(),
            created_at: NOW,
            expires_at,
        };
        event::insert(&mut tx, &row).await.unwrap();
    }
    drop(tx.commit().await.unwrap());
}

#[tokio::test]
async fn events_go_in_batches_when_each_has_been_kept_long_enough() {
    for test in every_engine().await {
        add_events(&test, 1500, NOW).await;
        add_events(&test, 3, NOW + 1).await;
        let mut tx = test.store.begin().await.unwrap();
        let mut removed = Vec::new();
        for _ in 0..3 {
            removed.push(purge(&mut tx, Expiring::Events, NOW).await.unwrap());
        }
        assert_eq!(removed, [BATCH, 500, 0]);
        let sql = "SELECT CAST(count(*) AS BIGINT) FROM events";
        let left: i64 = on!(tx, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap();
        assert_eq!(left, 3);
    }
}

#[tokio::test]
async fn every_kind_of_row_can_be_purged_on_both_engines() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        let purpose = one_time::Purpose::Ticket;
        one_time::insert(&mut tx, "late", purpose, "{}", NOW)
            .await
            .unwrap();
        for what in Expiring::ALL {
            let removed = purge(&mut tx, what, NOW).await.unwrap();
            assert_eq!(removed, u64::from(what == Expiring::OneTime), "{what:?}");
        }
    }
}

fn a_token(intent: &str, expires_at: Option<i64>) -> TokenRow {
    let id = uuid::Uuid::new_v4().to_string();
    TokenRow {
        identifier: format!("{intent}-{expires_at:?}"),
        intent: intent.into(),
        user_id: 7,
        description: String::new(),
        description_key: String::new(),
        key_hash: id.clone(),
        key_sealed: "sealed".into(),
        expiring: expires_at.is_some(),
        expires_at,
        managed: None,
        created_at: NOW,
        updated_at: NOW,
        id,
    }
}

async fn with_tokens(test: &TestStore) -> TokenRow {
    super::people::with_user(&test.store, 7).await;
    let mut tx = test.store.begin().await.unwrap();
    for intent in ["api", "app_password", "recovery", "verification"] {
        for expires_at in [None, Some(NOW), Some(NOW + 1)] {
            token::insert(&mut tx, &a_token(intent, expires_at))
                .await
                .unwrap();
        }
    }
    let expired = token::expired_api(&mut tx, NOW).await.unwrap();
    drop(tx.commit().await.unwrap());
    let [expired] = expired.try_into().ok().expect("one API token is past");
    expired
}

#[tokio::test]
async fn expired_tokens_are_removed_but_those_that_are_rotated() {
    for test in every_engine().await {
        let expired = with_tokens(&test).await;
        assert_eq!(expired.identifier, format!("api-{:?}", Some(NOW)));
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(purge(&mut tx, Expiring::Tokens, NOW).await.unwrap(), 3);
        let sql = "SELECT identifier FROM tokens ORDER BY identifier";
        let left: Vec<String> = on!(tx, |c| sqlx::query_scalar(sql).fetch_all(c).await).unwrap();
        assert_eq!(left.len(), 9, "{left:?}");
        assert!(left.contains(&expired.identifier));
    }
}

#[tokio::test]
async fn of_two_who_rotate_a_token_one_does() {
    for test in every_engine().await {
        let expired = with_tokens(&test).await;
        let mut wins = 0;
        for key in ["one", "two"] {
            let mut tx = test.store.begin().await.unwrap();
            let rotated = TokenRow {
                key_hash: key.into(),
                expires_at: Some(NOW + 1000),
                ..expired.clone()
            };
            wins += u8::from(token::rotate(&mut tx, &rotated).await.unwrap());
            drop(tx.commit().await.unwrap());
        }
        assert_eq!(wins, 1);
        let mut tx = test.store.read().await.unwrap();
        assert!(
            token::find_live(&mut tx, "one", NOW)
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            token::find_live(&mut tx, "two", NOW)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn changes_are_kept_for_an_hour_by_the_stores_own_clock() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        crate::change::record(&mut tx, crate::Topic::Group, "", NOW)
            .await
            .unwrap();
        assert_eq!(purge(&mut tx, Expiring::Changes, NOW).await.unwrap(), 0);
        let sql = "UPDATE changes SET created_at = created_at - 3600001";
        execute!(tx, sql).unwrap();
        assert_eq!(purge(&mut tx, Expiring::Changes, NOW).await.unwrap(), 1);
    }
}
