//! Property mappings by the API: kinds, what they refuse, how one is tried out.

use serde_json::{Value, json};

use super::kit::{Role, Server};

const SCOPES: &str = "/propertymappings/provider/scope/";

async fn made(server: &Server, expression: &str) -> String {
    let body = json!({ "name": expression, "scope_name": "s", "expression": expression });
    let made = server.post(SCOPES, &body).await;
    format!(
        "/propertymappings/all/{}/test/",
        made["pk"].as_str().unwrap()
    )
}

/// api-and-model.md 1.7: clients find the defaults by their `managed` ids.
#[tokio::test]
async fn the_defaults_are_there_by_their_managed_ids_and_every_one_of_them_runs() {
    for server in Server::every().await {
        for id in [
            "providers/oauth2/scope-openid",
            "providers/oauth2/scope-email",
            "providers/oauth2/scope-profile",
            "providers/oauth2/scope-entitlements",
            "providers/oauth2/scope-offline_access",
            "providers/oauth2/scope-authentik_api",
            "providers/proxy/scope-proxy",
            "providers/saml/upn",
            "providers/saml/name",
            "providers/saml/email",
            "providers/saml/username",
            "providers/saml/uid",
            "providers/saml/groups",
            "providers/saml/ms-windowsaccountname",
        ] {
            let query = format!("/propertymappings/all/?managed=goauthentik.io/{id}");
            let list = Server::expect(server.get(&query).await, 200);
            assert_eq!(list["results"].as_array().unwrap().len(), 1, "{id}");
            let pk = list["results"][0]["pk"].as_str().unwrap();
            let path = format!("/propertymappings/all/{pk}/test/");
            let body = json!({ "user": server.mia });
            let seen = server.call(Role::Admin, "post", &path, &body).await;
            let told = Server::expect(seen, 200);
            assert_eq!(told["successful"], true, "{id}: {told}");
        }
    }
}

#[tokio::test]
async fn a_mapping_is_tried_with_a_person_a_group_and_a_context() {
    for server in Server::every().await {
        let group = server
            .post("/core/groups/", &json!({ "name": "Family" }))
            .await;
        let path = made(
            &server,
            "return [user.username, request.user.pk, group.name, wanted]",
        )
        .await;
        let body = json!({
            "user": server.mia, "group": group["pk"], "context": { "wanted": { "a": 1 } },
        });
        let seen = server.call(Role::Admin, "post", &path, &body).await;
        let told = Server::expect(seen, 200);
        let result: Value = serde_json::from_str(told["result"].as_str().unwrap()).unwrap();
        assert_eq!(result, json!(["mia", server.mia, "Family", { "a": 1 }]));
        assert!(!told["result"].as_str().unwrap().contains('\n'));
        let whole = format!("{path}?format_result=true");
        let seen = server.call(Role::Admin, "post", &whole, &body).await;
        assert!(
            Server::expect(seen, 200)["result"]
                .as_str()
                .unwrap()
                .contains('\n')
        );
        let path = made(&server, "return user.nothing_of_this_name").await;
        let seen = server.call(Role::Admin, "post", &path, &json!({})).await;
        let told = Server::expect(seen, 200);
        assert_eq!(told["successful"], false);
        assert!(
            told["result"].as_str().unwrap().contains("AttributeError"),
            "{told}"
        );
        let nobody = json!({ "user": 4711 });
        let seen = server.call(Role::Admin, "post", &path, &nobody).await;
        let message = "Invalid pk \"4711\" - object does not exist.";
        assert_eq!(Server::expect(seen, 400), json!({ "user": [message] }));
    }
}

#[tokio::test]
async fn a_text_that_cannot_be_read_is_refused_with_its_line_and_column() {
    let server = Server::sqlite().await;
    for path in [
        "provider/scope",
        "provider/rac",
        "notification",
        "source/ldap",
    ] {
        let body = json!({
            "name": "broken", "scope_name": "s", "static_settings": {}, "expression": "x = 1\nreturn (",
        });
        let path = format!("/propertymappings/{path}/");
        let seen = server.call(Role::Admin, "post", &path, &body).await;
        let said = Server::expect(seen, 400)["expression"][0].clone();
        let said = said.as_str().unwrap();
        assert!(said.contains("(line 2, column"), "{path}: {said}");
    }
    let empty = json!({ "name": "empty", "static_settings": { "port": 3389 }, "expression": "" });
    let rac = server.post("/propertymappings/provider/rac/", &empty).await;
    assert_eq!(
        (&rac["expression"], &rac["managed"]),
        (&json!(""), &Value::Null)
    );
    let scope = json!({ "name": "empty scope", "scope_name": "s", "expression": "" });
    let seen = server.call(Role::Admin, "post", SCOPES, &scope).await;
    assert_eq!(
        Server::expect(seen, 400),
        json!({ "expression": ["This field may not be blank."] })
    );
}

/// CVE-2026-25227: running a text is more than seeing it.
#[tokio::test]
async fn only_superusers_run_a_mapping() {
    let server = Server::sqlite().await;
    let path = made(&server, "return 1").await;
    for (role, status) in [
        (Role::Anonymous, 403),
        (Role::Person, 404),
        (Role::Outpost, 404),
    ] {
        let seen = server.call(role, "post", &path, &json!({})).await;
        assert_eq!(seen.status.as_u16(), status, "{role:?}");
    }
}
