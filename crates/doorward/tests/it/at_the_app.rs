//! What the app and its visitors get through each real proxy besides a pass: our own pages instead of
//! the proxy's, cookies without the sign-in's own, preflights.

use serde_json::json;

use crate::kit::browser::Browser;
use crate::kit::echo::seen;
use crate::kit::http::{Answer, Request};
use crate::kit::proxies::Proxy;
use crate::kit::{Application, Engine, Kit};

const HOST: &str = "app.localhost";

fn guarded(proxy: Proxy, provider: &serde_json::Value) -> (Kit, Application) {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(proxy, &[HOST, "other.localhost"]);
    let app = kit.application("app", HOST, provider);
    kit.person("mia", "Mia");
    (kit, app)
}

/// Nobody but a group without members may open the app from now on.
fn close(kit: &Kit, app: &Application) {
    let family = kit.group("Family", &[]);
    let binding = json!({ "target": app.id, "group": family, "order": 0 });
    kit.create("/policies/bindings/", &binding);
}

#[track_caller]
fn is_our_page(answer: &Answer, words: &str) {
    let text = answer.text();
    assert!(text.contains(words), "{words}: {text}");
    assert!(answer.header("content-security-policy").is_some());
}

/// nginx's own 403 and 500 pages would tell nobody anything.
fn the_refused_and_the_lost_see_our_page(proxy: Proxy) {
    let (kit, app) = guarded(proxy, &json!({}));
    let mut browser = kit.visitor(&app.url, "mia");
    close(&kit, &app);
    let refused = browser.step(&app.url).expect(403);
    is_our_page(&refused, "Mia");
    is_our_page(&refused, "App app");
    assert_eq!(browser.fetch(&app.url).status, 403);
    let unknown = browser.step(&kit.url("other.localhost", "/")).expect(404);
    is_our_page(&unknown, "other.localhost");
}

#[test]
fn the_refused_and_the_lost_see_our_page_through_traefik() {
    the_refused_and_the_lost_see_our_page(Proxy::Traefik);
}

#[test]
fn the_refused_and_the_lost_see_our_page_through_nginx() {
    the_refused_and_the_lost_see_our_page(Proxy::Nginx);
}

#[test]
fn the_refused_and_the_lost_see_our_page_through_caddy() {
    the_refused_and_the_lost_see_our_page(Proxy::Caddy);
}

/// The app's own refusals are the app's.
#[test]
fn an_error_of_the_app_itself_passes_through_nginx_untouched() {
    let (kit, app) = guarded(Proxy::Nginx, &json!({}));
    let mut browser = kit.visitor(&app.url, "mia");
    for status in [401, 403, 500] {
        let url = kit.url(HOST, &format!("/?status={status}"));
        let answer = browser.step(&url).expect(status);
        assert_eq!(answer.json()["method"], "GET", "{}", answer.text());
    }
}

fn cookies_at_the_app(kit: &Kit, browser: &Browser) -> String {
    let url = kit.url(HOST, "/");
    let request = Request::get(&url);
    let own = browser.cookie_line(request.url());
    assert!(own.contains("authentik_proxy_"), "{own}");
    let request = request.header("Cookie", &format!("lang=de; {own}; theme=dark"));
    seen(&request.answer().expect(200).json(), "Cookie").join("; ")
}

fn the_sign_ins_cookies_stay_with_us(proxy: Proxy) {
    let (kit, app) = guarded(proxy, &json!({ "hide_session_cookie": true }));
    let browser = kit.visitor(&app.url, "mia");
    assert_eq!(
        cookies_at_the_app(&kit, &browser),
        "lang=de; theme=dark",
        "{proxy:?}"
    );
}

#[test]
fn the_sign_ins_cookies_stay_with_us_behind_traefik() {
    the_sign_ins_cookies_stay_with_us(Proxy::TraefikHidingCookies);
}

#[test]
fn the_sign_ins_cookies_stay_with_us_behind_nginx() {
    the_sign_ins_cookies_stay_with_us(Proxy::Nginx);
}

#[test]
fn the_sign_ins_cookies_stay_with_us_behind_caddy() {
    the_sign_ins_cookies_stay_with_us(Proxy::Caddy);
}

fn an_app_without_the_choice_gets_all_cookies(proxy: Proxy) {
    let (kit, app) = guarded(proxy, &json!({}));
    let browser = kit.visitor(&app.url, "mia");
    let cookies = cookies_at_the_app(&kit, &browser);
    for name in ["lang=de", "authentik_proxy_", "theme=dark"] {
        assert!(cookies.contains(name), "{proxy:?} {cookies}");
    }
}

