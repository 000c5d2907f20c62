//! Known attacks on the check (security.md), each in a test that names it; 20 r, s.

use http::Request;
use serde_json::json;

use crate::kit::{BROWSER, EXTERNAL, Kit, envoy, forwarded, nginx};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn case_20r_and_cve_2026_40575_an_untrusted_peer_can_say_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    for url in [app("/skip"), app("/app")] {
        let request = forwarded("traefik", &url, &[("cookie", &cookie), ("accept", BROWSER)]);
        let answer = kit.send_from("203.0.113.9:1234", request).await.expect(500);
        assert_eq!(answer.header("x-authentik-username"), None);
    }
    kit.send_from("203.0.113.9:1234", nginx(&app("/skip"), ""))
        .await
        .expect(500);
    kit.send_from("203.0.113.9:1", envoy("ext.t.goauthentik.io", "/skip", ""))
        .await
        .expect(500);
}

#[tokio::test]
async fn case_20s_a_host_sent_twice_or_as_a_list_is_refused() {
    let kit = Kit::new(json!({})).await;
    let mut twice = forwarded("traefik", &app("/skip"), &[]);
    twice
        .headers_mut()
        .append("x-forwarded-host", "ext.t.goauthentik.io".parse().unwrap());
    kit.send(twice).await.expect(500);
    for host in [
        "ext.t.goauthentik.io, evil.test",
        "evil.test,ext.t.goauthentik.io",
    ] {
        let mut list = forwarded("traefik", &app("/skip"), &[]);
        list.headers_mut()
            .insert("x-forwarded-host", host.parse().unwrap());
        kit.send(list).await.expect(500);
    }
}

#[tokio::test]
async fn cve_2026_25748_no_damaged_cookie_ever_passes() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let right = kit.enter(&app("/app"), &central).await;
    let (name, value) = right.split_once('=').unwrap();
    let huge = "A".repeat(65_536);
    let flipped = format!(
        "{}{}",
        if value.starts_with('A') { "B" } else { "A" },
        &value[1..]
    );
    for value in [
        "",
        "=",
        "%00",
        "\"",
        "A",
        "..",
        &huge,
        &flipped,
        &value[1..],
        "null",
        "true",
    ] {
        let cookie = format!("{name}={value}");
        for request in by_every_proxy("/app", &[("cookie", &cookie)]) {
            kit.send(request).await.is_a_bare_401();
        }
    }
    // A stale one beside the right one does no harm.
    let both = format!("{name}={flipped}; {right}");
    kit.navigate("traefik", &app("/app"), &both)
        .await
        .expect(200);
}

/// CVE-2021-32637: what cannot be read is never a pass, whatever comes with it.
#[tokio::test]
async fn cve_2021_32637_an_address_that_cannot_be_read_is_500_for_the_signed_in_too() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    kit.provider(1, "app", json!({ "skip_path_regex": ".*" }))
        .await;
    for (proto, host, uri) in [
        ("https", "ext.t.goauthentik.io", "app"),
        (
            "https",
            "ext.t.goauthentik.io",
            "https://ext.t.goauthentik.io/",
        ),
        ("https", "ext.t.goauthentik.io", "*"),
        ("https", "ext t", "/app"),
        ("https", "user@ext.t.goauthentik.io", "/app"),
        ("gopher", "ext.t.goauthentik.io", "/app"),
        ("https://", "ext.t.goauthentik.io", "/app"),
    ] {
        for name in ["traefik", "caddy"] {
            let mut request = forwarded(name, &app("/app"), &[("cookie", &cookie)]);
            let headers = request.headers_mut();
            for (header, value) in [
                ("x-forwarded-proto", proto),
                ("x-forwarded-host", host),
                ("x-forwarded-uri", uri),
            ] {
                headers.insert(header, value.parse().unwrap());
            }
            kit.send(request).await.expect(500);
        }
        let url = format!("{proto}:{host}{uri}");
        kit.send(nginx(&url, &cookie)).await.expect(500);
    }
}

