//! `user.check_password` (api-and-model.md 6.3), over every engine.

use doorward_store::testing::row_counts;

use super::*;

const CHECKS: &str = "return request.user.check_password(context[\"given\"])";

async fn answer(
    engine: &Engine,
    person: &Person,
    source: &str,
    given: &str,
) -> Result<bool, String> {
    let (snapshot, ctx) = (Snapshot::default(), Context::system(NOW));
    let flow = FlowFacts {
        context: vec![("given".into(), Kind::Json, json!(given))],
        ..FlowFacts::default()
    };
    let question = Question {
        flow: Some(&flow),
        ..Question::new(&snapshot, &ctx, Some(person))
    };
    let ruling = engine.rule_on(&question, &text("p", source)).await?;
    Ok(ruling.passing)
}

async fn mia_with_password(engine: &Engine) -> Arc<Person> {
    let person = mia(engine).await;
    let hash = engine
        .hashes
        .hash("right".to_owned())
        .await
        .unwrap()
        .unwrap();
    let mut tx = engine.store.begin().await.unwrap();
    engine.set_password(&mut tx, 7, &hash, NOW).await.unwrap();
    engine.commit(tx).await.unwrap();
    person
}

#[tokio::test]
async fn an_expression_checks_one_password_and_hashes_once() {
    for (engine, _store) in every_engine().await {
        let person = mia_with_password(&engine).await;
        let hashes = engine.hashes.asked();
        assert_eq!(answer(&engine, &person, CHECKS, "right").await, Ok(true));
        assert_eq!(answer(&engine, &person, CHECKS, "wrong").await, Ok(false));
        assert_eq!(engine.hashes.asked() - hashes, 2);
        let guess = "return any(request.user.check_password(p) for p in [\"a\", \"right\"])";
        let failure = answer(&engine, &person, guess, "").await.unwrap_err();
        assert!(failure.contains("checks one password"), "{failure}");
        assert_eq!(engine.hashes.asked() - hashes, 3);
    }
}

/// CVE-2024-4629: tries are counted before the hash, whichever way they come.
#[tokio::test]
async fn an_expression_is_no_way_past_the_throttle() {
    for (engine, _store) in every_engine().await {
        let person = mia_with_password(&engine).await;
        let free = engine.settings.throttle.account_free;
        let tries = (0..free * 3).map(|_| answer(&engine, &person, CHECKS, "wrong"));
        let tries = futures_util::future::join_all(tries).await;
        let looked_at = tries.iter().filter(|one| one.is_ok()).count();
        assert_eq!(u32::try_from(looked_at), Ok(free));
        let failure = answer(&engine, &person, CHECKS, "right").await.unwrap_err();
        assert!(failure.contains("too many passwords"), "{failure}");
    }
}

/// What was counted before the hash is given back although nobody waits for the answer any more.
#[tokio::test]
async fn a_right_password_stays_not_counted_when_the_time_is_over_before_its_hash() {
    for (engine, _store) in every_engine().await {
        let person = mia_with_password(&engine).await;
        let free = engine.settings.throttle.account_free;
        let begun = async |hashes: u64| {
            while engine.hashes.asked() < hashes {
                tokio::task::yield_now().await;
            }
        };
        let all = async {
            for _ in 0..free {
                let hashes = engine.hashes.asked();
                tokio::select! {
                    biased;
                    () = begun(hashes + 1) => {}
                    given_up = answer(&engine, &person, CHECKS, "right") => drop(given_up),
                }
                // The next one waits behind it for the one thread that hashes.
                let other = engine.hashes.hash("other".to_owned()).await;
                other.unwrap().unwrap();
            }
            while answer(&engine, &person, CHECKS, "right").await != Ok(true) {
                tokio::task::yield_now().await;
            }
        };
        let done = tokio::time::timeout(std::time::Duration::from_mins(2), all).await;
        done.expect("none of them stays counted");
    }
}

/// Whoever tries an expression out could guess without being counted.
#[tokio::test]
async fn a_trial_looks_at_no_password_and_counts_nothing() {
    for (engine, store) in every_engine().await {
        let person = mia_with_password(&engine).await;
        let before = (engine.hashes.asked(), row_counts(&store.store).await);
        let (snapshot, ctx) = (Snapshot::default(), Context::system(NOW));
        let flow = FlowFacts {
            context: vec![("password".into(), Kind::Json, json!("right"))],
            ..FlowFacts::default()
        };
        let question = Question {
            flow: Some(&flow),
            ..Question::new(&snapshot, &ctx, Some(&person)).trial()
        };
        let unique =
            json!({ "name": "u", "password_field": "password", "num_historical_passwords": 3 });
        let kind = "authentik_policies_unique_password.uniquepasswordpolicy";
        for policy in [
            text("p", &CHECKS.replace("given", "password")),
            policy("u", kind, unique),
        ] {
            let failure = engine.rule_on(&question, &policy).await.unwrap_err();
            assert!(failure.contains("tried out"), "{failure}");
        }
        let after = (engine.hashes.asked(), row_counts(&store.store).await);
        assert_eq!(after, before);
    }
}
