//! The store goes away and comes back; the server is told to stop in the middle of a request.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::json;

use crate::kit::browser::Browser;
use crate::kit::http::Request;
use crate::kit::process::{DEADLINE, until, within};
use crate::kit::proxies::Proxy;
use crate::kit::server::{Database, Server};
use crate::kit::{Engine, Kit};

const HOST: &str = "app.localhost";

fn ready(kit: &Kit, status: u16) {
    let request = Request::get(&kit.direct("/-/health/ready/"));
    until(&format!("ready says {status}"), || {
        (request.answer().status == status).then_some(())
    });
}

fn stranger(kit: &Kit) -> u16 {
    let mut browser = kit.browser();
    browser.step(&kit.url(HOST, "/")).status
}

/// Strangers, with a cookie that nobody knows and with none, and whoever calls the API.
fn everybody_else_gets_503(kit: &Kit, app: &str, known: &mut Browser) {
    // For a quarter of a second the store's last answer counts as "it is there".
    until("503 for a stranger", || {
        (stranger(kit) == 503).then_some(())
    });
    let name = &known.cookie("authentik_proxy_").expect("a cookie").name;
    for cookie in [format!("{name}=x"), "a=b".to_owned()] {
        for accept in ["text/html", "application/json"] {
            let stranger = Request::get(app).header("Cookie", &cookie);
            let refused = stranger.header("Accept", accept).answer();
            assert_eq!(refused.status, 503, "{accept} {}", refused.text());
            assert_eq!(refused.header("location"), None);
        }
    }
    let users = Request::get(&kit.direct("/api/v3/core/users/"));
    let token = format!("Bearer {}", kit.token());
    users.header("Authorization", &token).answer().expect(503);
    known.fetch(app).expect(200);
}

#[test]
fn without_its_store_it_says_503_lets_known_sessions_live_and_recovers() {
    let mut kit = Kit::new(Engine::Postgres);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    kit.person("mia", "Mia");
    let mut known = kit.visitor(&app.url, "mia");
    let database = Database::of(kit.server.settings());
    // A session read while a change arrives is not kept; one of these is read in peace.
    for _ in 0..40 {
        known.fetch(&app.url).expect(200);
    }

    database.cut_off();
    ready(&kit, 503);
    Request::get(&kit.direct("/-/health/live/"))
        .answer()
        .expect(200);
    assert_eq!(
        known.fetch(&app.url).status,
        200,
        "a known session lives on"
    );
    everybody_else_gets_503(&kit, &app.url, &mut known);

    database.back();
    ready(&kit, 200);
    assert_eq!(known.fetch(&app.url).status, 200);
    assert_eq!(stranger(&kit), 302);
}

#[test]
fn without_grace_nobody_is_let_in_while_the_store_is_gone() {
    let mut kit = Kit::with(Engine::Postgres, &[("DOORWARD_STORE_GRACE", "0")]);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    kit.person("mia", "Mia");
    let mut known = kit.visitor(&app.url, "mia");
    let database = Database::of(kit.server.settings());
    database.cut_off();
    ready(&kit, 503);
    let mut last = 0;
    let refused = within(DEADLINE, || {
        last = known.fetch(&app.url).status;
        (last == 503).then_some(())
    });
    assert!(refused.is_some(), "503 for everybody, not {last}");
    database.back();
    until("in again", || {
        (known.fetch(&app.url).status == 200).then_some(())
    });
}

/// The order in which a host starts its containers is nobody's business.
#[test]
fn a_server_that_starts_before_its_store_says_so_and_becomes_ready_by_itself() {
    let mut kit = Kit::new(Engine::Postgres);
    assert!(kit.server.stop());
    let database = Database::of(kit.server.settings());
    database.cut_off();
    kit.server = Server::start_on(kit.server.settings(), kit.server.port());
    let live = Request::get(&kit.direct("/-/health/live/"));
    until("it listens", || {
        live.send()
            .is_ok_and(|answer| answer.status == 200)
            .then_some(())
    });
    let not_yet = Request::get(&kit.direct("/-/health/ready/"))
        .answer()
        .expect(503)
        .json();
    assert_eq!(not_yet["checks"]["store"], "does not answer");
    for path in [
        "/",
        "/api/v3/core/users/",
        "/outpost.goauthentik.io/auth/traefik",
    ] {
        let asked = Request::get(&kit.direct(path)).header("Accept", "text/html");
        asked.answer().expect(503);
    }
    database.back();
    kit.server.wait_ready();
    let login = kit.direct("/if/flow/default-authentication-flow/");
    kit.browser().open(&login).expect(200);
}

