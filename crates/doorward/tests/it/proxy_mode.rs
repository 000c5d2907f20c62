//! Proxy mode: Doorward carries the requests itself, behind a Traefik that only ends TLS, and guards
//! what it carries (forward-auth.md 5.5, 10 to 13).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::browser::Browser;
use crate::kit::echo::{Echo, seen};
use crate::kit::http::{Answer, Request};
use crate::kit::proxies::Proxy;
use crate::kit::tls::authority;
use crate::kit::{Application, Engine, Kit};

const HOST: &str = "other.localhost";

fn carried(engine: Engine, provider: &Value) -> (Kit, Application) {
    let mut kit = Kit::new(engine);
    kit.behind_with(Proxy::Traefik, &["app.localhost"], &[HOST]);
    let app = of(&kit, provider);
    (kit, app)
}

/// The carried application of a kit; `provider` overrides fields of its provider.
fn of(kit: &Kit, provider: &Value) -> Application {
    let mut fields = json!({
        "mode": "proxy", "internal_host": format!("http://127.0.0.1:{}", kit.echo.port()),
        "skip_path_regex": "/public.*",
    });
    for (name, value) in provider.as_object().unwrap() {
        fields[name] = value.clone();
    }
    let app = kit.application("app", HOST, &fields);
    kit.person("mia", "Mia Muster");
    app
}

/// What reached the application.
#[track_caller]
fn echo(answer: &Answer) -> Value {
    let text = answer.text();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{} {text}", answer.status))
}

fn a_person_reaches_the_app_and_the_app_hears_who_asks(engine: Engine) {
    let (kit, app) = carried(engine, &json!({}));
    let page = format!("{}page?q=1", app.url);
    let mut browser = kit.browser();
    let card = browser.open(&page).expect(200);
    let answer = kit.sign_in(&mut browser, &card, "mia", crate::kit::PASSWORD);
    let seen_by_app = echo(&answer.expect(200));
    assert_eq!(seen_by_app["target"], "/page?q=1");
    for (name, value) in [
        ("X-authentik-username", "mia"),
        ("X-authentik-name", "Mia Muster"),
        ("X-authentik-email", "mia@example.org"),
        ("X-authentik-meta-app", "app"),
        ("X-authentik-groups", ""),
        ("X-Forwarded-Proto", "https"),
    ] {
        assert_eq!(seen(&seen_by_app, name), [value], "{name}");
    }
    let host = format!("{HOST}:{}", kit.port);
    assert_eq!(seen(&seen_by_app, "Host"), [host.as_str()]);
    assert_eq!(seen(&seen_by_app, "X-Forwarded-Host"), [host.as_str()]);
    let cookies = seen(&seen_by_app, "Cookie").concat();
    assert!(!cookies.contains("authentik"), "{cookies}");
}

#[test]
fn a_person_reaches_the_app_and_the_app_hears_who_asks_on_sqlite() {
    a_person_reaches_the_app_and_the_app_hears_who_asks(Engine::Sqlite);
}

#[test]
fn a_person_reaches_the_app_and_the_app_hears_who_asks_on_postgresql() {
    a_person_reaches_the_app_and_the_app_hears_who_asks(Engine::Postgres);
}

/// forward-auth.md case 47, and 5.5: what is no navigation is told, not led.
#[test]
fn case_47_nobody_gets_through_and_a_page_leads_to_the_start() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let denied = kit.browser().step(&format!("{}foo/bar/baz", app.url));
    let origin = app.url.trim_end_matches('/');
    let wanted = format!("{origin}/foo/bar/baz");
    let wanted: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    let location = denied.expect(302).header("location").unwrap().to_owned();
    assert_eq!(
        location,
        format!("{origin}/outpost.goauthentik.io/start?rd={wanted}")
    );
    let posted = Request::new("POST", &app.url)
        .body("text/plain", "x")
        .answer();
    assert!(posted.expect(401).header("set-cookie").is_none());
    let host = format!("{HOST}:{}", kit.port);
    for path in [
        "/outpost.goauthentik.io-x",
        "/%6futpost.goauthentik.io/ping",
        "/-/health/live/",
        "/api/v3/root/config/",
    ] {
        let asked = Request::get(&kit.direct(path)).header("Host", &host);
        assert_eq!(asked.answer().status, 401, "{path}");
    }
}

