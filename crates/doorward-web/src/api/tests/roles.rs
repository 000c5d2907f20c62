//! Every route by every role, generated from our OpenAPI document and complete.

use serde_json::{Value, json};

use super::kit::{Role, Seen, Server};
use crate::api::schema::document;

/// What a role may get from an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// 2xx, or 400 because the body is empty.
    Allowed,
    /// 403 or 404.
    Refused,
}

/// What people who are not admins may do: (method, path), everything else is refused.
const PERSON: &[(&str, &str)] = &[
    ("get", "/admin/version/"),
    ("get", "/core/applications/"),
    ("get", "/core/applications/{slug}/check_access/"),
    ("get", "/core/authenticated_sessions/"),
    ("get", "/core/tokens/"),
    ("post", "/core/tokens/"),
    ("get", "/core/users/me/"),
    ("get", "/events/events/actions/"),
    ("get", "/outposts/instances/default_settings/"),
    ("get", "/policies/all/types/"),
    ("get", "/propertymappings/all/types/"),
    ("get", "/providers/all/types/"),
    ("get", "/stages/all/types/"),
    ("get", "/stages/all/user_settings/"),
];

/// What an outpost may do beyond lists, which are never refused but hold only its own.
const OUTPOST: &[(&str, &str)] = &[
    ("get", "/admin/version/"),
    ("get", "/core/applications/{slug}/check_access/"),
    ("get", "/core/users/me/"),
    ("get", "/events/events/actions/"),
    ("post", "/events/events/"),
    ("get", "/outposts/instances/default_settings/"),
    ("get", "/outposts/instances/{uuid}/"),
    ("get", "/outposts/instances/{uuid}/health/"),
    ("get", "/outposts/instances/{uuid}/used_by/"),
    ("get", "/outposts/proxy/"),
    ("get", "/policies/all/types/"),
    ("get", "/propertymappings/all/types/"),
    ("get", "/providers/all/types/"),
    ("get", "/stages/all/types/"),
    ("get", "/stages/all/user_settings/"),
];

fn expected(role: Role, method: &str, path: &str, operation: &Value) -> Expected {
    let is_open = operation["security"] == json!([{}]);
    let named = |list: &[(&str, &str)]| list.contains(&(method, path));
    let id = operation["operationId"].as_str().unwrap_or_default();
    let is_kind_list = method == "get"
        && id.ends_with("_list")
        && !path.contains('{')
        && operation["parameters"] != json!([]);
    let is_family_list = [
        "/policies/all/",
        "/providers/all/",
        "/stages/all/",
        "/propertymappings/all/",
    ]
    .contains(&path);
    let allowed = match role {
        Role::Admin => true,
        Role::Anonymous => is_open,
        Role::Person => is_open || named(PERSON),
        Role::Outpost => {
            is_open || named(OUTPOST) || is_kind_list || (method == "get" && is_family_list)
        }
    };
    if allowed {
        Expected::Allowed
    } else {
        Expected::Refused
    }
}

/// A path with real keys of objects that belong to the admin.
async fn concrete(server: &Server, path: &str) -> Option<String> {
    let (collection, rest) = path
        .split_once('{')
        .map_or((path, None), |(left, right)| (left, Some(right)));
    let Some(rest) = rest else {
        return Some(path.to_owned());
    };
    if path.starts_with("/admin/version/history") {
        return Some("/admin/version/history/1/".to_owned());
    }
    if path.starts_with("/flows/executor/") {
        return Some("/flows/executor/default-authentication-flow/?query=".to_owned());
    }
    let list = server
        .get(&format!(
            "{collection}?superuser_full_list=true&ordering=pk"
        ))
        .await
        .body;
    let first = list["results"]
        .as_array()?
        .iter()
        .find(|one| !is_own(server, one))?
        .clone();
    let (parameter, tail) = rest.split_once('}')?;
    let keys = [parameter, "pk"];
    let key = keys
        .iter()
        .map(|key| &first[*key])
        .find(|value| !value.is_null())?;
    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    Some(format!("{collection}{key}{tail}"))
}

/// Whether an object is Mia's or the outpost's own: about those other tests speak.
fn is_own(server: &Server, object: &Value) -> bool {
    let admin = json!(server.admin);
    object
        .get("user")
        .is_some_and(|user| user.is_number() && *user != admin)
        || object.get("username").is_some_and(|name| name != "admin")
}

