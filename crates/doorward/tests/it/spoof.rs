//! Identity headers are a proxy's word alone: whatever a client sends under their names, in any
//! spelling that a backend may read as one of them, never reaches the app (deploy.md 6.3).

use serde_json::json;

use crate::kit::echo::seen;
use crate::kit::http::Request;
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit};

/// Spellings of one header that CGI, WSGI, PHP or nginx fold into one.
const SPELLINGS: [&str; 8] = [
    "X-authentik-username",
    "x-AUTHENTIK-username",
    "X_authentik_username",
    "X-authentik_username",
    "X_authentik-uid",
    "X.authentik.username",
    "X~authentik~uid",
    "X_AUTHENTIK_META_APP",
];

fn no_spelling_gets_through(proxy: Proxy) {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(proxy, &["app.localhost"]);
    let app = kit.application("app", "app.localhost", &json!({}));
    kit.person("mia", "Mia");
    let browser = kit.visitor(&app.url, "mia");
    for spelling in SPELLINGS {
        let request = Request::get(&app.url).header(spelling, "mallory");
        let cookies = browser.cookie_line(request.url());
        let request = request.header("Cookie", &cookies);
        let answer = request.answer().expect(200);
        assert!(
            !answer.text().contains("mallory"),
            "{proxy:?} {spelling}: {}",
            answer.text()
        );
        assert_eq!(
            seen(&answer.json(), "x-authentik-username"),
            ["mia"],
            "{proxy:?} {spelling}"
        );
    }
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
