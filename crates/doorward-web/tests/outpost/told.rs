//! What an operator is told: events, log lines and metrics of checks (forward-auth.md 17).

use std::time::Duration;

use doorward_store::event::EventRow;
use http::Request;
use serde_json::{Value, json};

use crate::kit::{BROWSER, EXTERNAL, Kit, break_the_clock, forwarded, later};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

/// The events of one action, oldest first, once there are at least `count`.
async fn events(kit: &Kit, action: &str, count: usize) -> Vec<EventRow> {
    for _ in 0..5000 {
        let found = kit.events(action).await;
        if found.len() >= count {
            return found;
        }
        // They are written after the answer: a bounded poll.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no {count} events {action}");
}

fn context(event: &EventRow) -> Value {
    serde_json::from_str(&event.context).unwrap()
}

fn incomplete() -> Request<String> {
    Request::get("/outpost.goauthentik.io/auth/traefik")
        .header("host", "authentik:9000")
        .header("cookie", "authentik_session=do-not-tell")
        .header("authorization", "Bearer do-not-tell")
        .header("x-forwarded-for", "198.51.100.4")
        .body(String::new())
        .unwrap()
}

#[tokio::test]
async fn a_check_that_the_set_up_leaves_unanswered_is_one_event_without_secrets() {
    let kit = Kit::new(json!({})).await;
    for _ in 0..30 {
        kit.send(incomplete()).await.expect(500);
    }
    later(1);
    let other = "https://other.test/page?token=do-not-tell";
    for _ in 0..30 {
        kit.navigate("traefik", other, "").await.expect(404);
    }
    later(1);
    let stranger = forwarded("traefik", &app("/"), &[]);
    kit.send_from("203.0.113.9:1", stranger).await.expect(500);
    let found = events(&kit, "configuration_error", 3).await;
    assert_eq!(found.len(), 3, "{found:#?}");
    for (event, words, address) in [
        (&found[0], "X-Forwarded-Proto is missing", "198.51.100.4"),
        (&found[1], "has the host other.test", "127.0.0.1"),
        (&found[2], "not a trusted proxy", "203.0.113.9"),
    ] {
        assert!(!event.context.contains("do-not-tell"), "{}", event.context);
        assert_eq!(event.app, "authentik.providers.proxy");
        assert_eq!(event.client_ip, address);
        let message = context(event)["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{message}");
    }
    later(600_000);
    kit.send(incomplete()).await.expect(500);
    events(&kit, "configuration_error", 4).await;
}

#[tokio::test]
async fn a_scanner_of_host_names_cannot_fill_the_store() {
    let kit = Kit::new(json!({})).await;
    for n in 0..500 {
        let url = format!("https://h{n}.test/");
        kit.navigate("traefik", &url, "").await.expect(404);
    }
    let found = events(&kit, "configuration_error", 20).await;
    assert_eq!(found.len(), 20);
    // Another sort of mistake is still told: after it, nothing of the first is under way.
    kit.send(incomplete()).await.expect(500);
    assert_eq!(events(&kit, "configuration_error", 21).await.len(), 21);
}

/// The reference on a page of refusal.
fn reference(text: &str) -> String {
    let (_, rest) = text.split_once("<code>").expect("a reference");
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_reference_of_a_refusal_is_in_the_log_and_in_an_event_with_the_persons_name() {
    let (kit, log) = Kit::with_log(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    let binding = json!({ "pk": "b", "target": "app", "user": 8, "enabled": true });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    let refused = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
    let shown = reference(&refused.text);
    let lines = log.lines_with(&shown);
    assert!(lines[0].contains("user.name=\"foo\""), "{lines:?}");
    assert!(lines[0].contains("application=\"app\""), "{lines:?}");
    let found = events(&kit, "policy_execution", 1).await;
    let told = context(&found[0]);
    assert_eq!(told["http_request"]["request_id"], shown);
    assert_eq!(told["result"]["passing"], false);
    assert_eq!(told["application"]["name"], "App app");
    assert_eq!(found[0].username, "foo");

    // A script gets it as JSON; pressing reload a hundred times is one event.
    let asked = forwarded("traefik", &app("/"), &[("cookie", &cookie)]);
    let json: Value = serde_json::from_str(&kit.send(asked).await.expect(403).text).unwrap();
    assert_eq!(log.lines_with(json["reference"].as_str().unwrap()).len(), 1);
    for _ in 0..100 {
        kit.navigate("traefik", &app("/"), &cookie)
            .await
            .expect(403);
    }
    later(600_000);
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
    assert_eq!(events(&kit, "policy_execution", 2).await.len(), 2);
}

#[tokio::test]
async fn a_panic_inside_a_check_is_our_own_500_with_its_reference_and_never_a_pass() {
    let (kit, log) = Kit::with_log(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    break_the_clock();
    let page = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(500);
    assert_eq!(page.header("x-authentik-username"), None);
    let lines = log.lines_with(&reference(&page.text));
    assert!(lines[0].contains("the clock is broken"), "{lines:?}");
    let script = forwarded("traefik", &app("/"), &[("cookie", &cookie)]);
    let answer = kit.send(script).await.expect(500);
    let json: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(log.lines_with(json["reference"].as_str().unwrap()).len(), 1);
}

#[tokio::test]
async fn whatever_a_failed_check_logs_carries_the_reference_on_its_page() {
    let (kit, log) = Kit::with_log(json!({})).await;
    kit.engine.store.close().await;
    later(10_000);
    let check = forwarded("traefik", &app("/"), &[("accept", BROWSER)]);
    let page = kit.send_from("172.18.0.5:4711", check).await.expect(503);
    let lines = log.lines_with(&reference(&page.text));
    for told in ["172.18.0.5", "a check failed on our side"] {
        let found = lines.iter().filter(|line| line.contains(told)).count();
        assert_eq!(found, 1, "{told}: {lines:?}");
    }
}

#[tokio::test]
async fn the_log_line_of_a_request_names_who_asks() {
    let (kit, log) = Kit::with_log(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let page = kit
        .open("https://auth.t.goauthentik.io/if/user/", &central)
        .await
        .expect(200);
    let id = page.header("x-authentik-id").unwrap();
    let lines = log.lines_with(id);
    assert!(lines[0].contains("user.name=\"foo\""), "{lines:?}");
    let page = kit.open("https://auth.t.goauthentik.io/nothing", "").await;
    let lines = log.lines_with(page.header("x-authentik-id").unwrap());
    assert!(lines[0].contains("user.name=\"\""), "{lines:?}");
}

#[tokio::test]
async fn nobody_can_sign_in_without_a_public_address_and_that_is_told() {
    let kit = Kit::new(json!({})).await;
    kit.forget_public_address().await;
    let start = app("/outpost.goauthentik.io/start");
    let page = kit.open(&start, "").await.expect(503);
    assert!(page.text.contains("DOORWARD_BASE_URL"), "{}", page.text);
    let found = events(&kit, "configuration_error", 1).await;
    assert_eq!(context(&found[0])["provider"], "Provider app");
}

#[tokio::test]
async fn the_peer_of_a_default_network_is_named_once_with_the_narrower_setting() {
    let (kit, log) = Kit::with_log(json!({})).await;
    for _ in 0..3 {
        let check = forwarded("traefik", &app("/"), &[("accept", BROWSER)]);
        kit.send_from("172.18.0.5:4711", check).await.expect(302);
        let stranger = forwarded("traefik", &app("/"), &[]);
        kit.send_from("[2001:db8::7]:4711", stranger)
            .await
            .expect(500);
    }
    let setting = "DOORWARD_LISTEN__TRUSTED_PROXY_CIDRS to 172.18.0.5 ";
    assert_eq!(log.lines_with(setting).len(), 1);
    let ignored = log.lines_with("forwarded headers of this address are ignored");
    assert_eq!(ignored.len(), 1);
    assert!(ignored[0].contains("2001:db8::7"), "{ignored:?}");
}
