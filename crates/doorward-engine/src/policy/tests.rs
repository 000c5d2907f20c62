//! The evaluation of bindings, and each kind of policy.

mod events;
mod letters;
mod looked_at;
mod members;
mod passwords;
mod places;
mod reference;
mod remembered;
mod timeout;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{FlowFacts, Lasting, Policy, Question, Rule, Ruling, Verdict};
use crate::context::{ClientSource, Context};
use crate::engine::Engine;
use crate::expression::Kind;
use crate::model::{EngineMode, PolicyBinding};
use crate::person::Person;
use crate::snapshot::{Object, Snapshot};
use crate::testing::{NOW, add_user, every_engine};

const EXPRESSION: &str = "authentik_policies_expression.expressionpolicy";

fn policy(pk: &str, kind: &str, config: Value) -> Policy {
    let config: Map<String, Value> = serde_json::from_value(config).unwrap();
    Policy::read(&Object {
        kind: kind.to_owned(),
        id: pk.to_owned(),
        config,
        version: 1,
        created_at: 0,
        updated_at: 0,
    })
}

fn text(pk: &str, expression: &str) -> Policy {
    policy(
        pk,
        EXPRESSION,
        json!({ "name": pk, "expression": expression }),
    )
}

fn bound(policy: &str, change: impl FnOnce(&mut PolicyBinding)) -> Arc<PolicyBinding> {
    let mut binding = PolicyBinding {
        pk: format!("binding of {policy}"),
        policy: Some(policy.to_owned()),
        enabled: true,
        timeout: 30,
        ..PolicyBinding::default()
    };
    change(&mut binding);
    Arc::new(binding)
}

fn snapshot(policies: Vec<Policy>, bindings: Vec<Arc<PolicyBinding>>) -> Snapshot {
    let by_pk = policies.into_iter();
    Snapshot {
        policies: by_pk.map(|one| (one.pk.clone(), Arc::new(one))).collect(),
        policy_bindings: [("door".to_owned(), bindings)].into(),
        ..Snapshot::default()
    }
}

async fn mia(engine: &Engine) -> Arc<Person> {
    add_user(engine, 7, "mia").await;
    engine.person(7).await.unwrap().unwrap()
}

async fn decided(
    engine: &Engine,
    snapshot: &Snapshot,
    person: &Person,
    mode: EngineMode,
) -> Verdict {
    let ctx = Context::system(NOW);
    let question = Question::new(snapshot, &ctx, Some(person));
    engine.decide(&question, "door", mode, true).await
}

#[tokio::test]
async fn policies_are_asked_in_order_and_their_messages_follow_each_other() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let policies = vec![
            text(
                "first",
                "ak_message(\"one\")\nreturn request.user.username == \"mia\"",
            ),
            text("second", "ak_message(\"two\")\nreturn False"),
        ];
        let bindings = vec![bound("first", |_| ()), bound("second", |_| ())];
        let snapshot = snapshot(policies, bindings);
        let any = decided(&engine, &snapshot, &person, EngineMode::Any).await;
        assert!(any.passing);
        assert_eq!(any.messages, ["one", "two"]);
        assert_eq!(any.lasting, Lasting::Briefly);
        let all = decided(&engine, &snapshot, &person, EngineMode::All).await;
        assert!(!all.passing);
        assert_eq!(
            all.steps
                .iter()
                .map(|step| step.passing)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }
}

#[tokio::test]
async fn negate_turns_the_result_round_and_not_a_failure() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let policies = vec![
            text("no", "ak_message(\"why\")"),
            text("broken", "return 1 / 0"),
        ];
        let negated = |one: &mut PolicyBinding| one.negate = true;
        let bindings = vec![bound("no", negated)];
        let verdict = decided(
            &engine,
            &snapshot(policies.clone(), bindings),
            &person,
            EngineMode::All,
        )
        .await;
        assert!(verdict.passing);
        assert_eq!(verdict.messages, ["why"]);
        for failure_result in [false, true] {
            let both = |one: &mut PolicyBinding| {
                one.negate = true;
                one.failure_result = failure_result;
            };
            let snapshot = snapshot(policies.clone(), vec![bound("broken", both)]);
            let verdict = decided(&engine, &snapshot, &person, EngineMode::All).await;
            assert_eq!(verdict.passing, failure_result);
            assert_eq!(verdict.lasting, Lasting::Never);
            let failure = verdict.steps[0].failure.as_ref().unwrap();
            assert!(failure.contains("ZeroDivisionError"), "{failure}");
        }
    }
}

#[tokio::test]
async fn cve_2024_47070_a_failure_is_no_and_leaves_one_event() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let snapshot = snapshot(
            vec![text("broken", "return nothing.at_all")],
            vec![bound("broken", |_| ())],
        );
        for _ in 0..3 {
            let verdict = decided(&engine, &snapshot, &person, EngineMode::Any).await;
            assert!(!verdict.passing);
        }
        // The event is written beside the answer.
        let count = async || doorward_store::testing::row_counts(&engine.store).await["events"];
        let waited = async {
            while count().await == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), waited)
            .await
            .unwrap();
        assert_eq!(count().await, 1);
    }
}

