//! Signing in with name and password: the JSON executor and the pages are two faces of one machine.

use serde_json::json;

use crate::kit::browser::Browser;
use crate::kit::html::{forms, unescape};
use crate::kit::http::{Answer, Request};
use crate::kit::{ADMIN_PASSWORD, Engine, Kit, PASSWORD};

const EXECUTOR: &str = "/api/v3/flows/executor/default-authentication-flow/?query=next%3D%252F";
const PAGE: &str = "/if/flow/default-authentication-flow/";

/// An answer of the executor after its own redirects.
fn executed(browser: &mut Browser, request: &Request) -> Answer {
    let answer = browser.send(request);
    match (answer.status, answer.location()) {
        (302 | 303, Some(next)) => browser.send(&Request::get(next.as_str())).expect(200),
        _ => answer.expect(200),
    }
}

fn me(browser: &mut Browser, kit: &Kit) -> u16 {
    browser
        .send(&Request::get(&kit.direct("/api/v3/core/users/me/")))
        .status
}

#[test]
fn the_executor_signs_in_with_json_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        let mut browser = kit.browser();
        let url = kit.direct(EXECUTOR);
        let challenge = executed(&mut browser, &Request::get(&url)).json();
        assert_eq!(
            challenge["component"], "ak-stage-identification",
            "{engine:?}"
        );
        assert_eq!(challenge["password_fields"], true);
        assert_eq!(challenge["flow_info"]["layout"], "stacked");

        let wrong = json!({ "component": "ak-stage-identification", "uid_field": "akadmin",
            "password": "not-the-password" });
        let refused = executed(&mut browser, &Request::new("POST", &url).json(&wrong)).json();
        assert_eq!(refused["component"], "ak-stage-identification");
        assert!(refused["response_errors"].is_object(), "{refused}");
        assert_eq!(me(&mut browser, &kit), 403, "{engine:?}");

        let right = json!({ "component": "ak-stage-identification", "uid_field": "akadmin",
            "password": ADMIN_PASSWORD });
        let done = executed(&mut browser, &Request::new("POST", &url).json(&right)).json();
        assert_eq!(done["component"], "xak-flow-redirect", "{done}");
        assert_eq!(done["to"], "/");
        assert_eq!(me(&mut browser, &kit), 200, "{engine:?}");
    }
}

#[test]
fn the_page_signs_in_without_javascript_and_gives_a_new_session() {
    let kit = Kit::new(Engine::Sqlite);
    let mut browser = kit.browser();
    let page = browser.open(&kit.direct(PAGE)).expect(200);
    let form = forms(&page.text())
        .into_iter()
        .find(|f| f.method == "post")
        .expect("a form");
    assert!(form.fields.iter().any(|(name, _)| name == "uid_field"));
    let text = page.text();
    for token in [
        "autocomplete=\"username",
        "autocomplete=\"current-password\"",
    ] {
        assert!(text.contains(token), "{token} in {text}");
    }
    let before = browser.cookie("authentik_session").map(|c| c.value.clone());
    kit.sign_in(&mut browser, &page, "akadmin", ADMIN_PASSWORD)
        .expect(200);
    let after = browser.cookie("authentik_session").map(|c| c.value.clone());
    assert!(
        after.is_some() && after != before,
        "the session is new after signing in"
    );
    assert_eq!(me(&mut browser, &kit), 200);
}

#[test]
fn two_tabs_of_one_browser_sign_in_side_by_side() {
    let kit = Kit::new(Engine::Sqlite);
    let mut browser = kit.browser();
    let first = browser
        .open(&kit.direct(&format!("{PAGE}?next=/if/user/")))
        .expect(200);
    let second = browser
        .open(&kit.direct(&format!("{PAGE}?next=/if/admin/")))
        .expect(200);
    kit.sign_in(&mut browser, &second, "akadmin", ADMIN_PASSWORD)
        .expect(200);
    let late = kit
        .sign_in(&mut browser, &first, "akadmin", ADMIN_PASSWORD)
        .expect(200);
    assert!(
        !late.text().contains("name=\"password\""),
        "the other tab ends signed in as well"
    );
    assert_eq!(me(&mut browser, &kit), 200);
}

/// What the page says is wrong.
fn alert(page: &Answer) -> String {
    let text = page.text();
    let at = text
        .find("role=\"alert\"")
        .unwrap_or_else(|| panic!("no alert on {text}"));
    let inside = text[at..].split_once('>').map_or("", |(_, rest)| rest);
    unescape(inside.split("</div>").next().unwrap_or_default())
}

