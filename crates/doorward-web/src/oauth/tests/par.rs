//! Requests that clients send ahead (RFC 9126), and what FAPI 2.0 wants of them.

mod strict;

use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, VERIFIER, challenge, wait};

const PAR: &str = "/application/o/par/";
const URN: &str = "urn:ietf:params:oauth:request_uri:";
const ISSUER: &str = "https://auth.example.org/application/o/photos/";

/// A request with a challenge; `more` adds to or replaces its parameters, an empty one is left out.
fn request<'a>(
    client: &'a Client,
    challenge: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("client_id", client.id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile"),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    all
}

async fn push(kit: &Kit, client: &Client, more: &[(&str, &str)]) -> Seen {
    let challenge = challenge();
    let form = request(client, &challenge, more);
    kit.post(PAR, Some(&client.basic()), &form).await
}

/// The name of a request that was sent ahead.
async fn pushed(kit: &Kit, client: &Client, more: &[(&str, &str)]) -> String {
    let seen = push(kit, client, more).await.expect(201);
    seen.json()["request_uri"].as_str().unwrap().to_owned()
}

async fn bring(kit: &Kit, client: &Client, name: &str) -> Seen {
    kit.authorize(&[("client_id", &client.id), ("request_uri", name)])
        .await
}

/// A page for the person, and nothing that goes anywhere.
#[track_caller]
fn is_page(seen: Seen) {
    let seen = seen.expect(400);
    assert_eq!(seen.header("location"), "", "{seen:?}");
}

/// FAPI 2.0: happy-flow.
async fn strict(kit: &Kit, slug: &str, more: Value) -> Client {
    let mut settings = json!({ "require_pushed_authorization_requests": true });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client(slug, settings).await
}

#[tokio::test]
async fn a_request_is_sent_ahead_and_brought_by_its_name_rfc_9126_2_2() {
    for kit in Kit::every().await {
        let client = strict(&kit, "photos", json!({})).await;
        let seen = push(&kit, &client, &[]).await.expect(201);
        assert_eq!(seen.header("cache-control"), "no-store");
        let told = seen.json();
        let name = told["request_uri"].as_str().unwrap();
        assert!(
            name.starts_with(URN) && name.len() > URN.len() + 43,
            "{name}"
        );
        assert_eq!(told["expires_in"], 90);
        let answer = bring(&kit, &client, name).await.expect(303).answer();
        assert_eq!(answer["state"], "a state");
        assert_eq!(answer["iss"], ISSUER);
        let tokens = kit.exchange(&client, &answer["code"]).await.expect(200);
        assert_eq!(tokens.json()["scope"], "openid profile");
    }
}

/// RFC 9126 §4, RFC 9101 §6.3: what was sent ahead counts alone.
#[tokio::test]
async fn what_stands_beside_the_name_is_not_looked_at() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let name = pushed(&kit, &client, &[("scope", "openid")]).await;
    let seen = kit
        .authorize(&[
            ("client_id", &client.id),
            ("request_uri", &name),
            ("redirect_uri", "https://evil.tld/"),
            ("scope", "openid email profile offline_access"),
            ("state", "another"),
            ("response_mode", "fragment"),
            ("code_challenge", VERIFIER),
            ("request", "eyJ"),
        ])
        .await;
    let answer = seen.expect(303).answer();
    assert_eq!(answer["state"], "a state");
    let tokens = kit.exchange(&client, &answer["code"]).await.expect(200);
    assert_eq!(tokens.json()["scope"], "openid");
}

/// FAPI 2.0: `request_uri` single use.
#[tokio::test]
async fn a_pushed_request_is_answered_once() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let name = pushed(&kit, &client, &[]).await;
        bring(&kit, &client, &name).await.expect(303).answer();
        is_page(bring(&kit, &client, &name).await);
    }
}

#[tokio::test]
async fn of_fifty_uses_of_one_pushed_request_at_once_one_gets_a_code() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let name = pushed(&kit, &client, &[]).await;
        let all = (0..50).map(|_| bring(&kit, &client, &name));
        let all = futures_util::future::join_all(all).await;
        let (good, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|seen| seen.status == 303);
        assert_eq!(good.len(), 1);
        assert!(good[0].answer().contains_key("code"));
        rest.into_iter().for_each(is_page);
    }
}

