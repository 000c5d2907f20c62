//! Bodies that are no JSON, and bodies of actions that are not theirs.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::json;

use super::kit::{Role, Server};

/// Where the text stops being JSON is said by line and column.
#[tokio::test]
async fn broken_json_is_refused_with_its_line_and_column() {
    let server = Server::sqlite().await;
    for (text, place) in [
        ("{broken", "line 1 column 2"),
        ("{\"name\":\n  \"x\",}", "line 2 column 7"),
        ("{\"name\": \"x\"", "line 1 column 12"),
        ("{\"name\": 01}", "line 1 column 11"),
        ("{} {}", "line 1 column 4"),
        ("\u{feff}{}", "line 1 column 1"),
    ] {
        for method in ["POST", "PUT"] {
            let path = if method == "POST" {
                "groups/"
            } else {
                "groups/x/"
            };
            let request = http::Request::builder()
                .method(method)
                .uri(format!("/api/v3/core/{path}"))
                .header(CONTENT_TYPE, "application/json")
                .header(AUTHORIZATION, "Bearer the-key-of-the-admin");
            let seen = server.send(request, text).await;
            assert_eq!(seen.status.as_u16(), 400, "{text}");
            let detail = seen.body["detail"].as_str().unwrap();
            assert!(detail.starts_with("JSON parse error - "), "{detail}");
            assert!(detail.ends_with(place), "{text}: {detail}");
        }
    }
}

/// Nesting is bounded, so that no body exhausts the stack.
#[tokio::test]
async fn json_that_is_nested_too_deep_is_refused() {
    let server = Server::sqlite().await;
    let deep = format!(
        "{{\"attributes\": {}1{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let request = http::Request::post("/api/v3/core/groups/")
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, "Bearer the-key-of-the-admin");
    let seen = server.send(request, deep).await;
    assert_eq!(seen.status.as_u16(), 400);
    assert!(
        seen.body["detail"]
            .as_str()
            .unwrap()
            .contains("recursion limit")
    );
}

/// What is posted to an action, the field that is refused, and why. `MIA` and `GROUP` stand for keys.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "/core/users/MIA/set_password/",
        "{}",
        "password",
        "This field is required.",
    ),
    (
        "/core/users/MIA/set_password/",
        r#"{ "password": null }"#,
        "password",
        "This field may not be null.",
    ),
    (
        "/core/users/MIA/set_password/",
        r#"{ "password": "" }"#,
        "password",
        "This field may not be blank.",
    ),
    (
        "/core/users/MIA/set_password/",
        r#"{ "password": ["x"] }"#,
        "password",
        "Not a valid string.",
    ),
    (
        "/core/users/MIA/set_password/",
        r#"{ "password": "7 chars" }"#,
        "password",
        "Ensure this field has at least 8 characters.",
    ),
    (
        "/core/users/MIA/set_password_hash/",
        r#"{ "password": "clear" }"#,
        "password",
        "Invalid password hash.",
    ),
    (
        "/core/users/MIA/recovery/",
        r#"{ "token_duration": "soon" }"#,
        "token_duration",
        "soon is not in the correct format of 'hours=3;minutes=1'.",
    ),
    (
        "/core/users/MIA/recovery/",
        r#"{ "token_duration": "hours=-1" }"#,
        "token_duration",
        "Enter a span of time to come.",
    ),
    (
        "/core/users/MIA/recovery_email/",
        "{}",
        "email_stage",
        "This field is required.",
    ),
    (
        "/core/users/MIA/recovery_email/",
        r#"{ "email_stage": "x" }"#,
        "email_stage",
        "Must be a valid UUID.",
    ),
    (
        "/core/groups/GROUP/add_user/",
        r#"{ "pk": "mia" }"#,
        "pk",
        "A valid integer is required.",
    ),
    (
        "/core/tokens/outpost/set_key/",
        r#"{ "key": true }"#,
        "key",
        "Not a valid string.",
    ),
    (
        "/core/users/service_account/",
        r#"{ "name": "mia" }"#,
        "name",
        "This field must be unique.",
    ),
    (
        "/core/users/service_account/",
        r#"{ "name": "x", "create_group": "perhaps" }"#,
        "create_group",
        "Must be a valid boolean.",
    ),
    (
        "/core/users/service_account/",
        "[]",
        "non_field_errors",
        "Invalid data. Expected a dictionary.",
    ),
];

/// The bodies of actions are read as those of kinds are: by field, in the same words.
#[tokio::test]
async fn bodies_of_actions_are_refused_by_field_in_authentiks_words() {
    let server = Server::sqlite().await;
    let mia = server.mia.to_string();
    let group = server.get("/core/groups/").await.body["results"][0]["pk"].clone();
    let too_long = json!({ "name": "x".repeat(151) }).to_string();
    let length = "Ensure this field has no more than 150 characters.";
    let too_long = ("/core/users/service_account/", &*too_long, "name", length);
    for (path, body, field, message) in REFUSED.iter().copied().chain([too_long]) {
        let path = path.replace("MIA", &mia);
        let path = path.replace("GROUP", group.as_str().unwrap());
        let sent = serde_json::from_str(body).unwrap();
        let seen = server.call(Role::Admin, "post", &path, &sent).await;
        assert_eq!(seen.status.as_u16(), 400, "{path} {body:.99}");
        let told = &seen.body[field];
        assert_eq!(told, &json!([message]), "{path} {body:.99}: {}", seen.body);
    }
}

#[tokio::test]
async fn a_provider_of_a_kind_that_is_not_made_here_is_refused_by_its_field() {
    let server = Server::sqlite().await;
    let model = "authentik_providers_saml.samlprovider";
    let whole = json!({ "app": {}, "provider": {}, "provider_model": model });
    let path = "/core/transactional/applications/";
    let seen = server.call(Role::Admin, "put", path, &whole).await;
    let words = format!("\"{model}\" is not a valid choice.");
    assert_eq!(seen.body, json!({ "provider_model": [words] }));
}
