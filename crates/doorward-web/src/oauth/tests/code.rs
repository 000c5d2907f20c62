//! From a code to tokens.

use doorward_protocol::jose::{Typ, VerifyingKey, read_set, verify};
use doorward_protocol::oauth::ResponseType;
use serde_json::json;

use super::kit::{CALLBACK, Kit, VERIFIER, claims, exchange, header, now, wait};

#[tokio::test]
async fn a_code_is_exchanged_for_tokens_that_say_what_authentiks_say() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let code = kit.code(&client, "openid profile email").await;
        let seen = kit.exchange(&client, &code).await.expect(200);
        assert_eq!(seen.header("cache-control"), "no-store");
        let tokens = seen.json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 3600);
        assert_eq!(tokens["scope"], "openid profile email");
        assert!(
            tokens.get("refresh_token").is_none(),
            "without offline_access"
        );

        let id = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["iss"], "https://auth.example.org/application/o/photos/");
        assert_eq!(id["aud"], "id-of-photos");
        assert_eq!(id["nonce"], "a nonce");
        assert_eq!(id["acr"], "goauthentik.io/providers/oauth2/default");
        assert_eq!(id["amr"], json!(["pwd"]));
        assert_eq!(id["preferred_username"], "mia");
        assert_eq!(
            id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(),
            3600
        );
        assert_eq!(id["auth_time"].as_i64().unwrap(), now() / 1000);

        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(header(token)["typ"], "at+jwt");
        let access = claims(token);
        assert_eq!(access["azp"], "id-of-photos");
        assert_eq!(access["sub"], id["sub"]);
        assert_eq!(access["scope"], "openid profile email");

        let info = kit.userinfo(token).await.expect(200).json();
        assert_eq!(info["sub"], id["sub"]);
        assert_eq!(info["nickname"], "mia");
        assert!(info.get("nonce").is_none());
    }
}

#[tokio::test]
async fn both_tokens_verify_with_the_published_keys_and_never_as_each_other() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let tokens = kit.tokens(&client, "openid").await;
    let set = kit.get("/application/o/photos/jwks/").await.expect(200);
    assert_eq!(set.header("access-control-allow-origin"), "*");
    let keys = read_set(set.text.as_bytes()).unwrap();
    let keys: Vec<_> = keys
        .iter()
        .map(|key| VerifyingKey::new(key).unwrap())
        .collect();
    let id = tokens["id_token"].as_str().unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    assert!(verify(id, Typ::Jwt, &keys).is_ok());
    assert!(verify(access, Typ::AccessToken, &keys).is_ok());
    assert!(verify(access, Typ::Jwt, &keys).is_err());
    assert!(verify(id, Typ::AccessToken, &keys).is_err());
    let half = doorward_protocol::jose::Algorithm::Rs256.half_hash(access);
    assert_eq!(claims(id)["at_hash"], half);
}

#[tokio::test]
async fn a_code_that_comes_twice_takes_everything_with_it_rfc_6749_4_1_2() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let code = kit.code(&client, "openid offline_access").await;
        let tokens = kit.exchange(&client, &code).await.expect(200).json();
        let access = tokens["access_token"].as_str().unwrap();
        kit.userinfo(access).await.expect(200);
        assert_eq!(
            kit.exchange(&client, &code).await.expect(400).error(),
            "invalid_grant"
        );
        kit.userinfo(access).await.expect(401);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        assert_eq!(
            kit.token(&client, &form).await.expect(400).error(),
            "invalid_grant"
        );
    }
}

#[tokio::test]
async fn of_fifty_exchanges_of_one_code_at_once_one_succeeds() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let code = kit.code(&client, "openid").await;
        let all = (0..50).map(|_| kit.exchange(&client, &code));
        let all = futures_util::future::join_all(all).await;
        let good = all.iter().filter(|seen| seen.status == 200).count();
        assert_eq!(good, 1);
        assert!(
            all.iter()
                .all(|seen| seen.status == 200 || seen.error() == "invalid_grant")
        );
    }
}

/// CVE-2026-55672: a code is worth nothing to another client.
#[tokio::test]
async fn a_code_is_worth_nothing_to_another_client() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let other = kit.client("other", json!({})).await;
        let code = kit.code(&client, "openid").await;
        assert_eq!(
            kit.exchange(&other, &code).await.expect(400).error(),
            "invalid_grant"
        );
        kit.exchange(&client, &code).await.expect(200);
    }
}

