//! What single kinds do beyond their fields.

use serde_json::{Value, json};

use super::kit::{Role, Server};

async fn refused(server: &Server, path: &str, body: &Value, field: &str) {
    let seen = server.call(Role::Admin, "post", path, body).await;
    assert_eq!(seen.status.as_u16(), 400, "{body}");
    assert!(seen.body[field].is_array(), "{body}: {}", seen.body);
}

#[tokio::test]
async fn a_binding_names_exactly_one_subject() {
    let server = Server::sqlite().await;
    let target = server.flow("default-invalidation-flow");
    let group = server.get("/core/groups/").await.body["results"][0]["pk"].clone();
    let none = json!({ "target": target, "order": 0 });
    let both = json!({ "target": target, "order": 0, "group": group, "user": server.mia });
    for (body, words) in [
        (none, "One of 'group', 'policy', 'user' must be set."),
        (both, "Only one of 'group', 'policy', 'user' can be set."),
    ] {
        let seen = server
            .call(Role::Admin, "post", "/policies/bindings/", &body)
            .await;
        assert_eq!(seen.body, json!({ "non_field_errors": [words] }));
    }
}

async fn deleted(server: &Server, path: &str) {
    let seen = server.call(Role::Admin, "delete", path, &Value::Null).await;
    Server::expect(seen, 204);
}

/// Which kinds would lose what, as the object itself says.
async fn used_by(server: &Server, path: &str) -> Vec<(Value, Value)> {
    let answer = server.get(&format!("{path}used_by/")).await.body;
    let uses = answer.as_array().unwrap().iter();
    let mut found: Vec<_> = uses
        .map(|one| (one["model_name"].clone(), one["action"].clone()))
        .collect();
    found.sort_by_key(|(model, _)| model.to_string());
    found
}

#[tokio::test]
async fn what_a_delete_takes_along_is_what_used_by_said() {
    for server in Server::every().await {
        let provider = server.provider("gone").await;
        let app = json!({ "name": "App", "slug": "app", "provider": provider });
        server.post("/core/applications/", &app).await;
        let outpost = server.pk("authentik_outposts.outpost", "authentik Embedded Outpost");
        let outpost = format!("/outposts/instances/{outpost}/");
        let serving = json!({ "providers": [provider] });
        let seen = server.call(Role::Admin, "patch", &outpost, &serving).await;
        Server::expect(seen, 200);
        let said = [("application", "set_null"), ("outpost", "cascade_many")];
        let said = said.map(|(model, action)| (json!(model), json!(action)));
        let path = format!("/providers/proxy/{provider}/");
        assert_eq!(used_by(&server, &path).await, said);
        deleted(&server, &format!("/providers/all/{provider}/")).await;
        assert!(server.get("/core/applications/app/").await.body["provider"].is_null());
        assert_eq!(server.get(&outpost).await.body["providers"], json!([]));
    }
}

#[tokio::test]
async fn with_a_user_goes_the_binding_that_names_them_and_each_is_an_event() {
    for server in Server::every().await {
        let app = json!({ "name": "App", "slug": "app" });
        let app = server.post("/core/applications/", &app).await;
        let binding = json!({ "target": app["pk"], "user": server.mia, "order": 0 });
        let binding = server.post("/policies/bindings/", &binding).await;
        deleted(&server, &format!("/core/users/{}/", server.mia)).await;
        let path = format!("/policies/bindings/{}/", binding["pk"].as_str().unwrap());
        assert_eq!(server.get(&path).await.status.as_u16(), 404);
        let events = "/events/events/?action=model_deleted";
        let events = server.get(events).await.body;
        assert_eq!(events["pagination"]["count"], 2);
    }
}

