//! A store that answers each question late: whoever waits gets our own 503 within two seconds, however
//! many questions there are (deploy.md 6.7, forward-auth.md 20m).

use std::time::{Duration, Instant};

use doorward_store::testing::{at_the_console, postgres};
use serde_json::json;

use crate::kit::{Answer, BROWSER, EXTERNAL, Kit, forwarded, nginx, pair};

/// Each reading of `app_sessions` takes six tenths of a second, whatever it finds.
const LATE_READINGS: &str = "
    ALTER TABLE app_sessions RENAME TO app_sessions_at_once;
    CREATE FUNCTION late() RETURNS SETOF app_sessions_at_once LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep(0.6);
        RETURN QUERY SELECT * FROM app_sessions_at_once;
    END $$;
    CREATE VIEW app_sessions AS SELECT * FROM late();";

/// Each attempt to spend a ticket takes as long.
const LATE_SPENDING: &str = "
    CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep(0.6);
        RETURN NULL;
    END $$;
    CREATE TRIGGER late BEFORE UPDATE ON one_time FOR EACH STATEMENT EXECUTE FUNCTION late();";

/// A browser sends so many cookies of one name, none of them known.
fn four(name: &str, value: &str) -> String {
    vec![format!("{name}={value}"); 4].join("; ")
}

#[track_caller]
fn is_503_in_time(answer: Answer, asked: Instant, what: &str) {
    let took = asked.elapsed();
    let answer = answer.expect(503);
    assert!(took < Duration::from_millis(2300), "{what}: {took:?}");
    let page = answer.text.contains("The database does not answer");
    assert!(page, "{what}: {}", answer.text);
}

#[tokio::test]
async fn case_20m_a_check_with_four_cookies_is_503_within_two_seconds_and_not_within_eight() {
    let kit = Kit::on(postgres().await, json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let url = format!("{EXTERNAL}/app");
    let own = kit.enter(&url, &central).await;
    let (name, _) = own.split_once('=').unwrap();
    at_the_console(&kit.engine.store, LATE_READINGS).await;
    let one = kit.navigate("traefik", &url, &format!("{name}=x")).await;
    one.expect(302);
    let cookies = four(name, "x");
    let headers = [("accept", BROWSER), ("cookie", &*cookies)];
    for request in [
        forwarded("traefik", &url, &headers),
        forwarded("caddy", &url, &headers),
        nginx(&url, &cookies),
    ] {
        let path = request.uri().to_string();
        let asked = Instant::now();
        let answer = kit.send(request).await;
        is_503_in_time(answer, asked, &path);
    }
}

#[tokio::test]
async fn case_20m_a_sign_out_with_four_cookies_is_503_within_two_seconds() {
    let kit = Kit::on(postgres().await, json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&format!("{EXTERNAL}/"), &central).await;
    let (name, _) = own.split_once('=').unwrap();
    at_the_console(&kit.engine.store, LATE_READINGS).await;
    let sign_out = format!("{EXTERNAL}/outpost.goauthentik.io/sign_out");
    kit.open(&sign_out, &format!("{name}=x")).await.expect(200);
    let asked = Instant::now();
    let answer = kit.open(&sign_out, &four(name, "x")).await;
    is_503_in_time(answer, asked, "sign_out");
}

#[tokio::test]
async fn case_20m_a_callback_with_four_cookies_is_503_within_two_seconds() {
    let kit = Kit::on(postgres().await, json!({})).await;
    let start = format!("{EXTERNAL}/outpost.goauthentik.io/start");
    let started = kit.open(&start, "").await.expect(302);
    let cookie = pair(&started.set_cookie("doorward_start_"));
    let (name, value) = cookie.split_once('=').unwrap();
    let id = name.strip_prefix("doorward_start_").unwrap();
    at_the_console(&kit.engine.store, LATE_SPENDING).await;
    let callback = format!("{EXTERNAL}/outpost.goauthentik.io/callback?start={id}&ticket=none");
    kit.open(&callback, &cookie).await.expect(302);
    let asked = Instant::now();
    let answer = kit.open(&callback, &four(name, value)).await;
    is_503_in_time(answer, asked, "callback");
}
