//! Sessions begin, live, end, and end everywhere.

use std::sync::Arc;
use std::time::Duration;

use doorward_store::session::AppSessionRow;
use doorward_store::{Store, Topic, change, group, session as rows, user};

use super::{LiveSession, NewSession, begin, end, end_all_of, hash_text};
use crate::settings::SessionLifetime;
use crate::testing::{NOW, add_user, engine, every_engine};
use crate::{Context, Engine};

mod bound;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const LIFETIME: SessionLifetime = SessionLifetime {
    idle: Duration::from_hours(1),
    absolute: Duration::from_hours(10),
};

/// Signs somebody in for ten hours, one hour unused; answers the id and the secret.
pub(crate) async fn signed_in(engine: &Engine, user_id: i64) -> (String, String) {
    let ctx = Context::system(NOW);
    let mut tx = engine.store.begin().await.unwrap();
    let new = NewSession {
        user_id,
        password_changed_at: NOW,
        auth_method: "password",
        lifetime: LIFETIME,
        replaces: None,
    };
    let (row, sid) = begin(&mut tx, &ctx, new).await.unwrap().unwrap();
    let app = AppSessionRow {
        token_hash: hash_text(&format!("app of {sid}")),
        session_id: row.id.clone(),
        provider_id: 1,
        created_at: NOW,
        expires_at: NOW + 5 * HOUR_MS,
        policies: "{}".to_owned(),
    };
    rows::insert_app(&mut tx, &app).await.unwrap();
    engine.commit(tx).await.unwrap();
    (row.id, sid)
}

async fn live(engine: &Engine, sid: &str, now: i64) -> Option<Arc<LiveSession>> {
    engine.session(sid, now).await.unwrap()
}

async fn app_is_live(engine: &Engine, sid: &str, now: i64) -> bool {
    engine
        .app_session(&format!("app of {sid}"), now)
        .await
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn a_session_ends_when_unused_and_in_any_case() {
    for (engine, _keep) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (_, sid) = signed_in(&engine, 1).await;
        assert!(live(&engine, "wrong", NOW).await.is_none());
        for number in 0..12 {
            let session = live(&engine, &sid, NOW + number * 50 * MINUTE_MS).await;
            assert!(session.is_some(), "use {number} slides the idle limit");
        }
        assert!(
            live(&engine, &sid, NOW + 10 * HOUR_MS).await.is_none(),
            "the absolute limit holds"
        );
    }
}

#[tokio::test]
async fn an_unused_session_is_refused_though_nobody_purged_it() {
    for (engine, _keep) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (_, sid) = signed_in(&engine, 1).await;
        assert!(live(&engine, &sid, NOW + HOUR_MS - 1).await.is_some());
        assert!(live(&engine, &sid, NOW + 2 * HOUR_MS).await.is_none());
    }
}

/// CVE-2025-29928: an ended session is refused at the very next check, its apps with it.
#[tokio::test]
async fn an_ended_session_and_its_apps_are_refused_at_the_next_check() {
    for (engine, _keep) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (id, sid) = signed_in(&engine, 1).await;
        assert!(live(&engine, &sid, NOW).await.is_some() && app_is_live(&engine, &sid, NOW).await);
        let mut tx = engine.store.begin().await.unwrap();
        assert!(end(&mut tx, &id, NOW).await.unwrap());
        engine.commit(tx).await.unwrap();
        assert!(live(&engine, &sid, NOW).await.is_none());
        assert!(!app_is_live(&engine, &sid, NOW).await);
    }
}

/// CVE-2025-53942, CVE-2025-29928: a disabled or deleted user has no session from then on.
#[tokio::test]
async fn a_disabled_or_deleted_user_is_refused_at_the_next_check() {
    for (engine, _keep) in every_engine().await {
        for (id, delete) in [(1, false), (2, true)] {
            add_user(&engine, id, &format!("user{id}")).await;
            let (_, sid) = signed_in(&engine, id).await;
            assert!(app_is_live(&engine, &sid, NOW).await);
            let mut tx = engine.store.begin().await.unwrap();
            if delete {
                end_all_of(&mut tx, id, "", NOW).await.unwrap();
                user::delete(&mut tx, id).await.unwrap();
            } else {
                let row = user::find(&mut tx, id).await.unwrap().unwrap();
                user::save(
                    &mut tx,
                    &user::UserRow {
                        is_active: false,
                        ..row
                    },
                )
                .await
                .unwrap();
            }
            change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
            engine.commit(tx).await.unwrap();
            assert!(live(&engine, &sid, NOW).await.is_none());
            assert!(!app_is_live(&engine, &sid, NOW).await);
        }
    }
}

