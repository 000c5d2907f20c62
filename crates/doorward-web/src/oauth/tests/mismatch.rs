//! A request whose address is not registered: what is told to whom, and allowing it by one click.

use std::time::Duration;

use http::Request;
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, encoded, now, wait};

const SENT: &str = "https://photos.example.org/callback/";
const ALLOW: &str = "/application/o/authorize/allow/";

fn asked<'a>(client: &'a Client, uri: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("client_id", &client.id),
        ("response_type", "code"),
        ("redirect_uri", uri),
        ("scope", "openid"),
        ("state", "a state"),
    ]
}

async fn seen_by_an_admin(kit: &Kit, client: &Client, uri: &str) -> Seen {
    kit.make_mia_an_admin().await;
    kit.authorize(&asked(client, uri)).await.expect(400)
}

async fn press(kit: &Kit, seen: &Seen) -> Seen {
    let value = |name: &str| seen.after(&format!("name=\"{name}\" value=\""));
    let (csrf, proposal) = (value("csrf"), value("proposal"));
    kit.submit(ALLOW, &[("csrf", &csrf), ("proposal", &proposal)])
        .await
}

fn uris(kit: &Kit, client: &Client) -> Vec<Value> {
    let snapshot = kit.engine.snapshot();
    let kind = "authentik_providers_oauth2.oauth2provider";
    let object = snapshot.object(kind, &client.provider.to_string()).unwrap();
    object.config["redirect_uris"].as_array().unwrap().clone()
}

async fn told(kit: &Kit) -> Vec<Value> {
    all_told(kit, 1).await
}

/// The events, once there are so many; a loaded database takes its time.
async fn all_told(kit: &Kit, count: usize) -> Vec<Value> {
    // Written after the answer.
    let told = async {
        loop {
            tokio::task::yield_now().await;
            let told = kit.events("configuration_error").await;
            if told.len() >= count {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_mins(1), told).await;
    told.expect("so many events")
}

#[tokio::test]
async fn an_address_that_is_not_registered_leaves_one_event_in_ten_minutes_that_names_both() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        for _ in 0..5 {
            kit.get(&super::kit::authorize_address(&asked(&client, SENT)))
                .await
                .expect(400);
        }
        let events = told(&kit).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["redirect_uri"], SENT);
        assert_eq!(events[0]["registered"], json!([CALLBACK]));
        assert_eq!(events[0]["application"], "photos");
    }
}

#[tokio::test]
async fn a_noisy_client_does_not_hide_what_another_is_told_of() {
    for kit in Kit::every().await {
        let noisy = kit.client("photos", json!({})).await;
        let quiet = kit.client("wiki", json!({})).await;
        for number in 0..30 {
            let uri = format!("https://photos.example.org/{number}");
            kit.get(&super::kit::authorize_address(&asked(&noisy, &uri)))
                .await
                .expect(400);
        }
        kit.get(&super::kit::authorize_address(&asked(&quiet, SENT)))
            .await
            .expect(400);
        let events = all_told(&kit, 11).await;
        let of = |app: &str| {
            events
                .iter()
                .filter(|one| one["application"] == app)
                .count()
        };
        assert_eq!((of("photos"), of("wiki")), (10, 1), "{events:?}");
    }
}

#[tokio::test]
async fn whoever_may_not_change_the_provider_reads_no_address_of_others() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let elsewhere = "https://elsewhere.example.net/cb";
    let address = super::kit::authorize_address(&asked(&client, elsewhere));
    for seen in [kit.get(&address).await, kit.browse(&address).await] {
        let seen = seen.expect(400);
        assert!(seen.text.contains("photos"), "{seen:?}");
        assert!(!seen.text.contains("photos.example.org"), "{seen:?}");
        assert!(!seen.text.contains("proposal"), "{seen:?}");
    }
}

#[tokio::test]
async fn an_administrator_sees_what_differs_and_allows_it_by_one_click() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let seen = seen_by_an_admin(&kit, &client, SENT).await;
        for text in ["callback<mark>/</mark>", "the slash at its end"] {
            assert!(seen.text.contains(text), "{text} {seen:?}");
        }
        let done = press(&kit, &seen).await.expect(200);
        let entry = json!({
            "matching_mode": "strict", "url": SENT, "redirect_uri_type": "authorization",
        });
        assert_eq!(uris(&kit, &client)[1], entry);
        let changed = kit.events("model_updated").await;
        assert_eq!(changed[0]["model"]["pk"], client.provider.to_string());
        // A second click changes nothing.
        press(&kit, &seen).await.expect(200);
        assert_eq!(uris(&kit, &client).len(), 2);
        let on = done.after("class=\"btn full\" href=\"");
        let answered = kit.browse(&on).await.expect(303);
        assert!(
            answered.header("location").starts_with(SENT),
            "{answered:?}"
        );
    }
}

#[tokio::test]
async fn the_button_needs_our_form_this_session_its_time_and_the_right_to_change() {
    let mut kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let seen = seen_by_an_admin(&kit, &client, SENT).await;
    let value = |name: &str| seen.after(&format!("name=\"{name}\" value=\""));
    let (csrf, proposal) = (value("csrf"), value("proposal"));
    let form = [("csrf", &*csrf), ("proposal", &*proposal)];
    for wrong in [
        [("csrf", ""), ("proposal", &proposal)],
        [("csrf", &csrf), ("proposal", "")],
        [
            ("csrf", &csrf),
            ("proposal", &proposal[..proposal.len() - 4]),
        ],
    ] {
        kit.submit(ALLOW, &wrong).await.expect(403);
    }
    let elsewhere = Request::post(ALLOW)
        .header("cookie", &kit.cookie)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://evil.tld");
    kit.send(elsewhere, encoded(&form)).await.expect(403);
    let own = kit.cookie.clone();
    kit.sign_in().await;
    kit.submit(ALLOW, &form).await.expect(403);
    kit.cookie = own;
    wait(601_000);
    kit.submit(ALLOW, &form).await.expect(403);
    assert_eq!(uris(&kit, &client).len(), 1);
}

#[tokio::test]
async fn somebody_who_is_no_administrator_any_more_allows_nothing() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let seen = seen_by_an_admin(&kit, &client, SENT).await;
        kit.demote_mia().await;
        press(&kit, &seen).await.expect(403);
        assert_eq!(uris(&kit, &client).len(), 1);
    }
}

#[tokio::test]
async fn allowing_an_address_wants_a_recent_sign_in() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let before = now();
    wait(2 * 3_600_000);
    let seen = seen_by_an_admin(&kit, &client, SENT).await;
    assert!(!seen.text.contains("proposal"), "{seen:?}");
    assert!(seen.text.contains("switch=1"), "{seen:?}");
    assert!(before < now());
}

#[tokio::test]
async fn what_could_not_be_registered_by_hand_is_never_proposed() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    kit.make_mia_an_admin().await;
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://photos.example.org/callback#x",
        "https://a@photos.example.org/callback",
        "https://photos.example.org/callback?code=1",
        "https:photos.example.org",
        "",
    ] {
        let seen = kit.authorize(&asked(&client, uri)).await.expect(400);
        assert!(!seen.text.contains("proposal"), "{uri} {seen:?}");
    }
}
