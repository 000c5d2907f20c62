//! `GeoIP` policies, with the samples of documentation addresses.

use std::sync::Arc;

use super::*;
use crate::event::{Action, record};
use crate::geo::samples;
use crate::testing::{engine_with, settings};

const GEOIP: &str = "authentik_policies_geoip.geoippolicy";
const BERLIN: &str = "203.0.113.7";
const POTSDAM: &str = "192.0.2.1";
const NEW_YORK: &str = "198.51.100.1";
const NOWHERE: &str = "10.0.0.1";
const HOUR_MS: i64 = 3_600_000;

async fn every_engine_with_places() -> Vec<(Engine, doorward_store::testing::TestStore)> {
    let mut engines = Vec::new();
    for test in doorward_store::testing::every_engine().await {
        let settings = crate::Settings {
            geo: Arc::new(samples()),
            ..settings()
        };
        engines.push((engine_with(&test.store, settings).await, test));
    }
    engines
}

fn at(ip: &str, now: i64) -> Context {
    Context {
        client_ip: ip.parse().unwrap(),
        client_source: ClientSource::Proxy,
        ..Context::system(now)
    }
}

async fn signed_in(engine: &Engine, person: &Arc<Person>, ip: &str, now: i64) {
    let mut tx = engine.store.begin().await.unwrap();
    let ctx = at(ip, now).acting_as(person);
    record(
        engine,
        &mut tx,
        &ctx,
        Action::Login,
        "authentik.core",
        json!({}),
    )
    .await
    .unwrap();
    engine.commit(tx).await.unwrap();
}

async fn asked(
    engine: &Engine,
    rule: Value,
    person: &Person,
    ctx: &Context,
) -> Result<Ruling, String> {
    let snapshot = engine.snapshot();
    let question = Question::new(&snapshot, ctx, Some(person));
    let mut whole = json!({ "name": "p", "asns": [], "countries": [] });
    whole
        .as_object_mut()
        .unwrap()
        .extend(rule.as_object().unwrap().clone());
    engine.rule_on(&question, &policy("p", GEOIP, whole)).await
}

/// api-and-model.md 1.8: the list of networks or the list of countries.
#[tokio::test]
async fn one_of_the_lists_has_to_hold_the_address() {
    for (engine, _store) in every_engine_with_places().await {
        let person = mia(&engine).await;
        for (rule, berlin, new_york) in [
            (json!({}), true, true),
            (json!({ "countries": ["DE", "FR"] }), true, false),
            (json!({ "asns": [64501] }), false, true),
            (json!({ "asns": [64501], "countries": ["DE"] }), true, true),
            (json!({ "asns": [1], "countries": ["CH"] }), false, false),
        ] {
            for (ip, passing) in [(BERLIN, berlin), (NEW_YORK, new_york)] {
                let said = asked(&engine, rule.clone(), &person, &at(ip, NOW)).await;
                let said = said.unwrap();
                assert_eq!((said.passing, said.did_io), (passing, false), "{rule} {ip}");
                assert_eq!(said.messages.is_empty(), passing);
            }
        }
    }
}

/// Missing data is the binding's `failure_result`, and so is an address that nobody can read.
#[tokio::test]
async fn what_no_file_knows_is_an_error() {
    for (engine, _store) in every_engine_with_places().await {
        let person = mia(&engine).await;
        let unreadable = Context {
            client_source: ClientSource::Unreadable,
            ..at(BERLIN, NOW)
        };
        for rule in [
            json!({ "countries": ["DE"] }),
            json!({ "asns": [64500] }),
            json!({ "check_history_distance": true }),
            json!({ "check_impossible_travel": true }),
        ] {
            let nowhere = asked(&engine, rule.clone(), &person, &at(NOWHERE, NOW)).await;
            assert!(nowhere.is_err(), "{rule}");
            let hidden = asked(&engine, rule.clone(), &person, &unreadable).await;
            assert!(hidden.is_err(), "{rule}");
        }
    }
}

