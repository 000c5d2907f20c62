//! A commit is whole: what was written is applied, whoever still waits for it.

use std::future::Future as _;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::session;
use crate::session::tests::signed_in;
use crate::testing::{NOW, add_user, every_engine};

/// The browser of an administrator hangs up while the revocation is being written.
#[tokio::test]
async fn a_commit_whose_caller_is_gone_is_applied_all_the_same() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (id, sid) = signed_in(&engine, 1).await;
        assert!(engine.session(&sid, NOW).await.unwrap().is_some());
        let mut tx = engine.store.begin().await.unwrap();
        session::end(&mut tx, &id, NOW).await.unwrap();
        let mut committing = Box::pin(engine.commit(tx));
        std::future::poll_fn(|context| {
            assert!(committing.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        drop(committing);
        let begun = Instant::now();
        while engine.session(&sid, NOW).await.unwrap().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(10), "still let in");
            tokio::task::yield_now().await;
        }
    }
}
