//! Every route by every role by every credential, generated from our OpenAPI document and complete.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::estate::{Caller, Estate, Proof, is_list};
use super::kit::{Seen, Server};
use crate::api::schema::document;

/// What somebody may get from an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// 2xx; what takes a body, and got an empty one, may be 400 that says what is missing.
    Allowed,
    /// 403 in authentik's words.
    Forbidden,
    /// 404 in authentik's words: they may not know that it exists.
    Unknown,
}

/// An operation: method and path.
type Operation = (&'static str, &'static str);

/// What everybody who is signed in may do.
const SIGNED_IN: &[Operation] = &[
    ("get", "/admin/version/"),
    ("get", "/authenticators/all/"),
    ("get", "/core/applications/{slug}/check_access/"),
    ("get", "/core/users/me/"),
    ("get", "/events/events/actions/"),
    ("get", "/outposts/instances/default_settings/"),
    ("get", "/policies/all/types/"),
    ("get", "/propertymappings/all/types/"),
    ("get", "/providers/all/types/"),
    ("get", "/stages/all/types/"),
    ("get", "/stages/all/user_settings/"),
];

/// Lists in which everybody finds their own.
const OWN_LISTS: &[Operation] = &[
    ("get", "/authenticators/email/"),
    ("get", "/authenticators/static/"),
    ("get", "/authenticators/totp/"),
    ("get", "/authenticators/webauthn/"),
    ("get", "/core/applications/"),
    ("get", "/core/authenticated_sessions/"),
    ("get", "/core/tokens/"),
    ("get", "/core/user_consent/"),
    ("get", "/oauth2/access_tokens/"),
    ("get", "/oauth2/authorization_codes/"),
    ("get", "/oauth2/refresh_tokens/"),
    ("post", "/core/tokens/"),
];

/// What people may do with what is theirs.
const OWNED: &[Operation] = &[
    ("get", "/authenticators/email/{id}/"),
    ("get", "/authenticators/email/{id}/used_by/"),
    ("put", "/authenticators/email/{id}/"),
    ("patch", "/authenticators/email/{id}/"),
    ("delete", "/authenticators/email/{id}/"),
    ("get", "/authenticators/static/{id}/"),
    ("get", "/authenticators/static/{id}/used_by/"),
    ("put", "/authenticators/static/{id}/"),
    ("patch", "/authenticators/static/{id}/"),
    ("delete", "/authenticators/static/{id}/"),
    ("get", "/authenticators/totp/{id}/"),
    ("get", "/authenticators/totp/{id}/used_by/"),
    ("put", "/authenticators/totp/{id}/"),
    ("patch", "/authenticators/totp/{id}/"),
    ("delete", "/authenticators/totp/{id}/"),
    ("get", "/authenticators/webauthn/{id}/"),
    ("get", "/authenticators/webauthn/{id}/used_by/"),
    ("put", "/authenticators/webauthn/{id}/"),
    ("patch", "/authenticators/webauthn/{id}/"),
    ("delete", "/authenticators/webauthn/{id}/"),
    ("get", "/core/authenticated_sessions/{uuid}/"),
    ("get", "/core/authenticated_sessions/{uuid}/used_by/"),
    ("delete", "/core/authenticated_sessions/{uuid}/"),
    ("get", "/core/tokens/{identifier}/"),
    ("get", "/core/tokens/{identifier}/used_by/"),
    ("get", "/core/tokens/{identifier}/view_key/"),
    ("put", "/core/tokens/{identifier}/"),
    ("patch", "/core/tokens/{identifier}/"),
    ("delete", "/core/tokens/{identifier}/"),
    ("get", "/core/user_consent/{id}/"),
    ("get", "/core/user_consent/{id}/used_by/"),
    ("delete", "/core/user_consent/{id}/"),
    ("get", "/core/users/{id}/"),
    ("get", "/core/users/{id}/used_by/"),
    ("get", "/oauth2/access_tokens/{id}/"),
    ("get", "/oauth2/access_tokens/{id}/used_by/"),
    ("delete", "/oauth2/access_tokens/{id}/"),
    ("get", "/oauth2/authorization_codes/{id}/"),
    ("get", "/oauth2/authorization_codes/{id}/used_by/"),
    ("delete", "/oauth2/authorization_codes/{id}/"),
    ("get", "/oauth2/refresh_tokens/{id}/"),
    ("get", "/oauth2/refresh_tokens/{id}/used_by/"),
    ("delete", "/oauth2/refresh_tokens/{id}/"),
];

