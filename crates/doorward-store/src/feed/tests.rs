//! Changes are heard, late ones and missed ones too, and a silent store is noticed in time.

use std::time::{Duration, Instant};

use super::*;
use crate::testing::{Gate, Passage, TestStore, every_engine, postgres};
use crate::{change, execute};

const NOW: i64 = 1_800_000_000_000;

async fn end_session(store: &Store, id: &str) {
    let mut tx = store.begin().await.unwrap();
    change::record(&mut tx, Topic::Session, id, NOW)
        .await
        .unwrap();
    drop(tx.commit().await.unwrap());
}

/// The next thing that is heard and is not nothing; readings that fail are made again.
async fn heard(feed: &mut Feed) -> Heard {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        match feed.next().await {
            Ok(Heard::Nothing) | Err(_) => {}
            Ok(heard) => return heard,
        }
    }
    panic!("nothing was heard in twenty seconds")
}

fn ended(ids: &[&str]) -> Heard {
    let change = |id: &&str| Change {
        topic: Topic::Session,
        subject: (*id).to_owned(),
    };
    Heard::Changes(ids.iter().map(change).collect())
}

async fn listener(test: &TestStore) -> Feed {
    let other = Store::open(&test.location).await.unwrap();
    Feed::open(&other).await.unwrap()
}

#[tokio::test]
async fn another_process_hears_of_a_change_once_and_within_a_second() {
    for test in every_engine().await {
        end_session(&test.store, "before the feed was opened").await;
        let mut feed = listener(&test).await;
        end_session(&test.store, "s1").await;
        let first = tokio::time::timeout(Duration::from_secs(1), heard(&mut feed)).await;
        assert_eq!(first.unwrap(), ended(&["s1"]));
        end_session(&test.store, "s2").await;
        assert_eq!(heard(&mut feed).await, ended(&["s2"]), "and s1 not again");
        assert_eq!(feed.next().await.unwrap(), Heard::Nothing);
    }
}

#[tokio::test]
async fn our_own_changes_are_not_told_to_ourselves() {
    for test in every_engine().await {
        let mut feed = Feed::open(&test.store).await.unwrap();
        end_session(&test.store, "ours").await;
        for _ in 0..3 {
            assert_eq!(feed.next().await.unwrap(), Heard::Nothing);
        }
    }
}

#[tokio::test]
async fn a_change_of_an_unknown_kind_counts_as_every_change() {
    for test in every_engine().await {
        let mut feed = listener(&test).await;
        let sql =
            "INSERT INTO changes (topic, subject, origin, created_at) VALUES ('new', '', 'x', $1)";
        let mut tx = test.store.begin().await.unwrap();
        execute!(tx, sql, 9_000_000_000_000_i64).unwrap();
        drop(tx.commit().await.unwrap());
        assert_eq!(heard(&mut feed).await, Heard::Everything);
    }
}

/// The transaction that began first becomes visible last, under the smaller number.
#[tokio::test]
async fn a_change_that_becomes_visible_out_of_order_is_heard() {
    let test = postgres().await;
    let mut feed = listener(&test).await;
    let mut slow = test.store.begin().await.unwrap();
    change::record(&mut slow, Topic::Session, "slow", NOW)
        .await
        .unwrap();
    end_session(&test.store, "quick").await;
    assert_eq!(heard(&mut feed).await, ended(&["quick"]));
    drop(slow.commit().await.unwrap());
    assert_eq!(heard(&mut feed).await, ended(&["slow"]));
}

/// forward-auth.md 16: a store that is away, or there and mute, is noticed within two seconds; what
/// was written meanwhile is heard when it is back.
#[tokio::test]
async fn a_store_that_goes_away_is_noticed_in_time_and_nothing_is_missed() {
    for passage in [Passage::Refused, Passage::Silent] {
        let test = postgres().await;
        let gate = Gate::before(&test).await;
        let other = Store::open(&gate.location).await.unwrap();
        let mut feed = Feed::open(&other).await.unwrap();
        gate.set(passage);
        let begun = Instant::now();
        while feed.next().await.is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(3), "{passage:?}");
        }
        let asked = Instant::now();
        assert!(feed.next().await.is_err(), "{passage:?}");
        let took = asked.elapsed();
        assert!(took < Duration::from_millis(2500), "{passage:?}: {took:?}");
        end_session(&test.store, "missed").await;
        gate.set(Passage::Open);
        assert_eq!(heard(&mut feed).await, ended(&["missed"]), "{passage:?}");
    }
}

#[tokio::test]
async fn what_was_pruned_while_nobody_read_counts_as_every_change() {
    for test in every_engine().await {
        let mut feed = listener(&test).await;
        end_session(&test.store, "pruned").await;
        let mut tx = test.store.begin().await.unwrap();
        execute!(tx, "DELETE FROM changes").unwrap();
        drop(tx.commit().await.unwrap());
        if let Source::Postgres(source) = &mut feed.source {
            // PostgreSQL's rows are kept for an hour by its own clock.
            source.read_at -= KEEP_MS;
        }
        assert_eq!(heard(&mut feed).await, Heard::Everything);
        end_session(&test.store, "later").await;
        assert_eq!(
            heard(&mut feed).await,
            ended(&["later"]),
            "goes on from there"
        );
    }
}

/// A pool whose connections all met silence is usable again as soon as the network is.
#[tokio::test]
async fn connections_that_went_silent_do_not_fill_the_pool_for_ever() {
    let test = postgres().await;
    let gate = Gate::before(&test).await;
    let store = Store::open(&gate.location).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(store.read().await.unwrap());
    }
    gate.set(Passage::Silent);
    drop(held);
    let asked = Instant::now();
    assert!(store.ping().await.is_err());
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "bounded like a refusal"
    );
    gate.set(Passage::Open);
    let back = Instant::now();
    while store.ping().await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(10), "still full");
    }
}
