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

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table or one journey")]
async fn cve_2025_29928_whatever_ends_a_session_ends_it_before_the_next_request() {
    let server = Server::sqlite().await;
    let user = format!("/core/users/{}/", server.mia);
    let (id, cookie) = sign_in(&server, server.mia).await;
    assert_eq!(me(&server, &cookie).await, 200);
    let path = format!("/core/authenticated_sessions/{id}/");
    let gone = server
        .call(Role::Admin, "delete", &path, &Value::Null)
        .await;
    Server::expect(gone, 204);
    assert_eq!(me(&server, &cookie).await, 403, "deleted session");

    let (_, cookie) = sign_in(&server, server.mia).await;
    assert_eq!(me(&server, &cookie).await, 200);
    let password = json!({ "password": "another password" });
    let set = server
        .call(
            Role::Admin,
            "post",
            &format!("{user}set_password/"),
            &password,
        )
        .await;
    Server::expect(set, 204);
    assert_eq!(me(&server, &cookie).await, 403, "password set by an admin");

    let (_, cookie) = sign_in(&server, server.mia).await;
    let path = format!(
        "/core/authenticated_sessions/bulk_delete/?user_pks={}",
        server.mia
    );
    let bulk = server
        .call(Role::Admin, "delete", &path, &Value::Null)
        .await;
    assert_eq!(Server::expect(bulk, 200)["deleted"], 1);
    assert_eq!(me(&server, &cookie).await, 403, "bulk delete");

    let (_, cookie) = sign_in(&server, server.mia).await;
    assert_eq!(me(&server, &cookie).await, 200);
    Server::expect(
        server
            .call(Role::Admin, "patch", &user, &json!({ "is_active": false }))
            .await,
        200,
    );
    assert_eq!(me(&server, &cookie).await, 403, "deactivated");
    let token = server
        .call(Role::Person, "get", "/core/users/me/", &Value::Null)
        .await;
    assert_eq!(
        token.status.as_u16(),
        403,
        "CVE-2025-53942: the token of a disabled account"
    );
    assert_eq!(token.body["detail"], "Token invalid/expired");

    Server::expect(
        server
            .call(Role::Admin, "patch", &user, &json!({ "is_active": true }))
            .await,
        200,
    );
    let (_, cookie) = sign_in(&server, server.mia).await;
    assert_eq!(me(&server, &cookie).await, 200);
    Server::expect(
        server
            .call(Role::Admin, "delete", &user, &Value::Null)
            .await,
        204,
    );
    assert_eq!(me(&server, &cookie).await, 403, "deleted user");
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
