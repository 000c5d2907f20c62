//! Hosts, domains, cookies' domains, and the paths around: 20 h, o, p, q, and the outpost router.

use http::Request;
use serde_json::{Value, json};

use crate::kit::{EXTERNAL, Kit, forwarded, nginx, pair};

fn domain(external: &str, cookie_domain: &str) -> Value {
    json!({
        "mode": "forward_domain", "external_host": external, "cookie_domain": cookie_domain,
    })
}

#[tokio::test]
async fn one_login_opens_every_host_of_a_domain_and_no_host_more() {
    let kit = Kit::new(domain("https://door.home.test", "home.test")).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter("https://one.home.test/first?x=1", &central).await;
    for host in [
        "one.home.test",
        "two.home.test",
        "door.home.test",
        "home.test",
        "a.b.home.test:8443",
    ] {
        kit.navigate("traefik", &format!("https://{host}/"), &cookie)
            .await
            .expect(200);
    }
    for host in ["nothome.test", "work.test"] {
        kit.navigate("traefik", &format!("https://{host}/"), &cookie)
            .await
            .expect(404);
    }
}

/// Where a login leads that starts on the authentication host with this `rd`.
async fn arrived_from(kit: &Kit, central: &str, rd: &str) -> String {
    let start = format!("https://test.goauthentik.io/outpost.goauthentik.io/start?rd={rd}");
    let started = kit.open(&start, "").await.expect(302);
    let cookie = pair(&started.set_cookie("doorward_start_"));
    let granted = kit.open(&started.location(), central).await.expect(302);
    kit.open(&granted.location(), &cookie)
        .await
        .expect(302)
        .location()
}

#[tokio::test]
async fn case_49_in_domain_mode_a_host_outside_is_404_and_as_a_target_it_is_the_external_host() {
    let kit = Kit::new(domain("https://test.goauthentik.io", "test.goauthentik.io")).await;
    for host in ["goauthentik.io", "other.goauthentik.io", "foo"] {
        for proxy in ["traefik", "caddy"] {
            let url = format!("https://{host}/foo/bar/baz");
            let answer = kit.navigate(proxy, &url, "").await.expect(404);
            assert_eq!(answer.header("location"), None, "{proxy} {host}");
        }
    }
    let (_, central) = kit.signed_in(7).await;
    for rd in ["https://foo/bar/baz", "https%3A%2F%2Ffoo%2Fbar%2Fbaz"] {
        let arrived = arrived_from(&kit, &central, rd).await;
        assert_eq!(arrived, "https://test.goauthentik.io/", "{rd}");
    }
}

#[tokio::test]
async fn case_50_in_domain_mode_an_address_without_a_host_is_500_and_as_a_target_the_external_host()
{
    let kit = Kit::new(domain("https://test.goauthentik.io", "goauthentik.io")).await;
    let mut hostless = vec![nginx("https:///foo/bar/baz", "")];
    for proxy in ["traefik", "caddy"] {
        hostless.push(forwarded(proxy, "https:///foo/bar/baz", &[]));
    }
    for request in hostless {
        let path = request.uri().to_string();
        let answer = kit.send(request).await.expect(500);
        assert_eq!(answer.header("location"), None, "{path}");
    }
    let (_, central) = kit.signed_in(7).await;
    for rd in ["%2F%2F%2Ffoo", "https%3A%2F%2F%2F", "foo"] {
        let arrived = arrived_from(&kit, &central, rd).await;
        assert_eq!(arrived, "https://test.goauthentik.io/", "{rd}");
    }
}

#[tokio::test]
async fn case_20o_of_nested_domains_the_longest_wins() {
    let kit = Kit::new(domain("https://auth.example.com", "example.com")).await;
    kit.provider(
        2,
        "inner",
        domain("https://auth.in.example.com", ".in.example.com"),
    )
    .await;
    for (host, start) in [
        ("a.example.com", "https://auth.example.com/"),
        ("a.in.example.com", "https://auth.in.example.com/"),
        ("in.example.com", "https://auth.in.example.com/"),
        ("xin.example.com", "https://auth.example.com/"),
    ] {
        let answer = kit
            .navigate("traefik", &format!("https://{host}/"), "")
            .await
            .expect(302);
        assert!(
            answer.location().starts_with(start),
            "{host}: {}",
            answer.location()
        );
    }
}

#[tokio::test]
async fn case_20p_each_provider_has_its_own_cookie_domain() {
    let kit = Kit::new(json!({})).await;
    kit.provider(
        2,
        "domain",
        domain("https://auth.example.com", ".example.com"),
    )
    .await;
    let (_, central) = kit.signed_in(7).await;
    for (url, expected) in [
        (EXTERNAL, None),
        ("https://a.example.com", Some("Domain=example.com")),
    ] {
        let denied = kit
            .navigate("traefik", &format!("{url}/"), "")
            .await
            .expect(302);
        let started = kit.open(&denied.location(), "").await.expect(302);
        let callback = kit
            .open(&started.location(), &central)
            .await
            .expect(302)
            .location();
        let start = started.set_cookie("doorward_start_");
        let arrived = kit.open(&callback, &pair(&start)).await.expect(302);
        for line in [arrived.set_cookie("authentik_proxy_"), start] {
            let found = line.split("; ").find(|part| part.starts_with("Domain="));
            assert_eq!(found, expected, "{line}");
        }
    }
}

