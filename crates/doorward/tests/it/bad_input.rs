//! Input that nobody means well: each kind gets its own answer, and the server goes on.

use serde_json::json;

use crate::kit::http::Request;
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit};

const HOST: &str = "app.localhost";

fn check(kit: &Kit) -> Request {
    Request::get(&kit.direct("/outpost.goauthentik.io/auth/traefik")).headers(&[
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", &format!("{HOST}:{}", kit.port)),
        ("X-Forwarded-Uri", "/"),
        ("X-Forwarded-Method", "GET"),
        ("Accept", "text/html"),
        ("Sec-Fetch-Mode", "navigate"),
    ])
}

#[test]
fn the_check_takes_64_kib_of_headers_and_refuses_1_mib_with_431() {
    let kit = Kit::new(Engine::Sqlite);
    kit.application("app", HOST, &json!({}));
    let cookie = |bytes: usize| format!("filler={}", "x".repeat(bytes));
    check(&kit)
        .header("Cookie", &cookie(64 * 1024))
        .answer()
        .expect(302);
    check(&kit)
        .header("Cookie", &cookie(1024 * 1024))
        .answer()
        .expect(431);
    check(&kit).answer().expect(302);
}

#[test]
fn a_body_over_the_limit_is_413_and_broken_json_is_400() {
    let kit = Kit::new(Engine::Sqlite);
    let post = |body: Vec<u8>| {
        Request::new("POST", &kit.direct("/api/v3/core/groups/"))
            .header("Authorization", &format!("Bearer {}", kit.token()))
            .body("application/json", body)
            .answer()
    };
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(16 * 1024 * 1024));
    post(huge.into_bytes()).expect(413);
    for broken in ["{", "[1,2", "\u{0}", "{\"name\":", "not json"] {
        let answer = post(broken.into()).expect(400);
        assert!(answer.json().is_object(), "{broken}");
    }
    let named = post(b"{\"name\": 7, \"attributes\": \"x\"}".to_vec());
    assert_eq!(named.status, 400);
    assert!(named.json()["attributes"].is_array(), "{}", named.text());
    let missing = post(b"{}".to_vec()).expect(400).json();
    assert_eq!(missing["name"][0], "This field is required.");
}

#[test]
fn requests_that_no_proxy_sends_get_500_and_hosts_that_are_none_are_refused() {
    let kit = Kit::new(Engine::Sqlite);
    kit.application("app", HOST, &json!({}));
    let bare = Request::get(&kit.direct("/outpost.goauthentik.io/auth/traefik"));
    bare.answer().expect(500);
    for host in [
        "",
        "a b",
        "app.localhost, evil.example.com",
        "app.localhost/evil",
        "evil@app.localhost",
    ] {
        let answer = Request::get(&kit.direct("/outpost.goauthentik.io/auth/traefik"))
            .headers(&[
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-Uri", "/"),
                ("X-Forwarded-Host", host),
            ])
            .answer();
        assert!(answer.status >= 400, "{host:?}: {}", answer.status);
        assert_eq!(answer.header("location"), None, "{host:?}");
    }
}

#[test]
fn long_and_foreign_names_arrive_whole_and_line_breaks_never_make_a_header() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    let long = "ü".repeat(4 * 1024);
    let names = [
        ("jose", "José"),
        ("long", long.as_str()),
        ("crlf", "Eve\r\nX-authentik-groups: admins"),
    ];
    for (who, name) in names {
        kit.person(who, name);
        let mut browser = kit.visitor(&app.url, who);
        let echo = browser.fetch(&app.url).expect(200).json();
        let seen = |header: &str| crate::kit::echo::seen(&echo, header);
        assert_eq!(seen("X-authentik-username"), [who]);
        assert_eq!(seen("X-authentik-groups"), [""], "{who}");
        if who != "crlf" {
            assert_eq!(seen("X-authentik-name"), [name], "{who}");
        }
    }
}

#[test]
fn cve_2024_45410_a_connection_header_that_names_identity_headers_removes_none() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    kit.person("mia", "Mia");
    let browser = kit.visitor(&app.url, "mia");
    let request = Request::get(&app.url).header(
        "Connection",
        "close, X-authentik-username, X-Forwarded-Host",
    );
    let cookies = browser.cookie_line(request.url());
    let echo = request
        .header("Cookie", &cookies)
        .answer()
        .expect(200)
        .json();
    assert_eq!(
        crate::kit::echo::seen(&echo, "X-authentik-username"),
        ["mia"]
    );
}
