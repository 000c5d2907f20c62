//! What policies remember: scores and former passwords.

use std::collections::HashMap;
use std::net::IpAddr;

use doorward_store::testing::row_counts;

use super::*;
use crate::reputation::{FAILED, WORKED, note};

const REPUTATION: &str = "authentik_policies_reputation.reputationpolicy";
const UNIQUE: &str = "authentik_policies_unique_password.uniquepasswordpolicy";

fn from(ip: &str) -> Context {
    Context {
        client_ip: ip.parse().unwrap(),
        client_source: ClientSource::Proxy,
        ..Context::system(NOW)
    }
}

async fn noted(engine: &Engine, name: &str, ip: &str, by: i64) {
    let mut tx = engine.store.begin().await.unwrap();
    note(engine, &mut tx, &from(ip), name, by).await.unwrap();
    engine.commit(tx).await.unwrap();
}

/// A flow in which somebody typed a name and has not proven anything.
fn typed(name: &str) -> FlowFacts {
    FlowFacts {
        context: vec![("pending_user_identifier".into(), Kind::Json, json!(name))],
        ..FlowFacts::default()
    }
}

async fn passes(engine: &Engine, rule: &Value, name: &str, ctx: &Context) -> Result<bool, String> {
    let (snapshot, flow) = (Snapshot::default(), typed(name));
    let question = Question {
        flow: Some(&flow),
        ..Question::new(&snapshot, ctx, None)
    };
    let ruling = engine
        .rule_on(&question, &policy("p", REPUTATION, rule.clone()))
        .await?;
    assert!(ruling.did_io);
    Ok(ruling.passing)
}

/// api-and-model.md 1.8: -1 for each failure, 1 for each success, between the limits, by name and
/// address; passes when the scores that match come to at most the threshold.
#[tokio::test]
async fn a_reputation_is_what_a_plain_reference_says() {
    const NAMES: [&str; 3] = ["mia", "tom", "nobody-has-this"];
    const ADDRESSES: [&str; 3] = ["192.0.2.1", "198.51.100.7", "2001:db8::1"];
    for (engine, _store) in every_engine().await {
        add_user(&engine, 7, "mia").await;
        add_user(&engine, 8, "tom").await;
        let mut scores: HashMap<(&str, &str), i64> = HashMap::new();
        let mut seed = 7_u64;
        for _ in 0..60 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let turn = usize::try_from(seed >> 33).unwrap();
            let (name, ip) = (NAMES[turn % 3], ADDRESSES[turn / 3 % 3]);
            let by = if turn / 9 % 4 == 0 { WORKED } else { FAILED };
            noted(&engine, name, ip, by).await;
            let score = scores.entry((name, ip)).or_default();
            *score = (*score + by).clamp(-5, 5);
        }
        for (name, ip) in NAMES
            .iter()
            .flat_map(|name| ADDRESSES.map(|ip| (*name, ip)))
        {
            for (check_ip, check_username) in
                [(true, true), (true, false), (false, true), (false, false)]
            {
                let matches =
                    |at: &(&str, &str)| check_ip && at.1 == ip || check_username && at.0 == name;
                let sum: i64 = scores
                    .iter()
                    .filter(|(at, _)| matches(at))
                    .map(|(_, score)| score)
                    .sum();
                for threshold in [sum - 1, sum, sum + 1] {
                    let rule = json!({
                        "name": "p", "check_ip": check_ip, "check_username": check_username, "threshold": threshold,
                    });
                    let passing = passes(&engine, &rule, name, &from(ip)).await;
                    assert_eq!(passing, Ok(sum <= threshold), "{name} {ip} {rule}");
                }
            }
        }
    }
}

/// A whole /64 is one household, and what nobody can read is no good address (CVE-2024-47070).
#[tokio::test]
async fn addresses_count_by_network_and_an_unreadable_one_is_an_error() {
    for (engine, _store) in every_engine().await {
        noted(&engine, "mia", "2001:db8::1", FAILED).await;
        let rule =
            json!({ "name": "p", "check_ip": true, "check_username": false, "threshold": -1 });
        let passing = passes(&engine, &rule, "", &from("2001:db8::ffff:2")).await;
        assert_eq!(passing, Ok(true));
        let other = passes(&engine, &rule, "", &from("2001:db8:0:1::1")).await;
        assert_eq!(other, Ok(false));
        let unreadable = Context {
            client_source: ClientSource::Unreadable,
            ..from("2001:db8::1")
        };
        assert!(passes(&engine, &rule, "", &unreadable).await.is_err());
    }
}

/// CVE-2023-39522: people type passwords into the field for the name, and what nobody has is told
/// apart from nothing.
#[tokio::test]
async fn a_name_that_nobody_has_counts_and_is_not_kept() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 7, "mia").await;
        for name in ["Mia", "mia@example.org", "hunter2"] {
            noted(&engine, name, "192.0.2.1", FAILED).await;
        }
        let rule =
            json!({ "name": "p", "check_ip": false, "check_username": true, "threshold": -2 });
        let ctx = from("198.51.100.1");
        for (name, passing) in [("MIA", true), ("hunter2", false), ("other", false)] {
            assert_eq!(
                passes(&engine, &rule, name, &ctx).await,
                Ok(passing),
                "{name}"
            );
        }
        let rule =
            json!({ "name": "p", "check_ip": false, "check_username": true, "threshold": -1 });
        assert_eq!(passes(&engine, &rule, "hunter2", &ctx).await, Ok(true));
        let mut tx = engine.store.read().await.unwrap();
        let query = doorward_store::list::Query {
            conditions: vec![],
            order: vec![("id", false)],
            offset: 0,
            limit: 10,
        };
        let columns = doorward_store::reputation::COLUMNS;
        let rows = doorward_store::list::page(&mut tx, "reputation", columns, &query);
        let rows: Vec<doorward_store::reputation::ReputationRow> = rows.await.unwrap().rows;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| !row.identifier.contains("hunter")));
    }
}

