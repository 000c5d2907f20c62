//! What registered clients get, and what they can do.

use std::collections::BTreeSet;

use doorward_store::event;
use serde_json::{Value, json};

use super::super::kit::{CALLBACK, Kit, claims, header, wait};
use super::{ISSUER, PLACE, SCOPE, account, call, client, open, place, register, registered, said};

/// oidc.md 3.6 `oidcc-server`, RFC 7591 §3.2.1
#[tokio::test]
async fn a_client_registers_signs_people_in_and_goes() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let seen = register(&kit, &token, &said(&json!({ "scope": "openid profile" }))).await;
        let seen = seen.expect(201);
        assert_eq!(seen.header("cache-control"), "no-store");
        let told = seen.json();
        let expected = json!({
            "client_name": "An app", "redirect_uris": [CALLBACK], "scope": "openid profile",
            "grant_types": ["authorization_code"], "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic", "application_type": "web",
            "subject_type": "public", "client_secret_expires_at": 0,
            "id_token_signed_response_alg": "RS256",
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&told[name], value, "{name}");
        }
        let own = client(&told);
        assert!(own.secret.len() >= 40);
        let tokens = kit.tokens(&own, "openid profile email").await;
        assert_eq!(tokens["scope"], "openid profile", "and nothing else");
        let id = tokens["id_token"].as_str().unwrap();
        assert_eq!(claims(id)["iss"], ISSUER, "where it registered");
        assert_eq!(claims(id)["aud"], own.id);
        let access = tokens["access_token"].as_str().unwrap();
        kit.userinfo(access).await.expect(200);
        let (path, key) = place(&told);
        call(&kit, "DELETE", &path, &key, None).await.expect(204);
        kit.userinfo(access).await.expect(401);
        call(&kit, "GET", &path, &key, None).await.expect(401);
        let snapshot = kit.engine.snapshot();
        assert!(snapshot.oauth.named(&own.id).is_none());
        let left = snapshot.objects("authentik_core.application").iter();
        assert_eq!(left.filter(|one| one.config["name"] == "An app").count(), 0);
    }
}

/// oidc.md 3.6 `oidcc-idtoken-rs256`
#[tokio::test]
async fn an_id_token_is_signed_with_rs256_by_a_key_that_the_issuer_publishes() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let more = json!({ "id_token_signed_response_alg": "RS256" });
    let told = registered(&kit, &token, &more).await;
    assert_eq!(told["id_token_signed_response_alg"], "RS256");
    let tokens = kit.tokens(&client(&told), "openid").await;
    let head = header(tokens["id_token"].as_str().unwrap());
    assert_eq!(head["alg"], "RS256");
    let keys = kit.get("/application/o/photos/jwks/").await.json();
    let keys = keys["keys"].as_array().unwrap();
    assert!(keys.iter().any(|one| one["kid"] == head["kid"]));
}

/// RFC 7592 §2.1
#[tokio::test]
async fn a_client_reads_back_what_it_said_and_what_it_got() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({ "contacts": ["a@example.org"] })).await;
        let (path, key) = place(&told);
        let seen = call(&kit, "GET", &path, &key, None).await.expect(200);
        assert_eq!(seen.header("cache-control"), "no-store");
        assert_eq!(seen.json(), told);
    }
}

/// RFC 7592 §2.2
#[tokio::test]
async fn a_change_replaces_everything_that_was_said() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let more = json!({ "contacts": ["a@example.org"], "default_max_age": 60 });
        let told = registered(&kit, &token, &more).await;
        let (path, key) = place(&told);
        let other = "https://photos.example.org/other";
        let body = json!({
            "client_id": told["client_id"], "client_secret": told["client_secret"],
            "client_name": "Another name", "redirect_uris": [other],
        });
        let seen = call(&kit, "PUT", &path, &key, Some(&body)).await;
        let changed = seen.expect(200).json();
        assert_eq!(changed["client_name"], "Another name");
        assert_eq!(changed["redirect_uris"], json!([other]));
        for gone in ["contacts", "default_max_age"] {
            assert!(changed.get(gone).is_none(), "{changed}");
        }
        for kept in ["client_id", "client_secret", "registration_access_token"] {
            assert_eq!(changed[kept], told[kept], "{kept}");
        }
        let own = client(&told);
        let asked = [
            ("client_id", &*own.id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
        ];
        kit.authorize(&asked).await.expect(400);
        let name = { kit.engine.snapshot().oauth.named(&own.id).cloned() };
        assert_eq!(name.unwrap().application.name, "Another name");
    }
}

