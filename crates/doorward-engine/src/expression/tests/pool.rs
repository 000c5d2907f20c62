//! The conversation with workers.

use std::pin::Pin;

use serde_json::{Value, json};

use super::kit::{answer, input};
use crate::expression::{Call, Failure, Job, Launch, Pool};

fn job(source: &str) -> Job {
    Job {
        source: source.to_owned(),
        input: input(),
    }
}

fn answering(call: Call) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send>> {
    Box::pin(async move { answer(&call) })
}

#[tokio::test]
async fn one_worker_answers_one_after_the_other_and_asks_in_between() {
    let pool = Pool::new(Launch::Thread);
    for _ in 0..3 {
        let source = "return ak_user_by(username=\"mia\").email";
        let outcome = pool.run(job(source), &answering).await.unwrap();
        assert_eq!(outcome.result, json!("mia@example.org"));
        assert!(pool.check("return True").await.unwrap().is_lasting());
    }
}

#[tokio::test]
async fn an_expression_that_is_waited_for_by_others_does_not_wait_for_them() {
    let pool = Pool::new(Launch::Thread);
    let inner = |_: Call| -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + '_>> {
        Box::pin(async {
            let told = pool.run_at_once(job("return True"), &answering).await;
            told.map(|outcome| json!({"passing": outcome.passing, "messages": []}))
                .map_err(|failure| failure.to_string())
        })
    };
    let outer = || pool.run(job("return ak_call_policy(\"other\").passing"), &inner);
    let (one, two, three) = tokio::join!(outer(), outer(), outer());
    for outcome in [one, two, three] {
        assert!(outcome.unwrap().passing);
    }
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_a_failure() {
    let pool = Pool::new(Launch::Program("/bin/true".into(), vec![]));
    let failure = pool.check("return True").await.unwrap_err();
    assert!(
        matches!(failure, Failure::Stopped | Failure::Unavailable(_)),
        "{failure:?}"
    );
    let pool = Pool::new(Launch::Program("/nonexistent".into(), vec![]));
    let failure = pool.check("return True").await.unwrap_err();
    assert!(matches!(failure, Failure::Unavailable(_)), "{failure:?}");
}
