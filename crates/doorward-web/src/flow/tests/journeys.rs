//! The ways that lead in and out again.

use serde_json::json;

use super::kit::{Browser, EXECUTOR, Form, Kit, PAGE};

const TWO_PAGES: &str = "/api/v3/flows/executor/two-pages/?query=next%3D%252Fif%252Fuser%252F";

#[tokio::test]
async fn the_page_signs_in_with_one_form_and_leads_to_next() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    let page = browser
        .get(&kit, &format!("{PAGE}?next=/if/user/%3Fsearch=x"))
        .await
        .expect(200);
    assert!(page.text.contains("autocomplete=\"username webauthn\""));
    let done = browser
        .submit(
            &kit,
            &page,
            &[("uid_field", " MIA "), ("password", "pw-mia")],
        )
        .await;
    assert_eq!(done.expect(303).location(), "/if/user/?search=x");
    assert_eq!(browser.who(&kit).await, "mia");
    let kept: Vec<&String> = browser.cookies.keys().collect();
    assert_eq!(
        kept,
        ["authentik_csrf", "authentik_device", "authentik_session"]
    );
}

#[tokio::test]
async fn the_executor_speaks_authentiks_json() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    let asked = browser.get(&kit, EXECUTOR).await.expect(200).json();
    assert_eq!(asked["component"], "ak-stage-identification");
    assert_eq!(asked["user_fields"], json!(["email", "username"]));
    assert_eq!(asked["password_fields"], true);
    assert_eq!(asked["flow_info"]["layout"], "stacked");
    assert_eq!(
        asked["flow_info"]["cancel_url"],
        "/flows/-/cancel/?next=%2Fif%2Fuser%2F"
    );
    let wrong = json!({ "uid_field": "mia", "password": "no" });
    let refused = browser
        .post_json(&kit, EXECUTOR, &wrong)
        .await
        .expect(200)
        .json();
    let expected =
        json!({ "non_field_errors": [{ "string": "Failed to authenticate.", "code": "invalid" }] });
    assert_eq!(refused["response_errors"], expected);
    let right = json!({ "component": "ak-stage-identification", "uid_field": "mia@example.org", "password": "pw-mia" });
    let done = browser
        .post_json(&kit, EXECUTOR, &right)
        .await
        .expect(200)
        .json();
    assert_eq!(
        done,
        json!({ "component": "xak-flow-redirect", "to": "/if/user/" })
    );
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn each_solved_challenge_of_the_executor_leads_to_itself_with_the_same_query() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    browser.get(&kit, TWO_PAGES).await.expect(200);
    let solved = browser
        .post_json(&kit, TWO_PAGES, &json!({ "uid_field": "mia" }))
        .await;
    assert_eq!(solved.expect(302).location(), TWO_PAGES);
    let asked = browser.get(&kit, TWO_PAGES).await.expect(200).json();
    assert_eq!(asked["component"], "ak-stage-password");
    assert_eq!(asked["pending_user"], "mia");
    let wrong = browser
        .post_json(&kit, TWO_PAGES, &json!({ "password": "no" }))
        .await
        .expect(200)
        .json();
    let expected = json!({ "password": [{ "string": "Invalid password", "code": "invalid" }] });
    assert_eq!(wrong["response_errors"], expected);
    browser
        .post_json(&kit, TWO_PAGES, &json!({ "password": "pw-mia" }))
        .await
        .expect(302);
    let asked = browser.get(&kit, TWO_PAGES).await.expect(200).json();
    assert_eq!(asked["component"], "ak-stage-user-login");
    assert_eq!(browser.who(&kit).await, "", "a proof is not yet a session");
    let done = browser
        .post_json(&kit, TWO_PAGES, &json!({ "remember_me": true }))
        .await
        .expect(200);
    let session = done.headers.get_all("set-cookie").iter();
    let session = session
        .map(|line| line.to_str().unwrap())
        .find(|line| line.starts_with("authentik_session"));
    assert!(session.unwrap().contains("Max-Age=2592000"), "{session:?}");
    assert_eq!(done.json()["component"], "xak-flow-redirect");
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn name_and_password_may_stand_on_two_pages() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    let name = browser
        .get(&kit, "/if/flow/two-pages/?next=/if/user/")
        .await
        .expect(200);
    assert!(!name.text.contains("type=\"password\""));
    let on = browser
        .submit(
            &kit,
            &name,
            &[("uid_field", "mia"), ("remember_me", "true")],
        )
        .await
        .expect(303);
    let password = browser.get(&kit, on.location()).await.expect(200);
    assert!(
        password
            .text
            .contains("name=\"username\" value=\"mia\" autocomplete=\"username\"")
    );
    let back = browser.get(&kit, on.location()).await.expect(200);
    let wrong = browser
        .submit(&kit, &back, &[("password", "no")])
        .await
        .expect(422);
    let done = browser
        .submit(
            &kit,
            &wrong,
            &[("password", "pw-mia"), ("remember_me", "true")],
        )
        .await;
    assert_eq!(done.expect(303).location(), "/if/user/");
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn two_tabs_sign_in_side_by_side_each_to_its_own_end() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    let first = browser
        .get(&kit, &format!("{PAGE}?next=/if/user/"))
        .await
        .expect(200);
    let second = browser
        .get(&kit, &format!("{PAGE}?next=/if/admin/"))
        .await
        .expect(200);
    let fields = [("uid_field", "mia"), ("password", "pw-mia")];
    assert_eq!(
        browser
            .submit(&kit, &second, &fields)
            .await
            .expect(303)
            .location(),
        "/if/admin/"
    );
    assert_eq!(
        browser
            .submit(&kit, &first, &fields)
            .await
            .expect(303)
            .location(),
        "/if/user/"
    );
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn a_form_that_comes_too_late_says_so_and_keeps_the_name() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    let page = browser.get(&kit, PAGE).await.expect(200);
    browser.cookies.clear();
    let late = browser
        .submit(&kit, &page, &[("uid_field", "mia"), ("password", "pw-mia")])
        .await
        .expect(200);
    assert!(
        late.text.contains("too long") && late.text.contains("value=\"mia\""),
        "{}",
        late.text
    );
    assert!(!late.text.contains("pw-mia"));
    assert_eq!(browser.who(&kit).await, "");
    assert_eq!(
        browser
            .submit(&kit, &late, &[("uid_field", "mia"), ("password", "pw-mia")])
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn signing_out_asks_first_and_then_ends_the_session() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    let copy = browser.clone();
    let to = browser
        .get(&kit, "/flows/-/default/invalidation/")
        .await
        .expect(303);
    assert_eq!(to.location(), "/if/flow/default-invalidation-flow/");
    let question = browser.get(&kit, to.location()).await.expect(200);
    assert_eq!(
        browser.who(&kit).await,
        "mia",
        "a page view signs nobody out"
    );
    let out = browser
        .submit(&kit, &question, &[("scope", "all")])
        .await
        .expect(200);
    assert!(out.text.contains("You are signed out"));
    assert!(!browser.cookies.contains_key("authentik_session"));
    assert_eq!(
        copy.clone().who(&kit).await,
        "",
        "a copy of the cookie is worth nothing"
    );
}