#[tokio::test]
async fn inside_a_check_a_policy_with_io_says_what_it_said_at_the_login() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let snapshot = snapshot(
            vec![text(
                "asks",
                "return ak_user_by(username=\"mia\") is not None",
            )],
            vec![bound("asks", |_| ())],
        );
        let login = decided(&engine, &snapshot, &person, EngineMode::All).await;
        assert!(login.passing && login.with_io["binding of asks"]);
        let ctx = Context::system(NOW);
        for (known, passing, needs_login) in [
            (Some(true), true, false),
            (Some(false), false, false),
            (None, false, true),
        ] {
            let results = known
                .map(|known| ("binding of asks".to_owned(), known))
                .into_iter()
                .collect();
            let question = Question {
                at_login: Some(&results),
                ..Question::new(&snapshot, &ctx, Some(&person))
            };
            let verdict = engine
                .decide(&question, "door", EngineMode::All, true)
                .await;
            assert_eq!(
                (verdict.passing, verdict.needs_login),
                (passing, needs_login)
            );
        }
    }
}

#[tokio::test]
async fn policies_that_ask_each_other_come_to_an_end() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let policies = vec![
            text("good", "return ak_call_policy(\"plain\").passing"),
            text("plain", "return True"),
            text("circle", "return ak_call_policy(\"circle\").passing"),
        ];
        let snapshot = snapshot(policies, vec![]);
        let ctx = Context::system(NOW);
        let question = Question::new(&snapshot, &ctx, Some(&person));
        let ruling = engine.rule_on(&question, &snapshot.policies["good"]).await;
        assert!(ruling.unwrap().passing);
        let failure = engine
            .rule_on(&question, &snapshot.policies["circle"])
            .await
            .unwrap_err();
        assert!(failure.contains("too deeply"), "{failure}");
    }
}

/// api-and-model.md 6.2: `ak_call_policy(name, **ctx)`.
#[tokio::test]
async fn a_policy_that_is_called_sees_what_it_is_called_with() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let policies = vec![
            text(
                "asks",
                "return ak_call_policy(\"plain\", wanted=3, kept=1).passing and \"wanted\" not in context",
            ),
            text(
                "plain",
                "return context[\"wanted\"] == 3 and context[\"kept\"] == 1 and context[\"other\"] == 2",
            ),
        ];
        let snapshot = snapshot(policies, vec![]);
        let ctx = Context::system(NOW);
        let flow = FlowFacts {
            context: vec![
                ("kept".into(), Kind::Json, json!(7)),
                ("other".into(), Kind::Json, json!(2)),
            ],
            ..FlowFacts::default()
        };
        let question = Question {
            flow: Some(&flow),
            ..Question::new(&snapshot, &ctx, Some(&person))
        };
        let ruling = engine.rule_on(&question, &snapshot.policies["asks"]).await;
        assert!(ruling.unwrap().passing);
    }
}

/// The request as it came; the brand is that of its host.
#[tokio::test]
async fn an_expression_sees_what_was_asked_for_and_by_which_brand() {
    for (engine, _store) in every_engine().await {
        let kind = crate::resource::registered("authentik_brands.brand");
        let system = Context::system(NOW);
        for (domain, default) in [("home.example.org", true), ("work.example.org", false)] {
            let body = json!({ "domain": domain, "default": default });
            crate::resource::create(&engine, &system, kind, &body)
                .await
                .unwrap();
        }
        let snapshot = engine.snapshot();
        let source = "return [http_request.method, http_request.path, http_request.get_host(), http_request.brand.domain]";
        let told = async |host: &str| {
            let line = crate::context::Line {
                method: "POST".into(),
                path: "/if/flow/x/".into(),
                host: host.into(),
                ..crate::context::Line::default()
            };
            let ctx = Context {
                line: Some(Arc::new(line)),
                ..Context::system(NOW)
            };
            let question = Question::new(&snapshot, &ctx, None);
            let run = engine.run_text(&question, source).await;
            run.unwrap_or_else(|failure| panic!("{failure}"))
                .outcome
                .result
        };
        for (host, domain) in [
            ("work.example.org", "work.example.org"),
            ("elsewhere.example.net", "home.example.org"),
        ] {
            let expected = json!(["POST", "/if/flow/x/", host, domain]);
            assert_eq!(told(host).await, expected);
        }
    }
}

#[tokio::test]
async fn an_expression_of_a_flow_sees_its_context_and_leaves_what_it_changed() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let source = "context[\"prompt_data\"][\"name\"] = context[\"pending_user\"].username\nreturn context[\"flow_plan\"].flow_slug == \"enroll\"";
        let snapshot = snapshot(vec![text("fills", source)], vec![bound("fills", |_| ())]);
        let flow = FlowFacts {
            slug: "enroll".to_owned(),
            context: vec![
                ("prompt_data".into(), Kind::Json, json!({ "name": "" })),
                ("pending_user".into(), Kind::User, json!({ "pk": 7 })),
                ("untouched".into(), Kind::Json, json!(1)),
            ],
            ..FlowFacts::default()
        };
        let ctx = Context::system(NOW);
        let question = Question {
            flow: Some(&flow),
            ..Question::new(&snapshot, &ctx, Some(&person))
        };
        let verdict = engine
            .decide(&question, "door", EngineMode::All, true)
            .await;
        assert!(verdict.passing);
        assert_eq!(
            Value::Object(verdict.context),
            json!({ "prompt_data": { "name": "mia" } })
        );
    }
}

