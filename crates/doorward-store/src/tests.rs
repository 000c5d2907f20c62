//! Tests over every table at once, on every engine.

use std::collections::BTreeSet;

use crate::attempt::{self, Limit, Verdict};
use crate::change;
use crate::testing::{every_engine, sqlite};
use crate::{
    Store, StoreError, execute, flow_run, group, on, one_time, resource, sequence, session,
    setting, user,
};

const NOW: i64 = 1_800_000_000_000;

fn statements() -> Vec<(&'static str, &'static [(&'static str, &'static str)])> {
    vec![
        ("attempt", attempt::STATEMENTS),
        ("change", change::STATEMENTS),
        ("event", crate::event::STATEMENTS),
        ("feed", crate::feed::STATEMENTS),
        ("flow_run", flow_run::STATEMENTS),
        ("group", group::STATEMENTS),
        ("key_ring", crate::key_ring::STATEMENTS),
        ("one_time", one_time::STATEMENTS),
        ("resource", resource::STATEMENTS),
        ("sequence", sequence::STATEMENTS),
        ("session", session::STATEMENTS),
        ("setting", setting::STATEMENTS),
        ("token", crate::token::STATEMENTS),
        ("user", user::STATEMENTS),
    ]
}

#[tokio::test]
async fn every_statement_prepares_on_every_engine() {
    use sqlx::Executor;
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        for (file, list) in statements() {
            for (name, sql) in list {
                let sql = sqlx::SqlSafeStr::into_sql_str(*sql);
                let prepared = match tx.db() {
                    crate::store::Db::Sqlite(c) => c.prepare(sql).await.map(drop),
                    crate::store::Db::Postgres(c) => c.prepare(sql).await.map(drop),
                };
                assert!(
                    prepared.is_ok(),
                    "{file}::{name} on {}: {prepared:?}",
                    test.store.engine_name()
                );
            }
        }
    }
}