#[tokio::test]
async fn the_executor_signs_out_but_not_when_another_site_leads_there() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let out = "/api/v3/flows/executor/default-invalidation-flow/?query=";
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ] {
        let mut browser = Browser::default();
        browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
        browser.headers.push((header, value.to_owned()));
        let asked = browser.get(&kit, out).await.expect(200).json();
        assert_eq!(asked["component"], "ak-stage-session-end", "{header}");
        browser.headers.clear();
        assert_eq!(browser.who(&kit).await, "mia", "{header}");
        let done = browser.get(&kit, out).await.expect(200).json();
        assert_eq!(done, json!({ "component": "xak-flow-redirect", "to": "/" }));
        assert_eq!(browser.who(&kit).await, "");
    }
}

#[tokio::test]
async fn a_signed_in_browser_is_led_on_unless_it_wants_to_switch() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    kit.person(8, "dan").await;
    let mut browser = Browser::default();
    let start = "/flows/-/default/authentication/?next=/if/admin/";
    let to = browser.get(&kit, start).await.expect(303);
    assert_eq!(
        to.location(),
        "/if/flow/default-authentication-flow/?next=%2Fif%2Fadmin%2F"
    );
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    assert_eq!(
        browser.get(&kit, start).await.expect(303).location(),
        "/if/admin/"
    );
    let switch = browser
        .get(&kit, &format!("{start}&switch=1"))
        .await
        .expect(303);
    let asks = browser.get(&kit, switch.location()).await.expect(200);
    browser
        .submit(&kit, &asks, &[("uid_field", "dan"), ("password", "pw-dan")])
        .await
        .expect(303);
    assert_eq!(browser.who(&kit).await, "dan");
    assert_eq!(
        browser
            .get(&kit, "/flows/-/cancel/?next=//evil.example")
            .await
            .expect(303)
            .location(),
        "/"
    );
}

#[tokio::test]
async fn a_browser_keeps_a_handful_of_runs_and_a_get_writes_nothing() {
    let kit = Kit::new().await;
    let mut browser = Browser::default();
    for _ in 0..20 {
        browser.get(&kit, PAGE).await.expect(200);
    }
    let runs = browser
        .cookies
        .keys()
        .filter(|name| name.starts_with("doorward_run_"))
        .count();
    assert!(runs <= 5, "{runs}");
    let page = browser.get(&kit, PAGE).await.expect(200);
    assert!(browser.cookies.keys().any(|name| {
        Form::of(&page)
            .action
            .contains(&name["doorward_run_".len()..])
    }));
    browser
        .get(&kit, "/if/flow/nothing-here/")
        .await
        .expect(404);
    browser
        .get(&kit, "/api/v3/flows/executor/nothing-here/?query=")
        .await
        .expect(404);
}

#[tokio::test]
async fn back_to_a_sign_in_that_is_done_leads_on_to_the_wanted_page() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    let first = format!("{PAGE}?next=/if/user/%3Fsearch=x");
    let page = browser.get(&kit, &first).await.expect(200);
    let with_run = Form::of(&page).action;
    let wrong = [("uid_field", "mia"), ("password", "no")];
    browser.submit(&kit, &page, &wrong).await.expect(422);
    let right = [("uid_field", "mia"), ("password", "pw-mia")];
    browser.submit(&kit, &page, &right).await.expect(303);
    for behind in [first.as_str(), with_run.as_str()] {
        let led = browser.get(&kit, behind).await.expect(303);
        assert_eq!(led.location(), "/if/user/?search=x", "{behind}");
    }
    // Without a wish there is nowhere to go on to: the page asks, as it asks a stranger.
    browser.get(&kit, PAGE).await.expect(200);
    let elsewhere = format!("{PAGE}?next=//evil.example");
    browser.get(&kit, &elsewhere).await.expect(200);
    Browser::default().get(&kit, &first).await.expect(200);
}