/// FAPI 2.0: re-use before the login is finished is allowed.
#[tokio::test]
async fn a_pushed_request_may_come_again_until_somebody_has_signed_in() {
    for mut kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let name = pushed(&kit, &client, &[]).await;
        let cookie = std::mem::take(&mut kit.cookie);
        for _ in 0..2 {
            let seen = bring(&kit, &client, &name).await.expect(303);
            assert!(seen.header("location").starts_with("/if/flow/"), "{seen:?}");
        }
        kit.cookie = cookie;
        bring(&kit, &client, &name).await.expect(303).answer();
    }
}

fn next(seen: &Seen) -> String {
    let to = seen.header("location");
    let query = to.split_once('?').unwrap().1;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, next) = pairs.find(|(name, _)| name == "next").unwrap();
    next.into_owned()
}

#[tokio::test]
async fn whoever_needs_long_to_sign_in_still_comes_back_but_not_for_ever() {
    for mut kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let name = pushed(&kit, &client, &[]).await;
        let late = pushed(&kit, &client, &[]).await;
        kit.cookie = String::new();
        let seen = bring(&kit, &client, &name).await.expect(303);
        let back = next(&seen);
        assert!(
            !back.contains("redirect_uri"),
            "nothing of it is shown: {back}"
        );
        let too_late = next(&bring(&kit, &client, &late).await.expect(303));
        wait(600_000);
        kit.sign_in().await;
        is_page(bring(&kit, &client, &name).await);
        let forged = back.replace("doorward_since=1", "doorward_since=2");
        assert_ne!(forged, back);
        is_page(kit.browse(&forged).await);
        let moved = back.replace(&name[URN.len()..], &late[URN.len()..]);
        assert_ne!(moved, back);
        is_page(kit.browse(&moved).await);
        assert!(
            kit.browse(&back)
                .await
                .expect(303)
                .answer()
                .contains_key("code")
        );
        wait(1_800_000);
        is_page(kit.browse(&too_late).await);
    }
}

#[tokio::test]
async fn prompt_login_of_a_pushed_request_wants_a_sign_in_of_its_own() {
    let mut kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    wait(10_000);
    let name = pushed(&kit, &client, &[("prompt", "login")]).await;
    let seen = bring(&kit, &client, &name).await.expect(303);
    assert!(seen.header("location").contains("switch=1"), "{seen:?}");
    let back = next(&seen);
    let again = kit.browse(&back).await.expect(303);
    assert!(again.header("location").starts_with("/if/flow/"));
    wait(1_000);
    kit.sign_in().await;
    kit.browse(&back).await.expect(303).answer();
}

/// The flow in front of the application asks, and its end uses the request up.
#[tokio::test]
async fn somebody_agrees_to_a_pushed_request_once() {
    for kit in Kit::every().await {
        let flow = kit.flow("default-provider-authorization-explicit-consent");
        let client = kit
            .client("photos", json!({ "authorization_flow": flow }))
            .await;
        let name = pushed(&kit, &client, &[]).await;
        let first = bring(&kit, &client, &name).await.expect(200);
        let second = bring(&kit, &client, &name).await.expect(200);
        assert!(first.text.contains("ak-stage-consent"), "{}", first.text);
        let answer = kit.agreed(first).await.expect(303).answer();
        kit.exchange(&client, &answer["code"]).await.expect(200);
        let seen = kit.agreed(second).await;
        let to = seen.header("location");
        assert!(!to.starts_with(CALLBACK), "{seen:?}");
    }
}

/// FAPI 2.0: `request_uri` expiry, and bound to the client.
#[tokio::test]
async fn a_pushed_request_that_is_late_or_another_clients_is_none() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let other = kit.client("other", json!({})).await;
        let name = pushed(&kit, &client, &[]).await;
        is_page(bring(&kit, &other, &name).await);
        let nobody = Client {
            id: "nobody".into(),
            ..other.clone()
        };
        is_page(bring(&kit, &nobody, &name).await);
        is_page(kit.authorize(&[("request_uri", &name)]).await);
        is_page(bring(&kit, &client, &format!("{URN}unknown")).await);
        is_page(bring(&kit, &client, &name[..name.len() - 1]).await);
        is_page(bring(&kit, &client, &name.to_lowercase()).await);
        wait(90_000);
        is_page(bring(&kit, &client, &name).await);
    }
}