/// A check by each proxy, with these headers and nothing else.
fn by_every_proxy(path: &str, headers: &[(&str, &str)]) -> [Request<String>; 4] {
    let mut nginx = nginx(&app(path), "");
    let mut envoy = envoy("ext.t.goauthentik.io", path, "");
    for request in [&mut nginx, &mut envoy] {
        request.headers_mut().remove("cookie");
        request.headers_mut().remove("accept");
        for (name, value) in headers {
            let name = http::HeaderName::try_from(*name).unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
    }
    [
        forwarded("traefik", &app(path), headers),
        forwarded("caddy", &app(path), headers),
        nginx,
        envoy,
    ]
}

#[tokio::test]
async fn cve_2026_34457_nothing_but_a_session_opens_a_guarded_path() {
    let kit = Kit::new(json!({})).await;
    for header in [
        ("user-agent", "GoogleHC/1.0"),
        ("user-agent", "kube-probe/1.30"),
        ("authorization", "Bearer x"),
        ("authorization", "Basic Zm9vOmJhcg=="),
        ("x-authentik-username", "foo"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-auth-request-redirect", "/skip"),
        ("x-rewrite-url", "/skip"),
        ("x-http-method-override", "OPTIONS"),
        ("forwarded", "host=ext.t.goauthentik.io;proto=https"),
    ] {
        for request in by_every_proxy("/app", &[header]) {
            kit.send(request).await.is_a_bare_401();
        }
    }
    let other_proxys = ("x-original-url", "https://ext.t.goauthentik.io/skip");
    for proxy in ["traefik", "caddy"] {
        let request = forwarded(proxy, &app("/app"), &[other_proxys]);
        kit.send(request).await.is_a_bare_401();
    }
}

#[tokio::test]
async fn cve_2025_64484_no_spelling_of_an_identity_header_is_read_or_answered() {
    let kit = Kit::new(json!({})).await;
    for name in [
        "x-authentik-username",
        "x_authentik_username",
        "x-authentik_username",
        "x.authentik.username",
        "x-forwarded-user",
        "x_forwarded_user",
        "remote-user",
    ] {
        for request in by_every_proxy("/app", &[(name, "mallory")]) {
            kit.send(request).await.is_a_bare_401();
        }
        for request in by_every_proxy("/skip", &[(name, "mallory")]) {
            let skip = kit.send(request).await;
            let mallory = skip.headers.values().any(|value| value == "mallory");
            assert!(!mallory, "{name}");
            skip.is_empty_200();
        }
    }
}

#[tokio::test]
async fn cve_2024_47070_an_unreadable_client_address_opens_nothing_and_closes_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    for address in ["garbage", "1.2.3.4, x", "", "999.1.1.1", "::::"] {
        let header = ("x-forwarded-for", address);
        kit.send(forwarded("traefik", &app("/"), &[header]))
            .await
            .is_a_bare_401();
        let known = forwarded("traefik", &app("/"), &[header, ("cookie", &cookie)]);
        kit.send(known).await.expect(200);
    }
}

#[tokio::test]
async fn cve_2023_36456_a_strangers_address_is_its_own_whatever_it_says() {
    let (kit, log) = Kit::with_log(json!({})).await;
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "10.0.0.1, 127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("cf-connecting-ip", "127.0.0.1"),
        ("true-client-ip", "127.0.0.1"),
        ("x-forwarded-host", "auth.t.goauthentik.io"),
    ] {
        let request = Request::get("/if/user/").header(name, value);
        let request = request.body(String::new()).unwrap();
        let answer = kit.send_from("[2001:db8::7]:4444", request).await;
        let id = answer.header("x-authentik-id").unwrap();
        let line = log.lines_with(id).concat();
        assert!(line.contains("client.address=2001:db8::7"), "{line}");
    }
}

#[tokio::test]
async fn a_trusted_proxy_names_its_client_by_chain_port_and_family() {
    let (kit, log) = Kit::with_log(json!({})).await;
    for (peer, lines, expected) in [
        ("127.0.0.1:1", &["198.51.100.4"][..], "198.51.100.4"),
        (
            "127.0.0.1:1",
            &["6.6.6.6, 198.51.100.4, 10.0.0.9"],
            "198.51.100.4",
        ),
        ("127.0.0.1:1", &["6.6.6.6", "198.51.100.4"], "198.51.100.4"),
        ("127.0.0.1:1", &["198.51.100.4:5678"], "198.51.100.4"),
        ("[::1]:1", &["[2001:db8::4]:443"], "2001:db8::4"),
        (
            "[::ffff:10.0.0.1]:1",
            &["::ffff:198.51.100.4"],
            "198.51.100.4",
        ),
        ("10.0.0.1:1", &["192.168.1.50"], "192.168.1.50"),
        ("10.0.0.1:1", &["garbage, 198.51.100.4"], "10.0.0.1"),
        ("10.0.0.1:1", &[], "10.0.0.1"),
    ] {
        let mut request = Request::get("/if/user/");
        for line in lines {
            request = request.header("x-forwarded-for", *line);
        }
        let answer = kit
            .send_from(peer, request.body(String::new()).unwrap())
            .await;
        let line = log
            .lines_with(answer.header("x-authentik-id").unwrap())
            .concat();
        let address = format!("client.address={expected} ");
        assert!(line.contains(&address), "{peer} {lines:?}: {line}");
    }
}

#[tokio::test]
async fn cve_2023_36456_a_stranger_cannot_name_a_trusted_address() {
    let kit = Kit::new(json!({})).await;
    let spoofed = [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")];
    let request = forwarded("traefik", &app("/skip"), &spoofed);
    kit.send_from("198.51.100.7:4444", request)
        .await
        .expect(500);
}

#[tokio::test]
async fn cve_2025_54576_a_public_path_in_the_query_is_not_public() {
    let kit = Kit::new(json!({ "skip_path_regex": ".*/public" })).await;
    for path in ["/secret?x=/public", "/secret#/public", "/secret?/public"] {
        kit.send(forwarded("traefik", &app(path), &[]))
            .await
            .is_a_bare_401();
    }
    kit.navigate("traefik", &app("/a/public"), "")
        .await
        .is_empty_200();
}
