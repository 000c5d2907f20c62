//! What is left of the catalogue of oidc.md 6.3 when every other test is taken away.

use doorward_engine::{Context, resource};
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, encoded, exchange, now, wait};

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
