//! Known attacks on APIs like this one, each by its number.

use doorward_engine::testing;
use serde_json::{Value, json};

use super::kit::{Role, Server};

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

#[tokio::test]
async fn a_persons_own_token_ends_and_stays_what_it_is() {
    let server = Server::sqlite().await;
    let body = json!({ "identifier": "own", "expiring": false, "expires": "2099-01-01T00:00:00Z" });
    let made = server
        .call(Role::Person, "post", "/core/tokens/", &body)
        .await;
    let made = Server::expect(made, 201);
    let expires = doorward_engine::resource::value::rfc3339(testing::NOW + 24 * 3600 * 1000);
    assert_eq!(
        (&made["expiring"], &made["expires"]),
        (&json!(true), &json!(expires))
    );
    let body = json!({ "intent": "recovery" });
    let seen = server
        .call(Role::Person, "patch", "/core/tokens/own/", &body)
        .await;
    assert_eq!(seen.status.as_u16(), 400);
}