fn mia(id: i64) -> user::UserRow {
    user::UserRow {
        id,
        uuid: uuid::Uuid::new_v4().to_string(),
        username: format!("José{id}"),
        username_key: user::fold(&format!("José{id}")),
        name: "Mia".into(),
        name_key: "mia".into(),
        email: "Mia@Example.org".into(),
        email_key: "mia@example.org".into(),
        is_active: true,
        kind: "internal".into(),
        path: "users".into(),
        attributes: "{}".into(),
        password: "!".into(),
        password_changed_at: NOW,
        last_login_at: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

async fn with_user(store: &Store, id: i64) -> user::UserRow {
    let mut tx = store.begin().await.unwrap();
    user::insert(&mut tx, &mia(id)).await.unwrap();
    let row = user::find(&mut tx, id).await.unwrap().unwrap();
    drop(tx.commit().await.unwrap());
    row
}

fn a_group(name: &str, is_superuser: bool) -> group::GroupRow {
    let id = uuid::Uuid::new_v4();
    group::GroupRow {
        num_pk: group::num_pk(&id),
        id: id.to_string(),
        name: name.into(),
        name_key: name.into(),
        is_superuser,
        attributes: "{}".into(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

#[tokio::test]
async fn a_user_comes_back_as_it_was_saved_and_a_stale_save_is_refused() {
    for test in every_engine().await {
        let row = with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(
            user::find_by_username_key(&mut tx, "josé7")
                .await
                .unwrap()
                .len(),
            1
        );
        let changed = user::UserRow {
            name: "Mia M.".into(),
            ..row.clone()
        };
        assert!(user::save(&mut tx, &changed).await.unwrap());
        assert!(
            !user::save(&mut tx, &row).await.unwrap(),
            "the version has moved on"
        );
        let found = user::find(&mut tx, 7).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.version), ("Mia M.", 2));
    }
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_on_both_engines() {
    for test in every_engine().await {
        with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        let twin = user::UserRow {
            id: 8,
            username: "José7".into(),
            ..mia(8)
        };
        assert!(matches!(
            user::insert(&mut tx, &twin).await,
            Err(StoreError::Conflict)
        ));
    }
}

#[tokio::test]
async fn membership_reaches_every_ancestor_even_in_a_cycle() {
    for test in every_engine().await {
        with_user(&test.store, 7).await;
        let groups: Vec<_> = ["child", "parent", "top"]
            .map(|name| a_group(name, name == "top"))
            .into();
        let mut tx = test.store.begin().await.unwrap();
        for one in &groups {
            group::insert(&mut tx, one).await.unwrap();
        }
        group::set_parents(&mut tx, &groups[0].id, &[groups[1].id.clone()])
            .await
            .unwrap();
        group::set_parents(&mut tx, &groups[1].id, &[groups[2].id.clone()])
            .await
            .unwrap();
        group::set_parents(&mut tx, &groups[2].id, &[groups[0].id.clone()])
            .await
            .unwrap();
        group::add_member(&mut tx, &groups[0].id, 7).await.unwrap();
        let names: Vec<_> = group::of_user(&mut tx, 7)
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["child", "parent", "top"]);
        assert_eq!(user::count_superusers(&mut tx).await.unwrap(), 1);
        assert_eq!(
            group::ancestors(&mut tx, &groups[0].id)
                .await
                .unwrap()
                .len(),
            3
        );
    }
}

#[tokio::test]
async fn a_one_time_secret_works_once_for_fifty_who_race() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        one_time::insert(&mut tx, "h", one_time::Purpose::Ticket, "{}", NOW + 60_000)
            .await
            .unwrap();
        drop(tx.commit().await.unwrap());
        let racers = (0..50).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let won = one_time::redeem(&mut tx, "h", one_time::Purpose::Ticket, NOW)
                    .await
                    .unwrap();
                drop(tx.commit().await.unwrap());
                won.is_some()
            })
        });
        let won = futures_util::future::join_all(racers.collect::<Vec<_>>()).await;
        assert_eq!(
            won.into_iter().filter(|won| *won.as_ref().unwrap()).count(),
            1,
            "{}",
            test.store.engine_name()
        );
        let mut tx = test.store.read().await.unwrap();
        assert!(
            one_time::find_spent(&mut tx, "h", one_time::Purpose::Ticket, NOW)
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            one_time::find_live(&mut tx, "h", one_time::Purpose::Recovery, NOW)
                .await
                .unwrap()
                .is_none()
        );
    }
}

/// CVE-2024-4629: parallel guesses may not share one count.
#[tokio::test]
async fn parallel_attempts_never_exceed_the_limit() {
    let limit = Limit {
        free: 5,
        pause_ms: 30_000,
        window_ms: 900_000,
    };
    for test in every_engine().await {
        let guesses = (0..50).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let verdict = attempt::begin(&mut tx, "account:7", limit, NOW)
                    .await
                    .unwrap();
                drop(tx.commit().await.unwrap());
                verdict
            })
        });
        let verdicts = futures_util::future::join_all(guesses.collect::<Vec<_>>()).await;
        let allowed = verdicts
            .iter()
            .filter(|one| *one.as_ref().unwrap() == Verdict::Allowed)
            .count();
        assert_eq!(allowed, 5, "{}", test.store.engine_name());
        let mut tx = test.store.begin().await.unwrap();
        let later = attempt::begin(&mut tx, "account:7", limit, NOW + 30_000)
            .await
            .unwrap();
        assert_eq!(later, Verdict::Allowed, "one in each pause");
        let again = attempt::begin(&mut tx, "account:7", limit, NOW + 30_001)
            .await
            .unwrap();
        assert_eq!(
            again,
            Verdict::Blocked {
                until: NOW + 60_000
            }
        );
        attempt::forget(&mut tx, "account:7").await.unwrap();
        assert_eq!(
            attempt::begin(&mut tx, "account:7", limit, NOW + 30_002)
                .await
                .unwrap(),
            Verdict::Allowed
        );
    }
}

