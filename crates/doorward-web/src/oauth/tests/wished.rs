//! Claims that are asked for one by one: the parameter `claims` (OpenID Connect Core §5.5).

use std::collections::BTreeMap;

use doorward_engine::resource::{kind, write::Writing};
use doorward_engine::{Context, testing};
use serde_json::{Map, Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, challenge, claims, exchange};

const MAPPING: &str = "authentik_providers_oauth2.scopemapping";
const ACR: &str = "goauthentik.io/providers/oauth2/default";

/// A client with the shipped scopes of these words and, if there is one, a text under the word `hr`.
async fn client(kit: &Kit, words: &[&str], text: Option<&str>, more: Value) -> Client {
    let snapshot = kit.engine.snapshot();
    let shipped = snapshot.objects(MAPPING).iter().filter(|one| {
        let word = one.config["scope_name"].as_str().unwrap_or_default();
        words.contains(&word)
    });
    let mut scopes: Vec<_> = shipped.map(|one| one.id.clone()).collect();
    if let Some(text) = text {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
        let own = json!({ "name": "hr", "scope_name": "hr", "expression": text });
        let own = writing.insert(kind(MAPPING).unwrap(), &own, None).await;
        scopes.push(own.unwrap());
        writing.commit().await.unwrap();
    }
    let mut settings = json!({ "property_mappings": scopes });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client("photos", settings).await
}

async fn ask(kit: &Kit, client: &Client, scope: &str, wishes: &str) -> Seen {
    let challenge = challenge();
    kit.authorize(&[
        ("client_id", &client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("state", "s"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("claims", wishes),
    ])
    .await
}

async fn refused(kit: &Kit, client: &Client, wishes: &str) -> BTreeMap<String, String> {
    let answer = ask(kit, client, "openid", wishes)
        .await
        .expect(303)
        .answer();
    assert!(!answer.contains_key("code"), "{wishes}");
    answer
}

/// What is told for these wishes: userinfo, the ID token and the access token.
async fn told(kit: &Kit, client: &Client, scope: &str, wishes: &str) -> [Map<String, Value>; 3] {
    let seen = ask(kit, client, scope, wishes).await;
    let answer = kit.agreed(seen).await.expect(303).answer();
    let seen = kit.exchange(client, &answer["code"]).await.expect(200);
    let tokens = seen.json();
    let token = tokens["access_token"].as_str().unwrap();
    let info = kit.userinfo(token).await.expect(200).json();
    let id = tokens["id_token"].as_str().map(claims).unwrap_or_default();
    [info.as_object().unwrap().clone(), id, claims(token)]
}

/// The certification's `oidcc-claims-essential`.
#[tokio::test]
async fn an_essential_name_is_in_userinfo_and_not_in_the_id_token() {
    for kit in Kit::every().await {
        let client = client(&kit, &["openid", "profile", "email"], None, json!({})).await;
        let wishes = r#"{"userinfo":{"name":{"essential":true}}}"#;
        let [info, id, access] = told(&kit, &client, "openid", wishes).await;
        assert!(info.contains_key("name"));
        for other in ["email", "nickname", "groups", "given_name"] {
            assert!(!info.contains_key(other), "{other} was not asked for");
        }
        assert!(!id.contains_key("name") && !access.contains_key("name"));
    }
}

#[tokio::test]
async fn what_is_asked_for_in_the_id_token_stands_there_alone() {
    for kit in Kit::every().await {
        let more = json!({ "include_claims_in_id_token": false });
        let client = client(&kit, &["openid", "profile", "email"], None, more).await;
        let wishes =
            r#"{"id_token":{"email":null,"nickname":null,"auth_time":{"essential":true}}}"#;
        let [info, id, access] = told(&kit, &client, "openid profile", wishes).await;
        assert_eq!(id["email"], "mia@example.org", "beyond its scopes");
        assert_eq!(id["nickname"], "mia", "of its scopes");
        assert!(id.contains_key("auth_time"));
        assert!(!id.contains_key("name") && !id.contains_key("email_verified"));
        assert!(!info.contains_key("email") && !access.contains_key("email"));
        assert_eq!(info["nickname"], "mia", "by its scope");
    }
}

/// Decision 40: never more than the operator has given the provider.
#[tokio::test]
async fn nothing_is_told_that_no_scope_of_the_provider_says() {
    for kit in Kit::every().await {
        let client = client(&kit, &["openid", "email"], None, json!({})).await;
        let wishes = r#"{"userinfo":{"name":{"essential":true},"groups":null,"is_superuser":null,"email":null},
            "id_token":{"name":{"essential":true}}}"#;
        let [info, id, _] = told(&kit, &client, "openid", wishes).await;
        let names: Vec<_> = info.keys().map(String::as_str).collect();
        assert_eq!(names, ["email", "sub"]);
        assert!(!id.contains_key("name"));
    }
}

#[tokio::test]
async fn a_text_of_the_operators_tells_what_was_asked_for_and_nothing_beside() {
    for kit in Kit::every().await {
        let text = "return {\"room\": \"B 12\", \"salary\": 1, \"iss\": \"https://evil.tld/\", \"scope\": \"all\"}";
        let client = client(&kit, &["openid"], Some(text), json!({})).await;
        let wishes = r#"{"userinfo":{"room":null,"iss":null,"scope":null,"cnf":null},"id_token":{"iss":null}}"#;
        let [info, id, _] = told(&kit, &client, "openid", wishes).await;
        let names: Vec<_> = info.keys().map(String::as_str).collect();
        assert_eq!(names, ["room", "sub"]);
        assert_eq!(info["room"], "B 12");
        assert_eq!(id["iss"], "https://auth.example.org/application/o/photos/");
    }
}

#[tokio::test]
async fn a_claim_with_another_value_than_was_asked_for_is_left_out() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, &["openid", "profile", "email"], None, json!({})).await;
    for (wish, is_told) in [
        (json!({ "value": "mia" }), true),
        (json!({ "values": ["leo", "mia"] }), true),
        (json!({ "value": "leo" }), false),
        (json!({ "value": ["mia"], "essential": true }), false),
    ] {
        let wishes = json!({ "userinfo": { "nickname": wish } }).to_string();
        let [info, ..] = told(&kit, &client, "openid", &wishes).await;
        assert_eq!(info.contains_key("nickname"), is_told, "{wishes}");
    }
}

