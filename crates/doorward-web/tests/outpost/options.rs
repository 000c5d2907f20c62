//! What an operator can choose for each application: its cookies, its preflights.

use http::Request;
use serde_json::json;

use crate::kit::{BROWSER, EXTERNAL, Kit, envoy, forwarded, nginx};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn our_own_cookies_can_be_kept_from_the_backend() {
    let kit = Kit::new(json!({ "hide_session_cookie": true })).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    let all = format!("lang=de; {own}; {central}; theme=dark");
    for request in [
        forwarded("traefik", &app("/"), &[("cookie", &all)]),
        forwarded("caddy", &app("/"), &[("cookie", &all)]),
        nginx(&app("/"), &all),
        envoy("ext.t.goauthentik.io", "/", &all),
    ] {
        let answer = kit.send(request).await.expect(200);
        assert_eq!(answer.header("cookie"), Some("lang=de; theme=dark"));
        assert_eq!(answer.header("x-doorward-cookie-hidden"), Some("true"));
    }
    let answer = kit.navigate("traefik", &app("/"), &own).await.expect(200);
    assert_eq!(answer.header("cookie"), None);
    assert_eq!(answer.header("x-doorward-cookie-hidden"), Some("true"));
    let public = kit.navigate("traefik", &app("/skip"), &all).await;
    assert_eq!(public.header("cookie"), Some("lang=de; theme=dark"));
}

#[tokio::test]
async fn without_the_choice_no_cookie_is_answered() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    let answer = kit.navigate("traefik", &app("/"), &own).await.expect(200);
    for name in ["cookie", "x-doorward-cookie-hidden"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
}

const PREFLIGHT: [(&str, &str); 3] = [
    ("x-forwarded-method", "OPTIONS"),
    ("origin", "https://elsewhere.test"),
    ("access-control-request-method", "PUT"),
];

fn all_but(left_out: &str) -> Vec<(&'static str, &'static str)> {
    let mut headers = PREFLIGHT.to_vec();
    headers.retain(|(name, _)| *name != left_out);
    headers
}

#[tokio::test]
async fn case_20k_a_preflight_is_401_unless_the_application_lets_it_through() {
    let kit = Kit::new(json!({})).await;
    let closed = forwarded("traefik", &app("/api"), &PREFLIGHT);
    kit.send(closed).await.is_a_bare_401();
    let kit = Kit::new(json!({ "let_preflights_through": true })).await;
    for proxy in ["traefik", "caddy"] {
        let open = forwarded(proxy, &app("/api"), &PREFLIGHT);
        kit.send(open).await.is_empty_200();
    }
    for (name, _) in PREFLIGHT {
        let other = forwarded("traefik", &app("/api"), &all_but(name));
        kit.send(other).await.is_a_bare_401();
    }
    for (name, value) in [
        ("x-forwarded-method", "GET"),
        ("x-forwarded-method", "OPTIONS"),
        ("cookie", "a=1"),
    ] {
        let mut more = PREFLIGHT.to_vec();
        more.push((name, value));
        let other = forwarded("traefik", &app("/api"), &more);
        kit.send(other).await.is_a_bare_401();
    }
}

/// Not every nginx sets `X-Original-Method`: only the method that it used itself opens something.
#[tokio::test]
async fn a_client_of_nginx_or_envoy_cannot_pass_another_method_off_as_a_preflight() {
    let kit = Kit::new(json!({ "let_preflights_through": true })).await;
    for (path, claims) in [
        ("nginx", "x-original-method"),
        ("envoy/api", "x-forwarded-method"),
    ] {
        for (method, status) in [("OPTIONS", 200), ("GET", 401), ("POST", 401)] {
            let request = Request::builder().method(method);
            let request = request
                .uri(format!("/outpost.goauthentik.io/auth/{path}"))
                .header("host", "ext.t.goauthentik.io")
                .header("x-original-url", app("/api"))
                .header("origin", "https://elsewhere.test")
                .header("access-control-request-method", "PUT")
                .header(claims, "OPTIONS");
            let answer = kit.send(request.body(String::new()).unwrap()).await;
            assert_eq!(answer.status, status, "{path} {method}");
        }
    }
}

#[tokio::test]
async fn a_preflight_never_starts_a_login() {
    let kit = Kit::new(json!({})).await;
    let mut headers = PREFLIGHT.to_vec();
    headers.push(("accept", BROWSER));
    let request = forwarded("traefik", &app("/"), &headers);
    kit.send(request).await.is_a_bare_401();
}
