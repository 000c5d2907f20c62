//! Apps that know GitHub and nothing else.

use http::Request;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::kit::proofs::proof;
use super::kit::{CALLBACK, Client, Kit, Seen, encoded, exchange};

const AUTHORIZE: &str = "/login/oauth/authorize";
const TOKEN: &str = "/login/oauth/access_token";
const OWN: &str = include_str!("../../../../doorward-protocol/src/jose/tests/p256.pem");

/// The way of a GitHub app to a code: no response type, commas between scopes, no challenge.
async fn code(kit: &Kit, client: &Client, scope: &str) -> String {
    let mut asked = vec![
        ("client_id", &*client.id),
        ("redirect_uri", CALLBACK),
        ("state", "a state"),
        ("allow_signup", "false"),
    ];
    if !scope.is_empty() {
        asked.push(("scope", scope));
    }
    let address = format!("{AUTHORIZE}?{}", encoded(&asked));
    let seen = kit.browse(&address).await.expect(303);
    let to = seen.header("location").to_owned();
    assert!(to.starts_with("/application/o/authorize/?"), "{to}");
    let mut answer = kit.browse(&to).await.expect(303).answer();
    assert_eq!(answer["state"], "a state");
    answer.remove("code").unwrap()
}

/// Its way to a token: no grant type, and its secret in the form.
async fn redeemed(kit: &Kit, client: &Client, code: &str, accept: &str) -> Seen {
    let form = [
        ("client_id", &*client.id),
        ("client_secret", &*client.secret),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    let request = Request::post(TOKEN)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", accept);
    kit.send(request, encoded(&form)).await
}

async fn token(kit: &Kit, client: &Client, scope: &str) -> String {
    let code = code(kit, client, scope).await;
    let told = redeemed(kit, client, &code, "application/json").await;
    let told = told.expect(200).json();
    told["access_token"].as_str().unwrap().to_owned()
}

async fn asked(kit: &Kit, path: &str, scheme: &str, token: &str) -> Seen {
    let request = Request::get(path).header("authorization", format!("{scheme} {token}"));
    kit.send(request, String::new()).await
}

async fn user(kit: &Kit, token: &str) -> Seen {
    asked(kit, "/user", "token", token).await
}

async fn teams(kit: &Kit, token: &str) -> Seen {
    asked(kit, "/user/teams", "Bearer", token).await
}

fn pairs(text: &str) -> Value {
    let pairs = form_urlencoded::parse(text.as_bytes()).into_owned();
    pairs
        .map(|(name, value)| (name, Value::from(value)))
        .collect()
}

#[tokio::test]
async fn an_app_that_knows_github_signs_somebody_in_oidc_md_1_1() {
    for kit in Kit::every().await {
        let app = kit.client("forge", json!({})).await;
        kit.put_into(super::kit::MIA, "Photo lovers").await;
        let given = code(&kit, &app, "user:email,read:org").await;
        let told = redeemed(&kit, &app, &given, "*/*").await.expect(200);
        let kind = "application/x-www-form-urlencoded";
        assert_eq!(told.header("content-type"), kind);
        assert_eq!(told.header("cache-control"), "no-store");
        let told = pairs(&told.text);
        assert_eq!(told["token_type"], "bearer");
        assert_eq!(told["scope"], "user:email,read:org");
        let token = told["access_token"].as_str().unwrap();
        let told = user(&kit, token).await.expect(200).json();
        for (key, value) in [
            ("login", json!("mia")),
            ("id", json!(super::kit::MIA)),
            ("email", json!("mia@example.org")),
            ("type", json!("User")),
            ("site_admin", json!(false)),
            ("created_at", json!("2027-01-15T08:00:00Z")),
        ] {
            assert_eq!(told[key], value, "{key}");
        }
        for key in ["name", "avatar_url", "html_url", "node_id"] {
            assert!(told[key].is_string(), "{key}: {told}");
        }
        let told = teams(&kit, token).await.expect(200).json();
        assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
        assert_eq!(told[0]["slug"], "photo-lovers");
        assert_eq!(told[0]["name"], "Photo lovers");
        assert!(told[0]["id"].is_i64());
        assert_eq!(told[0]["organization"]["login"], "doorward");
        // It is a token as any other.
        kit.shut_mia().await;
        user(&kit, token).await.expect(401);
    }
}

#[tokio::test]
async fn each_word_of_githubs_opens_what_it_says_and_no_more() {
    for kit in Kit::every().await {
        let app = kit.client("forge", json!({})).await;
        for (scope, status, email, of_teams) in [
            ("", 200, Value::Null, 403),
            ("read:user", 200, Value::Null, 403),
            ("user", 200, json!("mia@example.org"), 403),
            ("user:email", 200, json!("mia@example.org"), 403),
            ("read:org", 403, Value::Null, 200),
            ("openid profile", 403, Value::Null, 403),
        ] {
            let token = token(&kit, &app, scope).await;
            let told = user(&kit, &token).await.expect(status).json();
            assert_eq!(
                told.get("email").cloned().unwrap_or_default(),
                email,
                "{scope}"
            );
            teams(&kit, &token).await.expect(of_teams);
            let of_oidc = if scope.starts_with("openid") {
                200
            } else {
                403
            };
            kit.userinfo(&token).await.expect(of_oidc);
        }
        for (path, scheme, token) in [
            ("/user", "token", "nonsense"),
            ("/user", "Basic", "bm9ib2R5Og=="),
            ("/user/teams", "Bearer", "nonsense"),
        ] {
            asked(&kit, path, scheme, token).await.expect(401);
        }
        let seen = kit.get("/user").await.expect(401);
        assert_eq!(
            seen.header("www-authenticate"),
            "Bearer realm=\"authentik\""
        );
    }
}

/// CVE-2024-52287
#[tokio::test]
async fn machines_and_devices_get_none_of_githubs_words() {
    let kit = Kit::sqlite().await;
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let more = json!({ "grant_types": ["client_credentials", device], "property_mappings": [] });
    let app = kit.client("forge", more).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "user user:email read:user read:org"),
    ];
    let told = kit.token(&app, &form).await.expect(200).json();
    assert_eq!(told["scope"], "");
}

