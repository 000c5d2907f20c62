//! A client that proves itself by a signed word, and one that brings the token of a provider that it
//! trusts.

use doorward_protocol::jose::{Algorithm, SigningKey, Typ, sign};
use serde_json::{Map, Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, claims, now, wait};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ISSUER: &str = "https://auth.example.org/application/o/photos/";
const TOKEN: &str = "https://auth.example.org/application/o/token/";
const OWN: &str = include_str!("../../../../doorward-protocol/src/jose/tests/p256.pem");
const FOREIGN: &str = include_str!("../../../../doorward-protocol/src/jose/tests/ed25519.pem");

fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(pem, Some("its-key".to_owned())).unwrap()
}

/// A client that has registered the public half of [`OWN`].
async fn client(kit: &Kit, slug: &str, more: Value) -> Client {
    let jwk = key(OWN).public().unwrap().published();
    let mut settings = json!({
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "client_keys": { "keys": [jwk] },
    });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client(slug, settings).await
}

/// What an assertion of `photos` says.
fn word(jti: &str) -> Map<String, Value> {
    let now_s = now() / 1000;
    let said = json!({
        "iss": "id-of-photos", "sub": "id-of-photos", "aud": ISSUER, "jti": jti,
        "iat": now_s, "exp": now_s + 60,
    });
    said.as_object().unwrap().clone()
}

/// The same with one word changed, or gone.
fn with(name: &str, value: Value) -> Map<String, Value> {
    let mut word = word(&format!("{name} {value}"));
    if value.is_null() {
        word.remove(name);
    } else {
        word.insert(name.to_owned(), value);
    }
    word
}

async fn asserted(kit: &Kit, assertion: &str, more: &[(&str, &str)]) -> Seen {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("scope", "openid profile"),
        ("client_assertion_type", KIND),
        ("client_assertion", assertion),
    ];
    form.extend(more);
    kit.token_plainly(&form).await
}

#[tokio::test]
async fn a_client_proves_itself_with_its_own_key_rfc_7523() {
    for kit in Kit::every().await {
        client(&kit, "photos", json!({})).await;
        for (at, audience) in [json!(ISSUER), json!(TOKEN), json!(["x", ISSUER])]
            .into_iter()
            .enumerate()
        {
            let mut word = word(&format!("jti-{at}"));
            word.insert("aud".into(), audience);
            let assertion = sign(&key(OWN), Typ::Jwt, &word).unwrap();
            let seen = asserted(&kit, &assertion, &[]).await.expect(200);
            assert_eq!(seen.json()["scope"], "openid profile");
        }
        let assertion = sign(&key(OWN), Typ::Jwt, &word("for a code")).unwrap();
        let photos = Client {
            id: "id-of-photos".into(),
            secret: String::new(),
            provider: 0,
        };
        let code = kit.code(&photos, "openid").await;
        let mut form = super::kit::exchange(&code).to_vec();
        form.extend([
            ("client_assertion_type", KIND),
            ("client_assertion", &assertion),
            ("client_id", "id-of-photos"),
        ]);
        kit.token_plainly(&form).await.expect(200);
    }
}

/// oidc.md 6.3 number 6
#[tokio::test]
async fn an_assertion_counts_once_however_many_ask_at_once() {
    for kit in Kit::every().await {
        client(&kit, "photos", json!({})).await;
        let assertion = sign(&key(OWN), Typ::Jwt, &word("once")).unwrap();
        let all = (0..20).map(|_| asserted(&kit, &assertion, &[]));
        let all = futures_util::future::join_all(all).await;
        assert_eq!(all.iter().filter(|seen| seen.status == 200).count(), 1);
        // Another text with the same jti is no new word.
        let mut again = word("once");
        again.insert("more".into(), json!(true));
        let again = sign(&key(OWN), Typ::Jwt, &again).unwrap();
        let seen = asserted(&kit, &again, &[]).await.expect(401);
        assert_eq!(seen.error(), "invalid_client");
    }
}

