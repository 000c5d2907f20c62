//! The bounds of traces, and where they are kept.

use std::net::{IpAddr, Ipv4Addr};

use super::ring::{HELD_MAX, OF_ONE_MAX, PAUSE_MS, STRANGERS_MAX};
use super::{About, Cause, Draft, Line, Noted, Outcome, Step, Traces, Wanted, Way, Who};
use crate::context::Context;
use crate::testing::{NOW, engine, every_engine};

fn address(number: u32) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000 + number).into()
}

fn cause(client: u32, why: &str) -> Cause<'_> {
    Cause {
        way: Way::ForwardAuth,
        outcome: Outcome::Refused,
        client: address(client),
        application: "app",
        person: None,
        why,
    }
}

fn of_person(client: u32, id: i64) -> Cause<'static> {
    Cause {
        person: Some(id),
        ..cause(client, "")
    }
}

fn draft(person: Option<i64>) -> Draft {
    Draft {
        way: Way::ForwardAuth,
        outcome: Outcome::Refused,
        application: Some(About {
            kind: "authentik_core.application".into(),
            pk: "app".into(),
            key: "sonarr".into(),
            name: "Sonarr".into(),
        }),
        person: person.map(|id| Who {
            id,
            username: "mia".into(),
        }),
        client: "10.0.0.1".into(),
        asked: "sonarr.home.lan/".into(),
        lines: vec![Line::fail(Step::Rules, "None lets the account in.")],
    }
}

/// As a request does it.
fn leave(traces: &Traces, cause: &Cause<'_>, reference: &str, now: i64) -> Noted {
    let noted = traces.note(cause, reference, now);
    if noted == Noted::New {
        traces.add(cause, reference, now, draft(cause.person));
    }
    noted
}

fn all(traces: &Traces) -> Vec<super::Trace> {
    traces.find(|_| true, usize::MAX)
}

#[test]
fn what_comes_to_the_same_is_one_trace_with_a_count_and_a_later_time() {
    let traces = Traces::default();
    for number in 0..1000 {
        leave(
            &traces,
            &cause(1, "no cookie"),
            &format!("r{number}"),
            NOW + number,
        );
    }
    let held = all(&traces);
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].count, held[0].at, held[0].last_at),
        (1000, NOW, NOW + 999)
    );
    assert_eq!(held[0].references.first().map(String::as_str), Some("r0"));
    assert_eq!(held[0].references.last().map(String::as_str), Some("r999"));
    assert!(held[0].references.len() <= 6);
    leave(&traces, &cause(1, "no cookie"), "later", NOW + PAUSE_MS);
    assert_eq!(all(&traces).len(), 2, "after a while it is told anew");
}

#[test]
fn one_client_adds_few_however_it_varies_and_the_rest_is_counted() {
    let traces = Traces::default();
    for number in 0..5000 {
        leave(&traces, &cause(1, &format!("why {number}")), "r", NOW);
    }
    let held = all(&traces);
    assert_eq!(held.len(), OF_ONE_MAX as usize);
    let untold: u64 = held.iter().map(|one| one.untold).sum();
    assert_eq!(untold, 5000 - u64::from(OF_ONE_MAX));
    assert_eq!(
        leave(&traces, &cause(2, "why"), "r", NOW),
        Noted::New,
        "others are told"
    );
}

#[test]
fn hosts_that_nobody_set_up_are_one_to_the_bound_of_a_client() {
    let traces = Traces::default();
    for number in 0..100 {
        let host = format!("h{number}.example.org");
        let unknown = Cause {
            application: &host,
            why: super::ring::UNKNOWN,
            ..cause(1, "")
        };
        leave(&traces, &unknown, "r", NOW);
    }
    assert_eq!(all(&traces).len(), OF_ONE_MAX as usize);
}

#[test]
fn strangers_from_everywhere_do_not_push_out_those_who_are_signed_in() {
    let traces = Traces::default();
    leave(&traces, &of_person(1, 7), "mine", NOW);
    for number in 0..20_000 {
        leave(&traces, &cause(number, "no cookie"), "r", NOW + 1);
    }
    let held = all(&traces);
    assert_eq!(held.len(), STRANGERS_MAX as usize + 1);
    assert!(held.iter().any(|one| one.id == "mine"));
    for id in 0..3000_u32 {
        leave(
            &traces,
            &of_person(id, id.into()),
            &format!("p{id}"),
            NOW + 2,
        );
    }
    assert_eq!(all(&traces).len(), HELD_MAX);
    let counted = leave(&traces, &of_person(2999, 2999), "again", NOW + 3);
    assert_eq!(
        counted,
        Noted::Counted,
        "causes are found after others were pushed out"
    );
}

#[test]
fn of_those_let_in_at_once_one_in_half_a_minute_is_looked_at() {
    let traces = Traces::default();
    assert!(!traces.wants_sample(NOW), "not before the upkeep began");
    traces.begin_samples(NOW);
    let looked = (0..120_000).filter(|passed| traces.wants_sample(NOW + passed));
    assert_eq!(looked.count(), 3);
}

