//! Node.js with `openid-client`.

use serde_json::{Value, json};

use super::house::{App, House, Registered, home, node};
use super::journey::{SCOPE, signs_in, signs_out, the_whole_way};
use crate::kit::Engine;
use crate::kit::browser::Browser;
use crate::kit::http::Request;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The app, which proves itself by `auth`, with these settings of its provider.
fn app(house: &House, slug: &str, auth: &str, more: &Value) -> (App, Registered) {
    app_with(house, slug, &[("AUTH", auth)], more)
}

/// The same, told more.
fn app_with(house: &House, slug: &str, told: &[(&str, &str)], more: &Value) -> (App, Registered) {
    let at = home();
    let mut settings = json!({ "grant_types": ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE] });
    let fields = settings.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let registered = house.register(slug, &at, &settings);
    let mut command = node("openid-client.mjs");
    command.env("SCOPE", SCOPE).envs(told.iter().copied());
    (App::start(house, &at, &registered, command), registered)
}

/// The provider takes the app's own key.
fn knows_the_key(house: &House, app: &App, registered: &Registered) {
    let keys = app.says(&mut Browser::default(), "/keys");
    let path = format!("/providers/oauth2/{}/", registered.provider);
    house.kit.patch(&path, &json!({ "client_keys": keys }));
}

#[test]
fn openid_client_signs_people_in_stays_connected_and_signs_them_out_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let house = House::new(engine);
        let (app, registered) = app(&house, "photos", "client_secret_basic", &json!({}));
        the_whole_way(&house, &app, &registered);
    }
}

#[test]
fn openid_client_proves_itself_by_its_secret_in_the_form_by_its_key_or_not_at_all() {
    let house = House::new(Engine::Sqlite);
    let mut mia = house.kit.browser();
    for (auth, kind) in [
        ("client_secret_post", "confidential"),
        ("private_key_jwt", "confidential"),
        ("none", "public"),
    ] {
        let (app, registered) = app(
            &house,
            &auth.replace('_', "-"),
            auth,
            &json!({ "client_type": kind }),
        );
        if auth == "private_key_jwt" {
            knows_the_key(&house, &app, &registered);
        }
        signs_in(&house, &app, &registered, &mut mia);
        app.says(&mut mia, "/refresh");
        app.says(&mut mia, "/tokens");
        signs_out(&house, &app, &mut mia);
    }
}

#[test]
fn openid_client_lets_a_device_in_that_mia_agrees_to() {
    let house = House::new(Engine::Sqlite);
    let (app, _) = app(&house, "movies", "client_secret_basic", &json!({}));
    let mut mia = house.kit.browser();
    let begun = app.says(&mut mia, "/device");
    let text = |key: &str| begun[key].as_str().expect("a text");
    house.lets_in(
        &mut mia,
        text("verification_uri_complete"),
        text("user_code"),
    );
    let told = app.says(&mut mia, "/device/in");
    assert_eq!(told["claims"]["preferred_username"], "mia", "{told}");
    app.says(&mut mia, "/tokens");
    assert_eq!(app.says(&mut mia, "/userinfo")["name"], "Mia Muster");
}

/// As FAPI 2.0 wants it.
#[test]
fn openid_client_sends_its_requests_ahead_proves_itself_by_a_key_and_binds_its_tokens_to_another() {
    let house = House::new(Engine::Sqlite);
    let strict =
        json!({ "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true });
    let told = [("AUTH", "private_key_jwt"), ("PAR", "1"), ("DPOP", "1")];
    let (app, registered) = app_with(&house, "bank", &told, &strict);
    knows_the_key(&house, &app, &registered);
    let mut mia = house.kit.browser();
    house
        .through(&mut mia, &app.url("/login"), "mia")
        .expect(200);
    let asked = mia.open(&app.url("/login")).expect(200);
    assert_eq!(asked.url.as_str(), app.url("/me"), "{}", asked.text());
    assert_eq!(asked.json()["token_type"], "dpop");
    let sent = &mia.trail[1];
    let names: Vec<_> = sent
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(names, ["request_uri", "client_id"], "{sent}");
    assert_eq!(app.says(&mut mia, "/userinfo")["name"], "Mia Muster");
    app.says(&mut mia, "/refresh");
    assert_eq!(app.says(&mut mia, "/userinfo")["name"], "Mia Muster");
    // Whoever has the token without the key has nothing.
    let tokens = app.says(&mut mia, "/tokens");
    let token = tokens["access_token"].as_str().expect("a token");
    let userinfo = house.url("/application/o/userinfo/");
    for scheme in ["Bearer", "DPoP"] {
        let request = Request::get(&userinfo).header("Authorization", &format!("{scheme} {token}"));
        request.answer().expect(401);
    }
    signs_out(&house, &app, &mut mia);
}

#[test]
fn openid_client_registers_itself_and_signs_mia_in() {
    let house = House::new(Engine::Sqlite);
    let at = home();
    let parent = house.register(
        "photos",
        &at,
        &json!({ "grant_types": ["client_credentials"] }),
    );
    house.kit.create(
        "/providers/oauth2-dcr/",
        &json!({ "provider": parent.provider }),
    );
    let mut command = node("openid-client.mjs");
    command.env("SCOPE", SCOPE).env(
        "REGISTER",
        house.own_token(&parent, "goauthentik.io/oidc/dcr"),
    );
    let app = App::start(&house, &at, &parent, command);
    let mut mia = house.kit.browser();
    let client = app.says(&mut mia, "/up")["client"].clone();
    let id = client["client_id"].as_str().expect("a text").to_owned();
    assert_ne!(id, parent.id);
    let registered = Registered { id, ..parent };
    signs_in(&house, &app, &registered, &mut mia);
    app.says(&mut mia, "/refresh");
    app.says(&mut mia, "/tokens");
    signs_out(&house, &app, &mut mia);
}
