//! Wrong answers and bad input: nothing completes, nothing is given away, nothing breaks.

use http::header::{CONTENT_LENGTH, HeaderMap, SET_COOKIE};
use serde_json::json;

use super::kit::{Browser, EXECUTOR, Form, Kit, PAGE, Reply};

/// Everything that a stranger sees of an answer, random parts replaced.
fn seen(reply: &Reply, name: &str) -> (u16, HeaderMap, String, Vec<String>) {
    let mut headers = reply.headers.clone();
    let cookies = headers.get_all(SET_COOKIE).iter().map(|line| {
        // The value is sealed and random; its length must not tell either.
        let line = line.to_str().unwrap();
        let (run, rest) = line.split_once('=').unwrap();
        let (value, attributes) = rest.split_once(';').unwrap();
        format!("{}={};{attributes}", &run[..12], value.len())
    });
    let cookies = cookies.collect();
    for volatile in [SET_COOKIE, CONTENT_LENGTH] {
        headers.remove(volatile);
    }
    headers.remove("x-authentik-id");
    let mut text = reply.text.replace(name, "NAME");
    if text.contains("name=\"csrf\"") {
        let form = Form::of(reply);
        text = text.replace(&form.csrf, "TOKEN");
        let run = form.action.split("run=").nth(1).unwrap().to_owned();
        text = text.replace(run.split('&').next().unwrap(), "RUN");
    }
    (reply.status.as_u16(), headers, text, cookies)
}

#[tokio::test]
async fn cve_2023_39522_unknown_wrong_and_disabled_cannot_be_told_apart() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    kit.person(8, "dan").await;
    kit.person(9, "eve").await;
    kit.disable(8).await;
    kit.set_password(9, "!").await;
    let cases = [
        ("bob", "pw-bob"),
        ("mia", "pw-bob"),
        ("dan", "pw-dan"),
        ("eve", "pw-eve"),
    ];
    let mut pages = Vec::new();
    let mut challenges = Vec::new();
    for (name, password) in cases {
        let mut browser = Browser::default();
        pages.push(seen(&browser.sign_in(&kit, name, password).await, name));
        let mut client = Browser::default();
        client.get(&kit, EXECUTOR).await.expect(200);
        let answer = json!({ "uid_field": name, "password": password });
        challenges.push(seen(&client.post_json(&kit, EXECUTOR, &answer).await, name));
    }
    assert_eq!(pages[0].0, 422);
    for at in 1..cases.len() {
        assert_eq!(pages[0], pages[at], "{:?}", cases[at]);
        assert_eq!(challenges[0], challenges[at], "{:?}", cases[at]);
    }
}

