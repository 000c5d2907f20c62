//! Known attacks on APIs like this one, each by its number.

use doorward_engine::session::{self, NewSession};
use doorward_engine::{Context, testing};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use serde_json::{Value, json};

use super::kit::{Role, Seen, Server};
use crate::csrf;
use crate::extract::session_cookie;

/// A session of somebody: its id and the cookie's value.
async fn sign_in(server: &Server, user_id: i64) -> (String, String) {
    let ctx = Context::system(testing::NOW);
    let mut tx = server.engine.store.begin().await.unwrap();
    let lifetime = server.engine.settings.session;
    let new = NewSession {
        user_id,
        auth_method: "password",
        lifetime,
        replaces: None,
    };
    let (row, sid) = session::begin(&mut tx, &ctx, new).await.unwrap();
    server.engine.commit(tx).await.unwrap();
    let header = session_cookie(&server.engine.keys, &sid, "uid", false, None);
    let cookie = header
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    (row.id, cookie)
}

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
async fn cve_2024_37905_a_person_cannot_give_a_token_to_somebody_else() {
    let server = Server::sqlite().await;
    let (admin, mia) = (server.admin, server.mia);
    let theft = json!({ "identifier": "mine", "user": admin });
    let seen = server
        .call(Role::Person, "post", "/core/tokens/", &theft)
        .await;
    assert_eq!(seen.status.as_u16(), 400, "{}", seen.body);
    let own = server
        .call(
            Role::Person,
            "post",
            "/core/tokens/",
            &json!({ "identifier": "mine" }),
        )
        .await;
    assert_eq!(Server::expect(own, 201)["user"], mia);
    for method in ["put", "patch"] {
        let seen = server
            .call(Role::Person, method, "/core/tokens/mine/", &theft)
            .await;
        assert_eq!(seen.status.as_u16(), 400, "{method} {}", seen.body);
        assert!(seen.body["user"].is_array());
    }
    assert_eq!(server.get("/core/tokens/mine/").await.body["user"], mia);
}