/// What an outpost may do with itself and with what it serves.
const SERVED: &[Operation] = &[
    ("post", "/events/events/"),
    ("get", "/crypto/certificatekeypairs/{kp_uuid}/"),
    ("get", "/crypto/certificatekeypairs/{kp_uuid}/used_by/"),
    (
        "get",
        "/crypto/certificatekeypairs/{kp_uuid}/view_certificate/",
    ),
    (
        "get",
        "/crypto/certificatekeypairs/{kp_uuid}/view_private_key/",
    ),
    ("get", "/outposts/instances/{uuid}/"),
    ("get", "/outposts/instances/{uuid}/health/"),
    ("get", "/outposts/instances/{uuid}/used_by/"),
    ("get", "/outposts/proxy/"),
    ("get", "/providers/all/{id}/"),
    ("get", "/providers/all/{id}/used_by/"),
    ("get", "/providers/proxy/{id}/"),
    ("get", "/providers/proxy/{id}/used_by/"),
];

/// What is allowed and still not done: a query is missing, or the outpost is our own.
const NOT_DONE: &[Operation] = &[
    ("get", "/events/events/stats/"),
    ("delete", "/admin/file/"),
    ("delete", "/core/authenticated_sessions/bulk_delete/"),
    ("get", "/flows/inspector/{flow_slug}/"),
    ("delete", "/outposts/instances/{uuid}/"),
];

/// Where a secret may be shown to whoever may call it.
const REVEALS: &[&str] = &["/view_key/", "/view_private_key/", "/outposts/proxy/"];

/// Whether somebody must have signed in lately: a token never has.
fn wants_a_recent_proof(who: (Caller, Proof), method: &str, path: &str) -> bool {
    let device = path.starts_with("/authenticators/") && OWNED.contains(&(method, path));
    who == (Caller::Owner, Proof::Token) && device && method != "get"
}

fn expected(who: (Caller, Proof), method: &str, path: &str, operation: &Value) -> Expected {
    let caller = who.0;
    if wants_a_recent_proof(who, method, path) {
        return Expected::Forbidden;
    }
    let named = |list: &[Operation]| list.contains(&(method, path));
    let is_open = operation["security"] == json!([{}]);
    let lists = method == "get" && is_list(path);
    let allowed = match caller {
        _ if is_open => true,
        Caller::Anonymous => false,
        Caller::Admin => true,
        Caller::Other => named(SIGNED_IN) || named(OWN_LISTS),
        Caller::Owner => named(SIGNED_IN) || named(OWN_LISTS) || named(OWNED),
        Caller::Outpost => named(SIGNED_IN) || named(SERVED) || lists,
    };
    match caller {
        _ if allowed => Expected::Allowed,
        Caller::Anonymous => Expected::Forbidden,
        _ => hidden(caller, method, path),
    }
}

/// Whether a refusal says that the object exists.
fn hidden(caller: Caller, method: &str, path: &str) -> Expected {
    let is_object = path.contains('{');
    // What asks for a superuser before it looks says so.
    let blunt = ["set_password", "recovery", "impersonate"];
    let is_blunt = path.starts_with("/admin/") || blunt.iter().any(|part| path.contains(part));
    let is_own = caller == Caller::Owner
        && (path == "/core/users/{id}/" && method != "get" || path.ends_with("/set_key/"));
    if is_object && !is_blunt && !is_own {
        Expected::Unknown
    } else {
        Expected::Forbidden
    }
}