#[tokio::test]
async fn numbers_are_given_out_once_each() {
    for test in every_engine().await {
        let callers = (0..40).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let number = sequence::next(&mut tx, sequence::Sequence::Provider)
                    .await
                    .unwrap();
                drop(tx.commit().await.unwrap());
                number
            })
        });
        let drawn = futures_util::future::join_all(callers.collect::<Vec<_>>()).await;
        let drawn: BTreeSet<i64> = drawn.into_iter().map(Result::unwrap).collect();
        assert_eq!(drawn, (1..=40).collect());
    }
}

#[tokio::test]
async fn only_the_first_writer_completes_what_happens_once() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        assert!(
            setting::insert_once(&mut tx, "setup_done", "1", NOW)
                .await
                .unwrap()
        );
        assert!(
            !setting::insert_once(&mut tx, "setup_done", "2", NOW)
                .await
                .unwrap()
        );
        assert_eq!(
            setting::find(&mut tx, "setup_done")
                .await
                .unwrap()
                .as_deref(),
            Some("1")
        );
    }
}

#[tokio::test]
async fn a_dropped_unit_of_work_leaves_nothing_and_its_neighbours_alone() {
    for test in every_engine().await {
        let mut lost = test.store.begin().await.unwrap();
        setting::save(&mut lost, "lost", "1", NOW).await.unwrap();
        drop(lost);
        let mut kept = test.store.begin().await.unwrap();
        setting::save(&mut kept, "kept", "1", NOW).await.unwrap();
        drop(kept.commit().await.unwrap());
        let mut tx = test.store.read().await.unwrap();
        let names: Vec<_> = setting::all(&mut tx)
            .await
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["kept"], "{}", test.store.engine_name());
    }
}

/// Group commit: many writers at once, each answered after its own data is durable.
#[tokio::test]
async fn every_acknowledged_write_is_there_when_the_file_is_opened_again() {
    let test = sqlite().await;
    let writers = (0..100).map(|number| {
        let store = test.store.clone();
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            setting::save(&mut tx, &format!("n{number}"), "1", NOW)
                .await
                .unwrap();
            if number % 10 == 3 {
                return; // dropped: undone
            }
            drop(tx.commit().await.unwrap());
        })
    });
    for writer in futures_util::future::join_all(writers.collect::<Vec<_>>()).await {
        writer.unwrap();
    }
    let again = Store::open(&test.location).await.unwrap();
    let mut tx = again.read().await.unwrap();
    assert_eq!(setting::all(&mut tx).await.unwrap().len(), 90);
}

#[tokio::test]
async fn two_processes_may_open_and_migrate_at_once() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        execute!(tx, "DELETE FROM schema_migrations WHERE version = 0").unwrap();
        drop(tx);
        let openers: Vec<_> = (0..4)
            .map(|_| {
                let location = test.location.clone();
                tokio::spawn(async move { Store::open(&location).await.map(drop) })
            })
            .collect();
        for opener in openers {
            opener.await.unwrap().unwrap();
        }
        assert!(crate::is_current(&test.store).await.unwrap());
    }
}

#[tokio::test]
async fn both_engines_have_the_same_columns() {
    let mut columns = Vec::new();
    for test in every_engine().await {
        let mut tx = test.store.read().await.unwrap();
        let rows: Vec<(String, String)> = match tx.db() {
            crate::store::Db::Sqlite(c) => sqlx::query_as(
                "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
            )
            .fetch_all(c)
            .await
            .unwrap(),
            crate::store::Db::Postgres(c) => sqlx::query_as(
                "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
                 WHERE table_schema = 'public' ORDER BY 1, 2",
            )
            .fetch_all(c)
            .await
            .unwrap(),
        };
        columns.push(rows.into_iter().collect::<BTreeSet<_>>());
    }
    assert_eq!(columns[0], columns[1]);
}

