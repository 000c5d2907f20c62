//! Identity headers are a proxy's word alone: whatever a client sends under their names, in any
//! spelling that a backend may read as one of them, never reaches the app (deploy.md 6.3).

use serde_json::json;

use crate::kit::browser::Browser;
use crate::kit::echo::seen;
use crate::kit::http::Request;
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit};

/// What a header's name may hold besides letters and digits (`tchar`, RFC 9110 5.6.2). CGI, WSGI, PHP
/// or nginx fold some of them into one.
const MARKS: [char; 15] = [
    '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~',
];

/// Names that begin with the same mark, with every mark in the second place, and in two cases.
fn spellings(first: char) -> Vec<String> {
    let names = |second: char| {
        [
            format!("X{first}authentik{second}username"),
            format!("x{first}AUTHENTIK{second}Meta{second}App"),
        ]
    };
    MARKS.into_iter().flat_map(names).collect()
}

/// What the app gets from somebody signed in who sends these headers, too.
fn arrives(browser: &mut Browser, app: &str, names: &[String]) -> serde_json::Value {
    let request = names.iter().fold(Request::get(app), |request, name| {
        request.header(name, "mallory")
    });
    browser.send(&request).expect(200).json()
}

fn no_spelling_gets_through(proxy: Proxy) {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(proxy, &["app.localhost"]);
    let app = kit.application("app", "app.localhost", &json!({}));
    kit.person("mia", "Mia");
    let mut browser = kit.visitor(&app.url, "mia");
    for first in MARKS {
        let echo = arrives(&mut browser, &app.url, &spellings(first));
        assert!(
            !echo.to_string().contains("mallory"),
            "{proxy:?} {first}: {echo}"
        );
        assert_eq!(seen(&echo, "x-authentik-username"), ["mia"], "{proxy:?}");
    }
    let other = ["X-Unrelated".to_owned()];
    let echo = arrives(&mut browser, &app.url, &other);
    assert_eq!(seen(&echo, "X-Unrelated"), ["mallory"], "the app is asked");
}

#[test]
fn cve_2026_88011_header_aliases_never_reach_the_app_through_traefik() {
    no_spelling_gets_through(Proxy::Traefik);
}

#[test]
fn header_aliases_never_reach_the_app_through_nginx() {
    no_spelling_gets_through(Proxy::Nginx);
}

#[test]
fn cve_2026_30851_identity_headers_of_a_client_never_reach_the_app_through_caddy() {
    no_spelling_gets_through(Proxy::Caddy);
}
