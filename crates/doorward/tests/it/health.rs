//! The addresses that an operator's monitoring asks, and the end of a server.

use serde_json::Value;

use crate::kit::http::Request;
use crate::kit::server::Database;
use crate::kit::{Engine, Kit};

#[test]
fn a_new_server_is_live_and_ready_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        for path in ["/-/health/live/", "/-/health/ready/"] {
            let answer = Request::get(&kit.direct(path)).answer().expect(200);
            assert!(
                answer
                    .header("content-type")
                    .is_some_and(|t| t.contains("json")),
                "{path}"
            );
        }
        Request::new("HEAD", &kit.direct("/-/health/live/"))
            .answer()
            .expect(200);
    }
}

#[test]
fn the_healthcheck_command_agrees_with_the_server() {
    let kit = Kit::new(Engine::Sqlite);
    let listen = format!("127.0.0.1:{}", kit.server.port());
    let settings = kit
        .server
        .settings()
        .clone()
        .set("DOORWARD_LISTEN__HTTP", &listen);
    assert!(settings.run(&["healthcheck"]).status.success());
    assert!(kit.server.stop(), "SIGTERM ends it with status 0");
    assert!(!settings.run(&["healthcheck"]).status.success());
}

#[test]
fn metrics_are_served_on_their_own_port_only() {
    let kit = Kit::new(Engine::Sqlite);
    // There is nothing to tell before the first measure.
    Request::get(&kit.direct("/outpost.goauthentik.io/ping"))
        .answer()
        .expect(204);
    let metrics = kit.server.metrics().expect(200);
    assert!(metrics.text().contains("# TYPE"), "{}", metrics.text());
    Request::get(&kit.direct("/metrics")).answer().expect(404);
}

#[test]
fn a_server_that_was_stopped_starts_again_on_its_data() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        kit.person("mia", "Mia");
        assert!(kit.server.stop());
        let again = kit.another_server();
        let found = Request::get(&again.url("/api/v3/core/users/?username=mia"))
            .header("Authorization", &format!("Bearer {}", kit.token()))
            .answer()
            .expect(200)
            .json();
        assert_eq!(found["results"][0]["name"], "Mia", "{engine:?}");
    }
}

/// An operator's log collector takes one JSON object a line, and finds what a person read out to them.
#[test]
fn every_line_of_the_log_is_json_and_an_error_carries_the_reference_of_its_answer() {
    let kit = Kit::with(Engine::Postgres, &[("DOORWARD_LOG__LEVEL", "warning")]);
    let database = Database::of(kit.server.settings());
    database.cut_off();
    let failed = kit.call("GET", "/core/users/", None).expect(503);
    let reference = failed.header("x-authentik-id").expect("a reference");
    let log = kit.server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let of_it: Vec<_> = lines
        .iter()
        .filter(|line| line["span"]["request.id"] == reference || line["request.id"] == reference)
        .collect();
    assert!(of_it.iter().any(|line| line["level"] == "ERROR"), "{log}");
    database.back();
}

#[test]
fn two_servers_start_at_once_on_one_empty_database() {
    let kit = Kit::starting(Engine::Postgres);
    let other = kit.another_server();
    kit.server.wait_ready();
    for server in [&kit.server, &other] {
        Request::get(&server.url("/-/health/ready/"))
            .answer()
            .expect(200);
    }
}
