//! What applications and their providers do beyond their fields.

use serde_json::{Value, json};

use super::kit::{Role, Server};

async fn refused(server: &Server, path: &str, body: &Value, field: &str) {
    let seen = server.call(Role::Admin, "post", path, body).await;
    assert_eq!(seen.status.as_u16(), 400, "{body}");
    assert!(seen.body[field].is_array(), "{body}: {}", seen.body);
}

#[tokio::test]
async fn slugs_that_oauth_addresses_need_are_reserved() {
    let server = Server::sqlite().await;
    for slug in [
        "authorize",
        "token",
        "device",
        "userinfo",
        "introspect",
        "revoke",
    ] {
        refused(
            &server,
            "/core/applications/",
            &json!({ "name": "x", "slug": slug }),
            "slug",
        )
        .await;
    }
}

#[tokio::test]
async fn a_provider_is_checked_as_a_whole() {
    let server = Server::sqlite().await;
    server.provider("taken").await;
    let body = |change: Value| {
        let mut body = json!({
            "name": "new", "mode": "forward_single", "external_host": "https://new.example.org",
            "authorization_flow": server.flow("default-provider-authorization-implicit-consent"),
            "invalidation_flow": server.flow("default-provider-invalidation-flow"),
        });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        body
    };
    for (change, field) in [
        (json!({ "mode": "proxy" }), "internal_host"),
        (
            json!({ "external_host": "https://TAKEN.example.org:443/" }),
            "external_host",
        ),
        (
            json!({ "external_host": "ftp://new.example.org" }),
            "external_host",
        ),
        (
            json!({ "external_host": "https://user@new.example.org" }),
            "external_host",
        ),
        (json!({ "mode": "forward_domain" }), "cookie_domain"),
        (
            json!({ "mode": "forward_domain", "cookie_domain": "ample.org" }),
            "cookie_domain",
        ),
        (
            json!({ "skip_path_regex": "^/good\n(bad" }),
            "skip_path_regex",
        ),
        (json!({ "basic_auth_enabled": true }), "basic_auth_enabled"),
        (
            json!({ "access_token_validity": "long" }),
            "access_token_validity",
        ),
    ] {
        refused(&server, "/providers/proxy/", &body(change), field).await;
    }
    let change = json!({ "mode": "forward_domain", "cookie_domain": ".Example.org", "external_host": "https://NEW.example.org:443/" });
    let made = server.post("/providers/proxy/", &body(change)).await;
    assert_eq!(
        (&made["external_host"], &made["cookie_domain"]),
        (&json!("https://new.example.org"), &json!("example.org"))
    );
    assert_eq!(made["client_id"].as_str().map(str::len), Some(40));
    assert_eq!(
        made["redirect_uris"][0]["url"],
        "https://new.example.org/outpost.goauthentik.io/callback?X-authentik-auth-callback=true"
    );
}

#[tokio::test]
async fn a_provider_serves_one_application_and_shows_which() {
    let server = Server::sqlite().await;
    let provider = server.provider("one").await;
    let app = server
        .post(
            "/core/applications/",
            &json!({ "name": "One", "slug": "one", "provider": provider }),
        )
        .await;
    assert_eq!(app["launch_url"], "https://one.example.org");
    assert_eq!(app["provider_obj"]["assigned_application_slug"], "one");
    refused(
        &server,
        "/core/applications/",
        &json!({ "name": "Two", "slug": "two", "provider": provider }),
        "provider",
    )
    .await;
    let shown = server
        .get(&format!("/providers/all/{provider}/"))
        .await
        .body;
    assert_eq!(
        (
            &shown["assigned_application_name"],
            &shown["meta_model_name"]
        ),
        (
            &json!("One"),
            &json!("authentik_providers_proxy.proxyprovider")
        )
    );
    let list = |wanted: &str| format!("/providers/all/?application__isnull={wanted}");
    assert_eq!(
        server.get(&list("true")).await.body["pagination"]["count"],
        0
    );
    assert_eq!(
        server.get(&list("false")).await.body["pagination"]["count"],
        1
    );
}

