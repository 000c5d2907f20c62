//! The ring survives every replacement, and no process meets a value that it cannot open.

use doorward_protocol::seal::Purpose;
use doorward_store::testing::TestStore;

use super::*;
use crate::testing::{NOW, engine, every_engine};

#[tokio::test]
async fn the_key_ring_survives_a_replaced_secret_key_and_refuses_a_wrong_one() {
    for (engine, test) in every_engine().await {
        let sealed = engine.keys.seal(Purpose::AtRest, b"x", b"secret");
        assert!(open(&test.store, "wrong", &[], NOW).await.is_err());
        let former = ["a secret key for tests only".to_owned()];
        let rewrapped = open(&test.store, "new", &former, NOW).await.unwrap();
        let opened = rewrapped.open(Purpose::AtRest, b"x", &sealed).unwrap();
        assert_eq!(opened, b"secret");
        assert!(
            open(&test.store, "new", &[], NOW).await.is_ok(),
            "the old key is no longer needed"
        );
    }
}

/// A process that starts now.
async fn started(test: &TestStore) -> Engine {
    engine(&test.store).await
}

fn seal(engine: &Engine) -> String {
    engine.keys.seal(Purpose::AtRest, b"x", b"secret")
}

fn opens(engine: &Engine, sealed: &str) -> bool {
    let opened = engine.keys.open(Purpose::AtRest, b"x", sealed);
    opened.is_ok_and(|clear| clear == b"secret")
}

#[tokio::test]
async fn at_every_moment_of_a_replacement_each_of_two_servers_opens_what_the_other_sealed() {
    for (first, test) in every_engine().await {
        let ctx = Context::system(NOW + 1);
        let old = seal(&first);
        let kid = add(&first, &ctx, "a secret key for tests only")
            .await
            .unwrap();
        let second = started(&test).await;
        assert!(opens(&first, &seal(&second)), "added, one restarted");
        let first = started(&test).await;
        assert!(make_current(&second, &ctx, &kid).await.unwrap());
        let second = started(&test).await;
        let new = seal(&second);
        assert!(new.starts_with(&format!("v1.{kid}.")), "{new}");
        assert!(opens(&first, &new), "current, one restarted");
        assert!(opens(&second, &seal(&first)));
        assert!(opens(&second, &old), "old values stay readable");
        let mac = first.keys.mac(Purpose::Csrf, b"form");
        assert!(second.keys.verify_mac(Purpose::Csrf, b"form", &mac));
        let current = |key: &&Listed| key.is_current;
        let listed = list(&second).await.unwrap();
        assert_eq!(listed.iter().filter(current).count(), 1);
        assert_eq!(listed.last().map(|key| &*key.kid), Some(&*kid));
    }
}

#[tokio::test]
async fn a_key_that_the_ring_does_not_hold_cannot_become_the_current_one() {
    for (engine, test) in every_engine().await {
        let ctx = Context::system(NOW);
        assert!(!make_current(&engine, &ctx, "nobody").await.unwrap());
        let sealed = seal(&started(&test).await);
        assert!(opens(&engine, &sealed));
    }
}
