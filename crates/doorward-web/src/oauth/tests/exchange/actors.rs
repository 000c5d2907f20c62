//! Who acts in whose name, and in whose nobody does.

use serde_json::json;

use super::{
    ACCESS_TOKEN, AUTHENTIK_TOKEN, JWT, access, client, exchange, look, mias, refused, trusting,
};
use crate::oauth::tests::kit::{Kit, MIA, claims};

/// CVE-2026-109374
#[tokio::test]
async fn nobody_speaks_as_an_administrator() {
    for kit in Kit::every().await {
        let first = client(&kit, "first", json!({})).await;
        let backend = client(&kit, "backend", trusting(&first)).await;
        let before = mias(&kit, &first, "openid").await;
        exchange(&kit, &backend, &before, &[]).await.expect(200);
        kit.promote(MIA).await;
        let after = mias(&kit, &first, "openid").await;
        let target = client(&kit, "target", trusting(&first)).await;
        for token in [&before, &after] {
            refused(&kit, &backend, token, &[], "invalid_request").await;
            let asked = [("audience", &*target.id)];
            refused(&kit, &first, token, &asked, "invalid_request").await;
            // Their own client may make less of it, and who acts in their own name says so.
            exchange(&kit, &first, token, &[]).await.expect(200);
            let form = [("grant_type", "client_credentials")];
            let machine = access(&kit.token(&backend, &form).await.expect(200).json());
            let actor = [
                ("actor_token", &*machine),
                ("actor_token_type", ACCESS_TOKEN),
            ];
            let told = exchange(&kit, &backend, token, &actor).await;
            assert!(claims(&access(&told.expect(200).json())).contains_key("act"));
        }
    }
}

/// RFC 8693 §4.1, oidc.md 6.3 number 11
#[tokio::test]
async fn actors_stand_within_one_another_and_four_are_enough() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        kit.mias_token("an-app-password-of-mias", "app_password")
            .await;
        let form = [("grant_type", "client_credentials")];
        let machine = access(&kit.token(&photos, &form).await.expect(200).json());
        let mut token = mias(&kit, &photos, "openid").await;
        let (mia, ak) = (
            claims(&token)["sub"].clone(),
            claims(&machine)["sub"].clone(),
        );
        let by_machine = [("actor_token", &*machine), ("actor_token_type", JWT)];
        let key = ("actor_token", "an-app-password-of-mias");
        let by_mia = [key, ("actor_token_type", AUTHENTIK_TOKEN)];
        for actor in [&by_machine, &by_mia, &by_machine, &by_machine] {
            let told = exchange(&kit, &photos, &token, actor).await;
            token = access(&told.expect(200).json());
        }
        let chain =
            json!({ "sub": ak, "act": { "sub": ak, "act": { "sub": mia, "act": { "sub": ak } } } });
        assert_eq!(claims(&token)["act"], chain);
        refused(&kit, &photos, &token, &by_machine, "invalid_request").await;
        // Without an actor of its own an exchange hides nobody who acted before.
        let told = exchange(&kit, &photos, &token, &[]).await.expect(200);
        let token = access(&told.json());
        assert_eq!(claims(&token)["act"], chain);
        assert_eq!(look(&kit, &photos, &token).await["act"], chain);
    }
}

#[tokio::test]
async fn an_actor_is_who_an_own_token_or_an_app_password_says() {
    for kit in Kit::every().await {
        let first = client(&kit, "first", json!({})).await;
        let backend = client(&kit, "backend", trusting(&first)).await;
        doorward_engine::testing::add_user(&kit.engine, MIA + 1, "max").await;
        kit.token_of(MIA + 1, "an-app-password-of-max", "app_password")
            .await;
        kit.token_of(MIA + 1, "an-api-token", "api").await;
        let token = mias(&kit, &first, "openid").await;
        let acting = |key, kind| [("actor_token", key), ("actor_token_type", kind)];
        let max = acting("an-app-password-of-max", AUTHENTIK_TOKEN);
        exchange(&kit, &backend, &token, &max).await.expect(200);
        for actor in [
            acting(&token, ACCESS_TOKEN),
            acting("nonsense", ACCESS_TOKEN),
            acting("nonsense", AUTHENTIK_TOKEN),
            acting("an-api-token", AUTHENTIK_TOKEN),
            acting("an-app-password-of-max", ACCESS_TOKEN),
            acting("an-app-password-of-max", "made-up"),
        ] {
            refused(&kit, &backend, &token, &actor, "invalid_request").await;
        }
        refused(&kit, &backend, &token, &max[..1], "invalid_request").await;
        refused(&kit, &backend, &token, &max[1..], "invalid_request").await;
        // Who may not open the application does not act in it.
        kit.open_only_to("backend", MIA).await;
        exchange(&kit, &backend, &token, &[]).await.expect(200);
        refused(&kit, &backend, &token, &max, "invalid_request").await;
        kit.shut(MIA + 1).await;
        refused(&kit, &backend, &token, &max, "invalid_request").await;
    }
}