/// Two applications: one for everybody, one for administrators.
async fn open_and_shut(server: &Server) -> (Value, Value) {
    let path = "/core/applications/";
    let open = server
        .post(path, &json!({ "name": "Open", "slug": "open" }))
        .await;
    let shut = server
        .post(path, &json!({ "name": "Shut", "slug": "shut" }))
        .await;
    let group = server.get("/core/groups/").await.body["results"][0]["pk"].clone();
    let binding = json!({ "target": shut["pk"], "group": group, "order": 0 });
    server.post("/policies/bindings/", &binding).await;
    (open, shut)
}

#[tokio::test]
async fn people_see_the_applications_that_they_may_open() {
    let server = Server::sqlite().await;
    let (open, _) = open_and_shut(&server).await;
    let list = server
        .call(Role::Person, "get", "/core/applications/", &Value::Null)
        .await
        .body;
    assert_eq!(list["results"], json!([open]));
    // Superusers are not exempt, but may ask for all.
    let binding = json!({ "target": open["pk"], "user": server.mia, "order": 0 });
    server.post("/policies/bindings/", &binding).await;
    for (query, count) in [("", 1), ("?superuser_full_list=true", 2)] {
        let path = format!("/core/applications/{query}");
        let list = server.get(&path).await.body;
        assert_eq!(list["pagination"]["count"], count, "{query}");
    }
}

#[tokio::test]
async fn access_is_checked_for_oneself_and_by_administrators_for_others() {
    let server = Server::sqlite().await;
    open_and_shut(&server).await;
    let for_mia = format!("?for_user={}", server.mia);
    for (role, slug, query, passing) in [
        (Role::Person, "open", "", true),
        (Role::Person, "shut", "", false),
        (Role::Admin, "shut", "", true),
        (Role::Admin, "shut", &*for_mia, false),
    ] {
        let path = format!("/core/applications/{slug}/check_access/{query}");
        let seen = server.call(role, "get", &path, &Value::Null).await;
        assert_eq!(Server::expect(seen, 200)["passing"], passing, "{path}");
    }
    let for_admin = format!("?for_user={}", server.admin);
    let path = format!("/core/applications/open/check_access/{for_admin}");
    let other = server.call(Role::Person, "get", &path, &Value::Null).await;
    Server::expect(other, 403);
}

#[tokio::test]
async fn a_provider_and_its_application_are_made_together_or_not_at_all() {
    let server = Server::sqlite().await;
    let path = "/core/transactional/applications/";
    let flow = |slug: &str| json!(server.flow(slug));
    let mut body = json!({
        "app": { "name": "Both", "slug": "authorize" },
        "provider_model": "authentik_providers_proxy.proxyprovider",
        "provider": {
            "name": "both", "mode": "forward_single", "external_host": "https://both.example.org",
            "authorization_flow": flow("default-provider-authorization-implicit-consent"),
            "invalidation_flow": flow("default-provider-invalidation-flow"),
        },
        "policy_bindings": [{ "user": server.mia, "order": 0 }],
    });
    let seen = server.call(Role::Admin, "put", path, &body).await;
    assert_eq!(seen.status.as_u16(), 400);
    assert!(seen.body["app"]["slug"].is_array(), "{}", seen.body);
    assert_eq!(
        server.get("/providers/all/").await.body["pagination"]["count"],
        0
    );
    body["app"]["slug"] = json!("both");
    let seen = server.call(Role::Admin, "put", path, &body).await;
    assert_eq!(Server::expect(seen, 200)["applied"], true);
    let app = server.get("/core/applications/both/").await.body;
    assert_eq!(app["provider_obj"]["name"], "both");
    let bindings = format!("/policies/bindings/?target={}", app["pk"].as_str().unwrap());
    let bindings = server.get(&bindings).await.body;
    assert_eq!(bindings["pagination"]["count"], 1);
}