#[test]
fn nobody_names_themselves_to_a_carried_app_not_even_on_a_public_path() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let forged = [
        ("X-authentik-username", "akadmin"),
        ("X_authentik_username", "akadmin"),
        ("X-Authentik-Is-Superuser", "true"),
        ("Connection", "X-authentik-uid"),
        ("Forwarded", "for=192.0.2.1"),
    ];
    let public = Request::get(&format!("{}public/x", app.url))
        .headers(&forged)
        .answer();
    let public = echo(&public.expect(200));
    let browser = kit.visitor(&app.url, "mia");
    let request = Request::get(&app.url);
    let cookies = browser.cookie_line(request.url());
    let private = request.header("Cookie", &cookies).headers(&forged).answer();
    let private = echo(&private.expect(200));
    for (answer, name) in [(&public, ""), (&private, "mia")] {
        assert_eq!(seen(answer, "X-authentik-username"), [name]);
        assert_eq!(seen(answer, "X-authentik-uid").len(), 1, "{answer}");
        for gone in [
            "X_authentik_username",
            "X-Authentik-Is-Superuser",
            "Forwarded",
        ] {
            assert!(seen(answer, gone).is_empty(), "{gone}");
        }
    }
}

#[test]
fn a_body_larger_than_our_own_pages_take_goes_through_whole() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let browser = kit.visitor(&app.url, "mia");
    let request = Request::new("PUT", &format!("{}upload", app.url));
    let cookies = browser.cookie_line(request.url());
    let body = vec![b'x'; 5 * 1024 * 1024];
    let request = request.body("application/octet-stream", body);
    let answer = echo(&request.header("Cookie", &cookies).answer().expect(200));
    assert_eq!(answer["body_bytes"], 5 * 1024 * 1024);
    assert_eq!(answer["method"], "PUT");
}

#[test]
fn somebody_without_access_sees_our_page_and_the_app_sees_nobody() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let mut browser = kit.visitor(&app.url, "mia");
    let family = kit.group("Family", &[]);
    kit.create(
        "/policies/bindings/",
        &json!({ "target": app.id, "group": family, "order": 0 }),
    );
    let refused = browser.step(&app.url).expect(403);
    assert!(refused.text().contains("App app"), "{}", refused.text());
    assert_eq!(browser.fetch(&app.url).status, 403);
}

#[test]
fn signing_out_at_a_carried_app_ends_its_session() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let mut browser = kit.visitor(&app.url, "mia");
    let sign_out = format!("{}?X-authentik-logout=true", app.url);
    Kit::sign_out(&mut browser, &sign_out, "app").expect(200);
    assert_eq!(browser.fetch(&app.url).status, 401);
}

/// A provider that is carried is none that another proxy may ask about.
#[test]
fn a_check_of_another_proxy_never_passes_for_a_carried_app() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let browser = kit.visitor(&app.url, "mia");
    let cookies = browser.cookie_line(Request::get(&app.url).url());
    let host = format!("{HOST}:{}", kit.port);
    let check = Request::get(&kit.direct("/outpost.goauthentik.io/auth/traefik"))
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", &host)
        .header("X-Forwarded-Uri", "/")
        .header("Cookie", &cookies);
    assert_eq!(check.answer().status, 404);
}

