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
fn the_check_takes_64_kib_of_headers_and_refuses_1_mib_with_431_and_no_body() {
    let kit = Kit::new(Engine::Sqlite);
    kit.application("app", HOST, &json!({}));
    for (kibibytes, status) in [(64, 302), (1024, 431), (1, 302)] {
        let cookie = format!("filler={}", "x".repeat(kibibytes * 1024));
        let answer = check(&kit).header("Cookie", &cookie).answer();
        assert_eq!((answer.status, answer.text().as_str()), (status, ""));
        assert_eq!(answer.location().is_some(), status == 302);
    }
}

/// A body sent to make a group, and the answer's body.
const BROKEN: [(&str, &str); 9] = [
    (
        "{",
        r#"{"detail":"JSON parse error - EOF while parsing an object at line 1 column 1"}"#,
    ),
    (
        "[1,2",
        r#"{"detail":"JSON parse error - EOF while parsing a list at line 1 column 4"}"#,
    ),
    (
        "\u{0}",
        r#"{"detail":"JSON parse error - expected value at line 1 column 1"}"#,
    ),
    (
        "{\"name\":",
        r#"{"detail":"JSON parse error - EOF while parsing a value at line 1 column 8"}"#,
    ),
    (
        "not json",
        r#"{"detail":"JSON parse error - expected ident at line 1 column 2"}"#,
    ),
    (
        "[]",
        r#"{"non_field_errors":["Invalid data. Expected a dictionary."]}"#,
    ),
    ("{}", r#"{"name":["This field is required."]}"#),
    (
        r#"{"name":"a\u0000b"}"#,
        r#"{"name":["Null characters are not allowed."]}"#,
    ),
    (
        r#"{"name":"a","attributes":"x"}"#,
        r#"{"attributes":["Value must be a dictionary."]}"#,
    ),
];

#[test]
fn a_body_over_the_limit_is_413_and_broken_json_is_400_with_its_field() {
    let kit = Kit::new(Engine::Sqlite);
    let post = |body: &str| {
        let answer = Request::new("POST", &kit.direct("/api/v3/core/groups/"))
            .header("Authorization", &format!("Bearer {}", kit.token()))
            .body("application/json", body)
            .answer();
        assert_eq!(answer.header("content-type"), Some("application/json"));
        (answer.status, answer.text())
    };
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(16 * 1024 * 1024));
    let too_large = r#"{"detail":"The request is too large."}"#;
    assert_eq!(post(&huge), (413, too_large.to_owned()));
    for (sent, answered) in BROKEN {
        assert_eq!(post(sent), (400, answered.to_owned()), "{sent}");
    }
}

/// `X-Forwarded-Host` of a check, and what is wrong with it.
const NO_HOSTS: [(&str, &str); 8] = [
    ("", "is missing"),
    ("a b", "cannot be read"),
    ("app.localhost/evil", "cannot be read"),
    ("evil@app.localhost", "cannot be read"),
    ("app.localhost:port", "cannot be read"),
    ("app.localhost\\evil", "cannot be read"),
    ("app.localhost, evil.example.com", "has more than one value"),
    ("app.localhost,", "has more than one value"),
];

#[test]
fn requests_that_no_proxy_sends_and_hosts_that_are_none_get_500_and_the_reason() {
    let kit = Kit::new(Engine::Sqlite);
    kit.application("app", HOST, &json!({}));
    let bare = Request::get(&kit.direct("/outpost.goauthentik.io/auth/traefik"));
    let said = |host: &str| {
        bare.clone().headers(&[
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Uri", "/"),
            ("X-Forwarded-Host", host),
        ])
    };
    let is_500 = |request: Request, reason: &str| {
        let answer = request.answer().expect(500);
        let text = "The reverse proxy is not set up for forward authentication: the header";
        assert_eq!(answer.text(), format!("{text} {reason}.\n"));
        assert_eq!(answer.header("location"), None, "{reason}");
    };
    is_500(bare.clone(), "X-Forwarded-Proto is missing");
    for (host, problem) in NO_HOSTS {
        is_500(said(host), &format!("X-Forwarded-Host {problem}"));
    }
    let twice = said(HOST).header("X-Forwarded-Host", "evil.example.com");
    is_500(twice, "X-Forwarded-Host has more than one value");
}

#[test]
fn long_and_foreign_names_arrive_whole_and_line_breaks_never_make_a_header() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    let long = "ü".repeat(4 * 1024);
    let names = [
        ("jose", "José", "José"),
        ("long", &*long, &*long),
        (
            "crlf",
            "Eve\r\nX-authentik-groups: admins",
            "Eve  X-authentik-groups: admins",
        ),
    ];
    for (who, name, arrives) in names {
        kit.person(who, name);
        let mut browser = kit.visitor(&app.url, who);
        let echo = browser.fetch(&app.url).expect(200).json();
        let seen = |header: &str| crate::kit::echo::seen(&echo, header);
        assert_eq!(seen("X-authentik-username"), [who]);
        assert_eq!(seen("X-authentik-groups"), [""], "{who}");
        assert_eq!(seen("X-authentik-name"), [arrives], "{who}");
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