/// OpenID Connect Core §5.5.1.1
#[tokio::test]
async fn an_essential_acr_that_cannot_be_is_refused_and_any_other_is_answered_honestly() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, &["openid"], None, json!({})).await;
    for wish in [
        json!({ "essential": true, "values": ["urn:mace:incommon:iap:silver"] }),
        json!({ "essential": true, "value": "phr" }),
    ] {
        let wishes = json!({ "id_token": { "acr": wish } }).to_string();
        let answer = refused(&kit, &client, &wishes).await;
        assert_eq!(answer["error"], "unmet_authentication_requirements");
        assert_eq!(answer["state"], "s");
    }
    for wish in [
        json!({ "values": ["urn:mace:incommon:iap:silver"] }),
        json!({ "essential": true }),
        json!({ "essential": true, "values": ["phr", ACR] }),
        Value::Null,
    ] {
        let wishes = json!({ "id_token": { "acr": wish } }).to_string();
        let [_, id, _] = told(&kit, &client, "openid", &wishes).await;
        assert_eq!(id["acr"], ACR, "{wishes}");
    }
}

/// The certification's `oidcc-ensure-request-with-acr-values-succeeds`.
#[tokio::test]
async fn acr_values_succeed_and_the_answer_says_what_is_so() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    for values in [ACR, "1 2", "urn:mace:incommon:iap:silver"] {
        let seen = kit
            .authorize(&[
                ("client_id", &client.id),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
                ("scope", "openid"),
                ("acr_values", values),
            ])
            .await;
        let answer = seen.expect(303).answer();
        let form = &exchange(&answer["code"])[..3];
        let tokens = kit.token(&client, form).await.expect(200).json();
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["acr"], ACR);
    }
}

