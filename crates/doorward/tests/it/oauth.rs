//! An app that signs its people in over OpenID Connect: a browser without JavaScript and a client,
//! through the real Traefik, on both stores.

use serde_json::{Value, json};

use crate::kit::browser::Browser;
use crate::kit::http::Request;
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

/// An app that is registered.
pub(crate) struct Client {
    id: String,
    secret: String,
    callback: String,
}

/// Registers an app whose callback is a page that there is.
pub(crate) fn registered(kit: &Kit, slug: &str) -> Client {
    let callback = kit.url("auth.localhost", "/-/health/live/");
    let scopes = kit.get("/propertymappings/provider/scope/?managed__isnull=false");
    let scopes = scopes["results"].as_array().expect("a list").iter();
    let provider = json!({
        "name": slug,
        "authorization_flow": kit.flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": kit.flow("default-provider-invalidation-flow"),
        "access_code_validity": "hours=1",
        "property_mappings": scopes.map(|scope| scope["pk"].clone()).collect::<Vec<_>>(),
        "redirect_uris": [{ "matching_mode": "strict", "url": callback }],
    });
    let provider = kit.create("/providers/oauth2/", &provider);
    let application = json!({ "name": slug, "slug": slug, "provider": provider["pk"] });
    kit.create("/core/applications/", &application);
    let text = |key: &str| provider[key].as_str().expect("a text").to_owned();
    Client {
        id: text("client_id"),
        secret: text("client_secret"),
        callback,
    }
}

/// A code for Mia's browser, who signs in and agrees on the way if she is asked.
pub(crate) fn code(kit: &Kit, browser: &mut Browser, client: &Client, scope: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &client.callback)
        .append_pair("scope", scope)
        .append_pair("state", "of the app")
        .finish();
    let address = format!("/application/o/authorize/?{query}");
    let mut page = browser
        .open(&kit.url("auth.localhost", &address))
        .expect(200);
    if page.text().contains("uid_field") {
        page = kit.sign_in(browser, &page, "mia", PASSWORD).expect(200);
    }
    if page.text().contains("ak-stage-consent") {
        page = browser.submit(&page, &[]).expect(200);
    }
    assert_eq!(page.url.path(), "/-/health/live/", "{}", page.text());
    let mut answer = page.url.query_pairs();
    let code = answer.find(|(name, _)| name == "code");
    code.expect("a code").1.into_owned()
}

/// What the code is exchanged for.
pub(crate) fn exchanged(kit: &Kit, client: &Client, code: &str) -> Value {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &client.callback)
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", &client.secret)
        .finish();
    let address = kit.url("auth.localhost", "/application/o/token/");
    let request = Request::new("POST", &address).body("application/x-www-form-urlencoded", form);
    let tokens = request.answer().expect(200).json();
    // None of it may stand in a log, which the kit looks through in the end.
    kit.secrets().add("client secret", &client.secret);
    for name in ["access_token", "refresh_token", "id_token"] {
        if let Some(token) = tokens[name].as_str() {
            kit.secrets().add(name, token);
        }
    }
    tokens
}

#[test]
fn an_app_signs_people_in_over_openid_connect_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut kit = Kit::new(engine);
        kit.behind(Proxy::Traefik, &[]);
        kit.person("mia", "Mia Muster");
        let client = registered(&kit, "photos");
        let mut browser = kit.browser();
        let first = code(&kit, &mut browser, &client, "openid profile");
        let tokens = exchanged(&kit, &client, &first);
        let address = kit.url("auth.localhost", "/application/o/userinfo/");
        let token = tokens["access_token"].as_str().expect("a token");
        let request = Request::get(&address).header("Authorization", &format!("Bearer {token}"));
        let told = request.answer().expect(200).json();
        assert_eq!(told["name"], "Mia Muster");
        assert_eq!(told["preferred_username"], "mia");
        // Who is signed in and was asked nothing goes straight through.
        let again = code(&kit, &mut browser, &client, "openid");
        assert_ne!(first, again);
        assert!(
            !browser
                .trail
                .iter()
                .any(|url| url.path().starts_with("/if/flow/"))
        );
        // Staying signed in is asked for, once.
        let lasting = code(&kit, &mut browser, &client, "openid offline_access");
        assert!(exchanged(&kit, &client, &lasting)["refresh_token"].is_string());
        let issuer = kit.url("auth.localhost", "/application/o/photos/");
        let document = format!("{issuer}.well-known/openid-configuration");
        let document = Request::get(&document).answer().expect(200).json();
        assert_eq!(document["issuer"], issuer);
    }
}