async fn join_group(engine: &Engine, user_id: i64) {
    let id = uuid::Uuid::new_v4();
    let row = group::GroupRow {
        num_pk: group::num_pk(&id),
        id: id.to_string(),
        name: "media".into(),
        name_key: "media".into(),
        is_superuser: false,
        attributes: "{}".into(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    let mut tx = engine.store.begin().await.unwrap();
    group::insert(&mut tx, &row).await.unwrap();
    group::add_member(&mut tx, &row.id, user_id).await.unwrap();
    change::record(&mut tx, Topic::User, user_id, NOW)
        .await
        .unwrap();
    engine.commit(tx).await.unwrap();
}

#[tokio::test]
async fn a_new_membership_counts_at_the_next_check_of_a_cached_session() {
    for (engine, _keep) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (_, sid) = signed_in(&engine, 1).await;
        assert!(
            live(&engine, &sid, NOW)
                .await
                .unwrap()
                .person()
                .groups
                .is_empty()
        );
        join_group(&engine, 1).await;
        let session = live(&engine, &sid, NOW).await.unwrap();
        assert_eq!(&*session.person().groups[0].name, "media");
    }
}

async fn open_again(store: &Store) -> Engine {
    let engine = engine(store).await;
    engine.start_upkeep(|| NOW);
    engine
}

/// What one process writes holds in another within a second.
#[tokio::test]
async fn an_ended_session_is_refused_by_another_process_within_a_second() {
    for (first, test) in every_engine().await {
        let second_store = Store::open(&test.location).await.unwrap();
        let second = open_again(&second_store).await;
        add_user(&first, 1, "mia").await;
        let (id, sid) = signed_in(&first, 1).await;
        assert!(app_is_live(&second, &sid, NOW).await, "cached over there");
        let mut tx = first.store.begin().await.unwrap();
        end(&mut tx, &id, NOW).await.unwrap();
        first.commit(tx).await.unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(1);
        while app_is_live(&second, &sid, NOW).await {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{} still lets it in",
                first.store.engine_name()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// CVE-2025-53942: whoever was proven a moment ago may have been disabled, deleted or given another
/// password since.
#[tokio::test]
async fn no_session_begins_for_somebody_who_changed_since_they_were_proven() {
    for (engine, _keep) in every_engine().await {
        for (id, name) in [(1, "disabled"), (2, "deleted"), (3, "new password")] {
            add_user(&engine, id, name).await;
            let mut tx = engine.store.begin().await.unwrap();
            match name {
                "disabled" => {
                    let row = user::find(&mut tx, id).await.unwrap().unwrap();
                    let row = user::UserRow {
                        is_active: false,
                        ..row
                    };
                    assert!(user::save(&mut tx, &row).await.unwrap());
                }
                "deleted" => assert!(user::delete(&mut tx, id).await.unwrap()),
                _ => assert!(user::set_password(&mut tx, id, "!", NOW).await.unwrap()),
            }
            let new = NewSession {
                user_id: id,
                password_changed_at: NOW,
                auth_method: "password",
                lifetime: LIFETIME,
                replaces: None,
            };
            let begun = begin(&mut tx, &Context::system(NOW), new).await.unwrap();
            assert!(begun.is_none(), "{name}");
            engine.commit(tx).await.unwrap();
            let mut tx = engine.store.read().await.unwrap();
            assert!(rows::of_user(&mut tx, id, NOW).await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn ending_all_but_one_keeps_that_one() {
    for (engine, _keep) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (kept, kept_sid) = signed_in(&engine, 1).await;
        let (_, other_sid) = signed_in(&engine, 1).await;
        let mut tx = engine.store.begin().await.unwrap();
        assert_eq!(end_all_of(&mut tx, 1, &kept, NOW).await.unwrap(), 1);
        engine.commit(tx).await.unwrap();
        assert!(live(&engine, &kept_sid, NOW).await.is_some());
        assert!(live(&engine, &other_sid, NOW).await.is_none());
    }
}
