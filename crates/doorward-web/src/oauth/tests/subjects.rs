//! Words that could be somebody else's, and who was shown a client's secret.

use doorward_store::{Topic, change, subject, user};
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, MIA, now};

async fn with_email(kit: &Kit, id: i64, email: &str) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let mut row = user::find(&mut tx, id).await.unwrap().unwrap();
    row.email = email.to_owned();
    assert!(user::save(&mut tx, &row).await.unwrap());
    change::record(&mut tx, Topic::User, id, now())
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
}

async fn held_by_another(kit: &Kit, client: &Client, word: &str) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    subject::hold(&mut tx, client.provider, word, 999, now())
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
}

/// The error that a request of Mia's ends in; empty if she gets a code.
async fn error(kit: &Kit, client: &Client) -> String {
    let seen = kit
        .authorize(&[
            ("client_id", &client.id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
        ])
        .await;
    let answer = seen.expect(303).answer();
    answer.get("error").cloned().unwrap_or_default()
}

/// Events that no answer waits for.
async fn told(kit: &Kit, action: &str, count: usize) -> Vec<Value> {
    for _ in 0..500 {
        tokio::task::yield_now().await;
        let told = kit.events(action).await;
        if told.len() >= count {
            return told;
        }
    }
    panic!("fewer than {count} events {action}");
}

#[tokio::test]
async fn an_address_that_several_accounts_have_stands_for_none_of_them() {
    for kit in Kit::every().await {
        doorward_engine::testing::add_user(&kit.engine, 71, "max").await;
        with_email(&kit, MIA, "family@example.org").await;
        let client = kit
            .client("photos", json!({ "sub_mode": "user_email" }))
            .await;
        let old = json!({ "sub_mode": "user_email", "compatibility": true });
        let compatible = kit.client("music", old).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        with_email(&kit, 71, "Family@example.org").await;
        assert_eq!(error(&kit, &client).await, "access_denied");
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let refused = kit.token(&client, &form).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");
        assert_eq!(error(&kit, &compatible).await, "");
        let events = told(&kit, "configuration_error", 1).await;
        assert_eq!(events[0]["application"], "photos");
    }
}

#[tokio::test]
async fn whoever_is_called_as_somebody_was_before_does_not_inherit_their_account_in_an_app() {
    for mode in ["user_username", "user_email"] {
        for kit in Kit::every().await {
            with_email(&kit, MIA, "mia").await;
            let client = kit.client("photos", json!({ "sub_mode": mode })).await;
            let hashed = kit.client("music", json!({})).await;
            let old = json!({ "sub_mode": mode, "compatibility": true });
            let compatible = kit.client("films", old).await;
            for one in [&client, &hashed, &compatible] {
                held_by_another(&kit, one, "mia").await;
            }
            assert_eq!(error(&kit, &client).await, "access_denied", "{mode}");
            assert_eq!(error(&kit, &hashed).await, "", "{mode}");
            assert_eq!(error(&kit, &compatible).await, "", "{mode}");
        }
    }
}

#[tokio::test]
async fn an_account_keeps_its_name_in_an_app() {
    for kit in Kit::every().await {
        let more = json!({ "sub_mode": "user_username" });
        let client = kit.client("photos", more).await;
        assert_eq!(error(&kit, &client).await, "");
        // Whoever came first holds it.
        held_by_another(&kit, &client, "mia").await;
        assert_eq!(error(&kit, &client).await, "");
    }
}

#[tokio::test]
async fn whoever_is_shown_a_clients_secret_leaves_one_event_in_ten_minutes() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let one = format!("/api/v3/providers/oauth2/{}/", client.provider);
        kit.browse(&one).await.expect(404);
        kit.browse("/api/v3/providers/oauth2/").await.expect(403);
        kit.make_mia_an_admin().await;
        for _ in 0..3 {
            let seen = kit.browse(&one).await.expect(200);
            assert_eq!(seen.json()["client_secret"], client.secret);
        }
        let events = told(&kit, "secret_view", 1).await;
        assert_eq!(events[0]["model"]["pk"], client.provider.to_string());
        for _ in 0..3 {
            kit.browse("/api/v3/providers/oauth2/").await.expect(200);
        }
        assert_eq!(told(&kit, "secret_view", 2).await.len(), 2);
        let text = format!("{:?}", kit.events("secret_view").await);
        assert!(!text.contains(&client.secret), "{text}");
    }
}

/// Somebody is called otherwise.
async fn renamed(kit: &Kit, id: i64, name: &str) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let mut row = user::find(&mut tx, id).await.unwrap().unwrap();
    row.username = name.to_owned();
    assert!(user::save(&mut tx, &row).await.unwrap());
    change::record(&mut tx, Topic::User, id, now())
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
}

/// A name that was another's when the code came back is refused, and so is what the token would say.
#[tokio::test]
async fn whoever_takes_another_name_with_a_code_or_token_in_hand_is_not_taken_for_another() {
    for kit in Kit::every().await {
        let words = json!({ "sub_mode": "user_username" });
        let client = kit.client("photos", words).await;
        let old = json!({ "sub_mode": "user_username", "compatibility": true });
        let compatible = kit.client("films", old).await;
        for one in [&client, &compatible] {
            held_by_another(&kit, one, "max").await;
        }
        let tokens = kit.tokens(&client, "openid").await;
        let token = tokens["access_token"].as_str().unwrap();
        let as_before = kit.userinfo(token).await.expect(200).json();
        assert_eq!(as_before["sub"], "mia");
        let code = kit.code(&client, "openid").await;
        let others = kit.code(&compatible, "openid").await;
        renamed(&kit, MIA, "max").await;
        let refused = kit.exchange(&client, &code).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");
        let refused = kit.userinfo(token).await.expect(401);
        assert_eq!(refused.error(), "invalid_token");
        let told = kit.exchange(&compatible, &others).await.expect(200).json();
        let token = told["access_token"].as_str().unwrap();
        let info = kit.userinfo(token).await.expect(200).json();
        assert_eq!(info["sub"], "max");
    }
}

/// Tokens for a code or a refresh token may be the first to call somebody so.
#[tokio::test]
async fn whoever_was_called_so_in_a_later_token_keeps_that_name_in_the_app_too() {
    for kit in Kit::every().await {
        let words = json!({ "sub_mode": "user_username" });
        let client = kit.client("photos", words).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let code = kit.code(&client, "openid").await;
        renamed(&kit, MIA, "by-code").await;
        kit.exchange(&client, &code).await.expect(200);
        renamed(&kit, MIA, "by-refresh").await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        kit.token(&client, &form).await.expect(200);
        let mut tx = kit.engine.store.read().await.unwrap();
        for word in ["mia", "by-code", "by-refresh"] {
            let owner = subject::owner(&mut tx, client.provider, word).await;
            assert_eq!(owner.unwrap(), Some(MIA), "{word}");
        }
    }
}