#[test]
fn an_app_without_the_choice_gets_all_cookies_behind_traefik() {
    an_app_without_the_choice_gets_all_cookies(Proxy::Traefik);
}

#[test]
fn an_app_without_the_choice_gets_all_cookies_behind_nginx() {
    an_app_without_the_choice_gets_all_cookies(Proxy::Nginx);
}

#[test]
fn an_app_without_the_choice_gets_all_cookies_behind_caddy() {
    an_app_without_the_choice_gets_all_cookies(Proxy::Caddy);
}

fn a_preflight_reaches_an_app_that_wants_it(proxy: Proxy) {
    let (kit, _) = guarded(proxy, &json!({ "let_preflights_through": true }));
    let url = kit.url(HOST, "/api");
    let asked = [
        ("Origin", "https://elsewhere.test"),
        ("Access-Control-Request-Method", "PUT"),
    ];
    let preflight = Request::new("OPTIONS", &url).headers(&asked).answer();
    let echo = preflight.expect(200).json();
    assert_eq!(echo["method"], "OPTIONS");
    assert!(seen(&echo, "X-authentik-username").concat().is_empty());
    for disguise in [
        "X-Original-Method",
        "X-Forwarded-Method",
        "X-HTTP-Method-Override",
    ] {
        let request = Request::new("PUT", &url).headers(&asked);
        let answer = request.header(disguise, "OPTIONS").answer();
        assert_eq!(answer.status, 401, "{proxy:?} {disguise}");
    }
}

#[test]
fn a_preflight_reaches_an_app_that_wants_it_through_traefik() {
    a_preflight_reaches_an_app_that_wants_it(Proxy::Traefik);
}

#[test]
fn a_preflight_reaches_an_app_that_wants_it_through_nginx() {
    a_preflight_reaches_an_app_that_wants_it(Proxy::Nginx);
}

#[test]
fn a_preflight_reaches_an_app_that_wants_it_through_caddy() {
    a_preflight_reaches_an_app_that_wants_it(Proxy::Caddy);
}

/// A page of ours with status 200 would tell Traefik and Caddy to let the request through.
#[test]
fn a_stranger_who_signs_out_sees_our_page_and_reaches_no_app_through_any_proxy() {
    for proxy in [
        Proxy::Traefik,
        Proxy::TraefikWithOutpostRouter,
        Proxy::Nginx,
        Proxy::Caddy,
    ] {
        let (kit, app) = guarded(proxy, &json!({}));
        for path in [
            "outpost.goauthentik.io/sign_out",
            "outpost.goauthentik.io/sign_out?done=app",
            "private?X-authentik-logout=true",
        ] {
            let url = format!("{}{path}", app.url);
            is_our_page(&kit.browser().step(&url), "You are signed out");
            let fetched = Request::new("POST", &url).answer();
            assert!(!fetched.text().contains("body_bytes"), "{proxy:?} {path}");
        }
    }
}

/// The addresses of the check; the old one is also the one without a slash.
const CHECKS: [&str; 9] = [
    "",
    "?traefik",
    "?nginx",
    "/",
    "/traefik",
    "/caddy",
    "/nginx",
    "/nginx/page",
    "/envoy/",
];

/// Spellings of these addresses that a proxy, or what lies behind it, may read as one of them.
const DISGUISED: [&str; 8] = [
    "//outpost.goauthentik.io/auth/traefik",
    "/outpost.goauthentik.io//auth",
    "/outpost.goauthentik.io/%61uth",
    "/outpost.goauthentik.io/%61uth/nginx",
    "/outpost.goauthentik.io/auth%2Ftraefik",
    "/outpost.goauthentik.io/x/%2E%2E%2Fauth",
    "/outpost.goauthentik.io/AUTH/caddy",
    "/outpost.goauthentik.io/auth;/traefik",
];

/// What an answer to the check tells, and a script must not read.
const TOLD: [&str; 3] = ["cookie", "x-authentik-username", "authorization"];

