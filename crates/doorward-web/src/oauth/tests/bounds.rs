//! What is bounded: openings in a loop, guesses at secrets, which pages of others read answers.

use doorward_engine::resource::Refusal;
use doorward_engine::resource::write::Writing;
use doorward_engine::{Context, resource};
use http::Request;
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, encoded, now, wait};

const TOKEN: &str = "/application/o/token/";
const OWN: &str = "https://photos.example.org";

fn asked<'a>(client: &'a Client, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("client_id", client.id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ];
    all.extend(more);
    all
}

#[tokio::test]
async fn a_page_in_a_loop_is_stopped_before_it_fills_a_table() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let other = kit.client("music", json!({})).await;
        for more in [&[][..], &[("scope", "openid offline_access")]] {
            let mut request = asked(&client, &[]);
            for (name, value) in more {
                request.retain(|(known, _)| known != name);
                request.push((name, value));
            }
            let mut opened = 0;
            while kit.authorize(&request).await.status != 429 {
                opened += 1;
                assert!(opened <= 150, "nobody stops it");
            }
            let seen = kit.authorize(&request).await.expect(429);
            assert!(!seen.header("retry-after").is_empty(), "{seen:?}");
            let silent = kit.authorize(&asked(&client, &[("prompt", "none")])).await;
            let answer = silent.expect(303).answer();
            assert_eq!(answer["error"], "temporarily_unavailable");
            kit.authorize(&asked(&other, &[])).await.expect(303);
            wait(11_000);
            kit.authorize(&asked(&client, &[])).await.expect(303);
            wait(600_000);
        }
    }
}

#[tokio::test]
async fn a_sealed_answer_is_posted_in_the_session_that_it_is_for_alone() {
    for mut kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let request = [
            ("client_id", client.id.as_str()),
            ("response_type", "code"),
            ("response_mode", "form_post"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid offline_access"),
        ];
        let seen = kit.authorize(&request).await;
        let seen = kit.agreed(seen).await.expect(303);
        let page = seen.header("location").to_owned();
        assert!(page.starts_with("/application/o/deliver/"), "{page}");
        kit.get(&page).await.expect(400);
        let own = kit.browse(&page).await.expect(200);
        assert!(own.text.contains("name=\"code\""), "{own:?}");
        kit.sign_in().await;
        let another = kit.browse(&page).await.expect(400);
        assert!(!another.text.contains("dwc_"), "{another:?}");
    }
}

/// A request of the client's with this secret, from a network.
async fn with_secret(kit: &Kit, client: &Client, secret: &str, from: &str) -> super::kit::Seen {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &*client.id),
        ("client_secret", secret),
    ];
    let peer = crate::Peer(format!("{from}:1").parse().unwrap());
    let request = Request::post(TOKEN)
        .extension(peer)
        .header("content-type", "application/x-www-form-urlencoded");
    kit.send(request, encoded(&form)).await
}

#[tokio::test]
async fn guesses_at_a_clients_secret_are_slowed_down_and_the_right_one_elsewhere_is_not() {
    for kit in Kit::every().await {
        let more = json!({ "grant_types": ["client_credentials"] });
        let client = kit.client("photos", more).await;
        let (bad, good) = ("192.0.2.7", "198.51.100.7");
        for _ in 0..10 {
            let seen = with_secret(&kit, &client, "a guess", bad).await.expect(401);
            assert_eq!(seen.error(), "invalid_client");
        }
        let slow = with_secret(&kit, &client, "a guess", bad).await.expect(429);
        assert!(!slow.header("retry-after").is_empty(), "{slow:?}");
        // Whoever guessed right would learn it otherwise.
        with_secret(&kit, &client, &client.secret, bad)
            .await
            .expect(429);
        with_secret(&kit, &client, &client.secret, good)
            .await
            .expect(200);
        wait(4_000);
        with_secret(&kit, &client, &client.secret, bad)
            .await
            .expect(200);
        wait(4_000);
        with_secret(&kit, &client, "a guess", bad).await.expect(401);
        with_secret(&kit, &client, "a guess", bad).await.expect(429);
    }
}

/// CVE-2024-4629
#[tokio::test]
async fn parallel_guesses_at_a_clients_secret_cannot_share_one_count() {
    for kit in Kit::every().await {
        let more = json!({ "grant_types": ["client_credentials"] });
        let client = kit.client("photos", more).await;
        for _ in 0..10 {
            with_secret(&kit, &client, "a guess", "192.0.2.7").await;
        }
        wait(4_000);
        let guesses = (0..20).map(|_| with_secret(&kit, &client, "a guess", "192.0.2.7"));
        let seen = futures_util::future::join_all(guesses).await;
        let looked_at = seen.iter().filter(|one| one.status == 401).count();
        assert_eq!(looked_at, 1, "{seen:?}");
    }
}

#[tokio::test]
async fn pages_of_others_read_nothing_and_no_cookie_is_ever_allowed_along() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let tokens = kit.tokens(&client, "openid").await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    for (path, method) in [
        (TOKEN, "OPTIONS"),
        ("/application/o/userinfo/", "OPTIONS"),
        ("/application/o/userinfo/", "GET"),
        (
            "/application/o/photos/.well-known/openid-configuration",
            "GET",
        ),
    ] {
        for (origin, allowed) in [
            (OWN, OWN),
            ("https://evil.tld", ""),
            ("https://photos.example.org.evil.tld", ""),
            ("http://photos.example.org", ""),
            ("null", ""),
        ] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("authorization", &bearer)
                .header("origin", origin);
            let seen = kit.send(request, String::new()).await;
            let told = seen.header("access-control-allow-origin");
            assert_eq!(told, allowed, "{method} {path} {origin}");
            let cookies = seen.header("access-control-allow-credentials");
            assert_eq!(cookies, "", "{method} {path} {origin}");
        }
    }
}

/// The refusal of a provider with this expression among its addresses.
async fn refusal(kit: &Kit, expression: &str, more: Value) -> Option<String> {
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let mut body = json!({
        "name": format!("a provider for {expression} {more}"),
        "authorization_flow": kit.flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": kit.flow("default-provider-invalidation-flow"),
        "redirect_uris": [{ "matching_mode": "regex", "url": expression }],
    });
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
    match writing.insert(kind, &body, None).await {
        Ok(_) => None,
        Err(Refusal::Invalid(errors)) => Some(format!("{errors:?}")),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_expression_that_leaves_the_host_open_is_saved_with_compatibility_alone() {
    let kit = Kit::sqlite().await;
    let open = r"https://.*\.example\.org/callback";
    let said = refusal(&kit, open, json!({})).await.unwrap();
    assert!(said.contains("leaves the host open"), "{said}");
    let compatible = json!({ "compatibility": true });
    assert_eq!(refusal(&kit, open, compatible).await, None);
    let closed = r"https://[a-z]+\.example\.org/callback";
    assert_eq!(refusal(&kit, closed, json!({})).await, None);
}