#[tokio::test]
async fn cve_2024_37905_nobody_raises_themselves_through_their_own_user() {
    let server = Server::sqlite().await;
    let path = format!("/core/users/{}/", server.mia);
    let group =
        server.get("/core/groups/?is_superuser=true").await.body["results"][0]["pk"].clone();
    for body in [
        json!({ "groups": [group] }),
        json!({ "type": "internal_service_account" }),
        json!({ "name": "X" }),
    ] {
        let seen = server.call(Role::Person, "patch", &path, &body).await;
        assert_eq!(seen.status.as_u16(), 403, "{}", seen.body);
    }
    let seen = server.call(Role::Person, "get", &path, &Value::Null).await;
    assert_eq!(Server::expect(seen, 200)["is_superuser"], false);
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
async fn cve_2025_64708_an_expired_token_opens_nothing_though_no_job_removed_it() {
    let server = Server::sqlite().await;
    let path = format!("/core/tokens/token-{}/", server.mia);
    let past = json!({ "expiring": true, "expires": "2020-01-01T00:00:00Z" });
    Server::expect(server.call(Role::Admin, "patch", &path, &past).await, 200);
    let seen = server
        .call(Role::Person, "get", "/core/users/me/", &Value::Null)
        .await;
    assert_eq!(seen.status.as_u16(), 403);
    assert_eq!(server.get(&path).await.status.as_u16(), 404);
}

#[tokio::test]
async fn an_app_password_is_no_api_token() {
    let server = Server::sqlite().await;
    let path = format!("/core/tokens/token-{}/", server.mia);
    Server::expect(
        server
            .call(
                Role::Admin,
                "patch",
                &path,
                &json!({ "intent": "app_password" }),
            )
            .await,
        200,
    );
    let seen = server
        .call(Role::Person, "get", "/core/users/me/", &Value::Null)
        .await;
    assert_eq!(seen.status.as_u16(), 403);
}

#[tokio::test]
async fn keys_are_shown_only_to_their_owner_and_admins_and_leave_an_event() {
    let server = Server::sqlite().await;
    let own = format!("/core/tokens/token-{}/", server.mia);
    let foreign = format!("/core/tokens/token-{}/", server.admin);
    let seen = server
        .call(
            Role::Person,
            "get",
            &format!("{own}view_key/"),
            &Value::Null,
        )
        .await;
    assert_eq!(Server::expect(seen, 200)["key"], "the-key-of-mia");
    let seen = server
        .call(
            Role::Person,
            "get",
            &format!("{foreign}view_key/"),
            &Value::Null,
        )
        .await;
    assert_eq!(seen.status.as_u16(), 404);
    let events = server.get("/events/events/?action=secret_view").await.body;
    assert_eq!(events["pagination"]["count"], 1);
    assert_eq!(events["results"][0]["user"]["username"], "mia");
    let key = json!({ "key": "chosen" });
    let seen = server
        .call(Role::Person, "post", &format!("{own}set_key/"), &key)
        .await;
    assert_eq!(seen.status.as_u16(), 403);
    Server::expect(
        server
            .call(Role::Admin, "post", &format!("{own}set_key/"), &key)
            .await,
        204,
    );
    let seen = server.get(&format!("{own}view_key/")).await;
    assert_eq!(seen.body["key"], "chosen");
    let seen = server
        .call(Role::Person, "get", "/core/users/me/", &Value::Null)
        .await;
    assert_eq!(seen.status.as_u16(), 403, "the old key opens nothing");
}

#[tokio::test]
async fn cve_2026_40166_an_outpost_sees_its_own_providers_and_nobody_elses() {
    let server = Server::sqlite().await;
    let (own, other) = (server.provider("own").await, server.provider("other").await);
    for (slug, provider) in [("own", own), ("other", other)] {
        server
            .post(
                "/core/applications/",
                &json!({ "name": slug, "slug": slug, "provider": provider }),
            )
            .await;
    }
    let outpost = server.pk("authentik_outposts.outpost", "authentik Embedded Outpost");
    let path = format!("/outposts/instances/{outpost}/");
    Server::expect(
        server
            .call(Role::Admin, "patch", &path, &json!({ "providers": [own] }))
            .await,
        200,
    );
    for list in ["/outposts/proxy/", "/providers/proxy/", "/providers/all/"] {
        let seen = Server::expect(
            server.call(Role::Outpost, "get", list, &Value::Null).await,
            200,
        );
        let keys: Vec<_> = seen["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["pk"].clone())
            .collect();
        assert_eq!(keys, [json!(own)], "{list}");
    }
    let config = server
        .call(Role::Outpost, "get", "/outposts/proxy/", &Value::Null)
        .await
        .body;
    assert_eq!(
        config["results"][0]["client_secret"].as_str().map(str::len),
        Some(128)
    );
    let seen = server
        .call(
            Role::Outpost,
            "get",
            &format!("/providers/proxy/{other}/"),
            &Value::Null,
        )
        .await;
    assert_eq!(seen.status.as_u16(), 404);
    let instances = server
        .call(Role::Outpost, "get", "/outposts/instances/", &Value::Null)
        .await
        .body;
    assert_eq!(instances["pagination"]["count"], 1);
    let users = server
        .call(Role::Outpost, "get", "/core/users/", &Value::Null)
        .await
        .body;
    assert_eq!(users["pagination"]["count"], 0);
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

/// GHSA-h6c5-mpvq-j4jc: and what is a cycle is no tree.
#[tokio::test]
async fn a_group_cannot_be_its_own_ancestor() {
    let server = Server::sqlite().await;
    let top = server
        .post("/core/groups/", &json!({ "name": "top" }))
        .await["pk"]
        .clone();
    let low = server
        .post("/core/groups/", &json!({ "name": "low", "parents": [top] }))
        .await["pk"]
        .clone();
    for (group, parent) in [(&top, &low), (&top, &top)] {
        let path = format!("/core/groups/{}/", group.as_str().unwrap());
        let seen = server
            .call(Role::Admin, "patch", &path, &json!({ "parents": [parent] }))
            .await;
        assert_eq!(seen.status.as_u16(), 400, "{}", seen.body);
    }
}
