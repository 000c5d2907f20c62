//! The settings say how long tokens and events live, and upkeep sees to it.

use doorward_store::event::{COLUMNS, EventRow};
use doorward_store::list::{self, Query};
use doorward_store::token::{self, TokenRow};
use doorward_store::{Topic, change, setting};
use serde_json::Value;

use super::*;
use crate::resource::tables::token::open;
use crate::snapshot::names;
use crate::testing::{NOW, add_user, every_engine};

const HOUR_MS: i64 = 3_600_000;

async fn set(engine: &Engine, system: Value) {
    let mut tx = engine.store.begin().await.unwrap();
    let text = system.to_string();
    setting::save(&mut tx, names::SYSTEM, &text, NOW)
        .await
        .unwrap();
    change::record(&mut tx, Topic::Configuration, "", NOW)
        .await
        .unwrap();
    engine.commit(tx).await.unwrap();
}

async fn add_token(engine: &Engine, identifier: &str, intent: &str, expires_at: i64) {
    let id = uuid::Uuid::new_v4().to_string();
    let (key_hash, key_sealed) = sealed(&engine.keys, &id, &format!("key of {identifier}"));
    let row = TokenRow {
        id,
        identifier: identifier.into(),
        intent: intent.into(),
        user_id: 7,
        description: String::new(),
        description_key: String::new(),
        key_hash,
        key_sealed,
        expiring: true,
        expires_at: Some(expires_at),
        managed: None,
        created_at: NOW,
        updated_at: NOW,
    };
    let mut tx = engine.store.begin().await.unwrap();
    token::insert(&mut tx, &row).await.unwrap();
    engine.commit(tx).await.unwrap();
}

async fn find(engine: &Engine, identifier: &str) -> Option<TokenRow> {
    let mut tx = engine.store.read().await.unwrap();
    token::find(&mut tx, identifier).await.unwrap()
}

async fn events(engine: &Engine) -> Vec<EventRow> {
    let mut tx = engine.store.read().await.unwrap();
    let query = Query {
        limit: 10,
        ..Query::default()
    };
    let page = list::page(&mut tx, "events", COLUMNS, &query).await;
    page.unwrap().rows
}

/// api-and-model.md 5, Token: expired API tokens are rotated, the other intents deleted.
#[tokio::test]
async fn an_expired_api_token_gets_a_new_key_once_and_others_go() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 7, "mia").await;
        set(
            &engine,
            json!({ "default_token_duration": "hours=2", "default_token_length": 80 }),
        )
        .await;
        add_token(&engine, "past", "api", NOW).await;
        add_token(&engine, "future", "api", NOW + 1).await;
        for intent in ["app_password", "recovery", "verification"] {
            add_token(&engine, intent, intent, NOW).await;
        }
        let (one, two) = tokio::join!(engine.rotate_tokens(NOW), engine.rotate_tokens(NOW));
        one.and(two).unwrap();
        engine.purge(NOW).await.unwrap();
        let past = find(&engine, "past").await.unwrap();
        assert_eq!(past.expires_at, Some(NOW + 2 * HOUR_MS));
        let key = open(&engine.keys, &past).unwrap();
        assert_eq!(key.len(), 80);
        let mut tx = engine.store.read().await.unwrap();
        for (hash, wanted) in [
            (key.as_str(), true),
            ("key of past", false),
            ("key of future", true),
        ] {
            let hash = crate::session::hash_text(hash);
            let live = token::find_live(&mut tx, &hash, NOW).await.unwrap();
            assert_eq!(live.is_some(), wanted);
        }
        drop(tx);
        for gone in ["app_password", "recovery", "verification"] {
            assert!(find(&engine, gone).await.is_none(), "{gone}");
        }
        let events = events(&engine).await;
        assert_eq!(events.len(), 1, "{events:?}");
        let context = &events[0].context;
        assert_eq!(events[0].action, "secret_rotate");
        assert!(
            context.contains("past") && !context.contains(&key),
            "{context}"
        );
    }
}

#[tokio::test]
async fn events_are_kept_as_long_as_the_settings_say_and_then_go() {
    for (engine, _store) in every_engine().await {
        set(&engine, json!({ "event_retention": "days=7" })).await;
        let mut tx = engine.store.begin().await.unwrap();
        let ctx = Context::system(NOW);
        event::record(&engine, &mut tx, &ctx, Action::Login, "x", json!({}))
            .await
            .unwrap();
        engine.commit(tx).await.unwrap();
        let end = NOW + 7 * 24 * HOUR_MS;
        assert_eq!(events(&engine).await[0].expires_at, end);
        engine.purge(end - 1).await.unwrap();
        assert_eq!(events(&engine).await.len(), 1);
        engine.purge(end).await.unwrap();
        assert!(events(&engine).await.is_empty());
    }
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_or_is_too_small_is_no_danger() {
    for (engine, _store) in every_engine().await {
        let strange = json!({ "event_retention": "for ever", "default_token_duration": 7, "default_token_length": 1 });
        set(&engine, strange).await;
        let snapshot = engine.snapshot();
        assert_eq!(snapshot.event_retention_ms(), 365 * 24 * HOUR_MS);
        assert_eq!(snapshot.token_duration_ms(), 24 * HOUR_MS);
        assert_eq!(new_key(&snapshot).len(), 20);
        set(&engine, json!({ "default_token_duration": "seconds=-5" })).await;
        add_user(&engine, 7, "mia").await;
        add_token(&engine, "past", "api", NOW).await;
        engine.rotate_tokens(NOW).await.unwrap();
        let past = find(&engine, "past").await.unwrap();
        assert!(past.expires_at.unwrap() > NOW, "not rotated for ever");
    }
}
