//! Bad input, each with the status and the body it gets.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::kit::{Role, Server};

#[tokio::test]
async fn a_body_that_is_no_json_too_large_or_of_another_type_is_refused_in_words() {
    let server = Server::sqlite().await;
    let cases = [
        (
            "application/json",
            "{broken".to_owned(),
            400,
            "JSON parse error",
        ),
        (
            "application/json",
            format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20)),
            413,
            "too large",
        ),
        (
            "multipart/form-data; boundary=x",
            "x".to_owned(),
            415,
            "Unsupported media type",
        ),
    ];
    for (media_type, body, status, words) in cases {
        let request = http::Request::post("/api/v3/core/groups/")
            .header(CONTENT_TYPE, media_type)
            .header(AUTHORIZATION, "Bearer the-key-of-the-admin");
        let seen = server.send(request, body).await;
        assert_eq!(seen.status.as_u16(), status);
        assert!(
            seen.body["detail"]
                .as_str()
                .is_some_and(|text| text.contains(words)),
            "{}",
            seen.body
        );
    }
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once_in_authentiks_words() {
    let server = Server::sqlite().await;
    let body = json!({
        "slug": "not a slug", "provider": 4711, "open_in_new_tab": "perhaps", "meta_launch_url": "javascript:alert(1)",
        "policy_engine_mode": "most", "backchannel_providers": "x", "name": "  ",
    });
    let seen = server
        .call(Role::Admin, "post", "/core/applications/", &body)
        .await;
    assert_eq!(seen.status.as_u16(), 400);
    assert_eq!(
        seen.body,
        json!({
            "name": ["This field may not be blank."],
            "slug": ["Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens."],
            "provider": ["Invalid pk \"4711\" - object does not exist."],
            "backchannel_providers": ["Expected a list of items but got type \"str\"."],
            "open_in_new_tab": ["Must be a valid boolean."],
            "meta_launch_url": ["Enter a valid URL."],
            "policy_engine_mode": ["\"most\" is not a valid choice."],
        })
    );
}

/// What is posted where, the field that is refused, and why.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("/core/groups/", "{}", "name", "This field is required."),
    (
        "/core/groups/",
        r#"{ "name": null }"#,
        "name",
        "This field may not be null.",
    ),
    (
        "/core/groups/",
        r#"{ "name": ["x"] }"#,
        "name",
        "Not a valid string.",
    ),
    (
        "/core/groups/",
        r#"{ "name": "nul\u0000" }"#,
        "name",
        "Null characters are not allowed.",
    ),
    (
        "/core/groups/",
        r#"{ "name": "authentik Admins" }"#,
        "name",
        "This field must be unique.",
    ),
    (
        "/core/groups/",
        r#"{ "name": "x", "users": [4711] }"#,
        "users",
        "Invalid pk \"4711\" - object does not exist.",
    ),
    (
        "/core/groups/",
        r#"{ "name": "x", "attributes": [] }"#,
        "attributes",
        "Value must be a dictionary.",
    ),
    (
        "/core/users/",
        r#"{ "name": "", "username": "x", "email": "a@b@c" }"#,
        "email",
        "Enter a valid email address.",
    ),
    (
        "/core/users/",
        r#"{ "name": "", "username": "x", "path": "/a" }"#,
        "path",
        "No leading or trailing slashes allowed.",
    ),
    (
        "/core/users/",
        r#"{ "name": "", "username": "x", "type": "internal_service_account" }"#,
        "type",
        "Setting a user to internal service account is not allowed.",
    ),
    (
        "/core/tokens/",
        r#"{ "identifier": "x", "intent": "recovery" }"#,
        "intent",
        "Invalid intent recovery",
    ),
    (
        "/core/tokens/",
        r#"{ "identifier": "x", "expires": "soon" }"#,
        "expires",
        "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
    ),
    (
        "/stages/user_login/",
        r#"{ "name": "x", "session_duration": "soon" }"#,
        "session_duration",
        "soon is not in the correct format of 'hours=3;minutes=1'.",
    ),
    (
        "/flows/bindings/",
        r#"{ "target": "x", "stage": 5, "order": "many" }"#,
        "order",
        "A valid integer is required.",
    ),
    (
        "/flows/bindings/",
        r#"{ "target": "x", "stage": 5, "order": 1 }"#,
        "target",
        "\u{201c}x\u{201d} is not a valid UUID.",
    ),
    (
        "/flows/bindings/",
        r#"{ "target": "x", "stage": 5, "order": 1 }"#,
        "stage",
        "Incorrect type. Expected pk value, received int.",
    ),
    (
        "/events/events/",
        r#"{ "app": "x", "action": "unheard" }"#,
        "action",
        "\"unheard\" is not a valid choice.",
    ),
];