#[tokio::test]
async fn far_from_the_last_sign_ins_is_no() {
    for (engine, _store) in every_engine_with_places().await {
        let person = mia(&engine).await;
        let rule = |logins: i64, km: i64| {
            json!({
                "check_history_distance": true, "history_login_count": logins, "history_max_distance_km": km,
                "distance_tolerance_km": 20,
            })
        };
        let passes = async |rule: Value, ip: &str| {
            let said = asked(&engine, rule, &person, &at(ip, NOW)).await.unwrap();
            assert!(said.did_io);
            said.passing
        };
        assert!(
            passes(rule(5, 1), NEW_YORK).await,
            "the first sign-in is nowhere near another"
        );
        signed_in(&engine, &person, NEW_YORK, NOW - 3 * HOUR_MS).await;
        signed_in(&engine, &person, BERLIN, NOW - 2 * HOUR_MS).await;
        signed_in(&engine, &person, NOWHERE, NOW - HOUR_MS).await;
        // Potsdam is some 27 km from Berlin.
        assert!(passes(rule(2, 10), POTSDAM).await);
        assert!(!passes(rule(2, 5), POTSDAM).await);
        assert!(!passes(rule(3, 10), POTSDAM).await, "New York counts, too");
        assert!(passes(rule(0, 0), NEW_YORK).await);
        add_user(&engine, 8, "tom").await;
        let tom = engine.person(8).await.unwrap().unwrap();
        let said = asked(&engine, rule(5, 1), &tom, &at(NEW_YORK, NOW)).await;
        assert!(said.unwrap().passing, "only one's own sign-ins count");
    }
}

/// 1000 km/h and what is forgiven; Berlin and New York are some 6390 km apart.
#[tokio::test]
async fn nobody_travels_faster_than_an_airplane() {
    for (engine, _store) in every_engine_with_places().await {
        let person = mia(&engine).await;
        signed_in(&engine, &person, NEW_YORK, NOW).await;
        for (hours, tolerance, passing) in [
            (7, 0, true),
            (6, 0, false),
            (6, 300, false),
            (6, 400, true),
            (0, 6300, false),
            (0, 6500, true),
        ] {
            let rule = json!({
                "check_impossible_travel": true, "history_login_count": 5,
                "impossible_tolerance_km": tolerance,
            });
            let ctx = at(BERLIN, NOW + hours * HOUR_MS);
            let said = asked(&engine, rule, &person, &ctx).await.unwrap();
            assert_eq!(said.passing, passing, "{hours} {tolerance}");
        }
    }
}

/// The last review: a history is a person's, whatever they are called now and whoever had the name
/// before; and nobody has none, which lets nobody pass.
#[tokio::test]
async fn a_history_follows_the_person_and_not_the_name() {
    for (engine, _store) in every_engine_with_places().await {
        let rule = json!({ "check_impossible_travel": true, "history_login_count": 1 });
        let before = mia(&engine).await;
        signed_in(&engine, &before, NEW_YORK, NOW).await;
        let mut tx = engine.store.begin().await.unwrap();
        let mut row = doorward_store::user::find(&mut tx, 7)
            .await
            .unwrap()
            .unwrap();
        row.username = "maria".to_owned();
        doorward_store::user::save(&mut tx, &row).await.unwrap();
        doorward_store::change::record(&mut tx, doorward_store::Topic::User, 7, NOW)
            .await
            .unwrap();
        engine.commit(tx).await.unwrap();
        add_user(&engine, 8, "mia").await;
        let other = engine.person(8).await.unwrap().unwrap();
        signed_in(&engine, &other, BERLIN, NOW + 1).await;
        let renamed = engine.person(7).await.unwrap().unwrap();
        let soon = at(BERLIN, NOW + HOUR_MS);
        let said = asked(&engine, rule.clone(), &renamed, &soon).await.unwrap();
        assert!(!said.passing, "she was in New York an hour ago");
        let said = asked(&engine, rule.clone(), &other, &soon).await.unwrap();
        assert!(said.passing, "he was in Berlin all the time");
        let snapshot = engine.snapshot();
        let whole =
            json!({ "name": "p", "asns": [], "countries": [], "check_impossible_travel": true });
        let question = Question::new(&snapshot, &soon, None);
        let said = engine.rule_on(&question, &policy("p", GEOIP, whole)).await;
        assert!(said.unwrap_err().contains("nobody is known"));
    }
}
