//! Blueprints over the API: instances, uploads, and what their texts may not do.

use http::StatusCode;
use serde_json::{Value, json};

use super::kit::{Role, Seen, Server};

const CREW: &str = "version: 1\nmetadata: {name: Crew}\nentries:\n- model: authentik_core.group\n  identifiers: {name: crew}\n  attrs: {attributes: {color: !Context [color, blue]}}\n";

async fn upload(server: &Server, role: Role, parts: &[(&str, &str)]) -> Seen {
    let one = |(name, text): &(&str, &str)| {
        let file = if *name == "file" {
            "; filename=\"crew.yaml\""
        } else {
            ""
        };
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n")
    };
    let body: String = parts.iter().map(one).collect();
    let mut request = http::Request::builder()
        .method("POST")
        .uri("/api/v3/managed/blueprints/import/")
        .header("content-type", "multipart/form-data; boundary=x");
    if let Some(key) = role.key() {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    server.send(request, format!("{body}--x--\r\n")).await
}

async fn color(server: &Server) -> Value {
    let groups = server.get("/core/groups/?name=crew").await.body;
    groups["results"][0]["attributes"]["color"].clone()
}

#[tokio::test]
async fn an_upload_is_applied_once_and_makes_no_instance() {
    for server in Server::every().await {
        let seen = upload(
            &server,
            Role::Admin,
            &[("file", CREW), ("context", "{\"color\": \"red\"}")],
        )
        .await;
        let body = Server::expect(seen, 200);
        assert_eq!(body["success"], true, "{body}");
        assert!(
            body["logs"][0]["event"].as_str().unwrap().contains("crew"),
            "{body}"
        );
        assert_eq!(color(&server).await, "red");
        assert_eq!(
            server.get("/managed/blueprints/").await.body["pagination"]["count"],
            0
        );
        let events = "/events/events/?action=model_updated&username=admin";
        assert_eq!(
            server.get(events).await.body["pagination"]["count"],
            1,
            "who did it"
        );
    }
}

#[tokio::test]
async fn a_wrong_upload_changes_nothing_and_says_where() {
    let server = Server::sqlite().await;
    let wrong = format!("{CREW}- model: authentik_core.nothing\n  identifiers: {{a: b}}\n");
    let body = Server::expect(upload(&server, Role::Admin, &[("file", &wrong)]).await, 200);
    assert_eq!(body["success"], false);
    let said = body["logs"][0]["event"].as_str().unwrap();
    assert!(
        said.contains("entry 2 (line 7)") && said.contains("authentik_core.nothing"),
        "{said}"
    );
    assert_eq!(color(&server).await, Value::Null);
    for (parts, status) in [
        (vec![("file", CREW), ("more", "x")], 400),
        (vec![("context", "[")], 200),
        (vec![("path", "../../etc/passwd")], 200),
        (vec![], 200),
    ] {
        let seen = upload(&server, Role::Admin, &parts).await;
        assert_eq!(seen.status.as_u16(), status, "{parts:?}: {}", seen.body);
        assert_ne!(seen.body["success"], true, "{parts:?}");
    }
    let seen = server
        .call(
            Role::Admin,
            "post",
            "/managed/blueprints/import/",
            &json!({}),
        )
        .await;
    assert_eq!(seen.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn only_superusers_have_to_do_with_blueprints() {
    let server = Server::sqlite().await;
    for role in [Role::Anonymous, Role::Person, Role::Outpost] {
        let seen = upload(&server, role, &[("file", CREW)]).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{role:?}");
        let path = "/managed/blueprints/available/";
        let seen = server.call(role, "get", path, &Value::Null).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{role:?}");
    }
    assert_eq!(color(&server).await, Value::Null);
}

#[tokio::test]
async fn an_instance_is_applied_on_demand_and_shows_how_it_went() {
    for server in Server::every().await {
        let new = json!({ "name": "Crew", "content": CREW, "context": { "color": "green" } });
        let made = server.post("/managed/blueprints/", &new).await;
        assert_eq!(
            (&made["status"], &made["enabled"]),
            (&json!("unknown"), &json!(true))
        );
        let path = format!("/managed/blueprints/{}/", made["pk"].as_str().unwrap());
        let apply = format!("{path}apply/");
        let seen = server.call(Role::Admin, "post", &apply, &Value::Null).await;
        let applied = Server::expect(seen, 200);
        assert_eq!(applied["status"], "successful");
        assert_eq!(applied["managed_models"], json!(["authentik_core.group"]));
        assert_eq!(applied["metadata"]["name"], "Crew");
        assert_eq!(applied["last_applied_hash"].as_str().unwrap().len(), 128);
        assert_eq!(color(&server).await, "green");
        let wrong = json!({ "content": CREW.replace("core.group", "core.nothing") });
        Server::expect(server.call(Role::Admin, "patch", &path, &wrong).await, 200);
        let seen = server.call(Role::Admin, "post", &apply, &Value::Null).await;
        assert_eq!(Server::expect(seen, 200)["status"], "error");
        let events = server
            .get("/events/events/?action=configuration_error")
            .await
            .body;
        let said = events["results"][0]["context"]["message"].to_string();
        assert!(
            said.contains("Crew") && said.contains("entry 1 (line 4)"),
            "{said}"
        );
        let seen = server
            .call(Role::Person, "post", &apply, &Value::Null)
            .await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
    }
}

/// security.md, pen-tests: blueprint path traversal, blueprint OCI fetch SSRF.
#[tokio::test]
async fn an_instance_names_no_file_outside_and_nothing_to_fetch() {
    let server = Server::sqlite().await;
    for (body, field) in [
        (json!({ "name": "a", "path": "../secret.yaml" }), "path"),
        (json!({ "name": "a", "path": "/etc/passwd" }), "path"),
        (json!({ "name": "a", "path": "a/../../b.yaml" }), "path"),
        (
            json!({ "name": "a", "path": "oci://169.254.169.254/x:latest" }),
            "path",
        ),
        (json!({ "name": "a", "path": "http://localhost/x" }), "path"),
        (json!({ "name": "a", "content": "version: 7" }), "content"),
        (
            json!({ "name": "a", "content": CREW, "path": "../x" }),
            "path",
        ),
        (json!({ "name": "a" }), "non_field_errors"),
    ] {
        let seen = server
            .call(Role::Admin, "post", "/managed/blueprints/", &body)
            .await;
        assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(seen.body[field].is_array(), "{body}: {}", seen.body);
    }
    let hidden = json!({ "name": "a", "content": CREW, "is_discovered": true, "status": "successful", "tried": "x" });
    let made = server.post("/managed/blueprints/", &hidden).await;
    assert_eq!(made["status"], "unknown");
    assert!(made.get("tried").is_none() && made.get("is_discovered").is_none());
}