#[test]
fn a_wrong_name_a_wrong_password_and_a_disabled_account_get_the_same_answer() {
    let kit = Kit::new(Engine::Sqlite);
    let disabled = kit.person("dan", "Dan");
    kit.person("mia", "Mia");
    kit.patch(
        &format!("/core/users/{disabled}/"),
        &json!({ "is_active": false }),
    );
    let cases = [
        ("nobody", PASSWORD),
        ("mia", "wrong-wrong-wrong"),
        ("dan", PASSWORD),
    ];
    let answers = cases.map(|(who, with)| {
        let mut browser = kit.browser();
        let page = browser.open(&kit.direct(PAGE)).expect(200);
        let refused = kit.sign_in(&mut browser, &page, who, with);
        (refused.status, alert(&refused))
    });
    assert_eq!(answers[0].0, 422);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[test]
fn a_form_sent_from_another_site_signs_nobody_in() {
    let kit = Kit::new(Engine::Sqlite);
    let mut browser = kit.browser();
    let page = browser.open(&kit.direct(PAGE)).expect(200);
    let action = page
        .url
        .join(&forms(&page.text())[0].action)
        .expect("an action");
    let form = |with: &str| format!("uid_field=akadmin&password={with}");
    let foreign = Request::new("POST", action.as_str())
        .header("Origin", "https://evil.example.com")
        .header("Sec-Fetch-Site", "cross-site")
        .body("application/x-www-form-urlencoded", form(ADMIN_PASSWORD));
    let answer = browser.send(&foreign).expect(403);
    assert!(answer.text().contains("This form was too old"));
    assert_eq!(me(&mut browser, &kit), 403);
}

#[test]
fn next_never_leads_to_another_site() {
    let kit = Kit::new(Engine::Sqlite);
    let own = kit.direct("");
    for next in [
        "https://evil.example.com/",
        "//evil.example.com/",
        "/\\evil.example.com",
        "javascript:alert(1)",
    ] {
        let mut browser = kit.browser();
        let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = browser.open(&kit.direct(&format!("{PAGE}?next={encoded}")));
        if page.text().contains("name=\"password\"") {
            kit.sign_in(&mut browser, &page, "akadmin", ADMIN_PASSWORD);
        }
        let outside = browser
            .trail
            .iter()
            .find(|url| !url.as_str().starts_with(&own));
        assert!(outside.is_none(), "{next} led to {outside:?}");
    }
}

#[test]
fn a_change_by_session_needs_the_csrf_header() {
    let kit = Kit::new(Engine::Sqlite);
    let mut browser = kit.browser();
    let page = browser.open(&kit.direct(PAGE)).expect(200);
    kit.sign_in(&mut browser, &page, "akadmin", ADMIN_PASSWORD)
        .expect(200);
    let create =
        Request::new("POST", &kit.direct("/api/v3/core/groups/")).json(&json!({ "name": "g" }));
    browser.send(&create).expect(403);
    let csrf = browser
        .cookie("authentik_csrf")
        .expect("a CSRF cookie")
        .value
        .clone();
    browser
        .send(&create.clone().header("X-authentik-CSRF", &csrf))
        .expect(201);
}

#[test]
fn sign_out_ends_the_session_at_once() {
    let kit = Kit::new(Engine::Sqlite);
    let mut browser = kit.browser();
    let page = browser.open(&kit.direct(PAGE)).expect(200);
    kit.sign_in(&mut browser, &page, "akadmin", ADMIN_PASSWORD)
        .expect(200);
    let kept = browser.clone();
    let url = kit.direct("/if/flow/default-invalidation-flow/");
    Kit::sign_out(&mut browser, &url, "all");
    assert_eq!(me(&mut browser, &kit), 403);
    assert_eq!(
        me(&mut kept.clone(), &kit),
        403,
        "a copy of the cookie is worth nothing"
    );
}

#[test]
fn django_hashes_sign_in_and_are_replaced() {
    // PBKDF2 of "blue-kettle-on-the-window-sill", 1,000 rounds, salt "saltsaltsalt".
    let hash = "pbkdf2_sha256$1000$saltsaltsalt$x9acrhYcpvuMibl6ErO5uj/deAWFfYHC8/bRzqWVvGk=";
    let environment = [
        ("AUTHENTIK_BOOTSTRAP_PASSWORD", ""),
        ("AUTHENTIK_BOOTSTRAP_PASSWORD_HASH", hash),
    ];
    let kit = Kit::with(Engine::Sqlite, &environment);
    for _ in 0..2 {
        let mut browser = kit.browser();
        let page = browser.open(&kit.direct(PAGE)).expect(200);
        kit.sign_in(&mut browser, &page, "akadmin", PASSWORD)
            .expect(200);
        assert_eq!(me(&mut browser, &kit), 200);
    }
}
