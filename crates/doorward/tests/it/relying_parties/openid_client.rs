//! Node.js with `openid-client`.

use serde_json::{Value, json};

use super::house::{App, House, Registered, home, node};
use super::journey::{SCOPE, signs_in, signs_out, the_whole_way};
use crate::kit::Engine;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The app, which proves itself by `auth`, with these settings of its provider.
fn app(house: &House, slug: &str, auth: &str, more: &Value) -> (App, Registered) {
    let at = home();
    let mut settings = json!({ "grant_types": ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE] });
    let fields = settings.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let registered = house.register(slug, &at, &settings);
    let mut command = node("openid-client.mjs");
    command.env("SCOPE", SCOPE).env("AUTH", auth);
    (App::start(house, &at, &registered, command), registered)
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
            let keys = app.says(&mut mia, "/keys");
            let path = format!("/providers/oauth2/{}/", registered.provider);
            house.kit.patch(&path, &json!({ "client_keys": keys }));
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
