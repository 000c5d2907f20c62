//! Sessions at the API: their end, their CSRF token, and that tokens come first.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use serde_json::{Value, json};

use super::kit::{Role, Seen, Server, sign_in};
use crate::csrf;

async fn with_cookie(
    server: &Server,
    method: &str,
    path: &str,
    cookie: &str,
    csrf: Option<&str>,
) -> Seen {
    let mut request = http::Request::builder()
        .method(method)
        .uri(format!("/api/v3{path}"))
        .header(COOKIE, cookie)
        .header(CONTENT_TYPE, "application/json");
    if let Some(token) = csrf {
        request = request.header(csrf::HEADER, token);
    }
    server.send(request, "{}").await
}

async fn me(server: &Server, cookie: &str) -> u16 {
    with_cookie(server, "GET", "/core/users/me/", cookie, None)
        .await
        .status
        .as_u16()
}

/// What an admin does; it has to succeed.
async fn done(server: &Server, method: &str, path: &str, body: &Value) -> Value {
    let seen = server.call(Role::Admin, method, path, body).await;
    assert!(seen.status.is_success(), "{method} {path}: {}", seen.body);
    seen.body
}

#[tokio::test]
async fn cve_2025_29928_whatever_ends_a_session_ends_it_before_the_next_request() {
    let server = Server::sqlite().await;
    let user = format!("/core/users/{}/", server.mia);
    let bulk = "/core/authenticated_sessions/bulk_delete/?user_pks=";
    for (method, path, body) in [
        ("delete", "SESSION".to_owned(), Value::Null),
        (
            "post",
            format!("{user}set_password/"),
            json!({ "password": "another password" }),
        ),
        ("delete", format!("{bulk}{}", server.mia), Value::Null),
        ("patch", user.clone(), json!({ "is_active": false })),
        ("delete", user.clone(), Value::Null),
    ] {
        let (id, cookie) = sign_in(&server, server.mia).await;
        assert_eq!(me(&server, &cookie).await, 200);
        let own = format!("/core/authenticated_sessions/{id}/");
        let path = path.replace("SESSION", &own);
        done(&server, method, &path, &body).await;
        assert_eq!(me(&server, &cookie).await, 403, "{method} {path} {body}");
        if body["is_active"] == false {
            done(&server, "patch", &user, &json!({ "is_active": true })).await;
        }
    }
}

#[tokio::test]
async fn a_bulk_delete_says_how_many_sessions_it_ended() {
    let server = Server::sqlite().await;
    sign_in(&server, server.mia).await;
    let path = "/core/authenticated_sessions/bulk_delete/?user_pks=";
    let path = format!("{path}{}", server.mia);
    let bulk = done(&server, "delete", &path, &Value::Null).await;
    assert_eq!(bulk["deleted"], 1);
}

#[tokio::test]
async fn cve_2025_53942_the_token_of_a_disabled_account_is_refused() {
    let server = Server::sqlite().await;
    let user = format!("/core/users/{}/", server.mia);
    done(&server, "patch", &user, &json!({ "is_active": false })).await;
    let token = server
        .call(Role::Person, "get", "/core/users/me/", &Value::Null)
        .await;
    let refused = Server::expect(token, 403);
    assert_eq!(refused["detail"], "Token invalid/expired");
}

#[tokio::test]
async fn a_session_changes_something_only_with_its_own_csrf_token() {
    let server = Server::sqlite().await;
    let (id, cookie) = sign_in(&server, server.mia).await;
    let (other, _) = sign_in(&server, server.mia).await;
    let token = |id: &str| csrf::issue(&server.engine.keys, csrf::Subject::Session(id));
    for (csrf, expected) in [
        (None, 403),
        (Some("wrong".to_owned()), 403),
        (Some(token(&other)), 403),
        (Some(token(&id)), 400),
    ] {
        let seen = with_cookie(&server, "POST", "/core/tokens/", &cookie, csrf.as_deref()).await;
        assert_eq!(seen.status.as_u16(), expected, "{}", seen.body);
    }
}

#[tokio::test]
async fn a_wrong_bearer_token_does_not_fall_back_to_the_cookie() {
    let server = Server::sqlite().await;
    let (_, cookie) = sign_in(&server, server.mia).await;
    let request = http::Request::get("/api/v3/core/users/me/")
        .header(COOKIE, cookie)
        .header(AUTHORIZATION, "bEARER wrong");
    let seen = server.send(request, "").await;
    assert_eq!(
        (seen.status.as_u16(), &seen.body),
        (403, &json!({ "detail": "Token invalid/expired" }))
    );
}

#[tokio::test]
async fn a_person_lists_only_their_own_sessions_and_tokens() {
    let server = Server::sqlite().await;
    sign_in(&server, server.admin).await;
    let (id, _) = sign_in(&server, server.mia).await;
    let sessions = server
        .call(
            Role::Person,
            "get",
            "/core/authenticated_sessions/",
            &Value::Null,
        )
        .await
        .body;
    assert_eq!(sessions["pagination"]["count"], 1);
    assert_eq!(sessions["results"][0]["uuid"], id);
    let tokens = server
        .call(Role::Person, "get", "/core/tokens/", &Value::Null)
        .await
        .body;
    assert_eq!(tokens["pagination"]["count"], 1);
    assert_eq!(
        server.get("/core/authenticated_sessions/").await.body["pagination"]["count"],
        2
    );
}