/// An app password of Mia's.
fn app_password(kit: &Kit, user: i64) -> String {
    let token = json!({ "identifier": "mias", "intent": "app_password", "user": user });
    kit.create("/core/tokens/", &token);
    let key = kit.get("/core/tokens/mias/view_key/")["key"].clone();
    let key = key.as_str().unwrap().to_owned();
    kit.secrets().add("app password", &key);
    key
}

fn mias_id(kit: &Kit) -> i64 {
    kit.get("/core/users/?username=mia")["results"][0]["pk"]
        .as_i64()
        .unwrap()
}

fn basic(user: &str, password: &str) -> String {
    let value = doorward_protocol::forward_auth::basic_authorization(user, password).unwrap();
    value.to_str().unwrap().to_owned()
}

/// forward-auth.md cases 60 to 62.
#[test]
fn cases_60_to_62_the_app_never_sees_credentials_that_were_for_us() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let mia = mias_id(&kit);
    let key = app_password(&kit, mia);
    let with = |authorization: &str| {
        echo(
            &Request::get(&app.url)
                .header("Authorization", authorization)
                .answer()
                .expect(200),
        )
    };
    for own in [
        basic("MIA", &key),
        basic("goauthentik.io/token", &key),
        format!("bearer {key}"),
    ] {
        let answer = with(&own);
        assert_eq!(seen(&answer, "X-authentik-username"), ["mia"]);
        assert!(seen(&answer, "Authorization").is_empty(), "{answer}");
    }
    let browser = kit.visitor(&app.url, "mia");
    let cookies = browser.cookie_line(Request::get(&app.url).url());
    let in_session = || {
        let request = Request::get(&app.url).header("Cookie", &cookies);
        let answer = request
            .header("Authorization", "Bearer the-apps-own")
            .answer();
        seen(&echo(&answer.expect(200)), "Authorization")
    };
    assert_eq!(in_session(), ["Bearer the-apps-own"]);
    let provider = kit.get("/providers/proxy/")["results"][0]["pk"].clone();
    let injects = json!({
        "basic_auth_enabled": true,
        "basic_auth_user_attribute": "app_user", "basic_auth_password_attribute": "app_secret",
    });
    kit.patch(&format!("/providers/proxy/{provider}/"), &injects);
    let attributes = json!({ "attributes": { "app_user": "svc", "app_secret": "secret" } });
    kit.patch(&format!("/core/users/{mia}/"), &attributes);
    assert_eq!(in_session(), ["Basic c3ZjOnNlY3JldA=="]);
    assert_eq!(
        seen(&with(&basic("mia", &key)), "Authorization"),
        ["Basic c3ZjOnNlY3JldA=="]
    );
}

/// forward-auth.md 13: wrong credentials are told, and leave nothing behind.
fn wrong_credentials_open_nothing(engine: Engine) {
    let (kit, app) = carried(engine, &json!({}));
    let mia = mias_id(&kit);
    let key = app_password(&kit, mia);
    let ask = |authorization: &str| {
        Request::get(&app.url)
            .header("Authorization", authorization)
            .answer()
    };
    assert_eq!(ask(&basic("mia", &key)).status, 200);
    let sessions = kit.get("/core/authenticated_sessions/")["pagination"]["count"].clone();
    for wrong in [
        basic("tom", &key),
        basic("mia", crate::kit::PASSWORD),
        basic("goauthentik.io/token", "x"),
        format!("Bearer {}", kit.token()),
        "Bearer x".to_owned(),
    ] {
        let answer = ask(&wrong).expect(401);
        let challenge = answer.header("www-authenticate").unwrap().to_owned();
        assert!(challenge.starts_with("Basic "), "{challenge}");
    }
    let page = Request::get(&app.url).header("Accept", "text/html");
    let page = page
        .header("Authorization", "Bearer x")
        .answer()
        .expect(401);
    assert!(page.text().contains("These credentials are not right"));
    let now = kit.get("/core/authenticated_sessions/")["pagination"]["count"].clone();
    assert_eq!(sessions, now, "credentials begin no session");
    kit.patch(
        &format!("/core/users/{mia}/"),
        &json!({ "is_active": false }),
    );
    assert_eq!(ask(&basic("mia", &key)).status, 401);
    kit.patch(
        &format!("/core/users/{mia}/"),
        &json!({ "is_active": true }),
    );
    assert_eq!(ask(&basic("mia", &key)).status, 200);
    kit.call("DELETE", "/core/tokens/mias/", None).expect(204);
    assert_eq!(ask(&basic("mia", &key)).status, 401);
}