async fn furnish(server: &Server) {
    let provider = server.provider("matrix").await;
    let app = server
        .post(
            "/core/applications/",
            &json!({ "name": "App", "slug": "app", "provider": provider }),
        )
        .await;
    let outpost = server.pk("authentik_outposts.outpost", "authentik Embedded Outpost");
    let path = format!("/outposts/instances/{outpost}/");
    Server::expect(
        server
            .call(
                Role::Admin,
                "patch",
                &path,
                &json!({ "config": { "log_level": "info" } }),
            )
            .await,
        200,
    );
    let binding = json!({ "target": app["pk"], "user": server.admin, "order": 0 });
    server.post("/policies/bindings/", &binding).await;
    let pair = json!({ "name": "pair", "certificate_data": super::round_trip::CERTIFICATE, "key_data": "the private key" });
    server.post("/crypto/certificatekeypairs/", &pair).await;
}

#[track_caller]
fn check(role: Role, method: &str, path: &str, seen: &Seen, expected: Expected) {
    let status = seen.status.as_u16();
    let fits = match expected {
        Expected::Allowed => (200..300).contains(&status) || status == 302 || status == 400,
        Expected::Refused => status == 403 || status == 404,
    };
    assert!(
        fits,
        "{role:?} {method} {path}: {status} {}, expected {expected:?}",
        seen.body
    );
    if role == Role::Anonymous && expected == Expected::Refused {
        assert_eq!(status, 403, "{method} {path}");
        assert_eq!(
            seen.body["detail"],
            "Authentication credentials were not provided."
        );
    }
}

/// Also CVE-2024-42490 and CVE-2022-46145: no action without its permission check, whatever it is.
#[tokio::test]
async fn cve_2024_42490_every_route_answers_every_role_as_it_should() {
    let mut checked = 0;
    let server = Server::sqlite().await;
    furnish(&server).await;
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Those that may do anything come last, and their deletions are other tests' matter.
            for role in [Role::Anonymous, Role::Person, Role::Outpost, Role::Admin] {
                if role == Role::Admin && method != "get" {
                    continue;
                }
                let Some(concrete) = concrete(&server, path).await else {
                    continue;
                };
                let seen = server.call(role, method, &concrete, &json!({})).await;
                check(
                    role,
                    method,
                    path,
                    &seen,
                    expected(role, method, path, operation),
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 500, "only {checked} cases");
}

/// A role of nobody is not forgotten above.
#[test]
fn the_roles_are_all() {
    assert_eq!(Role::ALL.len(), 4);
}

/// Every route of the router is in the document: a path that is not in it is a 404.
#[tokio::test]
async fn an_address_outside_the_document_is_404_json() {
    let server = Server::sqlite().await;
    for path in [
        "/nothing/",
        "/core/users",
        "/core/users/1",
        "/core/users/1/impersonate/",
        "/schema",
    ] {
        let seen = server.get(path).await;
        assert_eq!(seen.status.as_u16(), 404, "{path}");
        assert!(seen.body["detail"].is_string(), "{path}: {}", seen.body);
    }
}

/// CVE-2026-40166: no secret in any answer to a GET without a permission to reveal.
#[tokio::test]
async fn cve_2026_40166_no_get_shows_a_secret() {
    let server = Server::sqlite().await;
    furnish(&server).await;
    let reveals = ["view_key", "view_private_key", "/outposts/proxy/"];
    for (path, item) in document()["paths"].as_object().unwrap() {
        if item.get("get").is_none()
            || reveals.iter().any(|reveal| path.contains(reveal))
            || path == "/schema/"
        {
            continue;
        }
        let Some(concrete) = concrete(&server, path).await else {
            continue;
        };
        let text = server.get(&concrete).await.body.to_string();
        for secret in [
            "client_secret",
            "cookie_secret",
            "key_data",
            "key_hash",
            "sealed",
            "v1.k1.",
            "the private key",
        ] {
            assert!(!text.contains(secret), "{path} shows {secret}");
        }
        assert!(
            !text.contains("argon2") && !text.contains(r#""password":"#),
            "{path} shows a password"
        );
    }
}
