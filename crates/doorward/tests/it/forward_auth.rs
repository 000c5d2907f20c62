//! The main job through real proxies: a person opens a protected app, signs in once, and is in.

use doorward_protocol::jose::{Typ, VerifyingKey, read_set, verify};
use serde_json::{Value, json};

use crate::kit::browser::Browser;
use crate::kit::echo::seen;
use crate::kit::http::{Answer, Request};
use crate::kit::proxies::Proxy;
use crate::kit::{Application, Engine, Kit, PASSWORD};

const HOST: &str = "app.localhost";

/// The twelve headers that an app gets.
const TWELVE: [&str; 12] = [
    "X-authentik-username",
    "X-authentik-groups",
    "X-authentik-entitlements",
    "X-authentik-email",
    "X-authentik-name",
    "X-authentik-uid",
    "X-authentik-jwt",
    "X-authentik-meta-jwks",
    "X-authentik-meta-outpost",
    "X-authentik-meta-provider",
    "X-authentik-meta-app",
    "X-authentik-meta-version",
];

fn guarded(engine: Engine, proxy: Proxy) -> (Kit, Application) {
    let mut kit = Kit::new(engine);
    kit.behind(proxy, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    let jose = kit.person("jose", "José Ångström");
    kit.group("Friends", &[jose]);
    (kit, app)
}

/// Opens a page of the app as a stranger, signs in, and arrives at that page.
fn in_through_the_door(kit: &Kit) -> (Browser, Value) {
    let mut browser = kit.browser();
    let wanted = kit.url(HOST, "/page?a=1&b=two%20words");
    let first = browser.step(&wanted).expect(302);
    let start = first.header("location").expect("a Location").to_owned();
    assert!(
        start.starts_with(&kit.url(HOST, "/outpost.goauthentik.io/start?rd=")),
        "an absolute address on the app's own host: {start}"
    );
    let login = browser.open(&wanted).expect(200);
    assert_eq!(login.url.host_str(), Some("auth.localhost"));
    let page = kit
        .sign_in(&mut browser, &login, "jose", PASSWORD)
        .expect(200);
    assert_eq!(
        page.url.as_str(),
        wanted,
        "back where the person wanted to go"
    );
    let seen = page.json();
    (browser, seen)
}

/// nginx drops a header that it sets to nothing; the others pass it on empty.
fn the_app_knows_who_it_is(proxy: Proxy, echo: &Value, app: &Application) {
    for name in TWELVE {
        let count = seen(echo, name).len();
        assert!(
            count == 1 || (count == 0 && proxy == Proxy::Nginx),
            "{name} {count}: {echo}"
        );
    }
    let value = |name: &str| seen(echo, name).remove(0);
    assert_eq!(value("X-authentik-username"), "jose");
    assert_eq!(value("X-authentik-name"), "José Ångström");
    assert_eq!(value("X-authentik-email"), "jose@example.org");
    assert_eq!(value("X-authentik-groups"), "Friends");
    assert_eq!(value("X-authentik-meta-app"), app.slug);
    assert!(value("X-authentik-meta-version").starts_with("goauthentik.io/outpost/"));
}

/// forward-auth.md 9: what an app finds that trusts nothing but the key set that it is told.
fn the_token_of_the_session_verifies(echo: &Value, app: &Application) {
    let value = |name: &str| seen(echo, name).remove(0);
    let address = value("X-authentik-meta-jwks");
    let path = format!("/application/o/{}/jwks/", app.slug);
    assert!(address.ends_with(&path), "{address}");
    let set = Request::get(&address).answer().expect(200);
    let keys = read_set(&set.body).expect("a key set");
    let keys: Vec<_> = keys
        .iter()
        .filter_map(|key| VerifyingKey::new(key).ok())
        .collect();
    let signed = verify(&value("X-authentik-jwt"), Typ::Jwt, &keys).expect("a good token");
    assert_eq!(signed.claims["sub"], value("X-authentik-uid"));
    let issuer = signed.claims["iss"].as_str().unwrap_or_default();
    assert_eq!(address, format!("{issuer}jwks/"));
}

/// A script that lost its session gets 401 and nothing to follow.
fn anything_but_a_navigation_gets_401(kit: &Kit) {
    let url = kit.url(HOST, "/api");
    let socket = [
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ];
    let cases = [
        (
            "fetch",
            Request::get(&url).headers(&[("Sec-Fetch-Mode", "cors"), ("Accept", "*/*")]),
        ),
        (
            "API client",
            Request::get(&url).header("Accept", "application/json"),
        ),
        (
            "XHR",
            Request::get(&url).header("X-Requested-With", "XMLHttpRequest"),
        ),
        ("POST", Request::new("POST", &url).json(&json!({}))),
        ("WebSocket", Request::get(&url).headers(&socket)),
        (
            "preflight",
            Request::new("OPTIONS", &url).header("Access-Control-Request-Method", "PUT"),
        ),
    ];
    for (what, request) in cases {
        let answer = request.answer();
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.header("location"), None, "{what}");
        assert_eq!(answer.header("set-cookie"), None, "{what}");
    }
}

