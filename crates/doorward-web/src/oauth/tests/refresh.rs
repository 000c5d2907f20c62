//! From a refresh token to new tokens.

use serde_json::{Value, json};

use super::kit::{Client, Kit, Seen, claims, wait};

async fn refresh(kit: &Kit, client: &Client, token: &str) -> Seen {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    kit.token(client, &form).await
}

fn of(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

#[tokio::test]
async fn each_refresh_token_leads_to_the_next_one() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let first = kit.tokens(&client, "openid profile offline_access").await;
        wait(5_000);
        let second = refresh(&kit, &client, of(&first)).await.expect(200).json();
        assert_ne!(first["access_token"], second["access_token"]);
        assert_ne!(of(&first), of(&second));
        let before = claims(first["id_token"].as_str().unwrap());
        let after = claims(second["id_token"].as_str().unwrap());
        for same in ["iss", "sub", "aud", "auth_time", "nonce", "sid"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_ne!(before["iat"], after["iat"]);
        kit.userinfo(second["access_token"].as_str().unwrap())
            .await
            .expect(200);
        wait(5_000);
        refresh(&kit, &client, of(&second)).await.expect(200);
    }
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_late_ends_the_family_rfc_9700_4_14_2() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let first = kit.tokens(&client, "openid offline_access").await;
        let second = refresh(&kit, &client, of(&first)).await.expect(200).json();
        wait(31_000);
        assert_eq!(
            refresh(&kit, &client, of(&first)).await.expect(400).error(),
            "invalid_grant"
        );
        assert_eq!(
            refresh(&kit, &client, of(&second))
                .await
                .expect(400)
                .error(),
            "invalid_grant"
        );
        kit.userinfo(second["access_token"].as_str().unwrap())
            .await
            .expect(401);
    }
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again_while_its_successor_is_unused() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let first = kit.tokens(&client, "openid offline_access").await;
        let lost = refresh(&kit, &client, of(&first)).await.expect(200).json();
        wait(5_000);
        let again = refresh(&kit, &client, of(&first)).await.expect(200).json();
        assert_eq!(of(&lost), of(&again), "the same one, not a second family");
        let third = refresh(&kit, &client, of(&again)).await.expect(200).json();
        wait(2_000);
        // Its successor is used: this is no lost answer any more.
        assert_eq!(
            refresh(&kit, &client, of(&first)).await.expect(400).error(),
            "invalid_grant"
        );
        assert_eq!(
            refresh(&kit, &client, of(&third)).await.expect(400).error(),
            "invalid_grant"
        );
    }
}

/// CVE-2026-1035: the check of a second use is the write itself.
#[tokio::test]
async fn of_fifty_exchanges_of_one_refresh_token_at_once_one_succeeds() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let first = kit.tokens(&client, "openid offline_access").await;
        let all = (0..50).map(|_| refresh(&kit, &client, of(&first)));
        let all = futures_util::future::join_all(all).await;
        let good: Vec<_> = all.iter().filter(|seen| seen.status == 200).collect();
        assert_eq!(good.len(), 1);
        let next = good[0].json();
        refresh(&kit, &client, of(&next)).await.expect(200);
    }
}

/// CVE-2026-55672
#[tokio::test]
async fn a_refresh_token_is_worth_nothing_to_another_client() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let other = kit.client("other", json!({})).await;
    let tokens = kit.tokens(&client, "openid offline_access").await;
    assert_eq!(
        refresh(&kit, &other, of(&tokens)).await.expect(400).error(),
        "invalid_grant"
    );
    refresh(&kit, &client, of(&tokens)).await.expect(200);
}

#[tokio::test]
async fn scopes_shrink_and_never_grow() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let tokens = kit.tokens(&client, "openid email offline_access").await;
    let asked = |scope: &'static str, token: String| {
        let client = client.clone();
        let kit = &kit;
        async move {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", &*token),
                ("scope", scope),
            ];
            kit.token(&client, &form).await
        }
    };
    let wider = asked("openid profile", of(&tokens).to_owned())
        .await
        .expect(400);
    assert_eq!(wider.error(), "invalid_scope");
    let narrow = asked("openid", of(&tokens).to_owned())
        .await
        .expect(200)
        .json();
    assert_eq!(narrow["scope"], "openid");
    let info = kit
        .userinfo(narrow["access_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    assert!(info.get("email").is_none(), "{info}");
    let whole = asked("openid email offline_access", of(&narrow).to_owned())
        .await
        .expect(200);
    assert_eq!(whole.json()["scope"], "openid email offline_access");
}

#[tokio::test]
async fn a_threshold_keeps_a_refresh_token_that_has_long_to_live() {
    let kit = Kit::sqlite().await;
    let more = json!({ "refresh_token_threshold": "days=1", "refresh_token_validity": "days=3" });
    let client = kit.client("photos", more).await;
    let first = kit.tokens(&client, "openid offline_access").await;
    let kept = refresh(&kit, &client, of(&first)).await.expect(200).json();
    assert_eq!(of(&kept), of(&first));
    wait(2 * 86_400_000 + 1);
    let renewed = refresh(&kit, &client, of(&first)).await.expect(200).json();
    assert_ne!(of(&renewed), of(&first));
}
