//! The store goes away and comes back; the server is told to stop in the middle of a request.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::json;

use crate::kit::http::Request;
use crate::kit::process::{DEADLINE, until, within};
use crate::kit::proxies::Proxy;
use crate::kit::server::Database;
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

#[test]
fn without_its_store_it_says_503_lets_known_sessions_live_and_recovers() {
    let mut kit = Kit::new(Engine::Postgres);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    kit.person("mia", "Mia");
    let mut known = kit.visitor(&app.url, "mia");
    let database = Database::of(kit.server.settings());
    // A session read while a change arrives is not kept; one of these is read in peace.
    for _ in 0..5 {
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
    let mut unknown = kit.browser();
    let cookie = format!(
        "{}=x",
        known.cookie("authentik_proxy_").expect("a cookie").name
    );
    let request = Request::get(&app.url)
        .header("Cookie", &cookie)
        .header("Accept", "text/html");
    let refused = unknown.send(&request).status;
    assert!(
        matches!(refused, 302 | 401 | 503),
        "never let in, never 500: {refused}"
    );
    let login = Request::get(&kit.direct("/api/v3/core/users/"))
        .header("Authorization", &format!("Bearer {}", kit.token()));
    assert_ne!(login.answer().status, 500);

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

#[test]
fn a_request_in_flight_is_answered_when_the_server_is_told_to_stop() {
    let kit = Kit::new(Engine::Sqlite);
    let body = r#"{"name":"finished"}"#;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, kit.server.port())).unwrap();
    let head = format!(
        "POST /api/v3/core/groups/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        kit.token(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..5]).unwrap();
    std::thread::scope(|scope| {
        let stopped = scope.spawn(|| kit.server.stop());
        let refused = || TcpStream::connect((Ipv4Addr::LOCALHOST, kit.server.port())).is_err();
        until("no new connections", || refused().then_some(()));
        stream.write_all(&body.as_bytes()[5..]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert!(stopped.join().unwrap(), "ended by itself with status 0");
    });
}
