//! A registered client is never trusted more than the provider that it registered with.

use doorward_protocol::certificate::NewKey;
use doorward_store::user;
use serde_json::{Value, json};

use super::super::kit::{CALLBACK, Client, Kit, MIA, wait};
use super::super::rotation::{id_token, imported, kid, verifies};
use super::{call, client, initial, open, place, register, registered, said};

const MACHINE: [&str; 2] = ["authorization_code", "client_credentials"];

/// What the operator lists is what registered clients may ask for, and GitHub's words say as much.
#[tokio::test]
async fn githubs_scopes_are_nothing_that_a_registered_client_gets() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({ "scope": "openid" })).await;
        let wanted = "openid user user:email read:user read:org";
        let tokens = kit.tokens(&client(&told), wanted).await;
        assert_eq!(tokens["scope"], "openid");
        assert_ne!(parent.id, told["client_id"]);
    }
}

async fn own_account(kit: &Kit, client: &Client) -> Option<user::UserRow> {
    let name = format!("ak-{}-client_credentials", client.id);
    let mut tx = kit.engine.store.read().await.unwrap();
    user::find_by_username(&mut tx, &name).await.unwrap()
}

async fn accounts(kit: &Kit) -> usize {
    let told = kit.events("model_created").await;
    let is_account = |one: &&Value| one["model"]["model_name"] == "user";
    told.iter().filter(is_account).count()
}

/// RFC 7592 §2.2: a client changes its name as often as it likes.
#[tokio::test]
async fn a_registered_client_has_one_account_whatever_it_calls_itself_and_it_goes_along() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({ "grant_types": MACHINE })).await;
        let own = client(&told);
        let (path, key) = place(&told);
        initial(&kit, &own, "openid").await;
        let made = accounts(&kit).await;
        for name in ["One", "Another", "A third"] {
            let body = said(&json!({
                "client_id": own.id, "client_name": name, "grant_types": MACHINE,
            }));
            let seen = call(&kit, "PUT", &path, &key, Some(&body)).await;
            seen.expect(200);
            initial(&kit, &own, "openid").await;
        }
        assert_eq!(accounts(&kit).await, made);
        let access = initial(&kit, &own, "openid").await;
        assert!(own_account(&kit, &own).await.is_some());
        call(&kit, "DELETE", &path, &key, None).await.expect(204);
        assert!(own_account(&kit, &own).await.is_none());
        kit.userinfo(&access).await.expect(401);
    }
}

/// A parent with these settings, and a token to register with it.
async fn strict(kit: &Kit, more: &Value) -> (Client, String) {
    let (parent, token) = open(kit, json!({})).await;
    kit.amend_provider(&parent, more).await;
    (parent, token)
}

#[tokio::test]
async fn what_the_parent_insists_on_its_registered_clients_cannot_leave_out() {
    for kit in Kit::every().await {
        let insisted = [
            "dpop_bound_access_tokens",
            "require_pushed_authorization_requests",
        ];
        let more = json!({ insisted[0]: true, insisted[1]: true, "subject_type": "pairwise" });
        let (_, token) = strict(&kit, &more).await;
        for more in [json!({}), json!({ insisted[0]: false, insisted[1]: false })] {
            let told = registered(&kit, &token, &more).await;
            let own = client(&told);
            let (path, key) = place(&told);
            let body = said(&json!({ "client_id": told["client_id"], insisted[0]: false }));
            let seen = call(&kit, "PUT", &path, &key, Some(&body)).await;
            for told in [told, seen.expect(200).json()] {
                assert_eq!(told[insisted[0]], true);
                assert_eq!(told[insisted[1]], true);
                assert_eq!(told["subject_type"], "pairwise");
            }
            let seen = kit.authorize(&asked(&own)).await;
            let is_refused = seen.status == 400 || seen.answer().contains_key("error");
            assert!(is_refused, "it was not sent ahead: {seen:?}");
        }
        let more = json!({ "subject_type": "public" });
        let seen = register(&kit, &token, &said(&more)).await.expect(400);
        assert_eq!(seen.error(), "invalid_client_metadata");
    }
}

fn asked(client: &Client) -> [(&str, &str); 4] {
    [
        ("client_id", &*client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ]
}

/// What is bound to the parent later counts for those who have registered before.
#[tokio::test]
async fn whoever_is_shut_out_of_the_parent_opens_none_of_its_registered_clients() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({ "grant_types": MACHINE })).await;
        let own = client(&told);
        kit.tokens(&own, "openid").await;
        initial(&kit, &own, "openid").await;
        kit.open_only_to("photos", MIA).await;
        kit.tokens(&own, "openid").await;
        let form = [("grant_type", "client_credentials"), ("scope", "openid")];
        let seen = kit.token(&own, &form).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
    }
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({})).await;
        kit.open_only_to("photos", 1).await;
        let seen = kit.authorize(&asked(&client(&told))).await;
        let is_refused = seen.status == 403 || seen.answer()["error"] == "access_denied";
        assert!(is_refused, "{seen:?}");
    }
}

/// Discovery 1.0 §3: whoever reads the issuer's key set verifies the tokens of its clients with it.
#[tokio::test]
async fn a_registered_client_signs_with_the_key_that_its_issuer_has_by_now() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({ "access_token_validity": "hours=3" })).await;
        let first = imported(&kit, "first", NewKey::Rsa2048).await;
        kit.amend_provider(&parent, &json!({ "signing_key": first }))
            .await;
        let told = registered(&kit, &token, &json!({})).await;
        let own = client(&told);
        let old = kit.tokens(&own, "openid").await;
        assert!(verifies(&kit, "photos", id_token(&old)).await);
        let second = imported(&kit, "second", NewKey::Rsa2048).await;
        kit.amend_provider(&parent, &json!({ "signing_key": second }))
            .await;
        let new = kit.tokens(&own, "openid").await;
        assert_ne!(kid(id_token(&new)), kid(id_token(&old)));
        assert!(verifies(&kit, "photos", id_token(&new)).await);
        wait(2 * 3_600_000);
        let until = "the old key is there as long as what it signed for the client";
        assert!(verifies(&kit, "photos", id_token(&old)).await, "{until}");
        wait(2 * 3_600_000);
        assert!(!verifies(&kit, "photos", id_token(&old)).await);
    }
}

/// RFC 7662 §2.2 (`username`), OpenID Connect Core §8
#[tokio::test]
async fn who_looks_into_a_pairwise_clients_token_is_not_told_a_user_name() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        for (subject, username) in [("pairwise", Value::Null), ("public", json!("mia"))] {
            let more = json!({ "subject_type": subject });
            let own = client(&registered(&kit, &token, &more).await);
            let tokens = kit.tokens(&own, "openid").await;
            let form = [("token", tokens["access_token"].as_str().unwrap())];
            let path = "/application/o/introspect/";
            let seen = kit.post(path, Some(&own.basic()), &form).await;
            let seen = seen.expect(200).json();
            assert_eq!(seen["active"], true);
            assert_eq!(seen["username"], username, "{subject}");
        }
    }
}
