//! The OpenAPI document and the router: neither knows an operation that the other does not.

use serde_json::Value;

use super::kit::{Role, Server};
use crate::api::schema::document;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every path of the document answers exactly the methods that the document gives it.
#[tokio::test]
async fn the_document_and_the_router_know_the_same_operations() {
    let server = Server::sqlite().await;
    for (path, item) in document()["paths"].as_object().unwrap() {
        let concrete = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in METHODS {
            let seen = server
                .call(Role::Anonymous, method, &concrete, &Value::Null)
                .await;
            let is_routed = seen.status.as_u16() != 405 && seen.body["detail"] != "Not found.";
            let is_documented = item.get(method).is_some();
            // The executor answers for a flow that does not exist as for an address that does not.
            let is_flow = path.starts_with("/flows/executor/") && seen.status.as_u16() == 404;
            assert!(
                is_routed == is_documented || is_flow && is_documented,
                "{method} {path}: {} {}",
                seen.status,
                seen.body
            );
        }
    }
}

/// What the published contract needs is needed by the document, lists as lists.
#[tokio::test]
async fn a_query_parameter_that_is_needed_is_marked_and_missed() {
    let server = Server::sqlite().await;
    for (method, path, name, is_many) in [
        (
            "delete",
            "/core/authenticated_sessions/bulk_delete/",
            "user_pks",
            true,
        ),
        ("get", "/events/events/stats/", "count_steps", true),
        ("get", "/flows/executor/{flow_slug}/", "query", false),
        ("post", "/flows/executor/{flow_slug}/", "query", false),
    ] {
        let all = &document()["paths"][path][method]["parameters"];
        let mut all = all.as_array().unwrap().iter();
        let needed: Vec<_> = all
            .by_ref()
            .filter(|one| one["in"] == "query" && one["required"] == true)
            .collect();
        assert_eq!(needed.len(), 1, "{method} {path}");
        assert_eq!(needed[0]["name"], name);
        assert_eq!(
            needed[0]["schema"]["type"] == "array",
            is_many,
            "{method} {path}"
        );
        if is_many {
            let seen = server.call(Role::Admin, method, path, &Value::Null).await;
            assert_eq!(seen.status.as_u16(), 400, "{method} {path}");
            assert!(seen.body.get(name).is_some(), "{}", seen.body);
        }
    }
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_schema_that_is_named_is_there_and_every_one_that_is_there_is_named() {
    let mut named = Vec::new();
    references(document(), &mut named);
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    for name in &named {
        let name = name.trim_start_matches("#/components/schemas/");
        assert!(schemas.contains_key(name), "{name} is missing");
    }
    for name in schemas.keys() {
        let reference = format!("#/components/schemas/{name}");
        assert!(named.contains(&&*reference), "nothing names {name}");
    }
}

#[test]
fn every_operation_says_what_it_takes_and_gives_and_has_a_name_of_its_own() {
    let mut names = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            names.push(operation["operationId"].as_str().unwrap());
            let responses = operation["responses"].as_object().unwrap();
            let (status, response) = responses.iter().next().unwrap();
            let has_body = response.get("content").is_some();
            let says_none = response["description"] == "No response body";
            assert_eq!(has_body, !says_none, "{method} {path}");
            assert!(says_none || status != "204", "{method} {path}");
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// Where the administrator's page leads.
#[tokio::test]
async fn the_page_of_the_api_lists_every_address_of_the_document_and_links_those_that_open() {
    let server = Server::sqlite().await;
    let seen = server.call(Role::Anonymous, "get", "/", &Value::Null).await;
    assert_eq!(seen.status.as_u16(), 200);
    let page = seen.body.as_str().unwrap().replace("&#x2f;", "/");
    for path in document()["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("/api/v3{path}")), "{path}");
    }
    assert!(page.contains("<a href=\"/api/v3/core/users/\">"));
    assert!(!page.contains("<a href=\"/api/v3/core/users/{id}/\">"));
    assert!(page.contains("<td>GET PUT PATCH DELETE</td>"));
}
