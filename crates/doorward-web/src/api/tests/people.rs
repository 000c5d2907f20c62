//! What users and groups do beyond their fields.

use serde_json::json;

use super::kit::{Role, Server};

#[tokio::test]
async fn members_are_added_and_removed_one_by_one() {
    let server = Server::sqlite().await;
    let group = server
        .post("/core/groups/", &json!({ "name": "media" }))
        .await["pk"]
        .as_str()
        .unwrap()
        .to_owned();
    let change = |action: &'static str, pk: i64| {
        let (server, path) = (&server, format!("/core/groups/{group}/{action}/"));
        async move {
            server
                .call(Role::Admin, "post", &path, &json!({ "pk": pk }))
                .await
                .status
                .as_u16()
        }
    };
    assert_eq!(change("add_user", server.mia).await, 204);
    let person = server.engine.person(server.mia).await.unwrap().unwrap();
    assert!(person.is_in(&group), "the cache knows at once");
    assert_eq!(change("remove_user", server.mia).await, 204);
    assert!(person.is_stale());
    assert_eq!(change("add_user", 4711).await, 404);
}

#[tokio::test]
async fn a_service_account_gets_an_app_password_and_a_group() {
    let server = Server::sqlite().await;
    let body = json!({ "name": "robot", "create_group": true });
    let seen = server
        .call(Role::Admin, "post", "/core/users/service_account/", &body)
        .await;
    let made = Server::expect(seen, 200);
    assert_eq!(made["username"], "robot");
    let token = server
        .get("/core/tokens/service-account-robot-password/view_key/")
        .await
        .body;
    assert_eq!(token["key"], made["token"]);
    let user = server
        .get(&format!("/core/users/{}/", made["user_pk"]))
        .await
        .body;
    assert_eq!(
        (&user["type"], &user["path"], &user["groups"]),
        (
            &json!("service_account"),
            &json!("goauthentik.io/service-accounts"),
            &json!([made["group_pk"]])
        )
    );
}

#[tokio::test]
async fn a_recovery_link_is_made_for_the_public_address_only() {
    let server = Server::sqlite().await;
    let path = format!("/core/users/{}/recovery/", server.mia);
    let seen = server.call(Role::Admin, "post", &path, &json!({})).await;
    assert_eq!(
        seen.status.as_u16(),
        400,
        "GHSA-2wmj-46rj-qm2w: never from a header"
    );
    let base = json!({ "base_url": "https://auth.example.org" });
    Server::expect(
        server
            .call(Role::Admin, "patch", "/admin/settings/", &base)
            .await,
        200,
    );
    let link = Server::expect(
        server.call(Role::Admin, "post", &path, &json!({})).await,
        200,
    );
    assert!(
        link["link"]
            .as_str()
            .unwrap()
            .starts_with("https://auth.example.org/recovery/use-token/")
    );
}

#[tokio::test]
async fn a_recovery_mail_is_refused_in_words_while_mail_is_not_set_up() {
    let server = Server::sqlite().await;
    let stages = server.get("/stages/email/").await.body;
    let body = json!({ "email_stage": stages["results"][0]["pk"] });
    let path = |user: i64| format!("/core/users/{user}/recovery_email/");
    let seen = server
        .call(Role::Admin, "post", &path(server.mia), &body)
        .await;
    assert_eq!(seen.status.as_u16(), 400);
    let words = seen.body["non_field_errors"][0].as_str().unwrap();
    assert!(words.starts_with("The link cannot be mailed: "), "{words}");
    let seen = server.call(Role::Admin, "post", &path(4711), &body).await;
    assert_eq!(seen.status.as_u16(), 404);
    let gone = json!({ "email_stage": "6ba7b810-9dad-11d1-80b4-00c04fd430c8" });
    let at = path(server.mia);
    let seen = server.call(Role::Admin, "post", &at, &gone).await;
    assert!(seen.body["email_stage"].is_array(), "{}", seen.body);
}

#[tokio::test]
async fn folders_are_found_by_a_part_of_their_name() {
    let server = Server::sqlite().await;
    let user = json!({ "username": "x", "name": "", "path": "users/External" });
    server.post("/core/users/", &user).await;
    let found = server.get("/core/users/paths/?search=extern").await.body;
    assert_eq!(found, json!({ "paths": ["users/External"] }));
}
