//! Policies about events, and events about policies.

use super::*;

const MATCHER: &str = "authentik_policies_event_matcher.eventmatcherpolicy";

/// api-and-model.md 1.8: every set field must match.
#[tokio::test]
async fn every_mark_that_is_set_has_to_fit() {
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    let event = json!({
        "action": "model_created", "app": "authentik.core", "client_ip": "192.0.2.1",
        "context": { "model": { "app": "authentik_core", "model_name": "user", "pk": "7" } },
    });
    let right = [
        ("action", "model_created"),
        ("app", "authentik.core"),
        ("client_ip", "192.0.2.1"),
        ("model", "authentik_core.user"),
    ];
    let wrong = [
        "login",
        "authentik.flows",
        "192.0.2.2",
        "authentik_core.group",
    ];
    let (snapshot, ctx) = (Snapshot::default(), Context::system(NOW));
    let passes = async |rule: Value, event: Option<&Value>| {
        let context = event.map(|event| ("event".to_owned(), Kind::Thing, event.clone()));
        let flow = FlowFacts {
            context: context.into_iter().collect(),
            ..FlowFacts::default()
        };
        let question = Question {
            flow: Some(&flow),
            ..Question::new(&snapshot, &ctx, None)
        };
        let ruling = engine.rule_on(&question, &policy("p", MATCHER, rule)).await;
        ruling.unwrap().passing
    };
    // Each mark is unset, right or wrong.
    for turn in 0..81_usize {
        let mut rule =
            json!({ "name": "p", "action": null, "app": null, "client_ip": null, "model": null });
        let mut fits = true;
        for (place, (key, word)) in right.iter().enumerate() {
            match turn / 3_usize.pow(u32::try_from(place).unwrap()) % 3 {
                1 => rule[key] = json!(word),
                2 => {
                    rule[key] = json!(wrong[place]);
                    fits = false;
                }
                _ => {}
            }
        }
        assert_eq!(passes(rule.clone(), Some(&event)).await, fits, "{rule}");
        assert!(!passes(rule, None).await, "nothing has happened");
    }
    let custom = json!({ "action": "custom_backup" });
    let rule = json!({ "name": "p", "action": "custom_" });
    assert!(passes(rule.clone(), Some(&custom)).await);
    assert!(!passes(rule, Some(&event)).await);
}

async fn executions(engine: &Engine) -> Vec<Value> {
    let mut tx = engine.store.read().await.unwrap();
    let query = doorward_store::list::Query {
        conditions: vec![],
        order: vec![("created_at", false)],
        offset: 0,
        limit: 50,
    };
    let columns = doorward_store::event::COLUMNS;
    let rows = doorward_store::list::page(&mut tx, "events", columns, &query);
    let rows: Vec<doorward_store::event::EventRow> = rows.await.unwrap().rows;
    let rows = rows.iter().filter(|row| row.action == "policy_execution");
    rows.map(|row| serde_json::from_str(&row.context).unwrap())
        .collect()
}

/// Waits, within bounds, until so many answers were written down.
async fn written(engine: &Engine, count: usize) -> Vec<Value> {
    let waited = async {
        loop {
            let found = executions(engine).await;
            if found.len() >= count {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, waited).await.unwrap()
}

/// authentik's `execution_logging`: an event for each answer, but inside a check once in a while.
#[tokio::test]
async fn a_policy_that_wants_it_has_its_answers_written_down() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let logged = |pk: &str, logging: bool| {
            let expression = "ak_message(\"why\")\nreturn False";
            let config =
                json!({ "name": pk, "expression": expression, "execution_logging": logging });
            policy(pk, EXPRESSION, config)
        };
        let policies = vec![logged("loud", true), logged("quiet", false)];
        let bindings = vec![bound("loud", |_| ()), bound("quiet", |_| ())];
        let snapshot = snapshot(policies, bindings);
        let ctx = Context::system(NOW).acting_as(&person);
        let question = Question::new(&snapshot, &ctx, Some(&person));
        for count in [1, 2] {
            engine
                .decide(&question, "door", EngineMode::All, true)
                .await;
            assert_eq!(written(&engine, count).await.len(), count);
        }
        let told = &written(&engine, 2).await[0];
        assert_eq!(told["message"], "Policy Execution");
        assert_eq!(told["policy_uuid"], "loud");
        assert_eq!(
            told["result"],
            json!({ "passing": false, "messages": ["why"] })
        );
        assert_eq!(told["request"]["user"]["username"], "mia");
        let none = std::collections::HashMap::new();
        let check = Question {
            at_login: Some(&none),
            ..question
        };
        for _ in 0..3 {
            engine.decide(&check, "door", EngineMode::All, true).await;
        }
        engine
            .decide(&question, "door", EngineMode::All, true)
            .await;
        assert_eq!(
            written(&engine, 4).await.len(),
            4,
            "three checks, one event"
        );
    }
}
