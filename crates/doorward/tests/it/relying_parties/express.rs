//! Express with `express-openid-connect`, and with Auth.js and its built-in provider for authentik.

use serde_json::json;

use super::house::{App, House, Registered, home, node};
use crate::kit::Engine;
use crate::kit::browser::Browser;
use crate::kit::html::visible;
use crate::kit::http::Answer;
use crate::kit::process::until;
use crate::kit::tls::authority;

/// The app with `express-openid-connect`, over TLS, asking for `response_type`.
fn express(house: &House, response_type: &str) -> (App, Registered) {
    let at = home().replace("http:", "https:");
    let settings = json!({
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "logout_uri": format!("{at}/backchannel-logout"), "logout_method": "backchannel",
    });
    let registered = house.register("wiki", &at, &settings);
    let mut command = node("express-openid-connect.mjs");
    command
        .env("RESPONSE_TYPE", response_type)
        .env("CERTIFICATE", authority().certificate())
        .env("KEY", authority().key());
    (App::start(house, &at, &registered, command), registered)
}

/// In, by the form that Doorward's page sends for the browser.
#[track_caller]
fn in_by_form(house: &House, app: &App, mia: &mut Browser) -> Answer {
    let page = house.through(mia, &app.url("/login"), "mia").expect(200);
    assert!(page.text().contains("name=\"id_token\""), "{}", page.text());
    mia.submit(&page, &[]).expect(200)
}

#[test]
fn express_openid_connect_gets_its_id_token_by_form_and_hears_of_a_session_that_ended() {
    let house = House::new(Engine::Sqlite);
    let (app, registered) = express(&house, "");
    let mut mia = house.kit.browser();
    let me = in_by_form(&house, &app, &mut mia).json();
    assert_eq!(me["claims"]["iss"], *registered.issuer, "{me}");
    assert_eq!(me["claims"]["aud"], *registered.id);
    assert_eq!(me["user"]["preferred_username"], "mia");
    house.end_sessions("mia");
    until("the app's session ended", || {
        (mia.open(&app.url("/me")).status == 401).then_some(())
    });
    // Whoever signs in anew is in.
    in_by_form(&house, &app, &mut mia);
    let page = mia.open(&app.url("/logout")).expect(200);
    assert_eq!(page.url.as_str(), app.url("/bye"));
    mia.open(&app.url("/me")).expect(401);
    let page = mia.open(&app.url("/login")).expect(200);
    assert!(
        page.url.as_str().starts_with(&house.url("/if/flow/")),
        "{}",
        page.url
    );
}

#[test]
fn express_openid_connect_signs_people_in_by_code_and_renews_its_tokens() {
    let house = House::new(Engine::Sqlite);
    let (app, registered) = express(&house, "code");
    let mut mia = house.kit.browser();
    let me = house
        .through(&mut mia, &app.url("/login"), "mia")
        .expect(200);
    assert_eq!(me.url.as_str(), app.url("/me"), "{}", me.text());
    assert_eq!(app.says(&mut mia, "/userinfo")["name"], "Mia Muster");
    let renewed = app.says(&mut mia, "/refresh");
    assert!(renewed["access_token"].is_string());
    assert_ne!(renewed["access_token"], me.json()["access_token"]);
    house.only_for_mia(&registered);
    let mut eve = house.kit.browser();
    let page = house
        .through(&mut eve, &app.url("/login"), "eve")
        .expect(403);
    assert!(visible(&page.text()).contains("You cannot open wiki"));
    eve.open(&app.url("/me")).expect(401);
}

/// Auth.js asks for the document at the same address with and without the slash at the issuer's end, and
/// compares the issuer that stands in it with the one that it was told: the one with the slash, which
/// Doorward has in common with authentik.
#[test]
fn auth_js_signs_people_in_by_its_provider_for_authentik() {
    let house = House::new(Engine::Sqlite);
    let at = home();
    let callback =
        json!([{ "matching_mode": "strict", "url": format!("{at}/auth/callback/authentik") }]);
    let registered = house.register("shop", &at, &json!({ "redirect_uris": callback }));
    let app = App::start(&house, &at, &registered, node("auth-express.mjs"));
    let mut mia = house.kit.browser();
    let page = mia.open(&app.url("/auth/signin")).expect(200);
    let page = mia.submit(&page, &[]);
    let page = house.goes_through(&mut mia, page, "mia").expect(200);
    assert_eq!(page.url.as_str(), app.url("/me"), "{}", page.text());
    let me = page.json();
    assert_eq!(me["user"]["name"], "Mia Muster", "{me}");
    assert_eq!(me["user"]["email"], "mia@example.org");
    assert_eq!(me["profile"]["iss"], *registered.issuer);
    assert_eq!(me["profile"]["preferred_username"], "mia");
    house.only_for_mia(&registered);
    let mut eve = house.kit.browser();
    let page = eve.open(&app.url("/auth/signin")).expect(200);
    let page = eve.submit(&page, &[]);
    let page = house.goes_through(&mut eve, page, "eve").expect(403);
    assert!(visible(&page.text()).contains("You cannot open shop"));
    eve.open(&app.url("/me")).expect(401);
}