#[tokio::test]
async fn an_assertion_that_lacks_something_or_says_it_wrongly_is_refused() {
    let kit = Kit::sqlite().await;
    client(&kit, "photos", json!({})).await;
    client(&kit, "other", json!({})).await;
    let now_s = now() / 1000;
    let wrong = [
        ("iss", Value::Null),
        ("sub", Value::Null),
        ("aud", Value::Null),
        ("exp", Value::Null),
        ("jti", Value::Null),
        ("iss", json!("id-of-other")),
        ("sub", json!("id-of-other")),
        ("sub", json!("nobody")),
        ("aud", json!("https://evil.tld/")),
        (
            "aud",
            json!("https://auth.example.org/application/o/other/"),
        ),
        ("aud", json!([])),
        ("exp", json!(now_s - 31)),
        ("exp", json!(now_s + 3601)),
        ("exp", json!("tomorrow")),
        ("iat", json!(now_s + 61)),
        ("nbf", json!(now_s + 61)),
        ("jti", json!("")),
        ("jti", json!("j".repeat(256))),
        ("jti", json!(7)),
    ];
    for (name, value) in wrong {
        let assertion = sign(&key(OWN), Typ::Jwt, &with(name, value.clone())).unwrap();
        let seen = asserted(&kit, &assertion, &[]).await.expect(401);
        assert_eq!(seen.error(), "invalid_client", "{name} {value}");
    }
    let good = sign(&key(OWN), Typ::Jwt, &word("good")).unwrap();
    asserted(&kit, &good, &[("client_id", "id-of-other")])
        .await
        .expect(401);
    asserted(&kit, &good, &[]).await.expect(200);
}

/// oidc.md 6.3 number 4
#[tokio::test]
async fn an_assertion_of_another_key_or_kind_is_refused() {
    let kit = Kit::sqlite().await;
    let photos = client(&kit, "photos", json!({})).await;
    let secret = SigningKey::from_secret(photos.secret.as_bytes());
    assert_eq!(secret.algorithm(), Algorithm::Hs256);
    let good = sign(&key(OWN), Typ::Jwt, &word("good")).unwrap();
    let (message, _) = good.rsplit_once('.').unwrap();
    let none = doorward_protocol::encoding::base64url(b"{\"alg\":\"none\"}");
    let unsigned = format!("{none}.{}.", message.split_once('.').unwrap().1);
    for (what, assertion) in [
        (
            "foreign",
            sign(&key(FOREIGN), Typ::Jwt, &word("a")).unwrap(),
        ),
        ("secret", sign(&secret, Typ::Jwt, &word("b")).unwrap()),
        (
            "kind",
            sign(&key(OWN), Typ::AccessToken, &word("c")).unwrap(),
        ),
        ("none", unsigned),
        ("cut", message.to_owned()),
        ("empty", ".".to_owned()),
    ] {
        let seen = asserted(&kit, &assertion, &[]).await.expect(401);
        assert_eq!(seen.error(), "invalid_client", "{what}");
    }
    let public = json!({ "client_type": "public" });
    client(&kit, "spa", public).await;
    let mut word = word("public");
    for (name, value) in [("iss", "id-of-spa"), ("sub", "id-of-spa"), ("aud", TOKEN)] {
        word.insert(name.to_owned(), json!(value));
    }
    let assertion = sign(&key(OWN), Typ::Jwt, &word).unwrap();
    asserted(&kit, &assertion, &[]).await.expect(401);
}

