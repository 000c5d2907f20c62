//! What every app does that stays connected: in, told who it is, tokens renewed, looked at and taken
//! back, out; and whom it does not get.

use serde_json::{Value, json};

use super::house::{App, House, Registered};
use crate::kit::browser::Browser;
use crate::kit::html::visible;

/// What the app asks for.
pub(super) const SCOPE: &str = "openid profile email offline_access";

/// Mia's whole way, and what Eve and a stranger do not get.
pub(super) fn the_whole_way(house: &House, app: &App, registered: &Registered) {
    let mut mia = house.kit.browser();
    let claims = signs_in(house, app, registered, &mut mia);
    let told = app.says(&mut mia, "/userinfo");
    assert_eq!(told["sub"], claims["sub"]);
    assert_eq!(told["name"], "Mia Muster");
    renews(app, &mut mia);
    takes_back(app, &mut mia);
    signs_out(house, app, &mut mia);
    works_for_itself(app);
    turns_away(house, app, registered);
}

/// Through the pages, and who the app says that it is.
#[track_caller]
pub(super) fn signs_in(
    house: &House,
    app: &App,
    registered: &Registered,
    mia: &mut Browser,
) -> Value {
    let page = house.through(mia, &app.url("/login"), "mia").expect(200);
    assert_eq!(page.url.as_str(), app.url("/me"), "{}", page.text());
    // Looked for in the logs from now on.
    app.says(mia, "/tokens");
    let claims = page.json()["claims"].clone();
    assert_eq!(claims["iss"], *registered.issuer);
    assert_eq!(claims["aud"], *registered.id);
    assert_eq!(claims["preferred_username"], "mia");
    assert_eq!(claims["name"], "Mia Muster");
    assert_eq!(claims["email"], "mia@example.org");
    assert_eq!(claims["amr"], json!(["pwd"]));
    claims
}

/// A refresh token leads to others.
fn renews(app: &App, mia: &mut Browser) {
    let first = app.says(mia, "/tokens");
    app.says(mia, "/refresh");
    let second = app.says(mia, "/tokens");
    for token in ["access_token", "refresh_token"] {
        assert_ne!(first[token], second[token], "{token}");
        assert!(second[token].is_string(), "{token}");
    }
    app.says(mia, "/userinfo");
}

/// Introspection and revocation agree.
fn takes_back(app: &App, mia: &mut Browser) {
    let told = app.says(mia, "/introspect");
    assert_eq!(told["active"], true, "{told}");
    app.says(mia, "/revoke?which=refresh_token");
    assert_eq!(app.refuses(mia, "/refresh")["error"], "invalid_grant");
    assert_eq!(app.says(mia, "/introspect")["active"], false);
}

/// The app's session and Doorward's are gone, and the app has Mia back with its own state.
#[track_caller]
pub(super) fn signs_out(house: &House, app: &App, mia: &mut Browser) {
    let page = mia.open(&app.url("/logout")).expect(200);
    assert_eq!(page.json(), json!({ "bye": "of-the-app" }), "{}", page.url);
    mia.open(&app.url("/me")).expect(401);
    let page = mia.open(&app.url("/login")).expect(200);
    assert!(
        page.url.as_str().starts_with(&house.url("/if/flow/")),
        "{}",
        page.url
    );
}

/// A token of the app's own.
fn works_for_itself(app: &App) {
    let mut nobody = Browser::default();
    let told = app.says(&mut nobody, "/machine");
    assert_eq!(told["scope"], "profile");
    assert_eq!(told["introspected"]["active"], true, "{told}");
}

/// Neither an address that is not the app's nor somebody who may not open it gets anything.
fn turns_away(house: &House, app: &App, registered: &Registered) {
    let mut stranger = house.kit.browser();
    let elsewhere = format!("/login?redirect_uri={}", app.url("/elsewhere"));
    let page = stranger.open(&app.url(&elsewhere)).expect(400);
    assert!(
        page.url
            .as_str()
            .starts_with(&house.url("/application/o/authorize/"))
    );
    assert!(visible(&page.text()).contains("“photos” asked to be answered at an address"));
    house.only_for_mia(registered);
    let mut eve = house.kit.browser();
    let page = house
        .through(&mut eve, &app.url("/login"), "eve")
        .expect(403);
    assert!(
        page.url.as_str().starts_with(&house.url("/")),
        "{}",
        page.url
    );
    let said = visible(&page.text());
    assert!(said.contains("You cannot open photos"), "{said}");
    eve.open(&app.url("/me")).expect(401);
}
