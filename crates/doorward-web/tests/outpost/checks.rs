//! What a proxy is answered: cases 1 to 26 and 34 to 37, and who is told what.

use http::Request;
use serde_json::json;

use crate::kit::{BROWSER, EXTERNAL, Kit, envoy, forwarded, nginx};

const START: &str = "https://ext.t.goauthentik.io/outpost.goauthentik.io/start?rd=";

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn cases_1_10_and_16_a_check_without_its_headers_is_500_and_never_a_pass() {
    let kit = Kit::new(json!({})).await;
    for proxy in ["traefik", "caddy", "nginx"] {
        let path = format!("/outpost.goauthentik.io/auth/{proxy}");
        let bare = Request::get(path).header("host", "authentik:9000");
        kit.send(bare.body(String::new()).unwrap())
            .await
            .expect(500);
    }
}

#[tokio::test]
async fn cases_6_14_and_21_the_same_holds_in_domain_mode() {
    let kit = Kit::new(json!({ "mode": "forward_domain", "cookie_domain": "foo" })).await;
    for proxy in ["traefik", "caddy", "nginx"] {
        let path = format!("/outpost.goauthentik.io/auth/{proxy}");
        kit.send(Request::get(path).body(String::new()).unwrap())
            .await
            .expect(500);
    }
}

#[tokio::test]
async fn cases_2_11_17_and_23_a_public_path_is_200_with_twelve_empty_headers() {
    let kit = Kit::new(json!({})).await;
    kit.navigate("traefik", &app("/skip"), "")
        .await
        .is_empty_200();
    kit.navigate("caddy", &app("/skip"), "")
        .await
        .is_empty_200();
    kit.send(nginx(&app("/skip"), "")).await.is_empty_200();
    kit.send(envoy("ext.t.goauthentik.io", "/skip", ""))
        .await
        .is_empty_200();
}

