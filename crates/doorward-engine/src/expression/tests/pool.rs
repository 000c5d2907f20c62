//! The conversation with workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

use super::kit::{answer, input};
use crate::expression::{Answer, Call, Failure, Job, Launch, Pool};

fn job(source: &str) -> Job {
    Job {
        source: source.to_owned(),
        input: input(),
    }
}

fn answering(call: Call) -> Answer<'static> {
    Box::pin(async move { answer(&call).map_err(Failure::Raised) })
}

/// Never reached by a test that passes.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(30), what).await;
    done.expect("nobody waits for ever")
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
    let inner = |_: Call| -> Answer<'_> {
        Box::pin(async {
            pool.check("return True").await?;
            let told = pool.run_below(1, job("return True"), &answering).await;
            told.map(|outcome| json!({"passing": outcome.passing, "messages": []}))
        })
    };
    let outer = |_| pool.run(job("return ak_call_policy(\"other\").passing"), &inner);
    // More of them than there are places.
    for outcome in in_time(join_all((0..20).map(outer))).await {
        assert!(outcome.unwrap().passing);
    }
}

/// Questions that are answered when the test says so.
struct Open {
    asked: AtomicUsize,
    news: Notify,
    answers: Semaphore,
}

impl Open {
    fn answering<'a>(&'a self) -> impl Fn(Call) -> Answer<'a> + Sync + 'a {
        |_| {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.news.notify_one();
            Box::pin(async {
                self.answers.acquire().await.expect("never closed").forget();
                Ok(Value::Null)
            })
        }
    }

    async fn asked(&self, wanted: usize) {
        while self.asked.load(Ordering::Relaxed) < wanted {
            self.news.notified().await;
        }
    }
}

const ASKS: &str = "return ak_user_by(username=\"nobody\") is None";

#[tokio::test]
async fn questions_that_stay_open_keep_nobody_from_their_turn_and_are_bounded() {
    let pool = Arc::new(Pool::new(Launch::Thread));
    let open = Arc::new(Open {
        asked: AtomicUsize::new(0),
        news: Notify::new(),
        answers: Semaphore::new(0),
    });
    let begin = |_| {
        let (pool, open) = (Arc::clone(&pool), Arc::clone(&open));
        tokio::spawn(async move { pool.run(job(ASKS), &open.answering()).await })
    };
    let mut runs: Vec<_> = (0..15).map(begin).collect();
    in_time(open.asked(15)).await;
    let friendly = in_time(pool.run(job("return True"), &answering)).await;
    assert!(friendly.unwrap().passing);
    runs.extend((0..5).map(begin));
    in_time(open.asked(16)).await;
    // All places are taken; whatever others wait for has its own, and reading needs none.
    let inner = in_time(pool.run_below(1, job(ASKS), &answering)).await;
    assert!(inner.is_ok());
    assert!(in_time(pool.check("return 7")).await.is_ok());
    assert_eq!(open.asked.load(Ordering::Relaxed), 16);
    open.answers.add_permits(20);
    for run in runs {
        assert!(in_time(run).await.unwrap().unwrap().passing);
    }
}

#[tokio::test]
async fn an_answer_that_is_an_exception_is_told_and_any_other_failure_ends_the_run() {
    let pool = Pool::new(Launch::Thread);
    let catches =
        "try:\n    ak_user_by(username=\"mia\")\nexcept RuntimeError:\n    return \"caught\"";
    for (failure, wanted) in [
        (Failure::Raised("no".to_owned()), Ok(json!("caught"))),
        (Failure::Insistent(50), Err(Failure::Insistent(50))),
    ] {
        let says = |_: Call| -> Answer<'_> { Box::pin(async { Err(failure.clone()) }) };
        let outcome = in_time(pool.run(job(catches), &says)).await;
        assert_eq!(outcome.map(|outcome| outcome.result), wanted);
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