fn no_other_site_answers_the_question(browser: &mut Browser, question: &str) {
    let page = browser.open(question);
    let form = Browser::filled(&page, &[("scope", "app")]);
    let sent = Request::new("POST", form.url().as_str());
    let sent = sent.body("application/x-www-form-urlencoded", form.content());
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://elsewhere.test"),
        ("Origin", "null"),
    ] {
        browser.send(&sent.clone().header(name, value)).expect(403);
    }
}

fn signing_out_of_the_app_closes_it(kit: &Kit, mut browser: Browser) {
    assert_eq!(browser.fetch(&kit.url(HOST, "/")).status, 200);
    let kept = browser.clone();
    let url = kit.url(HOST, "/outpost.goauthentik.io/sign_out");
    no_other_site_answers_the_question(&mut browser, &url);
    assert_eq!(browser.fetch(&kit.url(HOST, "/")).status, 200);
    Kit::sign_out(&mut browser, &url, "app");
    assert_eq!(browser.fetch(&kit.url(HOST, "/")).status, 401);
    assert_eq!(
        kept.clone().fetch(&kit.url(HOST, "/")).status,
        401,
        "a copy is worth nothing"
    );
}

fn the_whole_journey(engine: Engine, proxy: Proxy) {
    let (kit, app) = guarded(engine, proxy);
    anything_but_a_navigation_gets_401(&kit);
    let (mut browser, echo) = in_through_the_door(&kit);
    the_app_knows_who_it_is(proxy, &echo, &app);
    the_token_of_the_session_verifies(&echo, &app);
    let post = Request::new("POST", &kit.url(HOST, "/save")).body("text/plain", "four");
    let saved = browser.send(&post).expect(200).json();
    assert_eq!(
        (&saved["method"], &saved["body_bytes"]),
        (&json!("POST"), &json!(4))
    );
    signing_out_of_the_app_closes_it(&kit, browser);
}

#[test]
fn the_whole_journey_through_traefik_on_sqlite() {
    the_whole_journey(Engine::Sqlite, Proxy::Traefik);
}

#[test]
fn the_whole_journey_through_traefik_on_postgresql() {
    the_whole_journey(Engine::Postgres, Proxy::Traefik);
}

#[test]
fn the_whole_journey_through_traefik_with_the_outpost_router() {
    the_whole_journey(Engine::Sqlite, Proxy::TraefikWithOutpostRouter);
}

#[test]
fn the_whole_journey_through_nginx_on_sqlite() {
    the_whole_journey(Engine::Sqlite, Proxy::Nginx);
}

#[test]
fn the_whole_journey_through_nginx_on_postgresql() {
    the_whole_journey(Engine::Postgres, Proxy::Nginx);
}

#[test]
fn the_whole_journey_through_caddy_on_sqlite() {
    the_whole_journey(Engine::Sqlite, Proxy::Caddy);
}

#[test]
fn the_whole_journey_through_caddy_on_postgresql() {
    the_whole_journey(Engine::Postgres, Proxy::Caddy);
}

/// The address of the last navigation that carried the one-time ticket.
fn callback(browser: &Browser) -> String {
    let is_it = |url: &&url::Url| url.query_pairs().any(|(name, _)| name == "ticket");
    browser
        .trail
        .iter()
        .find(is_it)
        .expect("a callback in the trail")
        .to_string()
}

#[test]
fn a_callback_that_arrives_twice_gives_the_same_answer() {
    let (kit, _) = guarded(Engine::Sqlite, Proxy::Traefik);
    let mut browser = kit.browser();
    let login = browser.open(&kit.url(HOST, "/page")).expect(200);
    let before = browser.clone();
    kit.sign_in(&mut browser, &login, "jose", PASSWORD)
        .expect(200);
    let again = callback(&browser);
    let mut twin = before;
    let replayed = twin.step(&again).expect(302);
    assert_eq!(
        replayed.header("location"),
        Some(kit.url(HOST, "/page").as_str())
    );
    assert_eq!(twin.fetch(&kit.url(HOST, "/")).status, 200);
}