#[tokio::test]
async fn cases_3_12_24_and_48_a_navigation_is_sent_to_start_with_its_address() {
    let kit = Kit::new(json!({})).await;
    for proxy in ["traefik", "caddy"] {
        let answer = kit
            .navigate(proxy, "http://ext.t.goauthentik.io/app", "")
            .await
            .expect(302);
        let rd = "http%3A%2F%2Fext.t.goauthentik.io%2Fapp";
        assert_eq!(answer.location(), format!("{START}{rd}"));
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = kit
        .send(envoy("ext.t.goauthentik.io", "/app", ""))
        .await
        .expect(302);
    assert_eq!(
        answer.location(),
        format!("{START}http%3A%2F%2Fext.t.goauthentik.io%2Fapp")
    );
}

#[tokio::test]
async fn cases_7_15_and_26_in_domain_mode_start_is_on_the_authentication_host() {
    let domain = json!({
        "mode": "forward_domain", "cookie_domain": "test.goauthentik.io",
        "external_host": "http://auth.test.goauthentik.io",
    });
    let kit = Kit::new(domain).await;
    let start = "http://auth.test.goauthentik.io/outpost.goauthentik.io/start?rd=http%3A%2F%2Ftest.goauthentik.io%2Fapp";
    for proxy in ["traefik", "caddy"] {
        let answer = kit
            .navigate(proxy, "http://test.goauthentik.io/app", "")
            .await
            .expect(302);
        assert_eq!(answer.location(), start);
    }
    let answer = kit
        .send(envoy("test.goauthentik.io", "/app", ""))
        .await
        .expect(302);
    assert_eq!(answer.location(), start);
}

#[tokio::test]
async fn cases_4_5_13_20_and_25_somebody_who_is_in_is_told_to_the_app_by_every_proxy() {
    let kit = Kit::new(json!({})).await;
    let attributes =
        json!({ "username": "foo", "password": "bar", "additionalHeaders": { "foo": "bar" } });
    kit.attributes(7, attributes).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    let agent = ("user-agent", "Mozilla/5.0");
    let ask = |proxy| forwarded(proxy, &app("/app"), &[("cookie", &cookie), agent]);
    for request in [
        ask("traefik"),
        ask("caddy"),
        nginx(&app("/app"), &cookie),
        envoy("ext.t.goauthentik.io", "/app", &cookie),
    ] {
        let has_agent = request.headers().contains_key("user-agent");
        let answer = kit.send(request).await.expect(200);
        assert_eq!(answer.text, "");
        assert_eq!(answer.header("authorization"), Some("Basic Zm9vOmJhcg=="));
        assert_eq!(answer.header("foo"), Some("bar"));
        assert_eq!(answer.header("x-authentik-username"), Some("foo"));
        assert_eq!(answer.header("x-authentik-email"), Some("foo@example.org"));
        assert_eq!(answer.header("x-authentik-uid").unwrap().len(), 64);
        assert_eq!(answer.header("x-authentik-meta-app"), Some("app"));
        assert_eq!(
            answer.header("x-authentik-meta-provider"),
            Some("Provider app")
        );
        assert_eq!(
            answer.header("x-authentik-meta-outpost"),
            Some("authentik Embedded Outpost")
        );
        for empty in ["groups", "entitlements", "name", "jwt", "meta-jwks"] {
            assert_eq!(
                answer.header(&format!("x-authentik-{empty}")),
                Some(""),
                "{empty}"
            );
        }
        assert_eq!(
            answer.header("user-agent"),
            has_agent.then_some("Mozilla/5.0")
        );
        assert_eq!(answer.header("set-cookie"), None);
    }
}

/// forward-auth.md 34: what somebody may do in this very application, and in no other.
#[tokio::test]
async fn the_header_of_entitlements_names_what_the_person_holds_here() {
    let kit = Kit::new(json!({})).await;
    for (name, app, user) in [
        ("quox", "app", 7),
        ("bar", "app", 7),
        ("others", "app", 8),
        ("elsewhere", "another", 7),
    ] {
        let entitlement = json!({ "name": name, "app": app, "attributes": {} });
        kit.save("authentik_core.applicationentitlement", name, entitlement)
            .await;
        let id = format!("binding-{name}");
        let binding =
            json!({ "pk": id, "target": name, "user": user, "enabled": true, "order": 0 });
        kit.save("authentik_policies.policybinding", &id, binding)
            .await;
    }
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    for proxy in ["traefik", "caddy"] {
        let request = forwarded(proxy, &app("/app"), &[("cookie", &cookie)]);
        let answer = kit.send(request).await.expect(200);
        assert_eq!(answer.header("x-authentik-entitlements"), Some("bar|quox"));
    }
}

/// An answer that says nothing of `Authorization` leaves the request's own to the app.
#[tokio::test]
async fn case_61_without_injection_a_request_keeps_its_own_authorization() {
    let kit = Kit::new(json!({ "basic_auth_enabled": false })).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    let own = [("cookie", &*cookie), ("authorization", "Bearer of-the-app")];
    for proxy in ["traefik", "caddy"] {
        let asked = forwarded(proxy, &app("/app"), &own);
        let answer = kit.send(asked).await.expect(200);
        assert_eq!(answer.header("authorization"), None, "{proxy}");
        assert_eq!(answer.header("x-authentik-username"), Some("foo"));
    }
}

/// Nothing is sent to the embedded outpost: the next check reads the next snapshot.
#[tokio::test]
async fn case_71_a_rotated_client_holds_at_the_next_check() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let former = kit.enter(&app("/app"), &central).await;
    kit.navigate("traefik", &app("/app"), &former)
        .await
        .expect(200);
    kit.provider(1, "app", json!({ "client_id": "rotated" }))
        .await;
    kit.navigate("traefik", &app("/app"), &former)
        .await
        .expect(302);
    let renewed = kit.enter(&app("/app"), &central).await;
    assert_ne!(renewed.split('=').next(), former.split('=').next());
    kit.navigate("traefik", &app("/app"), &renewed)
        .await
        .expect(200);
}

