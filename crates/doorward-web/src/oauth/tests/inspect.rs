//! Introspection and revocation.

use serde_json::{Value, json};

use super::kit::{Client, Kit, Seen, wait};

const INTROSPECT: &str = "/application/o/introspect/";
const REVOKE: &str = "/application/o/revoke/";

async fn look(kit: &Kit, client: &Client, token: &str) -> Value {
    let seen = kit
        .post(INTROSPECT, Some(&client.basic()), &[("token", token)])
        .await;
    seen.expect(200).json()
}

async fn revoke(kit: &Kit, client: &Client, token: &str) -> Seen {
    kit.post(REVOKE, Some(&client.basic()), &[("token", token)])
        .await
        .expect(200)
}

/// CVE-2024-47077
#[tokio::test]
async fn a_client_learns_of_its_own_tokens_and_of_those_it_trusts() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let other = kit.client("other", json!({})).await;
        let trusting = json!({ "jwt_federation_providers": [client.provider] });
        let trusting = kit.client("trusting", trusting).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let access = tokens["access_token"].as_str().unwrap();
        for who in [&client, &trusting] {
            let told = look(&kit, who, access).await;
            assert_eq!(told["active"], true);
            assert_eq!(told["client_id"], "id-of-photos");
            assert_eq!(told["scope"], "openid offline_access");
            assert_eq!(told["username"], "mia");
        }
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(look(&kit, &client, refresh).await["active"], true);
        for token in [access, refresh, "nonsense", ""] {
            assert_eq!(
                look(&kit, &other, token).await,
                json!({ "active": false }),
                "{token}"
            );
        }
        wait(3_600_000);
        assert_eq!(
            look(&kit, &client, access).await,
            json!({ "active": false }),
            "late"
        );
    }
}

#[tokio::test]
async fn whoever_proves_nothing_is_told_nothing() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    kit.client("spa", json!({ "client_type": "public" })).await;
    let tokens = kit.tokens(&client, "openid").await;
    let access = tokens["access_token"].as_str().unwrap();
    for form in [
        vec![("token", access)],
        vec![("token", access), ("client_id", "id-of-photos")],
        vec![("token", access), ("client_id", "id-of-spa")],
        vec![
            ("token", access),
            ("client_id", "id-of-photos"),
            ("client_secret", "x"),
        ],
    ] {
        let seen = kit.post(INTROSPECT, None, &form).await.expect(401);
        assert_eq!(seen.error(), "invalid_client");
    }
}

#[tokio::test]
async fn an_access_token_is_revoked_alone_and_a_refresh_token_with_all_rfc_7009_2_1() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let other = kit.client("other", json!({})).await;
        let first = kit.tokens(&client, "openid offline_access").await;
        let access = first["access_token"].as_str().unwrap();
        let refresh = first["refresh_token"].as_str().unwrap();
        revoke(&kit, &other, access).await;
        revoke(&kit, &other, refresh).await;
        kit.userinfo(access).await.expect(200);
        revoke(&kit, &client, access).await;
        revoke(&kit, &client, "nonsense").await;
        kit.userinfo(access).await.expect(401);
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let second = kit.token(&client, &form).await.expect(200).json();
        revoke(&kit, &client, second["refresh_token"].as_str().unwrap()).await;
        kit.userinfo(second["access_token"].as_str().unwrap())
            .await
            .expect(401);
    }
}
