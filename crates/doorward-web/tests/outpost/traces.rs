//! What leaves no row in any table, on either store: checks, starts and login pages of strangers.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::testing::every_engine;
use http::Request;
use serde_json::{Value, json};

use crate::kit::{EXTERNAL, Kit, PUBLIC, envoy, forwarded, nginx, start};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

/// The product on each store, with this provider.
async fn on_every_store(provider: Value) -> Vec<Kit> {
    let mut kits = Vec::new();
    for store in every_engine().await {
        kits.push(Kit::on(store, provider.clone()).await);
    }
    kits
}

/// nginx's older way to name the page: its path, beside `Host`.
fn by_path(path: &str) -> Request<String> {
    let request = Request::get("/outpost.goauthentik.io/auth/nginx")
        .header("host", "ext.t.goauthentik.io")
        .header("x-forwarded-proto", "https")
        .header("x-original-uri", path);
    request.body(String::new()).unwrap()
}

#[tokio::test]
async fn cases_18_and_19_nginx_gets_401_and_nothing_is_saved() {
    for kit in on_every_store(json!({})).await {
        let before = kit.rows().await;
        kit.send(nginx(&app("/app"), "")).await.is_a_bare_401();
        kit.send(by_path("/app")).await.is_a_bare_401();
        assert_eq!(kit.rows().await, before);
    }
}

#[tokio::test]
async fn case_22_in_domain_mode_nginx_gets_401_and_nothing_is_saved() {
    let domain = json!({ "mode": "forward_domain", "cookie_domain": "t.goauthentik.io" });
    for kit in on_every_store(domain).await {
        let before = kit.rows().await;
        kit.send(nginx(&app("/app"), "")).await.is_a_bare_401();
        assert_eq!(kit.rows().await, before);
    }
}

/// Every answer that a health checker, a lost browser or a scanner gets.
async fn strangers_come(kit: &Kit) {
    let checker = [("user-agent", "checker")];
    kit.send(forwarded("traefik", &app("/health"), &checker))
        .await
        .is_a_bare_401();
    kit.send(envoy("ext.t.goauthentik.io", "/skip", ""))
        .await
        .is_empty_200();
    kit.navigate("caddy", &app("/"), "authentik_proxy_x=y")
        .await
        .expect(302);
    let callback = app("/outpost.goauthentik.io/callback?ticket=a&start=b");
    kit.open(&callback, "").await.expect(302);
    let sign_out = app("/outpost.goauthentik.io/sign_out");
    kit.open(&sign_out, "").await.expect(200);
    let (_, authorize) = start(kit, &app("/")).await;
    let login = kit.open(&authorize, "").await.expect(302).location();
    kit.open(&login, "").await.expect(200);
    let plain = format!("{PUBLIC}/if/flow/default-authentication-flow/");
    kit.open(&plain, "").await.expect(200);
}

#[tokio::test]
async fn case_20l_health_checkers_and_strangers_leave_no_row() {
    for kit in on_every_store(json!({})).await {
        blueprint::apply_defaults(&kit.engine, NOW).await.unwrap();
        let before = kit.rows().await;
        assert!(before.contains_key("app_sessions"), "{before:?}");
        for _ in 0..20 {
            strangers_come(&kit).await;
        }
        assert_eq!(kit.rows().await, before);
    }
}

/// The count sees what somebody who signs in leaves behind.
#[tokio::test]
async fn somebody_who_signs_in_leaves_rows() {
    for kit in on_every_store(json!({})).await {
        let before = kit.rows().await;
        let (_, central) = kit.signed_in(7).await;
        kit.enter(&app("/"), &central).await;
        let after = kit.rows().await;
        for table in ["sessions", "app_sessions", "one_time"] {
            assert!(after[table] > before[table], "{table}: {after:?}");
        }
    }
}