#[tokio::test]
async fn an_outpost_brings_and_takes_its_account() {
    let server = Server::sqlite().await;
    let provider = server.provider("guarded").await;
    let body = json!({ "name": "Remote", "type": "proxy", "providers": [provider], "config": {} });
    let outpost = server.post("/outposts/instances/", &body).await;
    let token = format!(
        "/core/tokens/{}/",
        outpost["token_identifier"].as_str().unwrap()
    );
    assert_eq!(
        server.get(&token).await.body["user_obj"]["type"],
        "internal_service_account"
    );
    let path = format!("/outposts/instances/{}/", outpost["pk"].as_str().unwrap());
    Server::expect(
        server
            .call(Role::Admin, "delete", &path, &Value::Null)
            .await,
        204,
    );
    assert_eq!(server.get(&token).await.status.as_u16(), 404);
    let embedded = server.pk("authentik_outposts.outpost", "authentik Embedded Outpost");
    let path = format!("/outposts/instances/{embedded}/");
    for (method, body) in [
        ("patch", json!({ "name": "Mine" })),
        ("delete", Value::Null),
    ] {
        assert_eq!(
            server
                .call(Role::Admin, method, &path, &body)
                .await
                .status
                .as_u16(),
            400,
            "{method}"
        );
    }
}

#[tokio::test]
async fn brands_by_host_and_only_one_default() {
    let server = Server::sqlite().await;
    let own = json!({ "domain": "example.org", "branding_title": "Ours", "default": true });
    refused(&server, "/core/brands/", &own, "default").await;
    let own = json!({ "domain": "Example.org", "branding_title": "Ours" });
    server.post("/core/brands/", &own).await;
    let current = server
        .call(
            Role::Anonymous,
            "get",
            "/core/brands/current/",
            &Value::Null,
        )
        .await
        .body;
    assert_eq!(
        (&current["branding_title"], &current["matched_domain"]),
        (&json!("Ours"), &json!("example.org"))
    );
    assert!(current.get("flow_authentication").is_none());
}

#[tokio::test]
async fn the_colors_of_a_brand_are_refused_with_their_ratio_and_the_rest_of_its_css_is_told() {
    let server = Server::sqlite().await;
    let css = ":root { --mute: light-dark(#8a8a8a, #a3b1ba) }";
    let faint = json!({ "domain": "example.org", "branding_custom_css": css });
    let seen = server
        .call(Role::Admin, "post", "/core/brands/", &faint)
        .await;
    let told =
        "--mute on --card in the light theme has a contrast of 3.45, and at least 4.5 is needed.";
    assert_eq!(seen.status, 400);
    let messages = seen.body["branding_custom_css"].as_array().unwrap();
    assert!(messages.contains(&json!(told)), "{messages:?}");
    let css = ".pf-c-login { color: red } :root { --ak-accent: #fd4b2d }";
    let mixed = json!({ "domain": "example.org", "branding_custom_css": css });
    let brand = server.post("/core/brands/", &mixed).await;
    assert_eq!(
        (
            &brand["branding_custom_css"],
            &brand["branding_custom_css_warnings"]
        ),
        (&json!(css), &json!([".pf-c-login: has no effect here."]))
    );
}

#[tokio::test]
async fn pictures_have_addresses_in_answers() {
    let server = Server::sqlite().await;
    let brand = json!({ "domain": "example.org", "branding_logo": "l-%(theme)s.svg",
        "attributes": { "settings": { "locale": "de", "theme": { "base": "dark" } } } });
    server.post("/core/brands/", &brand).await;
    let current = server.get("/core/brands/current/").await.body;
    assert_eq!(
        [
            &current["branding_logo"],
            &current["branding_logo_themed_urls"]["dark"],
            &current["ui_theme"],
            &current["default_locale"]
        ],
        [
            "/files/media/public/l-light.svg",
            "/files/media/public/l-dark.svg",
            "dark",
            "de"
        ]
    );
    let app = json!({ "name": "A", "slug": "a", "meta_icon": "apps/a.png" });
    let app = server.post("/core/applications/", &app).await;
    assert_eq!(
        [
            &app["meta_icon"],
            &app["meta_icon_url"],
            &app["meta_icon_themed_urls"]["light"]
        ],
        [
            "apps/a.png",
            "/files/media/public/apps/a.png",
            "/files/media/public/apps/a.png"
        ]
    );
}

#[tokio::test]
async fn settings_keep_what_they_are_told() {
    let server = Server::sqlite().await;
    let before = server.get("/admin/settings/").await.body;
    assert_eq!(
        (
            &before["event_retention"],
            &before["flags"]["core_default_app_access"]
        ),
        (&json!("days=365"), &json!(true))
    );
    let change = json!({ "footer_links": [{ "name": "x", "href": "https://x.example" }], "event_retention": "days=7" });
    let after = Server::expect(
        server
            .call(Role::Admin, "patch", "/admin/settings/", &change)
            .await,
        200,
    );
    assert_eq!(
        (&after["event_retention"], &after["footer_links"]),
        (&change["event_retention"], &change["footer_links"])
    );
    assert_eq!(server.get("/admin/settings/").await.body, after);
}