#[tokio::test]
async fn passwords_are_checked_in_authentiks_order() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let rule = policy(
            "p",
            "authentik_policies_password.passwordpolicy",
            json!({
                "name": "p", "password_field": "password", "check_static_rules": true, "length_min": 8,
                "amount_digits": 1, "amount_uppercase": 1, "symbol_charset": "!", "error_message": "Too plain.",
                "check_zxcvbn": true, "zxcvbn_score_threshold": 2,
            }),
        );
        let snapshot = snapshot(vec![rule], vec![]);
        let ctx = Context::system(NOW);
        let said = async |data: Value| {
            let flow = FlowFacts {
                context: vec![("prompt_data".into(), Kind::Json, data)],
                ..FlowFacts::default()
            };
            let question = Question {
                flow: Some(&flow),
                ..Question::new(&snapshot, &ctx, Some(&person))
            };
            engine
                .rule_on(&question, &snapshot.policies["p"])
                .await
                .unwrap()
        };
        assert_eq!(
            said(json!({})).await.messages,
            ["Password not set in context"]
        );
        assert_eq!(
            said(json!({ "password": "short" })).await.messages,
            ["Too plain."]
        );
        let weak = said(json!({ "password": "Password1" })).await;
        assert!(!weak.passing && weak.messages[0] == "Password is too weak.");
        assert!(
            said(json!({ "password": "Kettle-sill-7-blue-window" }))
                .await
                .passing
        );
    }
}

#[tokio::test]
async fn an_old_password_is_no() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let kind = "authentik_policies_expiry.passwordexpirypolicy";
        let snapshot = snapshot(
            vec![policy("p", kind, json!({ "name": "p", "days": 30 }))],
            vec![],
        );
        for (days, passing) in [(29, true), (30, false)] {
            let ctx = Context::system(NOW + days * 86_400_000);
            let question = Question::new(&snapshot, &ctx, Some(&person));
            let ruling = engine
                .rule_on(&question, &snapshot.policies["p"])
                .await
                .unwrap();
            assert_eq!(ruling.passing, passing, "{days}");
        }
    }
}

#[tokio::test]
async fn networks_and_domains_count_as_written() {
    for (engine, _store) in every_engine().await {
        let person = mia(&engine).await;
        let config = json!({ "name": "n", "networks": "192.168.1.0/24, 2001:db8::/32\n10.0.0.7" });
        let snapshot = snapshot(
            vec![policy("n", "doorward_policies.networks", config)],
            vec![],
        );
        let passes = async |from: &str, source: ClientSource| {
            let ctx = Context {
                client_ip: from.parse().unwrap(),
                client_source: source,
                ..Context::system(NOW)
            };
            let question = Question::new(&snapshot, &ctx, None);
            let ruling = engine.rule_on(&question, &snapshot.policies["n"]).await;
            ruling.map(|ruling| ruling.passing)
        };
        for from in [
            "192.168.1.9",
            "::ffff:192.168.1.9",
            "2001:db8::1",
            "10.0.0.7",
        ] {
            assert_eq!(passes(from, ClientSource::Proxy).await, Ok(true), "{from}");
            // An error, so that a negated binding does not let in what nobody can read.
            assert!(
                passes(from, ClientSource::Unreadable).await.is_err(),
                "{from}"
            );
        }
        for from in ["192.168.2.9", "10.0.0.8", "::1"] {
            assert_eq!(passes(from, ClientSource::Proxy).await, Ok(false), "{from}");
        }
        let at_domain = async |domains: &str, subdomains: bool| {
            let config = json!({ "name": "d", "domains": domains, "subdomains": subdomains });
            let rule = policy("d", "doorward_policies.emaildomains", config);
            let ctx = Context::system(NOW);
            let question = Question::new(&snapshot, &ctx, Some(&person));
            engine.rule_on(&question, &rule).await.unwrap().passing
        };
        assert_eq!(&*person.email, "mia@example.org");
        assert!(at_domain("example.net Example.ORG", false).await);
        assert!(at_domain("org", true).await && !at_domain("org", false).await);
        assert!(!at_domain("ample.org", true).await && !at_domain("", true).await);
    }
}

#[test]
fn a_policy_that_cannot_be_read_is_unreadable_and_not_a_yes() {
    for (kind, config) in [
        (
            "authentik_policies_future.futurepolicy",
            json!({ "name": "x" }),
        ),
        (
            "doorward_policies.networks",
            json!({ "name": "x", "networks": "nowhere" }),
        ),
        (
            "authentik_policies_expiry.passwordexpirypolicy",
            json!({ "name": "x", "days": "many" }),
        ),
    ] {
        assert!(
            matches!(policy("p", kind, config).rule, Rule::Unreadable(_)),
            "{kind}"
        );
    }
}