#[tokio::test]
async fn the_password_page_does_not_tell_whether_the_name_exists() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut pages = Vec::new();
    for name in ["bob", "mia", "BOB", "mia@example.org"] {
        let mut browser = Browser::default();
        let page = browser.get(&kit, "/if/flow/two-pages/").await.expect(200);
        let on = browser
            .submit(&kit, &page, &[("uid_field", name)])
            .await
            .expect(303);
        let page = browser.get(&kit, on.location()).await.expect(200);
        assert!(
            page.text.contains(&format!("value=\"{name}\"")),
            "what was typed is shown"
        );
        pages.push(seen(&page, name));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn cve_2026_49448_an_empty_foreign_or_replayed_answer_completes_no_stage() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/two-pages/?query=";
    let mut browser = Browser::default();
    let steps = [
        ("ak-stage-identification", json!({ "uid_field": "mia" })),
        ("ak-stage-password", json!({ "password": "pw-mia" })),
        ("ak-stage-user-login", json!({ "remember_me": false })),
    ];
    let mut past: Vec<serde_json::Value> = Vec::new();
    for (component, right) in &steps {
        let asked = browser.get(&kit, at).await.expect(200).json();
        assert_eq!(asked["component"], *component);
        let foreign = [
            "ak-stage-dummy",
            "ak-stage-consent",
            "xak-flow-redirect",
            "",
        ];
        let mut wrong = vec![json!({}), json!({ "component": component })];
        wrong.extend(
            foreign
                .iter()
                .map(|name| json!({ "component": name, "uid_field": "mia", "password": "pw-mia" })),
        );
        wrong.extend(past.iter().cloned());
        for answer in wrong {
            let again = browser
                .post_json(&kit, at, &answer)
                .await
                .expect(200)
                .json();
            assert_eq!(again["component"], *component, "{answer}");
            assert!(again["response_errors"].is_object(), "{answer}");
            assert_eq!(browser.who(&kit).await, "", "{answer}");
        }
        browser.post_json(&kit, at, right).await;
        let mut named = right.clone();
        named["component"] = json!(component);
        past.push(named);
    }
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn a_replayed_request_of_a_finished_run_signs_nobody_in() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/two-pages/?query=";
    let mut browser = Browser::default();
    for answer in [
        json!({ "uid_field": "mia" }),
        json!({ "password": "pw-mia" }),
    ] {
        browser.post_json(&kit, at, &answer).await;
    }
    let mut copy = browser.clone();
    browser
        .post_json(&kit, at, &json!({ "remember_me": false }))
        .await
        .expect(200);
    assert_eq!(browser.who(&kit).await, "mia");
    let replayed = copy
        .post_json(&kit, at, &json!({ "remember_me": false }))
        .await
        .expect(200);
    assert_eq!(replayed.json()["component"], "ak-stage-identification");
    assert_eq!(copy.who(&kit).await, "");
}

#[tokio::test]
async fn nobody_is_signed_in_without_a_proof_whatever_the_flow_says() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/no-proof/?query=";
    let mut browser = Browser::default();
    let done = browser
        .post_json(&kit, at, &json!({ "uid_field": "mia" }))
        .await
        .expect(200)
        .json();
    assert_eq!(done["component"], "ak-stage-access-denied");
    assert_eq!(browser.who(&kit).await, "");
    let mut browser = Browser::default();
    let page = browser.get(&kit, "/if/flow/no-proof/").await.expect(200);
    browser
        .submit(&kit, &page, &[("uid_field", "mia")])
        .await
        .expect(403);
    assert_eq!(browser.who(&kit).await, "");
}

#[tokio::test]
async fn cve_2025_53942_whoever_is_disabled_meanwhile_is_not_signed_in() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/two-pages/?query=";
    let mut browser = Browser::default();
    for answer in [
        json!({ "uid_field": "mia" }),
        json!({ "password": "pw-mia" }),
    ] {
        browser.post_json(&kit, at, &answer).await.expect(302);
    }
    kit.disable(7).await;
    let done = browser
        .post_json(&kit, at, &json!({ "remember_me": true }))
        .await
        .expect(200)
        .json();
    assert_eq!(done["component"], "ak-stage-access-denied");
    assert_eq!(done["error_message"], "Failed to authenticate.");
    assert_eq!(browser.who(&kit).await, "");
}

#[tokio::test]
async fn a_run_ends_after_as_many_wrong_passwords_as_the_stage_allows() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/two-pages/?query=";
    let mut browser = Browser::default();
    browser
        .post_json(&kit, at, &json!({ "uid_field": "mia" }))
        .await
        .expect(302);
    for _ in 0..2 {
        let again = browser
            .post_json(&kit, at, &json!({ "password": "no" }))
            .await
            .expect(200)
            .json();
        assert_eq!(again["component"], "ak-stage-password");
    }
    let over = browser
        .post_json(&kit, at, &json!({ "password": "no" }))
        .await
        .expect(200)
        .json();
    assert_eq!(over["component"], "ak-stage-access-denied");
    assert_eq!(
        browser.get(&kit, at).await.json()["component"],
        "ak-stage-identification"
    );
}

