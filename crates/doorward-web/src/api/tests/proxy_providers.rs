//! Proxy providers at the API: forward-auth.md 19, cases 64 to 70.
//!
//! 67 reads "the client is ours alone": there is no client type to choose. 71 is the outpost's
//! (`tests/outpost/checks.rs`): it reads a new client with the next configuration.

use serde_json::{Value, json};

use super::kit::{Role, Server};

fn provider(server: &Server, extra: &Value) -> Value {
    let mut body = json!({
        "name": "guarded",
        "mode": "forward_single",
        "external_host": "https://guarded.example.org",
        "authorization_flow": server.flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": server.flow("default-provider-invalidation-flow"),
    });
    let extra = extra.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(extra);
    body
}

#[tokio::test]
async fn case_64_basic_auth_with_both_attribute_names_is_made() {
    let server = Server::sqlite().await;
    let both = json!({
        "basic_auth_enabled": true,
        "basic_auth_user_attribute": "username",
        "basic_auth_password_attribute": "password",
    });
    let made = server
        .post("/providers/proxy/", &provider(&server, &both))
        .await;
    assert_eq!(made["basic_auth_enabled"], true);
}

#[tokio::test]
async fn case_65_basic_auth_without_an_attribute_name_is_400_at_its_field() {
    let server = Server::sqlite().await;
    for names in [
        json!({}),
        json!({ "basic_auth_user_attribute": "username" }),
        json!({ "basic_auth_password_attribute": "password" }),
        json!({ "basic_auth_user_attribute": " ", "basic_auth_password_attribute": "password" }),
    ] {
        let mut body = provider(&server, &names);
        body["basic_auth_enabled"] = json!(true);
        let seen = server
            .call(Role::Admin, "post", "/providers/proxy/", &body)
            .await;
        let refused = Server::expect(seen, 400);
        assert!(refused["basic_auth_enabled"].is_array(), "{refused}");
        assert_eq!(refused.as_object().unwrap().len(), 1, "{refused}");
    }
}

#[tokio::test]
async fn case_66_proxy_mode_without_an_internal_host_is_400_at_its_field() {
    let server = Server::sqlite().await;
    let body = provider(&server, &json!({ "mode": "proxy" }));
    let seen = server
        .call(Role::Admin, "post", "/providers/proxy/", &body)
        .await;
    let refused = Server::expect(seen, 400);
    assert!(refused["internal_host"].is_array(), "{refused}");
}

/// What the outpost is told of its only provider.
async fn told(server: &Server) -> Value {
    let seen = server
        .call(Role::Outpost, "get", "/outposts/proxy/", &Value::Null)
        .await;
    let list = Server::expect(seen, 200);
    assert_eq!(list["pagination"]["count"], 1, "exactly the attached one");
    list["results"][0].clone()
}

/// A provider with an application, attached to the embedded outpost; its key.
async fn attached(server: &Server, extra: &Value) -> Value {
    let made = server
        .post("/providers/proxy/", &provider(server, extra))
        .await["pk"]
        .clone();
    server.provider("another").await;
    let application = json!({ "name": "App", "slug": "app", "provider": made });
    server.post("/core/applications/", &application).await;
    let outpost = server.pk("authentik_outposts.outpost", "authentik Embedded Outpost");
    let path = format!("/outposts/instances/{outpost}/");
    let body = json!({ "providers": [made] });
    Server::expect(server.call(Role::Admin, "patch", &path, &body).await, 200);
    made
}

#[tokio::test]
async fn cases_67_to_69_the_client_is_generated_told_to_its_outpost_and_not_to_be_tampered_with() {
    let server = Server::sqlite().await;
    let pk = attached(
        &server,
        &json!({ "client_id": "mine", "client_secret": "mine" }),
    )
    .await;
    let before = told(&server).await;
    assert_eq!(before["client_id"].as_str().unwrap().len(), 40);
    assert_eq!(before["client_secret"].as_str().unwrap().len(), 128);
    let tampered = json!({
        "client_type": "public", "client_id": "x", "client_secret": "y", "cookie_secret": "z",
    });
    let path = format!("/providers/proxy/{pk}/");
    for method in ["put", "patch"] {
        let body = provider(&server, &tampered);
        let seen = server.call(Role::Admin, method, &path, &body).await;
        Server::expect(seen, 200);
        assert_eq!(told(&server).await, before, "{method}");
    }
}

#[tokio::test]
async fn case_70_an_outpost_reads_the_certificate_of_its_own_provider_only() {
    let server = Server::sqlite().await;
    let mut pairs = Vec::new();
    for name in ["own", "other"] {
        let pair = json!({ "name": name, "certificate_data": super::kit::pair(0).certificate });
        let made = server.post("/crypto/certificatekeypairs/", &pair).await;
        pairs.push(made["pk"].clone());
    }
    attached(&server, &json!({ "certificate": pairs[0] })).await;
    for (pair, status) in [(&pairs[0], 200), (&pairs[1], 404)] {
        let id = pair.as_str().unwrap();
        for path in ["", "view_certificate/"] {
            let path = format!("/crypto/certificatekeypairs/{id}/{path}");
            let seen = server.call(Role::Outpost, "get", &path, &Value::Null).await;
            assert_eq!(seen.status.as_u16(), status, "{path} {}", seen.body);
        }
    }
}