#[tokio::test]
async fn traces_are_written_in_batches_and_found_by_every_process() {
    for (one, test) in every_engine().await {
        for number in 0..70 {
            let cause = of_person(number, number.into());
            leave(
                &one.traces,
                &cause,
                &format!("abc{number}"),
                NOW + i64::from(number),
            );
        }
        let other = engine(&test.store).await;
        assert_eq!(one.save_traces(NOW).await.unwrap(), 50);
        assert_eq!(one.save_traces(NOW).await.unwrap(), 20);
        assert_eq!(one.save_traces(NOW).await.unwrap(), 0, "nothing is new");
        leave(&other.traces, &of_person(999, 999), "here", NOW + 500);
        let ctx = Context::system(NOW + 1000);
        let found = other.traces(&ctx, &Wanted::default(), 100).await.unwrap();
        assert_eq!(found.len(), 71, "{}", test.store.engine_name());
        assert_eq!(found[0].id, "here", "the latest first");
        assert_eq!(found[1].id, "abc69");
        let of_seven = Wanted {
            person: Some(7),
            application: Some("app".into()),
            outcome: Some(Outcome::Refused),
            since: 0,
        };
        let found = other.traces(&ctx, &of_seven, 10).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].said(), "None lets the account in.");
        let none = Wanted {
            outcome: Some(Outcome::Allowed),
            ..Wanted::default()
        };
        assert!(other.traces(&ctx, &none, 10).await.unwrap().is_empty());
        assert_eq!(
            other
                .traces_of_application("app", NOW + 60, 100)
                .await
                .len(),
            11
        );
        let gone = Context::system(NOW + 25 * 60 * 60 * 1000);
        let found = other.traces(&gone, &of_seven, 10).await.unwrap();
        assert!(found.is_empty(), "they are kept for a day");
    }
}

#[tokio::test]
async fn a_count_that_grew_is_written_again_and_every_reference_finds_it() {
    for (one, test) in every_engine().await {
        leave(&one.traces, &of_person(1, 1), "first", NOW);
        assert_eq!(one.save_traces(NOW).await.unwrap(), 1);
        leave(&one.traces, &of_person(1, 1), "second", NOW + 1);
        assert_eq!(
            one.save_traces(NOW + 1).await.unwrap(),
            0,
            "not each second"
        );
        assert_eq!(one.save_traces(NOW + 10_000).await.unwrap(), 1);
        let other = engine(&test.store).await;
        let ctx = Context::system(NOW + 10_000);
        for reference in ["first", "second"] {
            let found = other.trace(&ctx, reference).await.unwrap().unwrap();
            assert_eq!((&*found.id, found.count), ("first", 2));
        }
        for nothing in ["", "%", "third", "fir_t"] {
            assert!(
                other.trace(&ctx, nothing).await.unwrap().is_none(),
                "{nothing}"
            );
        }
    }
}

#[tokio::test]
async fn when_the_store_is_away_the_memory_goes_on() {
    for (one, test) in every_engine().await {
        test.store.close().await;
        leave(&one.traces, &of_person(1, 1), "here", NOW);
        let is_file = test.store.engine_name() == "sqlite";
        // A file that is closed is opened again by whoever writes; a server that is gone is not.
        assert_eq!(one.save_traces(NOW).await.is_ok(), is_file);
        let ctx = Context::system(NOW);
        let found = one.traces(&ctx, &Wanted::default(), 10).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(one.trace(&ctx, "here").await.unwrap().is_some());
        assert!(one.trace(&ctx, "elsewhere").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn only_those_who_may_see_events_see_traces() {
    for (one, _test) in every_engine().await {
        let nobody = Context {
            actor: crate::Actor::Anonymous,
            ..Context::system(NOW)
        };
        assert!(one.traces(&nobody, &Wanted::default(), 10).await.is_err());
        assert!(one.trace(&nobody, "here").await.is_err());
    }
}

#[tokio::test]
async fn at_most_ten_thousand_stay() {
    for (one, test) in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        for number in 0..10_005_i64 {
            let row = doorward_store::trace::TraceRow {
                id: format!("t{number:06}"),
                at: NOW + number,
                application_id: None,
                user_id: None,
                outcome: "refused".into(),
                reference_ids: String::new(),
                told: "{}".into(),
                expires_at: NOW + 100_000,
            };
            doorward_store::trace::save(&mut tx, &row).await.unwrap();
        }
        drop(tx.commit().await.unwrap());
        one.purge(NOW).await.unwrap();
        let mut tx = test.store.read().await.unwrap();
        let wanted = doorward_store::trace::Wanted {
            now: NOW,
            limit: 20_000,
            ..Default::default()
        };
        let left = doorward_store::trace::latest(&mut tx, wanted)
            .await
            .unwrap();
        assert_eq!(left.len(), 10_000);
        assert_eq!(left.last().map(|one| &*one.id), Some("t000005"));
    }
}