#[tokio::test]
async fn cases_35_to_37_and_59_what_is_added_never_replaces_identity() {
    let kit = Kit::new(json!({ "basic_auth_enabled": false })).await;
    let mallory = json!({ "password": "x", "additionalHeaders": {
        "X-authentik-username": "root", "X_authentik_username": "root", "Host": "evil", "Foo": 5,
    } });
    kit.attributes(7, mallory).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    let spoofed = [
        ("cookie", cookie.as_str()),
        ("x-authentik-username", "root"),
        ("x_authentik_uid", "1"),
    ];
    let answer = kit
        .send(forwarded("traefik", &app("/app"), &spoofed))
        .await
        .expect(200);
    assert_eq!(answer.header("x-authentik-username"), Some("foo"));
    assert_eq!(
        answer
            .headers
            .get_all("x-authentik-username")
            .iter()
            .count(),
        1
    );
    assert_eq!(answer.header("authorization"), None);
    assert_eq!(answer.header("host"), None);
    assert_eq!(answer.header("foo"), Some("5"));
    assert!(
        answer
            .headers
            .keys()
            .all(|name| !name.as_str().contains('_'))
    );
}

#[tokio::test]
async fn case_20k_whatever_is_no_navigation_gets_a_bare_401() {
    let kit = Kit::new(json!({})).await;
    let url = app("/api");
    for headers in [
        &[("sec-fetch-mode", "cors"), ("accept", BROWSER)][..],
        &[("x-requested-with", "XMLHttpRequest")],
        &[("sec-websocket-key", "AAAA"), ("accept", BROWSER)],
        &[("x-forwarded-method", "OPTIONS"), ("accept", BROWSER)],
        &[("x-forwarded-method", "HEAD"), ("accept", BROWSER)],
        &[
            ("x-forwarded-method", "POST"),
            ("sec-fetch-mode", "navigate"),
        ],
        &[("accept", "application/json")],
        &[],
    ] {
        kit.send(forwarded("traefik", &url, headers))
            .await
            .is_a_bare_401();
    }
}

#[tokio::test]
async fn cases_20g_and_20b_another_host_is_404_and_reaches_no_application() {
    let kit = Kit::new(json!({})).await;
    let domain = json!({
        "mode": "forward_domain", "cookie_domain": "example.com",
        "external_host": "https://auth.example.com",
    });
    kit.provider(2, "domain", domain).await;
    for host in [
        "test.goauthentik.io",
        "ext.t.goauthentik.io:8443",
        "xext.t.goauthentik.io",
        "notexample.com",
        "example.com.evil.test",
    ] {
        let answer = kit
            .navigate("traefik", &format!("https://{host}/skip"), "")
            .await
            .expect(404);
        assert_eq!(answer.header("location"), None);
        kit.send(forwarded("caddy", &format!("https://{host}/"), &[]))
            .await
            .expect(404);
        kit.send(nginx(&format!("https://{host}/"), ""))
            .await
            .expect(403);
    }
    for host in [
        "EXT.t.goauthentik.io",
        "ext.t.goauthentik.io.",
        "ext.t.goauthentik.io:443",
        "a.b.example.com",
    ] {
        kit.navigate("traefik", &format!("https://{host}/"), "")
            .await
            .expect(302);
    }
}

#[tokio::test]
async fn case_20i_names_of_any_kind_arrive_whole() {
    let kit = Kit::new(json!({})).await;
    let mut tx = kit.engine.store.begin().await.unwrap();
    let mut row = doorward_store::user::find(&mut tx, 7)
        .await
        .unwrap()
        .unwrap();
    row.name = format!("José\r\nX-Evil: 1 {}", "ü".repeat(4096));
    doorward_store::user::save(&mut tx, &row).await.unwrap();
    doorward_store::change::record(&mut tx, doorward_store::Topic::User, 7, 0)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    let answer = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    let name = answer.header("x-authentik-name").unwrap();
    assert!(name.starts_with("José  X-Evil: 1 ü") && name.ends_with('ü'));
    assert_eq!(answer.header("x-evil"), None);
}