/// RFC 7592 §2.2: the client's own id, and its secret as it is.
#[tokio::test]
async fn a_change_is_about_the_client_itself() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let told = registered(&kit, &token, &json!({})).await;
    let (path, key) = place(&told);
    let id = &told["client_id"];
    for wrong in [
        json!({}),
        json!({ "client_id": "another" }),
        json!({ "client_id": id, "client_secret": "another" }),
        json!({ "client_id": id, "redirect_uris": [] }),
    ] {
        let body = said(&wrong);
        let seen = call(&kit, "PUT", &path, &key, Some(&body)).await;
        assert!(seen.expect(400).error().starts_with("invalid_"), "{body}");
    }
    let seen = call(&kit, "GET", &path, &key, None).await;
    assert_eq!(seen.expect(200).json(), told, "nothing changed");
}

/// oidc.md 1.13: a method that we do not have is refused, not turned into another.
#[tokio::test]
async fn only_a_client_that_uses_a_secret_gets_one() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    for (method, has_secret) in [
        ("client_secret_basic", true),
        ("client_secret_post", true),
        ("none", false),
        ("private_key_jwt", false),
    ] {
        let jwks = json!({ "keys": [own_key()] });
        let more = json!({ "token_endpoint_auth_method": method, "jwks": jwks });
        let told = registered(&kit, &token, &more).await;
        assert_eq!(told.get("client_secret").is_some(), has_secret, "{method}");
        assert_eq!(told["token_endpoint_auth_method"], method);
    }
    let more = json!({ "token_endpoint_auth_method": "client_secret_jwt" });
    let seen = register(&kit, &token, &said(&more)).await.expect(400);
    assert_eq!(seen.error(), "invalid_client_metadata");
}

fn own_key() -> Value {
    let pem = include_str!("../../../../../doorward-protocol/src/jose/tests/p256.pem");
    let key = doorward_protocol::jose::SigningKey::from_pem(pem, None).unwrap();
    Value::Object(key.public().unwrap().published())
}

/// oidc.md 3.6 `oidcc-ensure-redirect-uri-in-authorization-request`, `-query-OK`,
/// `-query-mismatch`, `-query-added`
#[tokio::test]
async fn registered_addresses_are_compared_whole() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let with_query = format!("{CALLBACK}?x=1");
    let uris = json!([CALLBACK, with_query]);
    let told = registered(&kit, &token, &json!({ "redirect_uris": uris })).await;
    let own = client(&told);
    let ask = async |uri: Option<&str>| {
        let challenge = super::super::kit::challenge();
        let mut asked = vec![
            ("client_id", &*own.id),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        asked.extend(uri.map(|uri| ("redirect_uri", uri)));
        let seen = kit.authorize(&asked).await;
        kit.agreed(seen).await
    };
    ask(None).await.expect(400);
    let seen = ask(Some(&with_query)).await.expect(303);
    let start = format!("{with_query}&code=");
    assert!(seen.header("location").starts_with(&start), "{seen:?}");
    for wrong in [format!("{CALLBACK}?x=2"), format!("{CALLBACK}?y=1")] {
        ask(Some(&wrong)).await.expect(400);
    }
}

/// oidc.md 3.6 `oidcc-redirect-uri-regfrag`
#[tokio::test]
async fn an_address_with_a_fragment_is_not_registered() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let more = json!({ "redirect_uris": [format!("{CALLBACK}#x")] });
    let seen = register(&kit, &token, &said(&more)).await.expect(400);
    assert_eq!(seen.error(), "invalid_redirect_uri");
}

/// oidc.md 3.6 `oidcc-3rd_party-init-login`, `-nohttps`
#[tokio::test]
async fn where_an_app_begins_sign_ins_is_kept_and_opened_over_https_alone() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let start = "https://photos.example.org/start?a=b";
    let told = registered(&kit, &token, &json!({ "initiate_login_uri": start })).await;
    assert_eq!(told["initiate_login_uri"], start);
    let (path, key) = place(&told);
    let read = call(&kit, "GET", &path, &key, None).await.expect(200);
    assert_eq!(read.json()["initiate_login_uri"], start);
    let snapshot = kit.engine.snapshot();
    let pk = snapshot.oauth.named(&client(&told).id).unwrap().provider.pk;
    let world = doorward_engine::resource::World::of(&snapshot);
    let opens = doorward_engine::resource::provider_launch_url(&pk.to_string(), &world);
    let iss = "iss=https%3A%2F%2Fauth.example.org%2Fapplication%2Fo%2Fphotos%2F";
    assert_eq!(opens, json!(format!("{start}&{iss}")));
    let http = json!({ "initiate_login_uri": "http://photos.example.org/start" });
    let seen = register(&kit, &token, &said(&http)).await.expect(400);
    assert_eq!(seen.error(), "invalid_client_metadata");
}

