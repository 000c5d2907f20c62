//! What happens once, or a counted number of times, however many race for it.

use std::collections::BTreeSet;

use super::NOW;
use crate::attempt::{self, Limit, Verdict};
use crate::testing::every_engine;
use crate::{one_time, sequence, setting};

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

/// Requests that run beside each other reach the store in another order than their clocks say.
#[tokio::test]
async fn an_attempt_that_is_counted_late_is_not_held_up_by_a_later_one() {
    let limit = Limit {
        free: 3,
        pause_ms: 30_000,
        window_ms: 900_000,
    };
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        for earlier_ms in [0, 1, 2] {
            let verdict = attempt::begin(&mut tx, "account:8", limit, NOW - earlier_ms).await;
            assert_eq!(verdict.unwrap(), Verdict::Allowed, "{earlier_ms} ms before");
        }
        let fourth = attempt::begin(&mut tx, "account:8", limit, NOW).await;
        let until = NOW - 2 + 30_000;
        assert_eq!(fourth.unwrap(), Verdict::Blocked { until });
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

/// RFC 9126 §7.2: what was sent ahead is used once, and a client fills its own room alone.
#[tokio::test]
async fn a_pushed_request_is_spent_once_and_a_client_has_a_bounded_number_waiting() {
    use crate::pushed_request::{self as pushed, PushedRequestRow, WAITING_MAX};
    for test in every_engine().await {
        let row = |name: String, provider_id, expires_at| PushedRequestRow {
            hash: name,
            provider_id,
            parameters: "a=b".to_owned(),
            opens_until: NOW + 90_000,
            expires_at,
        };
        let mut tx = test.store.begin().await.unwrap();
        for at in 0..WAITING_MAX {
            let row = row(at.to_string(), 1, NOW + 90_000);
            assert!(pushed::insert(&mut tx, &row, NOW).await.unwrap());
        }
        let more = row("more".to_owned(), 1, NOW + 900_000);
        assert!(!pushed::insert(&mut tx, &more, NOW).await.unwrap());
        let others = row("other".to_owned(), 2, NOW + 900_000);
        assert!(pushed::insert(&mut tx, &others, NOW).await.unwrap());
        let later = NOW + 90_000;
        assert!(pushed::insert(&mut tx, &more, later).await.unwrap());
        drop(tx.commit().await.unwrap());
        let racers = (0..50).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let won = pushed::spend(&mut tx, "other", NOW).await.unwrap();
                drop(tx.commit().await.unwrap());
                won
            })
        });
        let won = futures_util::future::join_all(racers.collect::<Vec<_>>()).await;
        let won = won.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 1, "{}", test.store.engine_name());
        let mut tx = test.store.begin().await.unwrap();
        let found = pushed::find_live(&mut tx, "more", later).await.unwrap();
        assert_eq!(found.as_ref(), Some(&more));
        assert!(
            !pushed::spend(&mut tx, "more", more.expires_at)
                .await
                .unwrap()
        );
    }
}