#[test]
fn wrong_credentials_open_nothing_on_sqlite() {
    wrong_credentials_open_nothing(Engine::Sqlite);
}

#[test]
fn wrong_credentials_open_nothing_on_postgresql() {
    wrong_credentials_open_nothing(Engine::Postgres);
}

#[test]
fn credentials_count_only_where_the_provider_looks_at_them() {
    let (kit, app) = carried(Engine::Sqlite, &json!({ "intercept_header_auth": false }));
    let key = app_password(&kit, mias_id(&kit));
    let request = Request::get(&app.url).header("Authorization", &basic("mia", &key));
    let challenge = request.answer().expect(401);
    assert!(
        challenge
            .header("www-authenticate")
            .unwrap()
            .starts_with("Cookie ")
    );
}

fn a_script_with_an_app_password_passes_behind(proxy: Proxy) {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(proxy, &["app.localhost"]);
    let app = kit.application("app", "app.localhost", &json!({}));
    let key = app_password(&kit, kit.person("mia", "Mia"));
    let request = Request::get(&app.url).header("Authorization", &basic("mia", &key));
    let answer = echo(&request.answer().expect(200));
    assert_eq!(seen(&answer, "X-authentik-username"), ["mia"], "{proxy:?}");
    let wrong = Request::get(&app.url).header("Authorization", &basic("mia", "x"));
    assert_eq!(wrong.answer().status, 401, "{proxy:?}");
}

#[test]
fn a_script_with_an_app_password_passes_behind_traefik() {
    a_script_with_an_app_password_passes_behind(Proxy::Traefik);
}

#[test]
fn a_script_with_an_app_password_passes_behind_nginx() {
    a_script_with_an_app_password_passes_behind(Proxy::Nginx);
}

#[test]
fn a_script_with_an_app_password_passes_behind_caddy() {
    a_script_with_an_app_password_passes_behind(Proxy::Caddy);
}

/// A connection to Doorward itself, asking for a carried address as Traefik would.
fn raw(kit: &Kit, browser: &Browser, path: &str, more: &str) -> TcpStream {
    let url = kit.url(HOST, path);
    let cookies = browser.cookie_line(Request::get(&url).url());
    let mut stream = TcpStream::connect(("127.0.0.1", kit.server.port())).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {HOST}:{}\r\nX-Forwarded-Proto: https\r\nCookie: {cookies}\r\n{more}\r\n",
        kit.port
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Reads until `wanted` has come; everything up to there.
#[track_caller]
fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    let mut bytes = [0; 512];
    while !String::from_utf8_lossy(&read).contains(wanted) {
        let length = stream.read(&mut bytes).unwrap();
        assert_ne!(
            length,
            0,
            "it ended after {:?}",
            String::from_utf8_lossy(&read)
        );
        read.extend_from_slice(&bytes[..length]);
    }
    String::from_utf8(read).unwrap()
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n";

#[test]
fn a_web_socket_is_open_for_whoever_may_and_closes_when_their_session_ends() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let stranger = kit.browser();
    let refused = read_until(&mut raw(&kit, &stranger, "/socket", UPGRADE), "\r\n\r\n");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let browser = kit.visitor(&app.url, "mia");
    let mut socket = raw(&kit, &browser, "/socket", UPGRADE);
    let opened = read_until(&mut socket, "\r\n\r\n");
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    for word in ["one", "two"] {
        socket.write_all(word.as_bytes()).unwrap();
        assert_eq!(read_until(&mut socket, word), word);
    }
    let mia = mias_id(&kit);
    let ended = format!("/core/authenticated_sessions/bulk_delete/?user_pks={mia}");
    kit.call("DELETE", &ended, None).expect(200);
    let asked = Instant::now();
    assert_eq!(
        socket.read(&mut [0; 16]).unwrap_or(0),
        0,
        "the tunnel is closed"
    );
    assert!(
        asked.elapsed() < Duration::from_secs(15),
        "{:?}",
        asked.elapsed()
    );
}

