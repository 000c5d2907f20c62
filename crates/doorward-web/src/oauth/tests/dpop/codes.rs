//! Codes, pushed requests and refresh tokens that are bound to a key.

use serde_json::json;

use super::{FOREIGN, OWN, PAR, TOKEN, for_token, jkt, post, public, text, tokens};
use crate::oauth::tests::kit::proofs::proof;
use crate::oauth::tests::kit::{
    CALLBACK, Client, Kit, authorize_address, challenge, claims, exchange, wait,
};

fn request<'a>(client: &'a Client, challenge: &'a str, jkt: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_id", &client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("dpop_jkt", jkt),
    ]
}

/// RFC 9449 §10; FAPI 2.0: `dpop_jkt` mismatch at the token endpoint refused.
#[tokio::test]
async fn a_code_that_is_bound_to_a_key_is_worth_nothing_without_it() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let (challenge, jkt) = (challenge(), jkt(OWN));
        for (proofs, status) in [
            (vec![], 400),
            (vec![for_token(FOREIGN)], 400),
            (vec![for_token(OWN)], 200),
        ] {
            let seen = kit.authorize(&request(&client, &challenge, &jkt)).await;
            let code = seen.expect(303).answer()["code"].clone();
            let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
            let seen = post(&kit, TOKEN, &client, &exchange(&code), &proofs).await;
            let seen = seen.expect(status);
            if status == 400 {
                assert_eq!(seen.error(), "invalid_grant");
                // Whoever guesses gets one guess.
                let late = post(&kit, TOKEN, &client, &exchange(&code), &[&for_token(OWN)]).await;
                assert_eq!(late.expect(400).error(), "invalid_grant");
            }
        }
        for bad in ["short", &jkt[1..], &format!("{jkt}A"), "ä"] {
            let seen = kit.authorize(&request(&client, &challenge, bad)).await;
            assert_eq!(
                seen.expect(303).answer()["error"],
                "invalid_request",
                "{bad}"
            );
        }
    }
}

/// RFC 9449 §10.1; FAPI 2.0: a proof at PAR binds the code; `dpop_jkt` mismatch at PAR refused.
#[tokio::test]
async fn a_proof_beside_a_pushed_request_binds_the_code() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let (challenge, jkt) = (challenge(), jkt(OWN));
        let for_par = |pem: &str| proof(pem, "POST", PAR, &json!({}));
        let mut plain = request(&client, &challenge, &jkt);
        let wrong = post(&kit, PAR, &client, &plain, &[&for_par(FOREIGN)]).await;
        assert_eq!(wrong.expect(400).error(), "invalid_dpop_proof");
        let wrong = post(&kit, PAR, &client, &plain, &[&for_token(OWN)]).await;
        assert_eq!(
            wrong.expect(400).error(),
            "invalid_dpop_proof",
            "for the token endpoint"
        );
        post(&kit, PAR, &client, &plain, &[&for_par(OWN)])
            .await
            .expect(201);
        plain.pop();
        for (pem, status) in [(FOREIGN, 400), (OWN, 200)] {
            let once = for_par(OWN);
            let seen = post(&kit, PAR, &client, &plain, &[&once]).await.expect(201);
            let again = post(&kit, PAR, &client, &plain, &[&once]).await.expect(400);
            assert_eq!(again.error(), "invalid_dpop_proof", "used before");
            let told = seen.json();
            let name = [
                ("client_id", client.id.as_str()),
                ("request_uri", text(&told, "request_uri")),
            ];
            let answer = kit.browse(&authorize_address(&name)).await;
            let code = answer.expect(303).answer()["code"].clone();
            let seen = post(&kit, TOKEN, &client, &exchange(&code), &[&for_token(pem)]).await;
            seen.expect(status);
        }
    }
}

fn refreshing(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

/// RFC 9449 §5; FAPI 2.0: refresh token.
#[tokio::test]
async fn a_public_clients_refresh_tokens_are_bound_to_the_key_each_after_the_other() {
    for kit in Kit::every().await {
        let client = public(&kit).await;
        let mut told = tokens(&kit, &client, "openid offline_access", OWN).await;
        for _ in 0..2 {
            let refresh = text(&told, "refresh_token").to_owned();
            let form = refreshing(&refresh);
            for proofs in [vec![], vec![for_token(FOREIGN)]] {
                let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
                let seen = post(&kit, TOKEN, &client, &form, &proofs).await;
                assert_eq!(seen.expect(400).error(), "invalid_grant");
            }
            wait(2_000);
            let seen = post(&kit, TOKEN, &client, &form, &[&for_token(OWN)]).await;
            told = seen.expect(200).json();
            assert_eq!(told["token_type"], "DPoP");
            let token = text(&told, "access_token");
            assert_eq!(claims(token)["cnf"]["jkt"], *jkt(OWN));
        }
        let used = for_token(OWN);
        let form = refreshing(text(&told, "refresh_token"));
        let seen = post(&kit, TOKEN, &client, &form, &[&used])
            .await
            .expect(200);
        let told = seen.json();
        let form = refreshing(text(&told, "refresh_token"));
        let seen = post(&kit, TOKEN, &client, &form, &[&used]).await;
        assert_eq!(
            seen.expect(400).error(),
            "invalid_dpop_proof",
            "used before"
        );
    }
}

#[tokio::test]
async fn a_client_that_proves_itself_otherwise_may_take_a_new_key_when_it_refreshes() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let told = tokens(&kit, &client, "openid offline_access", OWN).await;
    let form = refreshing(text(&told, "refresh_token"));
    let seen = post(&kit, TOKEN, &client, &form, &[&for_token(FOREIGN)]).await;
    let told = seen.expect(200).json();
    assert_eq!(
        claims(text(&told, "access_token"))["cnf"]["jkt"],
        *jkt(FOREIGN)
    );
}
