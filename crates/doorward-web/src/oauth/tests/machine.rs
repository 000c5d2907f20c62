//! A machine on its own behalf: `client_credentials` and `password`.

use doorward_protocol::encoding::base64;
use doorward_store::user;
use serde_json::{Value, json};

use super::kit::{Client, Kit, MIA, Seen, claims, wait};

const KEY: &str = "an-app-password-of-mias";
const ACCOUNT: &str = "ak-photos-client_credentials";

/// A client that may go these ways, beside the usual ones.
async fn machine(kit: &Kit, slug: &str, more: Value) -> Client {
    let mut settings = json!({
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", "password"],
    });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client(slug, settings).await
}

async fn by_secret(kit: &Kit, client: &Client, scope: &str) -> Seen {
    let form = [("grant_type", "client_credentials"), ("scope", scope)];
    kit.token(client, &form).await
}

/// The way of those who know an id, a name and an app password.
async fn by_name(kit: &Kit, way: &str, name: &str, key: &str) -> Seen {
    let form = [
        ("grant_type", way),
        ("client_id", "id-of-photos"),
        ("username", name),
        ("password", key),
        ("scope", "openid profile"),
    ];
    kit.token_plainly(&form).await
}

async fn account(kit: &Kit) -> Option<user::UserRow> {
    let mut tx = kit.engine.store.read().await.unwrap();
    user::find_by_username(&mut tx, ACCOUNT).await.unwrap()
}

#[tokio::test]
async fn a_secret_leads_to_the_providers_own_service_account_oidc_md_1_10() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        assert!(account(&kit).await.is_none());
        let scope = "openid profile offline_access";
        let tokens = by_secret(&kit, &client, scope).await.expect(200).json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["scope"], "openid profile");
        assert!(tokens.get("refresh_token").is_none(), "{tokens}");
        let id = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["preferred_username"], ACCOUNT);
        assert_eq!(id["aud"], "id-of-photos");
        for absent in ["auth_time", "amr", "sid", "nonce"] {
            assert!(!id.contains_key(absent), "{id:?}");
        }
        let row = account(&kit).await.unwrap();
        assert_eq!(row.kind, "service_account");
        assert_eq!(row.path, "goauthentik.io/apps/photos");
        let access = tokens["access_token"].as_str().unwrap();
        let info = kit.userinfo(access).await.expect(200).json();
        assert_eq!(info["sub"], id["sub"]);
        let again = by_secret(&kit, &client, "").await.expect(200).json();
        assert!(again.get("id_token").is_none(), "openid was not asked for");
        assert_eq!(
            claims(again["access_token"].as_str().unwrap())["sub"],
            id["sub"]
        );
        wait(3_600_000);
        kit.userinfo(access).await.expect(401);
    }
}

#[tokio::test]
async fn of_twenty_first_requests_at_once_each_gets_a_token_of_the_one_account() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        let all = (0..20).map(|_| by_secret(&kit, &client, "openid"));
        let all = futures_util::future::join_all(all).await;
        let subs = all.into_iter().map(|seen| {
            let tokens = seen.expect(200).json();
            claims(tokens["id_token"].as_str().unwrap())["sub"].clone()
        });
        let mut subs: Vec<_> = subs.map(|sub| sub.to_string()).collect();
        subs.dedup();
        assert_eq!(subs.len(), 1);
    }
}

/// Who registers with the name of a service account does not become one.
#[tokio::test]
async fn a_persons_account_with_the_name_of_the_service_account_is_not_taken_over() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        doorward_engine::testing::add_user(&kit.engine, 71, ACCOUNT).await;
        let seen = by_secret(&kit, &client, "openid").await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn an_app_password_leads_to_its_owner_in_three_ways_oidc_md_1_10() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        kit.mias_token(KEY, "app_password").await;
        for way in ["client_credentials", "password"] {
            let tokens = by_name(&kit, way, "mia", KEY).await.expect(200).json();
            let id = claims(tokens["id_token"].as_str().unwrap());
            assert_eq!(id["preferred_username"], "mia", "{way}");
        }
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &*client.id),
            ("client_secret", &*base64(format!("mia:{KEY}"))),
            ("scope", "openid profile"),
        ];
        let tokens = kit.token_plainly(&form).await.expect(200).json();
        let id = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["preferred_username"], "mia");
        let form = [
            ("grant_type", "client_credentials"),
            ("username", "mia"),
            ("password", KEY),
            ("scope", "profile"),
        ];
        kit.token(&client, &form).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_no_app_password_of_whoever_is_named_opens_nothing() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        kit.mias_token(KEY, "app_password").await;
        kit.mias_token("an-api-token", "api").await;
        doorward_engine::testing::add_user(&kit.engine, 71, "max").await;
        for (name, key) in [
            ("mia", "an-api-token"),
            ("mia", "wrong"),
            ("mia", ""),
            ("max", KEY),
            ("nobody", KEY),
        ] {
            let seen = by_name(&kit, "client_credentials", name, key)
                .await
                .expect(400);
            assert_eq!(seen.error(), "invalid_grant", "{name} {key}");
            let secret = base64(format!("{name}:{key}"));
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", &*client.id),
                ("client_secret", &*secret),
            ];
            let seen = kit.token_plainly(&form).await.expect(400);
            assert_eq!(seen.error(), "invalid_grant", "{name} {key}");
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_is_no_better_for_an_app_password_beside_it() {
    let kit = Kit::sqlite().await;
    machine(&kit, "photos", json!({})).await;
    kit.mias_token(KEY, "app_password").await;
    for secret in ["wrong", "secret-of-other"] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "id-of-photos"),
            ("client_secret", secret),
            ("username", "mia"),
            ("password", KEY),
        ];
        let seen = kit.token_plainly(&form).await.expect(401);
        assert_eq!(seen.error(), "invalid_client");
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "id-of-photos"),
    ];
    kit.token_plainly(&form).await.expect(401);
}