#[test]
fn a_foreign_callback_restarts_the_sign_in_and_lets_nobody_in() {
    let (kit, _) = guarded(Engine::Sqlite, Proxy::Traefik);
    let mut browser = kit.browser();
    let login = browser.open(&kit.url(HOST, "/page")).expect(200);
    kit.sign_in(&mut browser, &login, "jose", PASSWORD)
        .expect(200);
    let stolen = callback(&browser);
    let mut thief = kit.browser();
    let answer = thief.step(&stolen).expect(302);
    let to = answer.location().expect("a Location");
    assert!(
        to.path().starts_with("/outpost.goauthentik.io/start"),
        "{to}"
    );
    assert_eq!(thief.fetch(&kit.url(HOST, "/")).status, 401);
}

#[test]
fn parallel_anonymous_requests_never_break_a_login() {
    let (kit, _) = guarded(Engine::Sqlite, Proxy::Traefik);
    let mut browser = kit.browser();
    let login = browser.open(&kit.url(HOST, "/page")).expect(200);
    for n in 0..20 {
        let url = kit.url(HOST, &format!("/icon-{n}.png"));
        if n % 2 == 0 {
            browser.fetch(&url)
        } else {
            browser.step(&url)
        };
    }
    browser.open(&kit.url(HOST, "/other-tab")).expect(200);
    let page = kit
        .sign_in(&mut browser, &login, "jose", PASSWORD)
        .expect(200);
    assert_eq!(page.url.as_str(), kit.url(HOST, "/page"));
}

#[test]
fn a_restart_between_start_and_callback_does_no_harm() {
    let (mut kit, _) = guarded(Engine::Sqlite, Proxy::Traefik);
    let mut browser = kit.browser();
    let login = browser.open(&kit.url(HOST, "/page")).expect(200);
    kit.restart();
    let page = kit.sign_in(&mut browser, &login, "jose", PASSWORD);
    let page = if page.text().contains("name=\"password\"") {
        kit.sign_in(&mut browser, &page, "jose", PASSWORD)
    } else {
        page
    };
    assert_eq!(page.expect(200).url.as_str(), kit.url(HOST, "/page"));
}

#[test]
fn an_unknown_host_on_the_outpost_router_is_404() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::TraefikWithOutpostRouter, &[HOST]);
    kit.application("app", HOST, &json!({}));
    for path in ["start", "callback", "sign_out", "auth/traefik"] {
        let url = kit.url(
            "other.localhost",
            &format!("/outpost.goauthentik.io/{path}"),
        );
        let answer = Request::get(&url).header("Accept", "text/html").answer();
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let unknown = kit.url(HOST, "/outpost.goauthentik.io/nothing-here");
    assert_eq!(Request::get(&unknown).answer().status, 404);
}

#[test]
fn somebody_who_may_not_open_the_app_is_told_who_they_are_and_what_to_do() {
    let (kit, app) = guarded(Engine::Sqlite, Proxy::Traefik);
    let family = kit.group("Family", &[]);
    let binding = json!({ "target": app.id, "group": family, "order": 0 });
    kit.create("/policies/bindings/", &binding);
    let mut browser = kit.browser();
    let login = browser.open(&kit.url(HOST, "/page")).expect(200);
    let refused = kit
        .sign_in(&mut browser, &login, "jose", PASSWORD)
        .expect(403);
    let text = refused.text();
    for word in ["jose", "App app"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert_eq!(browser.fetch(&kit.url(HOST, "/")).status, 401);
}

#[test]
fn one_sign_in_opens_the_next_app_without_a_question() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[HOST, "other.localhost"]);
    let app = kit.application("app", HOST, &json!({}));
    kit.application("other", "other.localhost", &json!({}));
    kit.person("mia", "Mia");
    let mut browser = kit.visitor(&app.url, "mia");
    let other = browser
        .open(&kit.url("other.localhost", "/second"))
        .expect(200);
    assert_eq!(other.url.as_str(), kit.url("other.localhost", "/second"));
    assert_eq!(seen(&other.json(), "X-authentik-meta-app"), ["other"]);
}

/// The first answer after a navigation that a proxy passes on, for the three other spellings of a host.
#[test]
fn a_host_in_capitals_or_with_a_trailing_dot_is_the_same_host() {
    let (kit, _) = guarded(Engine::Sqlite, Proxy::Traefik);
    let url = kit.url(HOST, "/page");
    for host in [
        format!("APP.Localhost:{}", kit.port),
        format!("app.localhost.:{}", kit.port),
    ] {
        let request = Request::get(&url)
            .header("Host", &host)
            .headers(&[("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")]);
        let answer: Answer = request.answer().expect(302);
        let start = answer.header("location").expect("a Location");
        assert!(
            start.starts_with(&kit.url(HOST, "/outpost.goauthentik.io/start")),
            "{start}"
        );
    }
}