#[tokio::test]
async fn introspection_takes_an_assertion_too_and_discovery_says_so() {
    let kit = Kit::sqlite().await;
    client(&kit, "photos", json!({})).await;
    let assertion = sign(&key(OWN), Typ::Jwt, &word("look")).unwrap();
    let form = [
        ("token", "nonsense"),
        ("client_assertion_type", KIND),
        ("client_assertion", &assertion),
    ];
    let seen = kit.post("/application/o/introspect/", None, &form).await;
    assert_eq!(seen.expect(200).json(), json!({ "active": false }));
    let path = "/application/o/photos/.well-known/openid-configuration";
    let told = kit.get(path).await.expect(200).json();
    let methods = told["token_endpoint_auth_methods_supported"].as_array();
    assert!(methods.unwrap().contains(&json!("private_key_jwt")));
    let algorithms = &told["token_endpoint_auth_signing_alg_values_supported"];
    assert_eq!(*algorithms, json!(["ES256"]));
    kit.client("plain", json!({})).await;
    let told = kit.get(&path.replace("photos", "plain")).await.json();
    let methods = told["token_endpoint_auth_methods_supported"].as_array();
    assert!(!methods.unwrap().contains(&json!("private_key_jwt")));
}

/// A client whose tokens may be for these, as an operator has listed them.
fn listed() -> Value {
    json!({ "resources": format!("{ISSUER}\nhttps://api.example.org/") })
}

/// Mia's token of another client, meant for `resource` or for that client.
async fn token_for(kit: &Kit, first: &Client, resource: &str) -> String {
    let challenge = super::kit::challenge();
    let asked = [
        ("client_id", &*first.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("resource", resource),
    ];
    let seen = kit.authorize(&asked).await.expect(303);
    let tokens = kit.exchange(first, &seen.answer()["code"]).await;
    let tokens = tokens.expect(200).json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn brought(kit: &Kit, token: &str) -> Seen {
    asserted(kit, token, &[("client_id", "id-of-photos")]).await
}

#[tokio::test]
async fn a_token_of_a_trusted_provider_leads_to_whose_it_is_if_it_is_meant_for_the_client() {
    for kit in Kit::every().await {
        let first = kit.client("first", listed()).await;
        let stranger = kit.client("stranger", listed()).await;
        let more = json!({ "jwt_federation_providers": [first.provider] });
        client(&kit, "photos", more).await;
        let meant = token_for(&kit, &first, ISSUER).await;
        let tokens = brought(&kit, &meant).await.expect(200).json();
        let id = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["preferred_username"], "mia");
        assert_eq!(id["aud"], "id-of-photos");
        assert!(tokens.get("refresh_token").is_none());
        for token in [
            token_for(&kit, &first, "").await,
            token_for(&kit, &first, "https://api.example.org/").await,
            token_for(&kit, &stranger, ISSUER).await,
        ] {
            let seen = brought(&kit, &token).await.expect(400);
            assert_eq!(seen.error(), "invalid_grant");
        }
        doorward_engine::testing::add_user(&kit.engine, 71, "max").await;
        kit.open_only_to("photos", 71).await;
        let seen = brought(&kit, &meant).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
        wait(3_600_000);
        brought(&kit, &meant).await.expect(401);
    }
}

/// authentik never looks at `aud`: an app that cannot ask for it can be kept going.
#[tokio::test]
async fn with_compatibility_a_trusted_providers_token_need_not_name_the_client() {
    let kit = Kit::sqlite().await;
    let first = kit.client("first", listed()).await;
    let stranger = kit.client("stranger", listed()).await;
    let more = json!({ "jwt_federation_providers": [first.provider], "compatibility": true });
    client(&kit, "photos", more).await;
    let token = token_for(&kit, &first, "").await;
    brought(&kit, &token).await.expect(200);
    let strange = token_for(&kit, &stranger, "").await;
    brought(&kit, &strange).await.expect(400);
}

/// CVE-2025-64521
#[tokio::test]
async fn the_token_of_an_account_that_was_shut_leads_nowhere() {
    for kit in Kit::every().await {
        let first = kit.client("first", listed()).await;
        let more = json!({ "jwt_federation_providers": [first.provider] });
        client(&kit, "photos", more).await;
        let token = token_for(&kit, &first, ISSUER).await;
        kit.shut_mia().await;
        brought(&kit, &token).await.expect(401);
    }
}
