//! Every sign-in counts for or against its name and its address.

use doorward_store::reputation::{Name, sum};

use super::*;

async fn score(engine: &Engine, identifier: &str) -> i64 {
    let mut tx = engine.store.read().await.expect("a transaction");
    let name = Name {
        identifier: identifier.to_owned(),
        spill: identifier.to_owned(),
    };
    sum(&mut tx, None, Some(&name), NOW).await.expect("a sum")
}

async fn tried(engine: &Engine, fields: serde_json::Value) -> Step {
    let (ctx, visit) = (stranger(NOW), Visit::default());
    let (handle, cookie) = begun(engine, &ctx, &visit).await;
    let kept = Kept {
        slug: "pausing",
        handle: &handle,
        cookie: &cookie,
    };
    let step = resume(engine, &ctx, &visit, kept, Some(&answer(fields))).await;
    step.expect("no fault").expect("a run")
}

/// api-and-model.md 1.8: -1 for each failure, 1 for each success.
#[tokio::test]
async fn a_wrong_password_counts_against_a_name_and_a_sign_in_for_it() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        for name in ["mia", "Mia", "mia"] {
            tried(&engine, json!({ "uid_field": name, "password": "wrong" })).await;
        }
        assert_eq!(score(&engine, "mia").await, -3);
        let held = proven(&engine).await;
        assert_eq!(score(&engine, "mia").await, -3, "half a sign-in is none");
        let cookie = held.cookie.expect("a cookie");
        let kept = Kept {
            slug: "pausing",
            handle: &held.id,
            cookie: &cookie,
        };
        let visit = Visit {
            may_act: true,
            ..Visit::default()
        };
        let no = answer(json!({ "remember_me": false }));
        let step = resume(&engine, &stranger(NOW), &visit, kept, Some(&no)).await;
        let step = step.expect("no fault").expect("a run");
        assert!(matches!(step.session, SessionChange::SignedIn(_)));
        assert_eq!(score(&engine, "mia").await, -2);
    }
}

#[tokio::test]
async fn a_page_that_is_only_looked_at_counts_for_nothing() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        begun(&engine, &stranger(NOW), &Visit::default()).await;
        let counts = doorward_store::testing::row_counts(&engine.store).await;
        assert_eq!(counts["reputation"], 0);
    }
}
