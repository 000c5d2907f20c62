//! How long a binding waits for its policy.

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
