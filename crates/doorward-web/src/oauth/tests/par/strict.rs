//! Clients that have to send their requests ahead, and how they prove themselves.

use doorward_protocol::jose::{SigningKey, Typ, sign};
use serde_json::json;

use super::{ISSUER, PAR, bring, push, pushed, request, strict};
use crate::oauth::tests::kit::{Client, Kit, challenge, exchange, now};

const KEY: &str = include_str!("../../../../../doorward-protocol/src/jose/tests/p256.pem");

#[tokio::test]
async fn a_client_proves_itself_before_it_sends_anything_ahead() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let public = kit.client("spa", json!({ "client_type": "public" })).await;
    let challenge = challenge();
    let form = request(&client, &challenge, &[]);
    let seen = kit.post(PAR, None, &form).await.expect(401);
    assert_eq!(seen.error(), "invalid_client");
    let wrong = Client {
        secret: "wrong".into(),
        ..client.clone()
    };
    let seen = push(&kit, &wrong, &[]).await.expect(401);
    assert!(seen.header("www-authenticate").starts_with("Basic "));
    let posted = request(&client, &challenge, &[("client_secret", &client.secret)]);
    kit.post(PAR, None, &posted).await.expect(201);
    let form = request(&public, &challenge, &[]);
    let seen = kit.post(PAR, None, &form).await.expect(201);
    let name = seen.json()["request_uri"].as_str().unwrap().to_owned();
    bring(&kit, &public, &name).await.expect(303).answer();
}

#[tokio::test]
async fn nothing_that_proves_a_client_is_kept_with_its_request() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let challenge = challenge();
    let form = request(&client, &challenge, &[("client_secret", &client.secret)]);
    let seen = kit.post(PAR, None, &form).await.expect(201);
    let name = seen.json()["request_uri"].as_str().unwrap().to_owned();
    let hash = doorward_engine::session::hash_text(&name);
    let mut tx = kit.engine.store.read().await.unwrap();
    let row = doorward_store::pushed_request::find_live(&mut tx, &hash, now()).await;
    let row = row.unwrap().unwrap();
    assert!(row.parameters.contains("code_challenge"), "{row:?}");
    assert!(!row.parameters.contains("secret"), "{row:?}");
}

/// FAPI 2.0: a request without PAR is refused, PKCE required, plain refused, response types other
/// than code refused, the verifier required and checked.
#[tokio::test]
async fn a_client_that_must_send_ahead_is_held_to_fapi_2_0() {
    let kit = Kit::sqlite().await;
    let ways = json!({
        "grant_types": ["authorization_code", "implicit", "hybrid"], "compatibility": true,
    });
    let client = strict(&kit, "photos", ways).await;
    let challenge = challenge();
    let seen = kit.authorize(&request(&client, &challenge, &[])).await;
    assert_eq!(seen.expect(303).answer()["error"], "invalid_request");
    for (more, error) in [
        (
            vec![("code_challenge", ""), ("code_challenge_method", "")],
            "invalid_request",
        ),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (
            vec![("response_type", "code id_token")],
            "unsupported_response_type",
        ),
        (
            vec![("response_type", "id_token token")],
            "unsupported_response_type",
        ),
    ] {
        let seen = push(&kit, &client, &more).await.expect(400);
        assert_eq!(seen.error(), error, "{more:?}");
    }
    for verifier in ["", &"a".repeat(43)] {
        let name = pushed(&kit, &client, &[]).await;
        let answer = bring(&kit, &client, &name).await.expect(303).answer();
        let mut form = exchange(&answer["code"]);
        form[3].1 = verifier;
        let seen = kit.token(&client, &form).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
    }
}

/// FAPI 2.0: missing, expired, wrong aud, no sub; aud is the issuer string (PAR URL, token URL and
/// array refused); iat and nbf 8 s ahead accepted, more than 60 s refused. RFC 9126 §2: a client that is
/// not held to that may name the endpoint.
#[tokio::test]
async fn an_assertion_at_the_endpoint_names_the_issuer() {
    for kit in Kit::every().await {
        let key = SigningKey::from_pem(KEY, Some("its-key".to_owned())).unwrap();
        let keys = json!({ "client_keys": { "keys": [key.public().unwrap().published()] } });
        strict(&kit, "photos", keys.clone()).await;
        kit.client("free", keys).await;
        let now_s = now() / 1000;
        let par = format!("https://auth.example.org{PAR}");
        let token = "https://auth.example.org/application/o/token/";
        let cases = [
            ("photos", json!({}), 201),
            ("photos", json!({ "iat": now_s + 8, "nbf": now_s + 8 }), 201),
            ("photos", json!({ "iat": now_s + 61 }), 401),
            ("photos", json!({ "nbf": now_s + 61 }), 401),
            ("photos", json!({ "exp": now_s - 61 }), 401),
            ("photos", json!({ "sub": null }), 401),
            ("photos", json!({ "aud": par }), 401),
            ("photos", json!({ "aud": token }), 401),
            ("photos", json!({ "aud": [ISSUER] }), 401),
            ("photos", json!({ "aud": "https://evil.tld/" }), 401),
            ("free", json!({ "aud": par }), 201),
            ("free", json!({ "aud": token }), 201),
            ("free", json!({ "aud": ISSUER }), 401),
        ];
        for (at, (slug, more, status)) in cases.iter().enumerate() {
            let id = format!("id-of-{slug}");
            let mut said = json!({
                "iss": id, "sub": id, "aud": ISSUER, "jti": format!("jti-{at}"), "exp": now_s + 60,
            });
            said.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let assertion = sign(&key, Typ::Jwt, &said).unwrap();
            let client = Client {
                id,
                secret: String::new(),
                provider: 0,
            };
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let more = [
                ("client_assertion_type", kind),
                ("client_assertion", &*assertion),
            ];
            let challenge = challenge();
            let form = request(&client, &challenge, &more);
            let seen = kit.post(PAR, None, &form).await;
            assert_eq!(seen.status.as_u16(), *status, "{at}: {said} {}", seen.text);
        }
    }
}

#[tokio::test]
async fn discovery_names_the_endpoint_and_whether_it_must_be_used_rfc_9126_5() {
    let kit = Kit::sqlite().await;
    strict(&kit, "photos", json!({})).await;
    kit.client("other", json!({})).await;
    for (slug, required) in [("photos", true), ("other", false)] {
        let path = format!("/application/o/{slug}/.well-known/openid-configuration");
        let told = kit.get(&path).await.expect(200).json();
        let at = &told["pushed_authorization_request_endpoint"];
        assert_eq!(at, &format!("https://auth.example.org{PAR}"));
        assert_eq!(told["require_pushed_authorization_requests"], required);
    }
}
