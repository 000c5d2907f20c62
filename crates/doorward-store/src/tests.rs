//! Tests over every table at once, on every engine.

use std::collections::BTreeSet;

use crate::attempt;
use crate::change;
use crate::testing::{every_engine, sqlite};
use crate::{Store, flow_run, group, on, one_time, resource, sequence, session, setting, user};

mod devices;
mod expiry;
mod grants;
mod once;
mod people;
mod policies;

const NOW: i64 = 1_800_000_000_000;

fn statements() -> Vec<(&'static str, &'static [(&'static str, &'static str)])> {
    vec![
        ("attempt", attempt::STATEMENTS),
        ("change", change::STATEMENTS),
        ("client_logo", crate::client_logo::STATEMENTS),
        (
            "client_registration",
            crate::client_registration::STATEMENTS,
        ),
        ("consent", crate::consent::STATEMENTS),
        ("device", crate::device::STATEMENTS),
        ("device_code", crate::device_code::STATEMENTS),
        ("event", crate::event::STATEMENTS),
        ("expiry", crate::expiry::STATEMENTS),
        ("favourite", crate::favourite::STATEMENTS),
        ("feed", crate::feed::STATEMENTS),
        ("flow_run", flow_run::STATEMENTS),
        ("grant", crate::grant::STATEMENTS),
        ("group", group::STATEMENTS),
        ("key_ring", crate::key_ring::STATEMENTS),
        ("mail", crate::mail::STATEMENTS),
        ("old_password", crate::old_password::STATEMENTS),
        ("one_time", one_time::STATEMENTS),
        ("pushed_request", crate::pushed_request::STATEMENTS),
        ("relying_session", crate::relying_session::STATEMENTS),
        ("retired_key", crate::retired_key::STATEMENTS),
        ("subject", crate::subject::STATEMENTS),
        ("reputation", crate::reputation::STATEMENTS),
        ("resource", resource::STATEMENTS),
        ("sequence", sequence::STATEMENTS),
        ("session", session::STATEMENTS),
        ("setting", setting::STATEMENTS),
        ("token", crate::token::STATEMENTS),
        ("trace", crate::trace::STATEMENTS),
        ("upn", crate::upn::STATEMENTS),
        ("user", user::STATEMENTS),
        ("version", crate::version::STATEMENTS),
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

/// Whoever asked may be gone at any moment: a browser that closes its connection ends what is done for it.
#[tokio::test]
async fn writers_who_go_away_at_any_moment_leave_nothing_half_and_nobody_stuck() {
    for test in every_engine().await {
        for patience in 0..60 {
            let name = format!("gone{patience}");
            let work = async {
                let mut tx = test.store.begin().await.unwrap();
                setting::save(&mut tx, &name, "1", NOW).await.unwrap();
                setting::save(&mut tx, &format!("{name} too"), "1", NOW)
                    .await
                    .unwrap();
                drop(tx.commit().await.unwrap());
            };
            let goes_away = async {
                for _ in 0..patience {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! { biased; () = work => {}, () = goes_away => {} }
            let mut tx = test.store.begin().await.unwrap();
            setting::save(&mut tx, &format!("kept{patience}"), "1", NOW)
                .await
                .unwrap();
            drop(tx.commit().await.unwrap());
        }
        let mut tx = test.store.read().await.unwrap();
        let all = setting::all(&mut tx).await.unwrap();
        let count = |begin: &str, end: &str| {
            let fits = |name: &str| name.starts_with(begin) && name.ends_with(end);
            all.iter().filter(|(name, _)| fits(name)).count()
        };
        assert_eq!(count("kept", ""), 60, "{}", test.store.engine_name());
        assert_eq!(count("gone", ""), 2 * count("gone", " too"), "both or none");
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