#[test]
fn an_event_stream_arrives_while_it_goes_on() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let browser = kit.visitor(&app.url, "mia");
    let mut stream = raw(&kit, &browser, "/events", "");
    let read = read_until(&mut stream, "data: 1");
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    assert!(
        read.to_ascii_lowercase().contains("text/event-stream"),
        "{read}"
    );
}

#[test]
fn an_app_that_is_away_or_is_doorward_itself_is_said_so() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let mut browser = kit.visitor(&app.url, "mia");
    let provider = kit.get("/providers/proxy/")["results"][0]["pk"].clone();
    let leads_to = |port: u16| {
        let host = json!({ "internal_host": format!("http://127.0.0.1:{port}") });
        kit.patch(&format!("/providers/proxy/{provider}/"), &host);
    };
    leads_to(crate::kit::ports::free_port());
    let away = browser.step(&app.url).expect(502);
    assert!(away.text().contains("does not answer"), "{}", away.text());
    assert_eq!(
        browser.fetch(&app.url).expect(502).json()["detail"],
        "The application does not answer."
    );
    leads_to(kit.server.port());
    let round = browser.step(&app.url).expect(508);
    assert!(round.text().contains("Doorward itself"), "{}", round.text());
}

#[test]
fn the_apps_certificate_counts_unless_the_provider_says_not() {
    let ca = authority().ca();
    let app_over_tls = Echo::start_tls();
    let provider = json!({ "internal_host": format!("https://127.0.0.1:{}", app_over_tls.port()) });
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind_with(Proxy::Traefik, &["app.localhost"], &[HOST]);
    let app = of(&kit, &provider);
    let mut browser = kit.browser();
    let card = browser.open(&app.url).expect(200);
    let untrusted = kit.sign_in(&mut browser, &card, "mia", crate::kit::PASSWORD);
    untrusted.expect(502);
    let id = kit.get("/providers/proxy/")["results"][0]["pk"].clone();
    let unchecked = json!({ "internal_host_ssl_validation": false });
    kit.patch(&format!("/providers/proxy/{id}/"), &unchecked);
    assert_eq!(echo(&browser.step(&app.url).expect(200))["target"], "/");
    drop(kit);
    let ca = ca.to_str().unwrap();
    let mut kit = Kit::with(Engine::Sqlite, &[("SSL_CERT_FILE", ca)]);
    kit.behind_with(Proxy::Traefik, &["app.localhost"], &[HOST]);
    let app = of(&kit, &provider);
    let mut browser = kit.visitor(&app.url, "mia");
    assert_eq!(echo(&browser.step(&app.url).expect(200))["target"], "/");
}

/// A change of the provider holds for the next request, also of a long-lived browser.
#[test]
fn a_provider_that_is_carried_no_longer_is_nobodys_host() {
    let (kit, app) = carried(Engine::Sqlite, &json!({}));
    let mut browser = kit.visitor(&app.url, "mia");
    assert_eq!(browser.step(&app.url).status, 200);
    let provider = kit.get("/providers/proxy/")["results"][0]["pk"].clone();
    kit.call("DELETE", &format!("/providers/proxy/{provider}/"), None)
        .expect(204);
    assert!(!browser.step(&app.url).text().contains("body_bytes"));
}