/// oidc.md 3.6 `oidcc-discovery-endpoint-verification`
#[tokio::test]
async fn the_issuers_document_says_where_to_register_and_what_one_may_have() {
    let kit = Kit::sqlite().await;
    open(&kit, json!({})).await;
    let path = "/application/o/photos/.well-known/openid-configuration";
    let document = kit.get(path).await.expect(200).json();
    assert_eq!(
        document["registration_endpoint"],
        format!("{ISSUER}register/")
    );
    let words = |name: &str| -> BTreeSet<String> {
        serde_json::from_value(document[name].clone()).unwrap()
    };
    for (name, wanted) in [
        ("response_types_supported", "code|id_token|id_token token"),
        ("grant_types_supported", "authorization_code|implicit"),
        ("subject_types_supported", "public|pairwise"),
        ("id_token_signing_alg_values_supported", "RS256"),
        (
            "token_endpoint_auth_methods_supported",
            "client_secret_basic|client_secret_post|private_key_jwt|none",
        ),
    ] {
        let found = words(name);
        for one in wanted.split('|') {
            assert!(found.contains(one), "{name}: {one} in {found:?}");
        }
    }
    kit.client("other", json!({})).await;
    let path = "/application/o/other/.well-known/openid-configuration";
    let other = kit.get(path).await.expect(200).json();
    assert!(other.get("registration_endpoint").is_none());
    assert_eq!(other["subject_types_supported"], json!(["public"]));
}

/// Discovery 1.0 §4.3: a document is found at its issuer and nowhere else.
#[tokio::test]
async fn a_registered_client_has_no_document_of_its_own() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let told = registered(&kit, &token, &json!({})).await;
    let snapshot = kit.engine.snapshot();
    let own = snapshot.oauth.named(&client(&told).id).unwrap();
    let slug = &own.application.slug;
    let path = format!("/application/o/{slug}/.well-known/openid-configuration");
    kit.get(&path).await.expect(404);
}

/// RP-Initiated Logout 1.0 §2: the issuer's address ends the sessions of whoever registered there.
#[tokio::test]
async fn the_issuers_address_signs_people_out_of_registered_clients() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let bye = "https://photos.example.org/bye";
    let told = registered(&kit, &token, &json!({ "post_logout_redirect_uris": [bye] })).await;
    assert_eq!(told["post_logout_redirect_uris"], json!([bye]));
    let tokens = kit.tokens(&client(&told), "openid").await;
    let wish = [
        ("id_token_hint", tokens["id_token"].as_str().unwrap()),
        ("post_logout_redirect_uri", bye),
        ("state", "s"),
    ];
    let query = super::super::kit::encoded(&wish);
    let path = format!("/application/o/photos/end-session/?{query}");
    let seen = kit.browse(&path).await.expect(303);
    assert_eq!(seen.header("location"), format!("{bye}?state=s"));
}

#[tokio::test]
async fn a_client_that_says_so_has_people_sign_in_anew_after_a_while() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let told = registered(&kit, &token, &json!({ "default_max_age": 60 })).await;
    let own = client(&told);
    let silent = async |more: &[(&str, &str)]| {
        let mut asked = vec![
            ("client_id", &*own.id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
            ("prompt", "none"),
        ];
        asked.extend(more);
        let answer = kit.authorize(&asked).await.expect(303).answer();
        answer.get("error").cloned().unwrap_or_default()
    };
    kit.tokens(&own, "openid").await;
    assert_eq!(silent(&[]).await, "");
    wait(120_000);
    assert_eq!(silent(&[]).await, "login_required");
    assert_eq!(
        silent(&[("max_age", "1000")]).await,
        "",
        "its own word counts"
    );
}

#[tokio::test]
async fn what_an_operator_decided_is_copied_and_what_opens_this_server_is_not() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({ "default_application_group": "Apps" })).await;
    let told = registered(&kit, &token, &json!({})).await;
    let snapshot = kit.engine.snapshot();
    let parent = snapshot.oauth.of_application("photos").unwrap();
    let own = snapshot.oauth.named(&client(&told).id).unwrap();
    let flow = &own.provider.authorization_flow;
    assert_eq!(*flow, parent.provider.authorization_flow);
    assert_eq!(own.provider.sub_mode, parent.provider.sub_mode);
    let pk = own.application.pk.clone();
    let application = snapshot.object("authentik_core.application", &pk).unwrap();
    assert_eq!(application.config["group"], "Apps");
    let wanted = format!("openid goauthentik.io/api {SCOPE}");
    let tokens = kit.tokens(&client(&told), &wanted).await;
    assert_eq!(tokens["scope"], "openid");
}

#[tokio::test]
async fn registering_leaves_events_in_the_name_of_whoever_did_it() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        registered(&kit, &token, &json!({})).await;
        let name = "ak-photos-client_credentials";
        let id = account(&kit, name).await;
        let mut tx = kit.engine.store.read().await.unwrap();
        let told = event::latest(&mut tx, id, name, "model_created", 10).await;
        let told = told.unwrap();
        let about = |kind: &str| told.iter().any(|row| row.context.contains(kind));
        assert!(
            about("oauth2provider") && about("\"application\""),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn an_address_of_the_place_that_names_no_provider_is_none() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let path = PLACE.replace("photos", "unknown");
    let seen = call(&kit, "POST", &path, &token, Some(&said(&json!({})))).await;
    seen.expect(404);
}