#[tokio::test]
async fn asking_for_a_reputation_writes_nothing() {
    for (engine, _store) in every_engine().await {
        noted(&engine, "mia", "192.0.2.1", FAILED).await;
        let before = row_counts(&engine.store).await;
        let rule =
            json!({ "name": "p", "check_ip": true, "check_username": true, "threshold": -5 });
        for ip in ["192.0.2.1", "192.0.2.2"] {
            let _: bool = passes(&engine, &rule, "tom", &from(ip)).await.unwrap();
        }
        assert_eq!(row_counts(&engine.store).await, before);
    }
}

#[test]
fn an_address_of_the_old_kind_is_the_same_in_either_form() {
    let of = |text: &str| crate::throttle::network(text.parse::<IpAddr>().unwrap());
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
}

async fn set(engine: &Engine, password: &str) {
    let encoded = engine
        .hashes
        .hash(password.to_owned())
        .await
        .unwrap()
        .unwrap();
    let mut tx = engine.store.begin().await.unwrap();
    engine
        .set_password(&mut tx, 7, &encoded, NOW)
        .await
        .unwrap();
    engine.commit(tx).await.unwrap();
}

/// Makes the policy one of the installation, so that passwords are remembered for it.
async fn with_history(engine: &Engine, passwords: i64) -> String {
    let kind = crate::resource::registered(UNIQUE);
    let body = json!({ "name": "history", "num_historical_passwords": passwords });
    let ctx = Context::system(NOW);
    let made = crate::resource::create(engine, &ctx, kind, &body)
        .await
        .unwrap();
    made["pk"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_password_is_refused_while_it_is_one_of_the_last_ones() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let pk = with_history(&engine, 3).await;
        for password in ["first", "second", "third", "fourth"] {
            set(&engine, password).await;
        }
        let snapshot = engine.snapshot();
        let ctx = Context::system(NOW);
        let said = async |password: &str, person: Option<&Person>| {
            let flow = FlowFacts {
                context: vec![(
                    "prompt_data".into(),
                    Kind::Json,
                    json!({ "password": password }),
                )],
                ..FlowFacts::default()
            };
            let question = Question {
                flow: Some(&flow),
                ..Question::new(&snapshot, &ctx, person)
            };
            let ruling = engine.rule_on(&question, &snapshot.policies[&pk]).await;
            ruling.unwrap().passing
        };
        for (password, passing) in [
            ("fourth", false),
            ("third", false),
            ("second", false),
            ("first", true),
            ("new", true),
        ] {
            assert_eq!(said(password, Some(&person)).await, passing, "{password}");
        }
        let asked = engine.hashes.asked();
        assert!(said("new", Some(&person)).await);
        assert_eq!(
            engine.hashes.asked() - asked,
            3,
            "three comparisons, no more"
        );
        assert!(said("fourth", None).await, "a new account has had none");
    }
}

#[tokio::test]
async fn former_passwords_are_kept_for_a_policy_and_not_otherwise() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 7, "mia").await;
        let kept = async || row_counts(&engine.store).await["old_passwords"];
        set(&engine, "first").await;
        set(&engine, "second").await;
        assert_eq!(kept().await, 0);
        let pk = with_history(&engine, 2).await;
        set(&engine, "third").await;
        set(&engine, "fourth").await;
        assert_eq!(kept().await, 1);
        let kind = crate::resource::registered(UNIQUE);
        let ctx = Context::system(NOW);
        crate::resource::delete(&engine, &ctx, kind, &pk)
            .await
            .unwrap();
        set(&engine, "fifth").await;
        assert_eq!(kept().await, 0);
    }
}

/// The last review: each try costs up to 24 hashes, and whoever is signed in may try without end.
#[tokio::test]
async fn a_person_tries_so_many_new_passwords_in_a_row() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let pk = with_history(&engine, 2).await;
        set(&engine, "first").await;
        let snapshot = engine.snapshot();
        let flow = FlowFacts {
            context: vec![(
                "prompt_data".into(),
                Kind::Json,
                json!({ "password": "quite new" }),
            )],
            ..FlowFacts::default()
        };
        let asked = async |now: i64| {
            let ctx = Context::system(now);
            let question = Question {
                flow: Some(&flow),
                ..Question::new(&snapshot, &ctx, Some(&person))
            };
            let ruling = engine.rule_on(&question, &snapshot.policies[&pk]).await;
            ruling.unwrap()
        };
        let many = (0..30).map(|_| asked(NOW));
        let all = futures_util::future::join_all(many).await;
        assert_eq!(all.iter().filter(|one| one.passing).count(), 10);
        let hashes = engine.hashes.asked();
        let refused = asked(NOW).await;
        assert!(refused.messages[0].contains("Wait a minute"), "{refused:?}");
        assert_eq!(engine.hashes.asked(), hashes, "no hash was compared");
        assert!(asked(NOW + 60_000).await.passing);
    }
}