#[track_caller]
fn check(who: (Caller, Proof), method: &str, path: &str, seen: &Seen, expected: Expected) {
    let status = seen.status.as_u16();
    let said = format!(
        "{who:?} {method} {path}: {status} {}, expected {expected:?}",
        seen.body
    );
    match expected {
        Expected::Allowed => {
            let done = matches!(status, 200..300);
            let may_ask =
                matches!(method, "post" | "put" | "patch") || NOT_DONE.contains(&(method, path));
            let asks = may_ask && is_told_why(seen);
            assert!(done || asks, "{said}");
        }
        Expected::Forbidden => {
            let words = match who.0 {
                Caller::Anonymous => "Authentication credentials were not provided.",
                _ => "You do not have permission to perform this action.",
            };
            assert_eq!(
                (status, &seen.body),
                (403, &json!({ "detail": words })),
                "{said}"
            );
        }
        Expected::Unknown => {
            let words = seen.body["detail"].as_str().unwrap_or_default();
            assert_eq!(status, 404, "{said}");
            assert!(
                words.starts_with("No ") && words.ends_with(" matches the given query."),
                "{said}"
            );
        }
    }
}

/// 400 with a list of sentences at each field.
fn is_told_why(seen: &Seen) -> bool {
    let fields = seen.body.as_object().filter(|fields| !fields.is_empty());
    let listed = |fields: &Map<String, Value>| fields.values().all(Value::is_array);
    seen.status.as_u16() == 400 && fields.is_some_and(listed)
}

/// The document's operations; what deletes comes last, then flows, on which much hangs, and people,
/// who call, at the very end.
fn operations() -> Vec<(String, String, &'static Value)> {
    let mut all = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.clone(), path.clone(), operation));
        }
    }
    let rank = |path: &str| match path {
        "/core/users/{id}/" => 2,
        "/flows/instances/{slug}/" => 1,
        _ => 0,
    };
    all.sort_by_key(|(method, path, _)| (method == "delete").then(|| rank(path)));
    all
}

/// CVE-2024-42490 and CVE-2022-46145: no action without its permission check, whatever it is.
/// CVE-2026-40166: and no secret in any answer, by value, but where revealing is what it is for.
#[tokio::test]
async fn cve_2024_42490_and_2026_40166_every_route_answers_every_role_as_it_should() {
    for server in Server::every().await {
        let estate = Estate::over(server).await;
        let secrets = estate.secrets().await;
        let callers: Vec<_> = estate.callers().collect();
        let mut checked = 0;
        for (method, path, operation) in operations() {
            for who in &callers {
                let concrete = estate.concrete(&path).await;
                let seen = estate.call(*who, &method, &concrete).await;
                let expected = expected(*who, &method, &path, operation);
                check(*who, &method, &path, &seen, expected);
                let reveals = REVEALS.iter().any(|part| path.contains(part));
                if !(reveals && expected == Expected::Allowed) {
                    assert_no_secret(&secrets, *who, &path, &seen);
                }
                checked += 1;
                if method == "delete" && *who == (Caller::Admin, Proof::Token) {
                    // Once is enough: the next object may be the last of its kind.
                    break;
                }
            }
        }
        assert!(checked > 9 * 200, "only {checked} cases");
    }
}

#[track_caller]
fn assert_no_secret(secrets: &[String], who: (Caller, Proof), path: &str, seen: &Seen) {
    let text = seen.body.to_string();
    for (number, secret) in secrets.iter().enumerate() {
        assert!(
            !text.contains(secret),
            "{who:?} {path} shows secret {number}"
        );
    }
    let words = ["key_hash", "key_sealed", "argon2", "v1.k1."];
    let found = words.iter().find(|word| text.contains(**word));
    assert!(
        found.is_none() || path == "/schema/",
        "{who:?} {path} shows {found:?}"
    );
}

/// A name that is no operation any more would let one that is go unexpected.
#[test]
fn every_operation_that_is_named_above_is_in_the_document_once() {
    let named = [SIGNED_IN, OWN_LISTS, OWNED, SERVED].concat();
    let distinct: BTreeSet<_> = named.iter().collect();
    assert_eq!(distinct.len(), named.len());
    for (method, path) in named {
        let known = document()["paths"][path].get(method);
        assert!(known.is_some(), "{method} {path} is not in the document");
    }
}

/// A path that is not in the document is a 404.
#[tokio::test]
async fn an_address_outside_the_document_is_404_json() {
    let server = Server::sqlite().await;
    for path in [
        "/nothing/",
        "/core/users",
        "/core/users/1",
        "/core/users/1/nothing/",
        "/schema",
    ] {
        let seen = server.get(path).await;
        assert_eq!(seen.status.as_u16(), 404, "{path}");
        assert!(seen.body["detail"].is_string(), "{path}: {}", seen.body);
    }
}
