//! How long a binding waits for its policy.

use std::time::Duration;

use tokio::net::TcpListener;

use super::*;
use crate::breach::Breaches;
use crate::testing::{engine_with, settings};

/// An engine whose list of breached passwords takes every connection and never says anything.
async fn every_engine_that_waits(
    silent: &TcpListener,
) -> Vec<(Engine, doorward_store::testing::TestStore)> {
    let address = format!("http://{}/", silent.local_addr().unwrap());
    let mut engines = Vec::new();
    for test in doorward_store::testing::every_engine().await {
        let breaches = Breaches {
            address: Some(address.parse().unwrap()),
            list: None,
        };
        let settings = crate::Settings {
            breaches,
            ..settings()
        };
        engines.push((engine_with(&test.store, settings).await, test));
    }
    engines
}

/// api-and-model.md 1.8: "per-binding timeout"; a policy that does not answer has failed, and
/// negate says nothing of a failure.
#[tokio::test]
async fn a_policy_that_does_not_answer_in_its_bindings_time_is_the_failure_result() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let kind = "authentik_policies_password.passwordpolicy";
    let config = json!({
        "name": "asks", "password_field": "password", "check_have_i_been_pwned": true,
    });
    for (engine, _store) in every_engine_that_waits(&silent).await {
        let flow = FlowFacts {
            context: vec![(
                "prompt_data".into(),
                Kind::Json,
                json!({ "password": "long enough" }),
            )],
            ..FlowFacts::default()
        };
        let ctx = Context::system(NOW);
        for failure_result in [false, true] {
            let impatient = bound("asks", |one| {
                one.timeout = 1;
                one.negate = true;
                one.failure_result = failure_result;
            });
            let policies = vec![policy("asks", kind, config.clone())];
            let snapshot = snapshot(policies, vec![impatient]);
            let question = Question {
                flow: Some(&flow),
                ..Question::new(&snapshot, &ctx, None)
            };
            let verdict = engine.decide(&question, "door", EngineMode::All, true);
            let verdict = verdict.await;
            assert_eq!(verdict.passing, failure_result);
            assert_eq!(verdict.lasting, Lasting::Never);
            assert_eq!(verdict.messages, ["A rule could not be evaluated."]);
            let failure = verdict.steps[0].failure.as_deref();
            assert_eq!(failure, Some("no answer within 1 seconds"));
        }
    }
}

/// Every connection to the store that there is.
async fn all_connections(engine: &Engine) -> Vec<doorward_store::Tx> {
    let pause = Duration::from_millis(100);
    let mut all = Vec::new();
    while let Ok(one) = tokio::time::timeout(pause, engine.store.read()).await {
        all.push(one.unwrap());
    }
    all
}

/// What an expression asks for is in its time, too.
#[tokio::test]
async fn an_expression_whose_question_is_not_answered_ends_with_its_time_and_gives_its_turn_back() {
    for test in doorward_store::testing::every_engine().await {
        let settings = crate::Settings {
            expression_patience: Duration::from_millis(200),
            ..settings()
        };
        let engine = engine_with(&test.store, settings).await;
        let (snapshot, ctx) = (engine.snapshot(), Context::system(NOW));
        let question = Question::new(&snapshot, &ctx, None);
        let run = async |text: &str| {
            let run = engine.run_text(&question, text).await;
            run.map(|run| run.outcome.passing)
        };
        let asking = "return ak_user_by(username=\"nobody\") is None";
        let all = async {
            let held = all_connections(&engine).await;
            // More of them than run at once: none of them keeps its turn.
            for _ in 0..3 {
                let failure = run(asking).await.unwrap_err();
                assert_eq!(failure, "no answer in the time that an expression has");
            }
            drop(held);
            // On a busy machine it may take more than its time, too.
            while run(asking).await != Ok(true) {}
        };
        let done = tokio::time::timeout(Duration::from_mins(1), all).await;
        done.expect("each of them ends");
    }
}

/// Nobody can go on asking: the refusal is no exception that a text could catch. What policies ask
/// one another comes from the same purse.
#[tokio::test]
async fn an_expression_that_asks_for_ever_is_ended_by_the_bound_on_what_it_asks() {
    for (engine, _store) in every_engine().await {
        let forever = "while True:\n    ak_user_by(username=\"nobody\")";
        let fifty =
            "for n in range(50):\n    ak_user_by(username=\"nobody\")\nreturn True".to_owned();
        let nested = "for n in range(7):\n    ak_call_policy(\"seven\")\nreturn True";
        let seven = fifty.replace("50", "7");
        let snapshot = snapshot(vec![text("seven", &seven)], Vec::new());
        let ctx = Context::system(NOW);
        let question = Question::new(&snapshot, &ctx, None);
        let run = async |text: &str| {
            let run = engine.run_text(&question, text).await;
            run.map(|run| run.outcome.passing)
        };
        assert_eq!(run(&fifty).await, Ok(true));
        for text in [forever, nested] {
            let failure = run(text).await.unwrap_err();
            assert!(failure.contains("at most 50 times"), "{failure}");
        }
    }
}
