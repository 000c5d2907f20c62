//! Journeys through flows from beginning to end: begun on one server and finished on another, over
//! a restart, and in a real browser without JavaScript.

use serde_json::{Value, json};

use crate::chromium::{node, succeed};
use crate::kit::http::Answer;
use crate::kit::process::until;
use crate::kit::server::Server;
use crate::kit::{Engine, Kit, PASSWORD};

const LOGIN: &str = "/if/flow/default-authentication-flow/";
const CHANGE: &str = "/if/flow/default-password-change/";
const ENROLL: &str = "/if/flow/enrollment-by-invitation/";
const NEW: &str = "another-longer-password";

/// A house with mia in it.
fn house() -> Kit {
    let kit = Kit::new(Engine::Postgres);
    kit.person("mia", "Mia Muster");
    kit.secrets().add("password", NEW);
    kit
}

/// A new invitation's part of an address.
fn invitation(kit: &Kit) -> String {
    let flow = kit.get("/flows/instances/enrollment-by-invitation/")["pk"].clone();
    let body = json!({ "name": "eve", "flow": flow, "single_use": true, "fixed_data": { "name": "Eve Example" } });
    let made = kit.create("/stages/invitation/invitations/", &body);
    let key = made["pk"].as_str().expect("a uuid");
    kit.secrets().add("invitation", key);
    format!("{ENROLL}?itoken={key}")
}

/// The same page on another server.
fn at(server: &Server, page: &Answer) -> String {
    let query = page.url.query().unwrap_or_default();
    server.url(&format!("{}?{query}", page.url.path()))
}

#[test]
fn a_flow_begun_on_one_server_is_finished_on_another() {
    let kit = house();
    let other = kit.another_server();
    let mut mia = kit.browser();
    let page = mia.open(&kit.direct(LOGIN)).expect(200);
    kit.sign_in(&mut mia, &page, "mia", PASSWORD).expect(200);
    let asked = mia.open(&kit.direct(CHANGE)).expect(200);
    let form = mia.submit(&asked, &[("password", PASSWORD)]).expect(200);
    let form = mia.open(&at(&other, &form)).expect(200);
    let both = [("password", NEW), ("password_repeat", NEW)];
    mia.submit(&form, &both).expect(200);
    let mut again = kit.browser();
    let page = again.open(&other.url(LOGIN)).expect(200);
    kit.sign_in(&mut again, &page, "mia", NEW).expect(200);
}

#[test]
fn an_invitation_outlives_a_restart_and_makes_its_account_on_another_server() {
    let mut kit = house();
    let other = kit.another_server();
    let link = invitation(&kit);
    let mut eve = kit.browser();
    let form = eve.open(&kit.direct(&link)).expect(200);
    assert!(form.text().contains("Eve Example"));
    kit.restart();
    let short = account("eve", "short");
    let wrong = eve.submit(&form, &short).expect(422);
    let form = eve.open(&at(&other, &wrong)).expect(200);
    eve.submit(&form, &account("eve", NEW)).expect(200);
    let people = kit.get("/core/users/?username=eve");
    assert_eq!(people["results"][0]["name"], "Eve Example");
    // The first server hears of it within a second.
    until("the invitation is used up here, too", || {
        let answer = kit.browser().open(&kit.direct(&link));
        (answer.status == 403).then_some(())
    });
}

fn account<'a>(name: &'a str, password: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("username", name),
        ("name", "Eve Example"),
        ("email", "eve@example.org"),
        ("password", password),
        ("password_repeat", password),
    ]
}

/// A step of `pages.mjs`, by somebody whose browser runs no scripts.
fn step(name: &str, heading: &str, more: &Value) -> Value {
    let mut step = json!({ "name": name, "as": "eve without scripts", "status": 200, "heading": heading, "unseen": true });
    let fields = step.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    step
}

#[test]
fn without_javascript_an_invitation_becomes_an_account_and_its_password_is_changed() {
    let kit = house();
    let link = kit.direct(&invitation(&kit));
    let change = kit.direct(&format!("{CHANGE}?next=/if/user/settings/"));
    let filled = json!({ "Username": "eve", "Name": "Eve Example", "Email": "eve@example.org",
        "Password": PASSWORD, "Password again": PASSWORD });
    let new = json!({ "New password": NEW, "New password again": NEW });
    let title = "Create your account";
    let steps = json!([
        step("invited", title, &json!({ "open": link })),
        step(
            "enrolled",
            "Applications",
            &json!({ "press": "Continue", "fill": filled })
        ),
        step("asked", "Change your password", &json!({ "open": change })),
        step(
            "confirmed",
            "Change your password",
            &json!({ "press": "Next", "fill": { "Current password": PASSWORD } })
        ),
        step(
            "changed",
            "Your account",
            &json!({ "press": "Continue", "fill": new })
        ),
    ]);
    kit.secrets().add("password", PASSWORD);
    succeed(node("pages.mjs").env("PAGES", steps.to_string()));
    let mut again = kit.browser();
    let page = again.open(&kit.direct(LOGIN)).expect(200);
    kit.sign_in(&mut again, &page, "eve", NEW).expect(200);
}
