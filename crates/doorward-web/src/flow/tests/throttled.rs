//! Guessing is slow, and its victims are not locked out.

use doorward_store::user;
use serde_json::json;

use super::kit::{Browser, EXECUTOR, Kit, encoded};

async fn guess(kit: &Kit, browser: &mut Browser, name: &str) -> u16 {
    let answer = json!({ "uid_field": name, "password": "no" });
    browser
        .post_json(kit, EXECUTOR, &answer)
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn after_10_000_wrong_passwords_the_attacker_waits_and_the_owners_browser_gets_in() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut owner = Browser::from("192.0.2.1");
    owner.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    kit.set_password(7, &encoded("pw-mia")).await;
    let mut looked_at = 0;
    for round in 0..10_000 {
        let mut attacker = Browser::from(&format!("203.0.{}.{}", round / 250 % 250, round % 250));
        attacker.headers.push(("x-test", String::new()));
        looked_at += u32::from(guess(&kit, &mut attacker, "mia").await == 200);
    }
    assert_eq!(
        looked_at, 10,
        "every other guess was refused before its hash"
    );
    let mut stranger = Browser::from("198.51.100.1");
    let page = stranger.sign_in(&kit, "mia", "pw-mia").await.expect(429);
    assert_eq!(page.headers["retry-after"], "30");
    assert!(page.text.contains("Wait 30 seconds"));
    owner.cookies.retain(|name, _| name == "authentik_device");
    owner.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    assert_eq!(owner.who(&kit).await, "mia");
}

#[tokio::test]
async fn cve_2025_24806_name_address_and_case_share_one_count() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let spellings = ["mia", "MIA", "mia@example.org", "Mia@Example.org"];
    let mut looked_at = 0;
    for round in 0..40 {
        let mut browser = Browser::from(&format!("203.0.113.{round}"));
        looked_at += u32::from(guess(&kit, &mut browser, spellings[round % 4]).await == 200);
    }
    assert_eq!(looked_at, 10);
}

#[tokio::test]
async fn an_unknown_name_is_slowed_down_like_a_known_one() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut answers = Vec::new();
    for name in ["mia", "bob"] {
        let mut statuses = Vec::new();
        for round in 0..12 {
            let mut browser = Browser::from(&format!("203.0.113.{round}"));
            statuses.push(guess(&kit, &mut browser, name).await);
        }
        answers.push(statuses);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][9..], [200, 429, 429]);
}

#[tokio::test]
async fn one_address_that_tries_many_names_is_slowed_down() {
    let kit = Kit::new().await;
    let mut browser = Browser::from("203.0.113.1");
    let mut looked_at = 0;
    for round in 0..60 {
        looked_at += u32::from(guess(&kit, &mut browser, &format!("name-{round}")).await == 200);
    }
    assert_eq!(looked_at, 50);
    assert_eq!(
        guess(&kit, &mut Browser::from("203.0.113.2"), "other").await,
        200
    );
}

#[tokio::test]
async fn people_behind_one_address_who_know_their_passwords_are_not_slowed_down() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    for _ in 0..60 {
        let mut browser = Browser::from("203.0.113.1");
        let answer = json!({ "uid_field": "mia", "password": "pw-mia" });
        let done = browser
            .post_json(&kit, EXECUTOR, &answer)
            .await
            .expect(200)
            .json();
        assert_eq!(done["component"], "xak-flow-redirect");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_2024_4629_parallel_guesses_cannot_share_one_count() {
    let kit = std::sync::Arc::new(Kit::new().await);
    kit.person(7, "mia").await;
    let guesses = (0..50).map(|round| {
        let kit = std::sync::Arc::clone(&kit);
        tokio::spawn(async move {
            let mut browser = Browser::from(&format!("203.0.113.{round}"));
            guess(&kit, &mut browser, "mia").await
        })
    });
    let mut looked_at = 0;
    for one in guesses.collect::<Vec<_>>() {
        looked_at += u32::from(one.await.unwrap() == 200);
    }
    assert_eq!(looked_at, 10);
}

#[tokio::test]
async fn a_sign_in_replaces_an_old_hash_and_empties_the_count() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    for _ in 0..3 {
        let mut browser = Browser::from("203.0.113.1");
        for _ in 0..8 {
            assert_eq!(guess(&kit, &mut browser, "mia").await, 200);
        }
        browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    }
    let mut tx = kit.engine.store.begin().await.unwrap();
    let row = user::find(&mut tx, 7).await.unwrap().unwrap();
    assert!(row.password.starts_with("$argon2id$"), "{}", row.password);
    assert_eq!(row.last_login_at, Some(doorward_engine::testing::NOW));
}

#[tokio::test]
async fn when_our_own_queue_is_full_people_wait_a_moment_and_no_try_is_counted() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let hash = encoded("x");
    let held = kit.engine.hashes.hold();
    let mut waiting = Vec::new();
    // Behind the job that holds the one thread, hashes until no more fit.
    for hash in std::iter::repeat_n(hash, 200) {
        let mut one = Box::pin(kit.engine.hashes.verify("x".to_owned(), hash));
        if asked_once(&mut one).await.is_none() {
            waiting.push(one);
        }
    }
    let mut browser = Browser::from("203.0.113.1");
    for _ in 0..12 {
        let answer = json!({ "uid_field": "mia", "password": "pw-mia" });
        let told = browser.post_json(&kit, EXECUTOR, &answer).await.expect(429);
        assert_eq!(told.headers["retry-after"], "2");
    }
    drop(held);
    for one in waiting {
        one.await.unwrap();
    }
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
}

/// The result if it is there already.
async fn asked_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
