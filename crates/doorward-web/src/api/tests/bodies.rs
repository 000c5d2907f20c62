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

/// The bodies of actions are read as those of kinds are: by field, in the same words.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn bodies_of_actions_are_refused_by_field_in_authentiks_words() {
    let server = Server::sqlite().await;
    let mia = format!("/core/users/{}/", server.mia);
    let group = server.get("/core/groups/").await.body["results"][0]["pk"].clone();
    let group = group.as_str().unwrap();
    let required = "This field is required.";
    let cases = [
        (
            format!("{mia}set_password/"),
            json!({}),
            "password",
            required,
        ),
        (
            format!("{mia}set_password/"),
            json!({ "password": null }),
            "password",
            "This field may not be null.",
        ),
        (
            format!("{mia}set_password/"),
            json!({ "password": "" }),
            "password",
            "This field may not be blank.",
        ),
        (
            format!("{mia}set_password/"),
            json!({ "password": ["x"] }),
            "password",
            "Not a valid string.",
        ),
        (
            format!("{mia}set_password_hash/"),
            json!({ "password": "clear" }),
            "password",
            "Invalid password hash.",
        ),
        (
            format!("{mia}recovery/"),
            json!({ "token_duration": "soon" }),
            "token_duration",
            "soon is not in the correct format of 'hours=3;minutes=1'.",
        ),
        (
            format!("{mia}recovery/"),
            json!({ "token_duration": "hours=-1" }),
            "token_duration",
            "Enter a span of time to come.",
        ),
        (
            format!("{mia}recovery_email/"),
            json!({}),
            "email_stage",
            required,
        ),
        (
            format!("{mia}recovery_email/"),
            json!({ "email_stage": "x" }),
            "email_stage",
            "Must be a valid UUID.",
        ),
        (
            format!("/core/groups/{group}/add_user/"),
            json!({ "pk": "mia" }),
            "pk",
            "A valid integer is required.",
        ),
        (
            "/core/tokens/outpost/set_key/".to_owned(),
            json!({ "key": true }),
            "key",
            "Not a valid string.",
        ),
        (
            "/core/users/service_account/".to_owned(),
            json!({ "name": "x".repeat(151) }),
            "name",
            "Ensure this field has no more than 150 characters.",
        ),
        (
            "/core/users/service_account/".to_owned(),
            json!({ "name": "mia" }),
            "name",
            "This field must be unique.",
        ),
        (
            "/core/users/service_account/".to_owned(),
            json!({ "name": "x", "create_group": "perhaps" }),
            "create_group",
            "Must be a valid boolean.",
        ),
        (
            "/core/users/service_account/".to_owned(),
            json!([]),
            "non_field_errors",
            "Invalid data. Expected a dictionary.",
        ),
    ];
    for (path, body, field, message) in cases {
        let seen = server.call(Role::Admin, "post", &path, &body).await;
        assert_eq!(seen.status.as_u16(), 400, "{path} {body:.99}");
        assert_eq!(
            seen.body[field],
            json!([message]),
            "{path} {body:.99}: {}",
            seen.body
        );
    }
    let whole = json!({ "app": {}, "provider": {}, "provider_model": "authentik_providers_saml.samlprovider" });
    let path = "/core/transactional/applications/";
    let seen = server.call(Role::Admin, "put", path, &whole).await;
    let words = "\"authentik_providers_saml.samlprovider\" is not a valid choice.";
    assert_eq!(seen.body, json!({ "provider_model": [words] }));
}