/// CVE-2020-10770: nothing is fetched.
#[tokio::test]
async fn any_other_request_uri_is_refused_and_fetched_from_nowhere() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let challenge = challenge();
    for uri in [
        "https://evil.tld/request",
        "http://127.0.0.1/",
        "urn:other:thing",
    ] {
        let more = [("request_uri", uri)];
        let seen = kit.authorize(&request(&client, &challenge, &more)).await;
        let answer = seen.expect(303).answer();
        assert_eq!(answer["error"], "request_uri_not_supported", "{uri}");
    }
}

/// FAPI 2.0: `request_uri` inside PAR refused, no duplicate parameters; RFC 9126 §2.1.
#[tokio::test]
async fn what_is_sent_ahead_is_judged_as_where_it_is_brought() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    for (more, error) in [
        (
            ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (("request", "eyJ"), "request_not_supported"),
        (("redirect_uri", "https://evil.tld/"), "invalid_request"),
        (
            ("redirect_uri", "https://photos.example.org/callback/x"),
            "invalid_request",
        ),
        (("redirect_uri", ""), "invalid_request"),
        (("response_type", ""), "invalid_request"),
        (("response_type", "id_token"), "unauthorized_client"),
        (("response_type", "nonsense"), "unsupported_response_type"),
        (("scope", "open\"id"), "invalid_scope"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("resource", "https://api.example.org/"), "invalid_target"),
        (("max_age", "x"), "invalid_request"),
    ] {
        let seen = push(&kit, &client, &[more]).await.expect(400);
        assert_eq!(seen.error(), error, "{more:?}");
        assert!(!seen.text.contains("request_uri\":"), "{}", seen.text);
    }
    let challenge = challenge();
    let twice = [
        request(&client, &challenge, &[]).as_slice(),
        &[("state", "again")],
    ]
    .concat();
    let seen = kit
        .post(PAR, Some(&client.basic()), &twice)
        .await
        .expect(400);
    assert_eq!(seen.error(), "invalid_request");
}

/// RFC 9126 §2.3: 405, 413 and 429. FAPI 2.0: only POST.
#[tokio::test]
async fn only_a_post_of_a_bounded_size_and_number_is_taken() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    kit.get(PAR).await.expect(405);
    kit.send(http::Request::put(PAR), String::new())
        .await
        .expect(405);
    let long = "a".repeat(40_000);
    push(&kit, &client, &[("login_hint", &long)])
        .await
        .expect(413);
    let long = "a".repeat(17_000);
    let seen = push(&kit, &client, &[("login_hint", &long)])
        .await
        .expect(400);
    assert_eq!(seen.error(), "invalid_request");
    let public = kit.client("spa", json!({ "client_type": "public" })).await;
    let challenge = challenge();
    let form = request(&public, &challenge, &[]);
    let mut last = 201;
    for _ in 0..61 {
        last = kit.post(PAR, None, &form).await.status.as_u16();
    }
    assert_eq!(last, 429, "whoever proves nothing is counted");
    push(&kit, &client, &[]).await.expect(201);
}

/// FAPI 2.0: state and nonce as they come: none, 64 characters, long.
#[tokio::test]
async fn state_and_nonce_of_a_pushed_request_come_back_as_they_are() {
    let kit = Kit::sqlite().await;
    let client = strict(&kit, "photos", json!({})).await;
    let long = "n".repeat(512);
    for word in ["", &"x".repeat(64), &long] {
        let name = pushed(&kit, &client, &[("state", word), ("nonce", word)]).await;
        let answer = bring(&kit, &client, &name).await.expect(303).answer();
        assert_eq!(answer.get("state").map_or("", |state| state), word);
        let tokens = kit
            .exchange(&client, &answer["code"])
            .await
            .expect(200)
            .json();
        let id = super::kit::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(
            id.get("nonce").map_or("", |nonce| nonce.as_str().unwrap()),
            word
        );
    }
}