/// CVE-2023-48228 (verifier not checked unless sent), CVE-2024-23647 (challenge stripped).
#[tokio::test]
async fn verifier_and_challenge_need_each_other() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let wrong = "a".repeat(43);
        for verifier in ["", &wrong, &VERIFIER[..42], &VERIFIER.to_uppercase()] {
            let code = kit.code(&client, "openid").await;
            let mut form = exchange(&code);
            form[3].1 = verifier;
            assert_eq!(
                kit.token(&client, &form).await.expect(400).error(),
                "invalid_grant"
            );
            // Whoever guesses gets one guess.
            assert_eq!(
                kit.exchange(&client, &code).await.expect(400).error(),
                "invalid_grant"
            );
        }
        let plain = kit
            .authorize(&[
                ("client_id", &client.id),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
                ("scope", "openid"),
            ])
            .await;
        let code = plain.answer()["code"].clone();
        assert_eq!(
            kit.exchange(&client, &code).await.expect(400).error(),
            "invalid_grant"
        );
    }
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_very_address_it_was_sent_to() {
    let kit = Kit::sqlite().await;
    let second = "https://photos.example.org/second";
    let uris = json!({ "redirect_uris": [
        { "matching_mode": "strict", "url": CALLBACK }, { "matching_mode": "strict", "url": second },
    ]});
    let client = kit.client("photos", uris).await;
    for uri in [
        second,
        "",
        "https://photos.example.org/callback?",
        "https://evil.tld/",
    ] {
        let code = kit.code(&client, "openid").await;
        let mut form = exchange(&code);
        form[2].1 = uri;
        assert_eq!(
            kit.token(&client, &form).await.expect(400).error(),
            "invalid_grant"
        );
    }
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let code = kit.code(&client, "openid").await;
        wait(60_000);
        assert_eq!(
            kit.exchange(&client, &code).await.expect(400).error(),
            "invalid_grant"
        );
    }
}

/// CVE-2025-64521, CVE-2023-22492.
#[tokio::test]
async fn whoever_was_shut_out_gets_nothing_more() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let code = kit.code(&client, "openid").await;
        kit.shut_mia().await;
        assert_eq!(
            kit.exchange(&client, &code).await.expect(400).error(),
            "invalid_grant"
        );
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        assert_eq!(
            kit.token(&client, &form).await.expect(400).error(),
            "invalid_grant"
        );
        kit.userinfo(tokens["access_token"].as_str().unwrap())
            .await
            .expect(401);
    }
}

/// CVE-2026-27840: every shortening, flip and change of case of a token is another token.
#[tokio::test]
async fn a_token_that_was_changed_anywhere_is_none() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let tokens = kit.tokens(&client, "openid").await;
    let token = tokens["access_token"].as_str().unwrap();
    kit.userinfo(token).await.expect(200);
    for at in (1..token.len()).step_by(37) {
        kit.userinfo(&token[..at]).await.expect(401);
        let mut turned = token.as_bytes().to_vec();
        turned[at] = if turned[at] == b'A' { b'B' } else { b'A' };
        kit.userinfo(std::str::from_utf8(&turned).unwrap())
            .await
            .expect(401);
    }
    kit.userinfo(&token.to_lowercase()).await.expect(401);
    // An ID token is no access token.
    kit.userinfo(tokens["id_token"].as_str().unwrap())
        .await
        .expect(401);
}

#[tokio::test]
async fn a_client_proves_itself_in_one_way_and_rightly() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let public = kit.client("spa", json!({ "client_type": "public" })).await;
    let code = kit.code(&client, "openid").await;
    let base = exchange(&code);
    let with = |more: &[(&'static str, &'static str)]| [base.as_slice(), more].concat();
    for (form, why) in [
        (
            with(&[("client_id", "id-of-photos"), ("client_secret", "x")]),
            "a wrong secret",
        ),
        (with(&[("client_id", "id-of-photos")]), "no secret"),
        (
            with(&[("client_id", "nobody"), ("client_secret", "x")]),
            "nobody",
        ),
        (
            with(&[("client_id", "id-of-spa"), ("client_secret", "x")]),
            "a public one has none",
        ),
    ] {
        let refused = kit.token_plainly(&form).await.expect(401);
        assert_eq!(refused.error(), "invalid_client", "{why}");
    }
    let twice = with(&[
        ("client_id", "id-of-photos"),
        ("client_secret", "secret-of-photos"),
    ]);
    let twice = kit.token(&client, &twice).await.expect(400);
    assert_eq!(twice.error(), "invalid_request");
    let mut bad = client.clone();
    bad.secret = "x".into();
    let in_header = kit.token(&bad, &base).await.expect(401);
    assert!(in_header.header("www-authenticate").starts_with("Basic "));
    // None of that used the code up.
    let right = with(&[
        ("client_id", "id-of-photos"),
        ("client_secret", "secret-of-photos"),
    ]);
    kit.token_plainly(&right).await.expect(200);
    let code = kit.code(&public, "openid").await;
    let form = [exchange(&code).as_slice(), &[("client_id", "id-of-spa")]].concat();
    kit.token_plainly(&form).await.expect(200);
}

#[tokio::test]
async fn what_the_provider_does_not_list_is_no_way_to_a_token() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    for (way, error) in [
        ("client_credentials", "unauthorized_client"),
        ("password", "unauthorized_client"),
        ("saml", "unsupported_grant_type"),
        ("implicit", "unauthorized_client"),
        ("", "invalid_request"),
    ] {
        let seen = kit.token(&client, &[("grant_type", way)]).await.expect(400);
        assert_eq!(seen.error(), error, "{way}");
    }
    assert_eq!(ResponseType::ALL.len(), 6);
}
