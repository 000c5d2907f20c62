//! What ends a grant besides its time.

use doorward_engine::session;
use serde_json::{Value, json};

use super::kit::{Client, Kit, MIA, Seen, now, wait};

/// Somebody else.
const OTHER: i64 = MIA + 1;

async fn refresh(kit: &Kit, client: &Client, tokens: &Value) -> Seen {
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    kit.token(client, &form).await
}

/// CVE-2026-43983: whoever may not open the application any more gets no new tokens for it.
#[tokio::test]
async fn bindings_are_asked_again_at_each_refresh() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        wait(2_000);
        let tokens = refresh(&kit, &client, &tokens).await.expect(200).json();
        doorward_engine::testing::add_user(&kit.engine, OTHER, "lea").await;
        kit.open_only_to("photos", OTHER).await;
        wait(2_000);
        let refused = refresh(&kit, &client, &tokens).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");
    }
}

/// A thief who let an app in keeps nothing when its owner signs out everywhere, is shut out, or gets
/// a new password: all of these end every session.
#[tokio::test]
async fn the_end_of_every_session_ends_what_was_to_last() {
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let client = kit.client("photos", json!({})).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let mut tx = kit.engine.store.begin().await.unwrap();
        session::end_all_of(&mut tx, MIA, "", now()).await.unwrap();
        kit.engine.commit(tx).await.unwrap();
        wait(2_000);
        let refused = refresh(&kit, &client, &tokens).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn an_app_that_stays_signed_in_outlives_one_session() {
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let client = kit.client("photos", json!({})).await;
        let lasting = kit.tokens(&client, "openid offline_access").await;
        let passing = kit.tokens(&client, "openid").await;
        wait(31 * 86_400_000 - 86_400_000 * 2);
        // The browser was not used for a week: its session is over.
        let token = passing["access_token"].as_str().unwrap();
        kit.userinfo(token).await.expect(401);
        refresh(&kit, &client, &lasting).await.expect(200);
    }
}

/// RFC 7009 §2.1
#[tokio::test]
async fn a_refresh_token_that_was_exchanged_still_revokes_its_family() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let first = kit.tokens(&client, "openid offline_access").await;
        wait(2_000);
        let second = refresh(&kit, &client, &first).await.expect(200).json();
        let old = first["refresh_token"].as_str().unwrap();
        let form = [("token", old)];
        kit.post("/application/o/revoke/", Some(&client.basic()), &form)
            .await
            .expect(200);
        wait(2_000);
        let refused = refresh(&kit, &client, &second).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");
    }
}

/// RFC 8707 §2: an audience is one that an operator has listed, or the client itself.
#[tokio::test]
async fn a_token_is_for_the_client_or_for_what_an_operator_has_listed() {
    let kit = Kit::sqlite().await;
    let more = json!({ "resources": "https://api.example.org/\nhttps://more.example.org/" });
    let client = kit.client("photos", more).await;
    for (resource, expected) in [
        ("https://payroll.example.org/", "invalid_target"),
        ("https://api.example.org", "invalid_target"),
        ("https://api.example.org/", ""),
    ] {
        let answer = kit
            .authorize(&[
                ("client_id", &client.id),
                ("response_type", "code"),
                ("redirect_uri", super::kit::CALLBACK),
                ("scope", "openid"),
                ("resource", resource),
            ])
            .await
            .expect(303)
            .answer();
        let error = answer.get("error").map_or("", String::as_str);
        assert_eq!(error, expected, "{resource}");
    }
}
