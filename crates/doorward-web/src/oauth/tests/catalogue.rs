//! What is left of the catalogue of oidc.md 6.3 when every other test is taken away.

use doorward_engine::{Context, resource};
use http::Request;
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, VERIFIER, challenge, encoded, exchange, now, wait};
use crate::testing::{Log, WHOLE};

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

async fn refreshed(kit: &Kit, client: &Client, token: &str) -> Seen {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    kit.token(client, &form).await
}

/// authentik takes the first address it sees for the right one.
#[tokio::test]
async fn a_client_without_addresses_learns_none() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({ "redirect_uris": [] })).await;
        for _ in 0..2 {
            let request = [
                ("client_id", client.id.as_str()),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
            ];
            kit.authorize(&request).await.expect(400);
        }
    }
}

#[tokio::test]
async fn a_secret_in_the_query_proves_nothing() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let code = kit.code(&client, "openid").await;
    let query = encoded(&[("client_id", &client.id), ("client_secret", &client.secret)]);
    let address = format!("/application/o/token/?{query}");
    let form = [&exchange(&code)[..], &[("client_id", &*client.id)]].concat();
    let seen = kit.post(&address, None, &form).await.expect(401);
    assert_eq!(seen.error(), "invalid_client");
}

/// CVE-2026-9802: what was used is used, whatever starts anew.
#[tokio::test]
async fn a_refresh_token_that_was_used_is_used_after_a_restart_too() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let first = kit.tokens(&client, "openid offline_access").await;
        let second = refreshed(&kit, &client, text(&first, "refresh_token")).await;
        let second = second.expect(200).json();
        let kit = kit.restarted().await;
        wait(31_000);
        for token in [&first, &second] {
            let seen = refreshed(&kit, &client, text(token, "refresh_token")).await;
            assert_eq!(seen.expect(400).error(), "invalid_grant");
        }
    }
}

#[tokio::test]
async fn tokens_end_with_their_provider() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
        let (ctx, pk) = (Context::system(now()), client.provider.to_string());
        resource::delete(&kit.engine, &ctx, kind, &pk)
            .await
            .unwrap();
        kit.userinfo(text(&tokens, "access_token"))
            .await
            .expect(401);
        refreshed(&kit, &client, text(&tokens, "refresh_token"))
            .await
            .expect(401);
    }
}

async fn implicitly(kit: &Kit, client: &Client) -> [String; 2] {
    let asked = [
        ("client_id", client.id.as_str()),
        ("response_type", "id_token token"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("nonce", "n"),
    ];
    let seen = kit.authorize(&asked).await.expect(303);
    ["access_token", "id_token"].map(|name| seen.fragment()[name].clone())
}

/// oidc.md 6.3 number 14. Every level is read, that of the libraries too.
#[tokio::test]
async fn no_code_token_or_secret_is_ever_logged() {
    let log = Log::open();
    WHOLE.set(true);
    let kit = Kit::sqlite().await;
    let ways = json!({ "grant_types": [
        "authorization_code", "refresh_token", "client_credentials", "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] });
    let client = kit.client("photos", ways).await;
    let mut secrets = vec![client.secret.clone(), client.basic(), VERIFIER.to_owned()];
    let code = kit.code(&client, "openid profile offline_access").await;
    let tokens = kit.exchange(&client, &code).await.expect(200).json();
    let names = ["access_token", "refresh_token", "id_token"];
    secrets.extend(names.map(|name| text(&tokens, name).to_owned()));
    let access = text(&tokens, "access_token");
    kit.userinfo(access).await.expect(200);
    kit.userinfo(&format!("{access}x")).await.expect(401);
    let refresh = text(&tokens, "refresh_token");
    let next = refreshed(&kit, &client, refresh).await.expect(200).json();
    secrets.extend(names.map(|name| text(&next, name).to_owned()));
    for path in ["/application/o/introspect/", "/application/o/revoke/"] {
        let form = [("token", access)];
        kit.post(path, Some(&client.basic()), &form)
            .await
            .expect(200);
    }
    let device = [("client_id", &*client.id), ("scope", "openid")];
    let device = kit.post("/application/o/device/", None, &device).await;
    let device = device.expect(200).json();
    secrets.extend(["device_code", "user_code"].map(|name| text(&device, name).to_owned()));
    secrets.extend(implicitly(&kit, &client).await);
    // What goes wrong is logged the more.
    let code = kit.code(&client, "openid").await;
    secrets.push(code.clone());
    let not_the_verifier = challenge();
    let form = [
        &exchange(&code)[..3],
        &[("code_verifier", &*not_the_verifier)],
    ]
    .concat();
    kit.token(&client, &form).await.expect(400);
    kit.exchange(&client, &code).await.expect(400);
    wait(31_000);
    refreshed(&kit, &client, refresh).await.expect(400);
    let wrong = [
        ("grant_type", "client_credentials"),
        ("client_id", &*client.id),
        ("client_secret", "a-wrong-secret-of-a-client"),
    ];
    secrets.push("a-wrong-secret-of-a-client".to_owned());
    kit.token_plainly(&wrong).await.expect(401);
    let gone = Request::get(format!("/application/o/userinfo/?access_token={access}"));
    kit.send(gone, String::new()).await.expect(401);
    let session = kit.cookie.split_once('=').unwrap().1.to_owned();
    secrets.push(session);
    assert!(!log.lines_with("request").is_empty(), "nothing is logged");
    tracing::trace!("the lowest level");
    assert!(!log.lines_with("the lowest level").is_empty());
    for secret in &secrets {
        let lines = log.lines_with(secret);
        assert!(lines.is_empty(), "{secret}: {lines:?}");
    }
}