#[tokio::test]
async fn settings_that_would_do_harm_are_refused_by_their_field() {
    let server = Server::sqlite().await;
    let link = |href: &str| json!([{ "name": "x", "href": href }]);
    for (field, value) in [
        ("footer_links", link("javascript:alert(1)")),
        ("footer_links", link("data:text/html,x")),
        ("footer_links", json!([{ "href": "https://x.example" }])),
        ("footer_links", json!("x")),
        (
            "footer_links",
            json!(vec![json!({ "name": "x", "href": null }); 51]),
        ),
        ("flags", json!({ "core_default_app_access": "perhaps" })),
        ("flags", json!([])),
        ("event_retention", json!("soon")),
        ("pagination_max_page_size", json!(-1)),
        ("base_url", json!("javascript:alert(1)")),
        ("impersonation", json!(null)),
    ] {
        let change = json!({ field: value });
        let seen = server
            .call(Role::Admin, "patch", "/admin/settings/", &change)
            .await;
        assert_eq!(seen.status.as_u16(), 400, "{change}");
        assert!(seen.body[field].is_array(), "{change}: {}", seen.body);
    }
    let good = json!({ "footer_links": [{ "name": "x", "href": "mailto:a@example.org" }, { "name": "y", "href": null }] });
    let seen = server
        .call(Role::Admin, "patch", "/admin/settings/", &good)
        .await;
    Server::expect(seen, 200);
}

/// api-and-model.md 1.4: the flag `core_default_app_access`.
#[tokio::test]
async fn without_bindings_an_application_is_open_unless_the_setting_says_no() {
    let server = Server::sqlite().await;
    let app = json!({ "name": "App", "slug": "app" });
    let app = server.post("/core/applications/", &app).await["pk"].clone();
    let passes = async || {
        let path = "/core/applications/app/check_access/";
        let seen = server.call(Role::Person, "get", path, &Value::Null).await;
        Server::expect(seen, 200)["passing"].clone()
    };
    assert_eq!(passes().await, true);
    let closed = json!({ "flags": { "core_default_app_access": false } });
    let seen = server
        .call(Role::Admin, "patch", "/admin/settings/", &closed)
        .await;
    assert_eq!(
        Server::expect(seen, 200)["flags"]["flows_refresh_others"],
        false
    );
    assert_eq!(passes().await, false);
    let binding = json!({ "target": app, "user": server.mia, "order": 0 });
    server.post("/policies/bindings/", &binding).await;
    assert_eq!(passes().await, true, "a binding still decides");
}

/// api-and-model.md 1.11: it always exists, and nobody makes another one yet.
#[tokio::test]
async fn the_built_in_source_is_listed_and_is_the_only_one() {
    let server = Server::sqlite().await;
    let listed = Server::expect(server.get("/sources/all/").await, 200);
    let sources = listed["results"].as_array().unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0]["slug"], "authentik-built-in");
    assert_eq!(sources[0]["managed"], "goauthentik.io/sources/inbuilt");
    let one = "/sources/all/authentik-built-in/";
    assert_eq!(Server::expect(server.get(one).await, 200), sources[0]);
    let types = Server::expect(server.get("/sources/all/types/").await, 200);
    assert_eq!(types, json!([]));
    let body = json!({ "name": "Mine", "slug": "mine" });
    for (method, path) in [("post", "/sources/all/"), ("patch", one), ("delete", one)] {
        let seen = server.call(Role::Admin, method, path, &body).await;
        assert_eq!(seen.status.as_u16(), 405, "{method}: {}", seen.body);
    }
    let source = sources[0]["pk"].clone();
    let stage = json!({ "name": "elsewhere", "source": source });
    let made = server.post("/stages/source/", &stage).await;
    assert_eq!(made["resume_timeout"], "minutes=10");
    let stage = json!({ "name": "nowhere", "source": "00000000-0000-0000-0000-000000000000" });
    refused(&server, "/stages/source/", &stage, "source").await;
}