#[tokio::test]
async fn case_20q_after_a_change_to_single_mode_the_cookie_is_host_only_and_the_old_one_goes() {
    let single = json!({ "cookie_domain": "t.goauthentik.io" });
    let kit = Kit::new(single).await;
    let (_, central) = kit.signed_in(7).await;
    let denied = kit
        .navigate("traefik", &format!("{EXTERNAL}/"), "")
        .await
        .expect(302);
    let started = kit.open(&denied.location(), "").await.expect(302);
    let callback = kit
        .open(&started.location(), &central)
        .await
        .expect(302)
        .location();
    let cookie = pair(&started.set_cookie("doorward_start_"));
    let arrived = kit.open(&callback, &cookie).await.expect(302);
    assert!(!arrived.set_cookie("authentik_proxy_").contains("Domain="));
    let lines = arrived
        .headers
        .get_all("set-cookie")
        .into_iter()
        .map(|line| line.to_str().unwrap());
    let gone =
        lines.filter(|line| line.contains("Domain=t.goauthentik.io") && line.contains("Max-Age=0"));
    assert_eq!(gone.count(), 1);
}

#[tokio::test]
async fn case_20h_what_only_looks_like_the_prefix_is_guarded() {
    let kit = Kit::new(json!({})).await;
    for path in [
        "/outpost.goauthentik.io",
        "/outpost.goauthentik.io-x",
        "/outpost.goauthentik.io/../admin",
        "/outpost.goauthentik.io/nothing-here",
        "/outpost.goauthentik.io/auth/traefik",
        "/%2foutpost.goauthentik.io/start",
        "//outpost.goauthentik.io/start",
    ] {
        let url = format!("{EXTERNAL}{path}");
        kit.send(forwarded("traefik", &url, &[]))
            .await
            .is_a_bare_401();
    }
}

#[tokio::test]
async fn an_unknown_host_on_the_outposts_own_router_is_404() {
    let kit = Kit::new(json!({})).await;
    for path in ["start", "callback", "sign_out", "nothing-here", "start/"] {
        let url = format!("https://other.test/outpost.goauthentik.io/{path}");
        let answer = kit.open(&url, "").await.expect(404);
        assert!(
            answer.header("location").is_none() && answer.cookies().is_empty(),
            "{path}"
        );
    }
    let check = Request::get("/outpost.goauthentik.io/auth/traefik")
        .header("host", "other.test")
        .header("x-forwarded-host", "other.test")
        .header("x-forwarded-proto", "https");
    kit.send(check.body(String::new()).unwrap())
        .await
        .expect(404);
    kit.open(
        &format!("{EXTERNAL}/outpost.goauthentik.io/nothing-here"),
        "",
    )
    .await
    .expect(404);
}

#[tokio::test]
async fn ping_answers_204_on_any_host_and_method() {
    let kit = Kit::new(json!({})).await;
    for (method, path) in [("GET", "ping"), ("HEAD", "ping"), ("POST", "ping/x")] {
        let request = Request::builder().method(method);
        let request = request
            .uri(format!("/outpost.goauthentik.io/{path}"))
            .header("host", "x");
        let answer = kit
            .send(request.body(String::new()).unwrap())
            .await
            .expect(204);
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn the_address_of_before_each_proxy_had_its_own_still_answers() {
    let kit = Kit::new(json!({})).await;
    let skip = format!("{EXTERNAL}/skip");
    let traefik = forwarded("x", &skip, &[]);
    let (mut parts, body) = traefik.into_parts();
    parts.uri = "/outpost.goauthentik.io/auth?traefik".parse().unwrap();
    kit.send(Request::from_parts(parts, body))
        .await
        .is_empty_200();
    let nginx = Request::get("/outpost.goauthentik.io/auth").header("x-original-url", &skip);
    kit.send(nginx.body(String::new()).unwrap())
        .await
        .is_empty_200();
}

#[tokio::test]
async fn a_provider_outside_the_outpost_or_in_proxy_mode_is_no_pass() {
    let kit = Kit::new(json!({ "mode": "proxy", "skip_path_regex": ".*" })).await;
    kit.navigate("traefik", &format!("{EXTERNAL}/"), "")
        .await
        .expect(404);
    kit.provider(
        9,
        "elsewhere",
        json!({ "external_host": "https://nine.test" }),
    )
    .await;
    kit.navigate("traefik", "https://nine.test/skip", "")
        .await
        .expect(404);
}