#[tokio::test]
async fn people_read_what_githubs_words_mean_before_they_agree() {
    let kit = Kit::sqlite().await;
    let flow = kit.flow("default-provider-authorization-explicit-consent");
    let app = kit
        .client("forge", json!({ "authorization_flow": flow }))
        .await;
    let query = [
        ("client_id", &*app.id),
        ("redirect_uri", CALLBACK),
        ("scope", "read:user,read:org"),
    ];
    let address = format!("{AUTHORIZE}?{}", encoded(&query));
    let seen = kit.browse(&address).await.expect(303);
    let page = kit.browse(seen.header("location")).await.expect(200);
    for sentence in ["Your name and your user name", "Your groups"] {
        assert!(page.text.contains(sentence), "{sentence}: {}", page.text);
    }
    assert!(!page.text.contains("your e-mail address"), "{}", page.text);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_githubs_way() {
    let kit = Kit::sqlite().await;
    let app = kit.client("forge", json!({})).await;
    let seen = redeemed(&kit, &app, "nonsense", "*/*").await.expect(400);
    assert_eq!(pairs(&seen.text)["error"], "invalid_grant");
    let seen = redeemed(&kit, &app, "nonsense", "application/json").await;
    assert_eq!(seen.expect(400).error(), "invalid_grant");
    let stranger = Client {
        secret: "wrong".into(),
        ..app.clone()
    };
    let given = code(&kit, &app, "user").await;
    let seen = redeemed(&kit, &stranger, &given, "*/*").await;
    assert_eq!(pairs(&seen.text)["error"], "invalid_client");
    redeemed(&kit, &app, &given, "*/*").await.expect(200);
    kit.browse(&format!("{AUTHORIZE}?state=1&state=2"))
        .await
        .expect(400);
    // An address that nobody registered gets nothing here either.
    let query = [
        ("client_id", &*app.id),
        ("redirect_uri", "https://evil.tld/"),
    ];
    let seen = kit
        .browse(&format!("{AUTHORIZE}?{}", encoded(&query)))
        .await;
    let seen = kit.browse(seen.expect(303).header("location")).await;
    seen.expect(400);
}

/// Whoever is to know people by a name of its own is not told their user names and addresses.
#[tokio::test]
async fn githubs_scopes_are_nothing_that_a_pairwise_client_gets() {
    for kit in Kit::every().await {
        let app = kit
            .client("forge", json!({ "subject_type": "pairwise" }))
            .await;
        let wanted = "openid user user:email read:user read:org";
        let tokens = kit.tokens(&app, wanted).await;
        assert_eq!(tokens["scope"], "openid");
        let access = tokens["access_token"].as_str().unwrap();
        user(&kit, access).await.expect(403);
        teams(&kit, access).await.expect(403);
    }
}

/// RFC 9449 §5: whoever proves a key must not believe that their token is bound to it.
#[tokio::test]
async fn a_proof_of_a_key_is_refused_in_words_where_tokens_cannot_be_bound() {
    for kit in Kit::every().await {
        let app = kit.client("forge", json!({})).await;
        let given = code(&kit, &app, "read:user").await;
        let form = [
            ("client_id", &*app.id),
            ("client_secret", &*app.secret),
            ("code", &*given),
            ("redirect_uri", CALLBACK),
        ];
        for accept in ["application/json", "*/*"] {
            let request = Request::post(TOKEN)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", accept)
                .header("dpop", "whatever it is");
            let seen = kit.send(request, encoded(&form)).await.expect(400);
            let told = match accept {
                "*/*" => pairs(&seen.text),
                _ => seen.json(),
            };
            assert_eq!(told["error"], "invalid_request", "{told}");
            let why = told["error_description"].as_str().unwrap();
            assert!(why.contains("/application/o/token/"), "{why}");
        }
        // The code is not used up, and without a proof it is worth a bearer token.
        let told = redeemed(&kit, &app, &given, "application/json").await;
        assert_eq!(told.expect(200).json()["token_type"], "bearer");
        // One that is bound is no bearer token here either, nor is a proof looked at.
        let given = kit.code(&app, "read:user").await;
        let request = Request::post("/application/o/token/")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", app.basic())
            .header(
                "dpop",
                proof(OWN, "POST", "/application/o/token/", &json!({})),
            );
        let told = kit.send(request, encoded(&exchange(&given))).await;
        let told = told.expect(200).json();
        assert_eq!(told["token_type"], "DPoP");
        let token = told["access_token"].as_str().unwrap();
        for scheme in ["token", "Bearer", "DPoP"] {
            asked(&kit, "/user", scheme, token).await.expect(401);
        }
        // A client whose tokens have to be bound gets none here at all.
        kit.amend_provider(&app, &json!({ "dpop_bound_access_tokens": true }))
            .await;
        let given = code(&kit, &app, "read:user").await;
        let told = redeemed(&kit, &app, &given, "application/json").await;
        assert_eq!(told.expect(400).error(), "invalid_dpop_proof");
    }
}