/// A script on a page of the app asks the check itself, and says what a proxy would say.
fn asked_by_a_script(kit: &Kit, url: &str) -> Request {
    let (page, host) = (kit.url(HOST, "/"), format!("{HOST}:{}", kit.port));
    Request::get(url).headers(&[
        ("Sec-Fetch-Mode", "cors"),
        ("X-Original-URL", &page),
        ("X-Original-URI", "/"),
        ("X-Original-Method", "GET"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", &host),
        ("X-Forwarded-Uri", "/"),
        ("X-Forwarded-Method", "GET"),
    ])
}

/// An app with everything that the check can give away, and a visitor of it.
fn an_app_with_a_password(proxy: Proxy) -> (Kit, Browser) {
    let provider = json!({
        "hide_session_cookie": true, "basic_auth_enabled": true,
        "basic_auth_user_attribute": "user", "basic_auth_password_attribute": "password",
    });
    let (kit, app) = guarded(proxy, &provider);
    let mia = kit.get("/core/users/?username=mia")["results"][0]["pk"].clone();
    let attributes = json!({ "attributes": { "user": "app", "password": "the app's own" } });
    kit.patch(&format!("/core/users/{mia}/"), &attributes);
    let browser = kit.visitor(&app.url, "mia");
    (kit, browser)
}

/// A script on the app's page could read in an answer what its cookies hold, and the app's password.
fn a_page_of_the_app_cannot_ask_the_check_itself(proxy: Proxy) {
    let (kit, mut browser) = an_app_with_a_password(proxy);
    let cookies = browser.cookie_line(Request::get(&kit.url(HOST, "/")).url());
    let direct = kit.direct("/outpost.goauthentik.io/auth");
    let by_a_proxy = asked_by_a_script(&kit, &direct).header("Cookie", &format!("{cookies}; a=b"));
    let by_a_proxy = by_a_proxy.answer().expect(200);
    assert!(TOLD.iter().all(|name| by_a_proxy.header(name).is_some()));
    let mut asked = |path: &str| {
        let url = kit.url(HOST, path);
        let answer = browser.send(&asked_by_a_script(&kit, &url));
        for header in TOLD {
            assert_eq!(answer.header(header), None, "{url}: {header}");
        }
        answer
    };
    for path in DISGUISED {
        asked(path);
    }
    for name in CHECKS {
        let answer = asked(&format!("/outpost.goauthentik.io/auth{name}"));
        // Traefik's router leaves these to the app, behind the check.
        let is_of_the_app = answer.text().starts_with('{');
        let expected = match proxy {
            Proxy::TraefikWithOutpostRouter => (200, true),
            _ => (404, false),
        };
        assert_eq!((answer.status, is_of_the_app), expected, "{}", answer.url);
    }
}

#[test]
fn a_page_of_the_app_cannot_ask_the_check_itself_through_traefik() {
    a_page_of_the_app_cannot_ask_the_check_itself(Proxy::TraefikWithOutpostRouter);
}

#[test]
fn a_page_of_the_app_cannot_ask_the_check_itself_through_nginx() {
    a_page_of_the_app_cannot_ask_the_check_itself(Proxy::Nginx);
}

#[test]
fn a_page_of_the_app_cannot_ask_the_check_itself_through_caddy() {
    a_page_of_the_app_cannot_ask_the_check_itself(Proxy::Caddy);
}

#[test]
fn case_61_without_injection_the_app_gets_the_authorization_of_the_request_through_every_proxy() {
    for proxy in [Proxy::Traefik, Proxy::Nginx, Proxy::Caddy] {
        let (kit, app) = guarded(proxy, &json!({}));
        let mut browser = kit.visitor(&app.url, "mia");
        let own = Request::get(&app.url).header("Authorization", "Bearer of-the-app");
        let echo = browser.send(&own).expect(200).json();
        let arrived = seen(&echo, "Authorization");
        assert_eq!(arrived, ["Bearer of-the-app"], "{proxy:?}");
    }
}

/// The check sees no `Upgrade`; the app does.
fn a_websocket_of_the_signed_in_reaches_the_app(proxy: Proxy) {
    let (kit, app) = guarded(proxy, &json!({}));
    let browser = kit.visitor(&app.url, "mia");
    let request = Request::get(&app.url).headers(&[
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ]);
    let stranger = request.clone().answer();
    assert_eq!(stranger.status, 401, "{proxy:?}");
    let cookies = browser.cookie_line(request.url());
    let echo = request
        .header("Cookie", &cookies)
        .answer()
        .expect(200)
        .json();
    assert_eq!(seen(&echo, "Upgrade"), ["websocket"], "{proxy:?}");
    assert_eq!(seen(&echo, "X-authentik-username"), ["mia"], "{proxy:?}");
}

#[test]
fn a_websocket_of_the_signed_in_reaches_the_app_through_every_proxy() {
    for proxy in [Proxy::Traefik, Proxy::Nginx, Proxy::Caddy] {
        a_websocket_of_the_signed_in_reaches_the_app(proxy);
    }
}
