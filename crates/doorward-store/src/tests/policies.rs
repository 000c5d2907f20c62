//! What policies remember: scores and former passwords.

use super::NOW;
use crate::old_password;
use crate::reputation::{self, ANYWHERE, Change, Limits, Name, PAIRS_MAX};
use crate::testing::{TestStore, every_engine, user_row};
use crate::{Tx, execute, on, user};

const LIMITS: Limits = Limits {
    lower: -5,
    upper: 5,
};

fn named(identifier: &str, spill: &str) -> Name {
    Name {
        identifier: identifier.to_owned(),
        spill: spill.to_owned(),
    }
}

fn of<'a>(name: &'a Name, ip: &'a str, by: i64) -> Change<'a> {
    Change {
        name,
        ip,
        ip_geo_data: "{}",
        ip_asn_data: "{}",
        by,
    }
}

async fn changed(test: &TestStore, change: Change<'_>, now: i64) {
    let mut tx = test.store.begin().await.unwrap();
    reputation::change(&mut tx, change, LIMITS, now)
        .await
        .unwrap();
    drop(tx.commit().await.unwrap());
}

async fn sum(test: &TestStore, ip: Option<&str>, identifier: Option<&str>, now: i64) -> i64 {
    let mut tx = test.store.read().await.unwrap();
    let name = identifier.map(|identifier| named(identifier, identifier));
    reputation::sum(&mut tx, ip, name.as_ref(), now)
        .await
        .unwrap()
}

/// api-and-model.md 1.8: rows that match the address or the name, each once.
#[tokio::test]
async fn scores_stay_within_their_limits_and_are_added_up() {
    for test in every_engine().await {
        for _ in 0..9 {
            changed(&test, of(&named("mia", "mia"), "192.0.2.1", -1), NOW).await;
        }
        changed(&test, of(&named("mia", "mia"), "192.0.2.2", -1), NOW).await;
        changed(&test, of(&named("tom", "tom"), "192.0.2.1", 1), NOW).await;
        let sums = [
            sum(&test, Some("192.0.2.1"), None, NOW).await,
            sum(&test, None, Some("mia"), NOW).await,
            sum(&test, Some("192.0.2.1"), Some("mia"), NOW).await,
            sum(&test, None, None, NOW).await,
        ];
        assert_eq!(sums, [-4, -6, -5, 0], "{}", test.store.engine_name());
        for _ in 0..20 {
            changed(&test, of(&named("mia", "mia"), "192.0.2.1", 1), NOW).await;
        }
        assert_eq!(sum(&test, None, Some("mia"), NOW).await, 5 - 1);
    }
}

#[tokio::test]
async fn a_score_is_forgotten_a_day_after_it_last_changed() {
    for test in every_engine().await {
        changed(&test, of(&named("mia", "mia"), "192.0.2.1", -3), NOW).await;
        let last = NOW + 86_400_000 - 1;
        assert_eq!(sum(&test, None, Some("mia"), last).await, -3);
        assert_eq!(sum(&test, None, Some("mia"), last + 1).await, 0);
        changed(&test, of(&named("mia", "mia"), "192.0.2.1", -1), last + 1).await;
        assert_eq!(sum(&test, None, Some("mia"), last + 1).await, -1);
    }
}

/// CVE-2024-4629: failures at the same time do not share one count.
#[tokio::test]
async fn fifty_failures_at_once_all_count() {
    let limits = Limits {
        lower: -1000,
        upper: 5,
    };
    for test in every_engine().await {
        let racers = (0..50).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let mia = named("mia", "mia");
                let change = of(&mia, "192.0.2.1", -1);
                reputation::change(&mut tx, change, limits, NOW)
                    .await
                    .unwrap();
                drop(tx.commit().await.unwrap());
            })
        });
        for racer in futures_util::future::join_all(racers.collect::<Vec<_>>()).await {
            racer.unwrap();
        }
        assert_eq!(sum(&test, None, Some("mia"), NOW).await, -50);
    }
}

async fn count(tx: &mut Tx) -> i64 {
    let sql = "SELECT CAST(count(*) AS BIGINT) FROM reputation";
    on!(tx, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

#[tokio::test]
async fn names_from_everywhere_do_not_fill_the_disk_and_still_count() {
    const FILL: &str = "INSERT INTO reputation (id, identifier, ip, ip_geo_data, ip_asn_data, score, updated_at, expires_at) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) \
         SELECT CAST(n AS TEXT), CAST(n AS TEXT), '192.0.2.1', '{}', '{}', -1, $2, $2 FROM numbers";
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        execute!(tx, FILL, PAIRS_MAX, NOW + 1000).unwrap();
        drop(tx.commit().await.unwrap());
        for ip in ["198.51.100.1", "198.51.100.2"] {
            changed(&test, of(&named("mia", "mia"), ip, -1), NOW).await;
        }
        changed(&test, of(&named("1", "1"), "192.0.2.1", -1), NOW).await;
        assert_eq!(sum(&test, None, Some("mia"), NOW).await, -2);
        assert_eq!(sum(&test, Some(ANYWHERE), None, NOW).await, -2);
        assert_eq!(sum(&test, None, Some("1"), NOW).await, -2);
        // Names that nobody has share a row from here on, and find it.
        for name in [
            named("unknown-3fa1", "unknown-3fa"),
            named("unknown-3fa2", "unknown-3fa"),
        ] {
            changed(&test, of(&name, "198.51.100.3", -1), NOW).await;
            let mut tx = test.store.read().await.unwrap();
            let sum = reputation::sum(&mut tx, None, Some(&name), NOW).await;
            assert!(sum.unwrap() < 0);
        }
        let mut tx = test.store.read().await.unwrap();
        assert_eq!(count(&mut tx).await, PAIRS_MAX + 2);
    }
}

#[tokio::test]
async fn former_passwords_are_kept_as_long_as_they_are_wanted() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        user::insert(&mut tx, &user_row(7, "mia", NOW))
            .await
            .unwrap();
        for (password, kept) in [("one", 0), ("two", 2), ("three", 2), ("!", 2), ("four", 2)] {
            old_password::keep(&mut tx, 7, kept, NOW).await.unwrap();
            user::set_password(&mut tx, 7, password, NOW).await.unwrap();
        }
        let former = old_password::of_user(&mut tx, 7, 10).await.unwrap();
        assert_eq!(former, ["three", "two"], "one without a password is none");
        old_password::keep(&mut tx, 7, 0, NOW).await.unwrap();
        let former = old_password::of_user(&mut tx, 7, 10).await.unwrap();
        assert!(former.is_empty());
    }
}