#[tokio::test]
async fn single_values_are_checked_as_authentik_checks_them() {
    let server = Server::sqlite().await;
    let too_long = json!({ "name": "", "username": "x".repeat(151) }).to_string();
    let length = "Ensure this field has no more than 150 characters.";
    let too_long = ("/core/users/", too_long.as_str(), "username", length);
    for (path, body, field, message) in REFUSED.iter().copied().chain([too_long]) {
        let sent = serde_json::from_str(body).unwrap();
        let seen = server.call(Role::Admin, "post", path, &sent).await;
        assert_eq!(seen.status.as_u16(), 400, "{path} {body}");
        let told = &seen.body[field];
        assert_eq!(told, &json!([message]), "{path} {body}: {}", seen.body);
    }
}

#[tokio::test]
async fn text_is_trimmed_and_unknown_keys_are_ignored() {
    let server = Server::sqlite().await;
    let made = server
        .post(
            "/core/groups/",
            &json!({ "name": "  José\t", "nonsense": 1 }),
        )
        .await;
    assert_eq!(made["name"], "José");
}

#[tokio::test]
async fn what_does_not_exist_and_what_cannot_be_done_is_said_in_authentiks_words() {
    let server = Server::sqlite().await;
    let cases = [
        (
            "get",
            "/core/users/4711/",
            404,
            "No User matches the given query.",
        ),
        (
            "get",
            "/core/users/abc/",
            404,
            "No User matches the given query.",
        ),
        (
            "get",
            "/core/applications/none/",
            404,
            "No Application matches the given query.",
        ),
        ("get", "/nothing/", 404, "Not found."),
        ("get", "/core/groups/?page=2", 404, "Invalid page."),
        (
            "post",
            "/providers/all/",
            405,
            "Method \"POST\" not allowed.",
        ),
    ];
    for (method, path, status, words) in cases {
        let seen = server.call(Role::Admin, method, path, &Value::Null).await;
        assert_eq!(
            (seen.status.as_u16(), &seen.body["detail"]),
            (status, &json!(words)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_answer_carries_authentiks_headers() {
    let server = Server::sqlite().await;
    let headers = server.get("/core/users/").await.headers;
    for (name, value) in [
        ("x-powered-by", "authentik"),
        ("vary", "Cookie"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(
            headers.get(name).and_then(|value| value.to_str().ok()),
            Some(value),
            "{name}"
        );
    }
    assert!(headers.contains_key("x-authentik-id"));
}

#[tokio::test]
async fn a_search_of_ten_thousand_words_is_answered() {
    for server in Server::every().await {
        let words = "a%20".repeat(10_000);
        for path in ["/core/users/", "/events/events/", "/flows/instances/"] {
            let seen = server.get(&format!("{path}?search={words}")).await;
            assert_eq!(seen.status.as_u16(), 200, "{path}");
        }
    }
}

#[tokio::test]
async fn a_nul_in_an_address_or_a_query_finds_nothing_on_any_engine() {
    for server in Server::every().await {
        for kind in doorward_engine::resource::registry() {
            let seen = server.get(&format!("/{}/a%00b/", kind.path)).await;
            assert_eq!(seen.status.as_u16(), 404, "{}: {}", kind.path, seen.body);
            for query in [
                "search=a%00b",
                "name=a%00b",
                "username=%00",
                "ordering=%00",
                "page=%00",
            ] {
                let seen = server.get(&format!("/{}/?{query}", kind.path)).await;
                assert!(
                    matches!(seen.status.as_u16(), 200 | 400 | 404),
                    "{} {query}",
                    kind.path
                );
            }
        }
    }
}

#[tokio::test]
async fn a_strange_name_at_sign_in_is_just_a_wrong_name() {
    for server in Server::every().await {
        for name in ["a\u{0}b", "é\r\nx: y", &"x".repeat(8192)] {
            let path = "/flows/executor/default-authentication-flow/?query=";
            let seen = server
                .call(Role::Anonymous, "get", path, &Value::Null)
                .await;
            let cookie = seen
                .headers
                .get("set-cookie")
                .and_then(|c| c.to_str().ok())
                .unwrap_or_default();
            let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
            let body = json!({ "component": "ak-stage-identification", "uid_field": name, "password": "x" });
            let request = http::Request::post(format!("/api/v3{path}"))
                .header(CONTENT_TYPE, "application/json")
                .header("cookie", cookie);
            let seen = server.send(request, body.to_string()).await;
            assert!(
                seen.status.as_u16() < 500,
                "{name:.20}: {} {}",
                seen.status,
                seen.body
            );
        }
    }
}
