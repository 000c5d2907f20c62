//! What single filters of configuration objects find, and what they do not.

use serde_json::json;

use super::kit::{Role, Server, pair};

/// A provider with a certificate and an application, and another one without.
async fn furnished() -> (Server, i64) {
    let server = Server::sqlite().await;
    let own = json!({ "name": "Pair", "certificate_data": pair(0).certificate });
    let own = server.post("/crypto/certificatekeypairs/", &own).await["pk"].clone();
    let provider = server.provider("matrix").await;
    server.provider("lone").await;
    let path = format!("/providers/proxy/{provider}/");
    let guard = json!({ "certificate": own });
    Server::expect(server.call(Role::Admin, "patch", &path, &guard).await, 200);
    let app = json!({ "name": "App", "slug": "app", "provider": provider, "meta_publisher": "Us" });
    server.post("/core/applications/", &app).await;
    server
        .post(
            "/core/applications/",
            &json!({ "name": "Bare", "slug": "bare" }),
        )
        .await;
    (server, provider)
}

async fn counts(server: &Server, cases: &[(String, i64)]) {
    for (path, count) in cases {
        let seen = server.get(path).await;
        let list = Server::expect(seen, 200);
        assert_eq!(list["pagination"]["count"], *count, "{path}");
    }
}

#[tokio::test]
async fn providers_are_found_by_what_they_point_to_in_any_case() {
    let (server, provider) = furnished().await;
    let all = |query: &str| format!("/providers/all/?{query}");
    let proxy = |query: &str| format!("/providers/proxy/?{query}");
    let nil = uuid::Uuid::nil();
    counts(
        &server,
        &[
            (proxy("authorization_flow__slug__iexact=DEFAULT-provider-authorization-implicit-consent"), 2),
            (proxy("authorization_flow__slug__iexact=default-authentication-flow"), 0),
            (proxy("certificate__name__iexact=PAIR"), 1),
            (proxy("certificate__name__iexact=other"), 0),
            (proxy(&format!("certificate__kp_uuid__iexact={nil}")), 0),
            (proxy(&format!("property_mappings__iexact={nil}")), 0),
            (proxy("external_host__iexact=https://MATRIX.example.org"), 1),
            (proxy("mode__iexact=forward_single"), 2),
            (proxy("internal_host_ssl_validation__iexact=false"), 0),
            (proxy("application__isnull=true"), 1),
            (proxy("application__isnull=false&name__iexact=Matrix"), 1),
            (all("application__isnull=true"), 1),
            (all("backchannel=true"), 0),
            (all("backchannel=false"), 2),
            ("/outposts/proxy/?name=matrix".to_owned(), 1),
            ("/outposts/proxy/?name=lone".to_owned(), 0),
            ("/outposts/proxy/?search=MAT".to_owned(), 1),
            (format!("/outposts/instances/?providers_by_pk={provider}"), 0),
            ("/outposts/instances/?name__icontains=EMBEDDED".to_owned(), 1),
            ("/outposts/instances/?service_connection__name__iexact=x".to_owned(), 0),
            ("/stages/all/?name=default-authentication-login".to_owned(), 1),
            ("/stages/all/?name=default".to_owned(), 0),
        ],
    )
    .await;
}

#[tokio::test]
async fn applications_are_found_by_what_they_say_and_for_whom() {
    let (server, _) = furnished().await;
    let app = |query: &str| format!("/core/applications/?superuser_full_list=true&{query}");
    counts(
        &server,
        &[
            (app(""), 2),
            (app("only_with_launch_url=true"), 1),
            (app("only_with_launch_url=false"), 2),
            (app("meta_publisher=Us"), 1),
            (app("meta_publisher=Them"), 0),
            (app("slug=bare&name=Bare"), 1),
            (format!("/core/applications/?for_user={}", server.mia), 2),
        ],
    )
    .await;
    for odd in ["for_user=x", "for_user=4711", "superuser_full_list=perhaps"] {
        let seen = server.get(&format!("/core/applications/?{odd}")).await;
        assert_eq!(seen.status.as_u16(), 400, "{odd}");
    }
}

#[tokio::test]
async fn bindings_are_found_by_their_ends_and_settings() {
    let server = Server::sqlite().await;
    let (one, two) = (
        server.flow("default-authentication-flow"),
        server.flow("default-invalidation-flow"),
    );
    for (order, (target, enabled)) in [(&one, true), (&two, false)].into_iter().enumerate() {
        let binding = json!({ "target": target, "user": server.mia, "order": order, "enabled": enabled, "timeout": 7 });
        server.post("/policies/bindings/", &binding).await;
    }
    let of_flow = server
        .get(&format!("/flows/bindings/?target={one}"))
        .await
        .body;
    let stages = of_flow["results"].as_array().map(Vec::len).unwrap();
    assert!(stages > 1);
    let stage = of_flow["results"][0]["stage"].as_str().unwrap().to_owned();
    let policy = |query: &str| format!("/policies/bindings/?{query}");
    let flow = |query: &str| format!("/flows/bindings/?{query}");
    let nil = uuid::Uuid::nil();
    counts(
        &server,
        &[
            (policy("policy__isnull=true"), 2),
            // Those that the flows of sources come with.
            (policy("policy__isnull=false"), 3),
            (policy(&format!("policy={nil}")), 0),
            (policy(&format!("target={one}")), 1),
            (policy(&format!("target_in={one}&target_in={two}")), 2),
            (policy(&format!("target_in={one},{two}")), 2),
            (policy("enabled=false"), 1),
            (policy("order=0&timeout=7"), 1),
            (policy("timeout=8"), 0),
            (flow(&format!("target={one}&stage={stage}")), 1),
            (flow(&format!("policies={nil}")), 0),
        ],
    )
    .await;
    let seen = server.get(&policy("target_in=x")).await;
    assert_eq!(seen.body, json!({ "target_in": ["Enter a valid UUID."] }));
}