#[tokio::test]
async fn a_public_client_has_no_account_of_its_own() {
    let kit = Kit::sqlite().await;
    for compatibility in [false, true] {
        let slug = if compatibility { "old" } else { "spa" };
        let more = json!({ "client_type": "public", "compatibility": compatibility });
        let client = machine(&kit, slug, more).await;
        let named = [
            ("grant_type", "client_credentials"),
            ("client_id", &*client.id),
        ];
        let seen = kit.token_plainly(&named).await.expect(400);
        assert_eq!(seen.error(), "unauthorized_client");
        let secret = ("client_secret", &*client.secret);
        let seen = kit.token_plainly(&[named[0], named[1], secret]).await;
        assert!(["unauthorized_client", "invalid_client"].contains(&&*seen.error()));
        assert!(seen.json().get("access_token").is_none());
    }
    let row = account(&kit).await;
    assert!(row.is_none());
}

/// CVE-2024-52287
#[tokio::test]
async fn no_scope_is_granted_that_the_provider_does_not_have() {
    let kit = Kit::sqlite().await;
    let client = machine(&kit, "photos", json!({ "property_mappings": [] })).await;
    kit.mias_token(KEY, "app_password").await;
    let scope = "openid profile goauthentik.io/api made_up";
    let tokens = by_secret(&kit, &client, scope).await.expect(200).json();
    assert_eq!(tokens["scope"], "openid");
    let tokens = by_name(&kit, "password", "mia", KEY)
        .await
        .expect(200)
        .json();
    assert_eq!(tokens["scope"], "openid");
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert!(!id.contains_key("preferred_username"), "{id:?}");
    let seen = by_secret(&kit, &client, "open\"id").await.expect(400);
    assert_eq!(seen.error(), "invalid_scope");
}

/// CVE-2025-64521
#[tokio::test]
async fn an_account_that_was_shut_gets_nothing_and_its_tokens_end() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        kit.mias_token(KEY, "app_password").await;
        let own = by_secret(&kit, &client, "openid").await.expect(200).json();
        let mias = by_name(&kit, "password", "mia", KEY)
            .await
            .expect(200)
            .json();
        kit.shut(account(&kit).await.unwrap().id).await;
        kit.shut_mia().await;
        let seen = by_secret(&kit, &client, "openid").await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
        let seen = by_name(&kit, "password", "mia", KEY).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
        for tokens in [own, mias] {
            kit.userinfo(tokens["access_token"].as_str().unwrap())
                .await
                .expect(401);
        }
    }
}

#[tokio::test]
async fn the_applications_bindings_count_for_machines_too() {
    for kit in Kit::every().await {
        let client = machine(&kit, "photos", json!({})).await;
        kit.mias_token(KEY, "app_password").await;
        by_secret(&kit, &client, "openid").await.expect(200);
        kit.open_only_to("photos", MIA).await;
        let seen = by_secret(&kit, &client, "openid").await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
        by_name(&kit, "password", "mia", KEY).await.expect(200);
    }
}

#[tokio::test]
async fn who_may_not_go_this_way_does_not() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    kit.mias_token(KEY, "app_password").await;
    let seen = by_secret(&kit, &client, "openid").await.expect(400);
    assert_eq!(seen.error(), "unauthorized_client");
    let seen = by_name(&kit, "password", "mia", KEY).await.expect(400);
    assert_eq!(seen.error(), "unauthorized_client");
}

/// RFC 8707 §2
#[tokio::test]
async fn a_resource_becomes_the_audience_of_the_access_token() {
    let kit = Kit::sqlite().await;
    let more = json!({ "resources": "https://api.example.org/" });
    let client = machine(&kit, "photos", more).await;
    let asked = |resource: &'static str| {
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        let (kit, client) = (&kit, &client);
        async move { kit.token(client, &form).await }
    };
    let tokens = asked("https://api.example.org/").await.expect(200).json();
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["aud"], "https://api.example.org/");
    let seen = asked("no address").await.expect(400);
    assert_eq!(seen.error(), "invalid_target");
}