/// A server that accepts connections and never answers is waited for like one that refuses.
#[test]
fn a_server_whose_store_never_answers_listens_and_ends_when_it_is_told() {
    let silent = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let kit = Kit::new(Engine::Sqlite);
    assert!(kit.server.stop());
    let url = format!("postgres://u@127.0.0.1:{port}/d");
    let settings = kit.server.settings().clone();
    let waiting = Server::start(&settings.set("DOORWARD_DATABASE__URL", &url));
    let ready = Request::get(&waiting.url("/-/health/ready/"));
    until("it listens", || {
        ready
            .send()
            .is_ok_and(|answer| answer.status == 503)
            .then_some(())
    });
    waiting.find_in_log("a second try", |line| {
        line.contains("trying again").then_some(())
    });
    let listen = format!("127.0.0.1:{}", waiting.port());
    let asking = waiting
        .settings()
        .clone()
        .set("DOORWARD_LISTEN__HTTP", &listen);
    assert!(!asking.run(&["healthcheck"]).status.success());
    assert!(asking.run(&["healthcheck", "--live"]).status.success());
    assert!(waiting.stop(), "SIGTERM ends it with status 0");
}

/// nginx alone would show its own 500.
#[test]
fn through_nginx_a_stranger_sees_our_page_while_the_store_is_gone() {
    let mut kit = Kit::new(Engine::Postgres);
    kit.behind(Proxy::Nginx, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    let database = Database::of(kit.server.settings());
    database.cut_off();
    ready(&kit, 503);
    let page = until("503 for a stranger", || {
        let answer = kit.browser().step(&app.url);
        (answer.status == 503).then_some(answer)
    });
    assert!(page.header("retry-after").is_some());
    assert!(
        page.text().contains("The database does not answer"),
        "{}",
        page.text()
    );
    database.back();
    until("asked to sign in again", || {
        (stranger(&kit) == 302).then_some(())
    });
}

#[test]
fn without_doorward_no_proxy_lets_anybody_in() {
    for proxy in [Proxy::Traefik, Proxy::Nginx, Proxy::Caddy] {
        let mut kit = Kit::new(Engine::Sqlite);
        kit.behind(proxy, &[HOST]);
        let app = kit.application("app", HOST, &json!({}));
        kit.person("mia", "Mia");
        let mut known = kit.visitor(&app.url, "mia");
        known.fetch(&app.url).expect(200);
        assert!(kit.server.stop());
        for mut browser in [known, kit.browser()] {
            let status = browser.fetch(&app.url).status;
            assert!((500..600).contains(&status), "{proxy:?}: {status}");
        }
    }
}

#[test]
fn a_request_in_flight_is_answered_when_the_server_is_told_to_stop() {
    a_request_in_flight_is_answered(Server::stop);
}

/// Ctrl-C under `make run`: the shell's signal reaches the server, and so does the script's.
#[test]
fn a_request_in_flight_is_answered_when_two_signals_say_stop_at_once() {
    a_request_in_flight_is_answered(Server::stop_by_two_signals);
}

fn a_request_in_flight_is_answered(stop: fn(&Server) -> bool) {
    let kit = Kit::new(Engine::Sqlite);
    let body = r#"{"name":"finished"}"#;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, kit.server.port())).unwrap();
    let head = format!(
        "POST /api/v3/core/groups/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        kit.token(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Asked for the body: from now on the request is in flight.
    let mut asked = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut asked).unwrap();
    stream.write_all(&body.as_bytes()[..5]).unwrap();
    std::thread::scope(|scope| {
        let stopped = scope.spawn(|| stop(&kit.server));
        let refused = || TcpStream::connect((Ipv4Addr::LOCALHOST, kit.server.port())).is_err();
        until("no new connections", || refused().then_some(()));
        stream.write_all(&body.as_bytes()[5..]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert!(stopped.join().unwrap(), "ended by itself with status 0");
    });
}