#[tokio::test]
async fn names_of_8_kib_foreign_letters_and_control_characters_get_the_usual_answer() {
    let kit = Kit::new().await;
    kit.person(7, "josé").await;
    for name in [
        "x".repeat(8192),
        "é".repeat(4096),
        "mia\0".into(),
        "\r\nSet-Cookie: a=b".into(),
        "' OR 1=1 --".into(),
    ] {
        let mut browser = Browser::default();
        let refused = browser.sign_in(&kit, &name, "pw").await.expect(422);
        assert!(
            refused.text.contains("so we cannot say which"),
            "{}",
            refused.text
        );
        assert!(refused.text.len() < 20_000);
        let answer = json!({ "uid_field": name, "password": "x".repeat(8192) });
        let mut client = Browser::default();
        let refused = client
            .post_json(&kit, EXECUTOR, &answer)
            .await
            .expect(200)
            .json();
        assert_eq!(
            refused["response_errors"]["non_field_errors"][0]["code"],
            "invalid"
        );
    }
    let mut browser = Browser::default();
    browser.sign_in(&kit, "José", "pw-josé").await.expect(303);
    assert_eq!(browser.who(&kit).await, "josé");
}

#[tokio::test]
async fn missing_answers_are_named_at_their_field() {
    let kit = Kit::new().await;
    let mut browser = Browser::default();
    let page = browser.get(&kit, PAGE).await.expect(200);
    let empty = browser
        .submit(&kit, &page, &[("uid_field", ""), ("password", "x")])
        .await
        .expect(422);
    assert!(empty.text.contains("id=\"uid_field-error\""));
    let empty = browser
        .submit(&kit, &empty, &[("uid_field", "mia"), ("password", "")])
        .await
        .expect(422);
    assert!(empty.text.contains("id=\"password-error\"") && empty.text.contains("value=\"mia\""));
    for (answer, field) in [
        (json!({ "password": "x" }), "non_field_errors"),
        (json!({ "uid_field": 7, "password": "x" }), "uid_field"),
        (json!({ "uid_field": "mia", "password": ["x"] }), "password"),
    ] {
        let refused = browser
            .post_json(&kit, EXECUTOR, &answer)
            .await
            .expect(200)
            .json();
        assert!(refused["response_errors"][field].is_array(), "{refused}");
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused_with_its_place() {
    let kit = Kit::new().await;
    let mut browser = Browser::default();
    for body in ["{", "", "nonsense"] {
        let request = http::Request::post(EXECUTOR).header("content-type", "application/json");
        let reply = browser
            .send(&kit, request, body.to_owned())
            .await
            .expect(400);
        assert!(
            reply.json()["detail"]
                .as_str()
                .unwrap()
                .starts_with("JSON parse error")
        );
    }
    browser
        .post_json(&kit, EXECUTOR, &json!([1]))
        .await
        .expect(400);
    let request = http::Request::post(EXECUTOR).header("content-type", "text/plain");
    browser
        .send(&kit, request, "{}".to_owned())
        .await
        .expect(415);
    let request = http::Request::post(EXECUTOR).header("content-type", "application/json");
    let huge = format!("{{\"uid_field\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    browser.send(&kit, request, huge).await.expect(413);
}

#[tokio::test]
async fn a_body_too_large_a_strange_method_and_a_doubled_parameter_get_a_page() {
    let kit = Kit::new().await;
    let mut browser = Browser::default();
    let page = browser.get(&kit, PAGE).await.expect(200);
    let huge = "x".repeat(2 * 1024 * 1024);
    let told = browser
        .submit(&kit, &page, &[("uid_field", &huge)])
        .await
        .expect(413);
    assert!(told.text.contains("<!DOCTYPE html>"));
    let told = browser
        .send(&kit, http::Request::put(PAGE), String::new())
        .await
        .expect(405);
    assert!(told.text.contains("<!DOCTYPE html>"));
    let told = browser
        .send(&kit, http::Request::delete(EXECUTOR), String::new())
        .await
        .expect(405);
    assert_eq!(told.json()["detail"], "Method \"DELETE\" not allowed.");
    browser
        .get(
            &kit,
            &format!("{PAGE}?run=a&run=b&next=/&next=//evil.example"),
        )
        .await
        .expect(200);
    browser
        .get(&kit, "/flows/-/cancel/?next=/a&next=/b")
        .await
        .expect(303);
}