/// OpenID Connect Core §5.5.1
#[tokio::test]
async fn a_sub_with_another_value_succeeds_for_nobody() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, &["openid"], None, json!({})).await;
    let [info, ..] = told(&kit, &client, "openid", "{}").await;
    for place in ["id_token", "userinfo"] {
        for wish in [
            json!({ "value": "somebody" }),
            json!({ "values": ["a", "b"] }),
        ] {
            let wishes = json!({ place: { "sub": wish } }).to_string();
            let answer = refused(&kit, &client, &wishes).await;
            assert_eq!(answer["error"], "login_required", "{wishes}");
        }
        let wishes = json!({ place: { "sub": { "value": info["sub"] } } }).to_string();
        told(&kit, &client, "openid", &wishes).await;
    }
}

/// oidc.md 6.3 number 15
#[tokio::test]
async fn a_claims_parameter_that_cannot_be_read_is_refused_in_words() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, &["openid"], None, json!({})).await;
    let deep = format!("{}1{}", "{\"a\":".repeat(400), "}".repeat(400));
    let long = format!("{{\"more\":\"{}\"}}", "x".repeat(9000));
    for wishes in [
        "nonsense",
        "[]",
        "{\"userinfo\":1}",
        "{\"userinfo\":{\"name\":1}}",
        "{\"userinfo\":{},\"userinfo\":{}}",
        &deep,
        &long,
    ] {
        let answer = refused(&kit, &client, wishes).await;
        assert_eq!(answer["error"], "invalid_request");
        assert!(answer["error_description"].contains("claims"), "{answer:?}");
    }
}

/// Whoever agrees is shown what is asked for beyond the scopes, and nothing that cannot be told.
#[tokio::test]
async fn people_are_asked_about_claims_by_name() {
    for kit in Kit::every().await {
        let flow = kit.flow("default-provider-authorization-explicit-consent");
        let more = json!({ "authorization_flow": flow });
        let client = client(&kit, &["openid", "profile", "email"], None, more).await;
        let wishes =
            r#"{"userinfo":{"email":null,"nickname":null,"shoe_size":null,"Press yes":null}}"#;
        let seen = ask(&kit, &client, "openid profile", wishes)
            .await
            .expect(200);
        let shows = |text: &str| seen.text.contains(text);
        assert!(
            shows("ak-stage-consent") && shows(">email<"),
            "{}",
            seen.text
        );
        assert!(!shows(">nickname<"), "its scope says so");
        assert!(
            !shows(">shoe_size<") && !shows(">Press yes<"),
            "{}",
            seen.text
        );
    }
}

#[tokio::test]
async fn what_was_asked_for_is_told_as_long_as_the_grant_lasts() {
    for kit in Kit::every().await {
        let words = ["openid", "profile", "email", "offline_access"];
        let client = client(&kit, &words, None, json!({})).await;
        let wishes = r#"{"userinfo":{"email":null},"id_token":{"nickname":null}}"#;
        let seen = ask(&kit, &client, "openid offline_access", wishes).await;
        let answer = kit.agreed(seen).await.expect(303).answer();
        let tokens = kit
            .exchange(&client, &answer["code"])
            .await
            .expect(200)
            .json();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let tokens = kit.token(&client, &form).await.expect(200).json();
        assert_eq!(
            claims(tokens["id_token"].as_str().unwrap())["nickname"],
            "mia"
        );
        let token = tokens["access_token"].as_str().unwrap();
        let info = kit.userinfo(token).await.expect(200).json();
        assert_eq!(info["email"], "mia@example.org");
    }
}

#[tokio::test]
async fn without_openid_nothing_is_told_for_it_and_discovery_says_that_it_is_read() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, &["openid", "profile", "email"], None, json!({})).await;
    let wishes = r#"{"userinfo":{"email":null},"id_token":{"email":null}}"#;
    let seen = ask(&kit, &client, "profile", wishes).await;
    let answer = seen.expect(303).answer();
    let tokens = kit
        .exchange(&client, &answer["code"])
        .await
        .expect(200)
        .json();
    assert!(tokens.get("id_token").is_none());
    assert!(!claims(tokens["access_token"].as_str().unwrap()).contains_key("email"));
    let path = "/application/o/photos/.well-known/openid-configuration";
    let told = kit.get(path).await.expect(200).json();
    assert_eq!(told["claims_parameter_supported"], true);
}