fn application(id: &str) -> resource::ResourceRow {
    resource::ResourceRow {
        kind: "authentik_core.application".into(),
        id: id.into(),
        config: "{}".into(),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn slug(value: &str) -> resource::UniqueKey {
    let scope = "authentik_core.application".into();
    resource::UniqueKey {
        scope,
        field: "slug".into(),
        value: value.into(),
    }
}

fn to_provider() -> resource::Link {
    resource::Link {
        field: "provider".into(),
        position: 0,
        target_kind: "provider".into(),
        target: "1".into(),
        on_delete: resource::OnDelete::SetNull,
    }
}

#[tokio::test]
async fn objects_keys_and_links_are_written_together() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        let row = application("a1");
        resource::insert(&mut tx, &row, &[slug("sonarr")], &[to_provider()])
            .await
            .unwrap();
        assert_eq!(
            resource::owners(&mut tx, "provider", "1")
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            resource::save(&mut tx, &row, &[slug("radarr")], &[])
                .await
                .unwrap()
        );
        assert!(
            !resource::save(&mut tx, &row, &[], &[]).await.unwrap(),
            "a stale version is refused"
        );
        assert!(
            resource::owners(&mut tx, "provider", "1")
                .await
                .unwrap()
                .is_empty()
        );
        resource::insert(&mut tx, &application("a2"), &[slug("sonarr")], &[])
            .await
            .unwrap();
        assert!(resource::delete(&mut tx, &row.kind, "a1").await.unwrap());
        let sql = "SELECT CAST(count(*) AS BIGINT) FROM resource_keys";
        let left: i64 = on!(tx, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap();
        assert_eq!(left, 1, "a deleted object's keys are free again");
    }
}

#[tokio::test]
async fn an_attempt_that_is_given_back_leaves_room_for_another() {
    let limit = Limit {
        free: 2,
        pause_ms: 1000,
        window_ms: 10_000,
    };
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        let begin = async |tx: &mut crate::Tx| attempt::begin(tx, "b", limit, NOW).await.unwrap();
        assert_eq!(begin(&mut tx).await, Verdict::Allowed);
        assert_eq!(begin(&mut tx).await, Verdict::Allowed);
        assert_eq!(begin(&mut tx).await, Verdict::Blocked { until: NOW + 1000 });
        attempt::give_back(&mut tx, "b", limit.free).await.unwrap();
        assert_eq!(begin(&mut tx).await, Verdict::Allowed);
        assert_eq!(begin(&mut tx).await, Verdict::Blocked { until: NOW + 1000 });
        attempt::give_back(&mut tx, "nobody's", limit.free)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn every_place_has_somebodys_hash_as_long_as_there_is_anybody() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(user::password_of_somebody(&mut tx, 7).await.unwrap(), None);
        for id in [1, 5, 900] {
            let (uuid, username) = (format!("uuid-{id}"), format!("user-{id}"));
            let row = user::UserRow {
                uuid,
                username,
                ..mia(id)
            };
            user::insert(&mut tx, &row).await.unwrap();
        }
        for place in [0, 1, 30_000, u16::MAX] {
            assert!(
                user::password_of_somebody(&mut tx, place)
                    .await
                    .unwrap()
                    .is_some()
            );
        }
    }
}

#[tokio::test]
async fn only_the_owner_may_read_the_sqlite_files() {
    use std::os::unix::fs::PermissionsExt;
    let test = sqlite().await;
    let crate::Location::Sqlite(path) = &test.location else {
        panic!("SQLite")
    };
    let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
    for file in folder.map(Result::unwrap) {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}

/// A sign-in with an old password loses against a change of the password, whoever comes first.
#[tokio::test]
async fn a_login_is_claimed_only_with_the_password_that_was_proven() {
    for test in every_engine().await {
        let row = with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        assert!(
            user::claim_login(&mut tx, 7, row.password_changed_at, NOW)
                .await
                .unwrap()
        );
        user::set_password(&mut tx, 7, "other", NOW + 1)
            .await
            .unwrap();
        assert!(
            !user::claim_login(&mut tx, 7, row.password_changed_at, NOW)
                .await
                .unwrap()
        );
        let row = user::find(&mut tx, 7).await.unwrap().unwrap();
        user::save(
            &mut tx,
            &user::UserRow {
                is_active: false,
                ..row
            },
        )
        .await
        .unwrap();
        assert!(!user::claim_login(&mut tx, 7, NOW + 1, NOW).await.unwrap());
    }
}
