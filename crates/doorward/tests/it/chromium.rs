//! A real browser does the whole way through a real Traefik with TLS, with JavaScript and without.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::kit::process::{bare, work_tree};
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

const HOST: &str = "app.localhost";

pub(crate) fn node(script: &str) -> Command {
    let dir = work_tree().join("tests/browser");
    let mut command = bare("node");
    command.arg(script).current_dir(dir);
    command
}

pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().expect("node: scripts/install.sh test");
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

fn guarded(engine: Engine) -> Kit {
    let kit = Kit::new(engine);
    kit.application("app", HOST, &json!({}));
    kit.person("mia", "Mia Muster");
    kit
}

fn the_whole_journey(kit: &Kit) {
    let pictures = tempfile::tempdir().expect("a directory");
    let seen = tempfile::NamedTempFile::new().expect("a file");
    succeed(
        node("journey.mjs")
            .env("APP_URL", kit.url(HOST, "/"))
            .env("WHO", "mia")
            .env("PASSWORD", PASSWORD)
            .env("PICTURES", pictures.path())
            .env("SECRETS", seen.path()),
    );
    remember(kit, &std::fs::read_to_string(seen.path()).expect("a file"));
    assert_eq!(count(pictures.path()), 10, "five pictures of each journey");
}

/// What Chromium got is searched for in the logs, like what the tests' own browsers get.
fn remember(kit: &Kit, seen: &str) {
    let starting =
        |word: &'static str| seen.lines().filter_map(move |line| line.strip_prefix(word));
    for line in starting("cookie ") {
        kit.secrets().add_from_cookie(line);
    }
    for url in starting("address ") {
        kit.secrets()
            .add_from_url(&url.parse().expect("an address"));
    }
    for what in ["cookie authentik_session=", "ticket="] {
        assert!(seen.contains(what), "{what} in {seen}");
    }
}

fn count(dir: &Path) -> usize {
    std::fs::read_dir(dir).expect("a directory").count()
}

#[test]
fn chromium_does_the_whole_journey_with_javascript_on_and_off_on_sqlite() {
    let mut kit = guarded(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[HOST]);
    the_whole_journey(&kit);
}

#[test]
fn chromium_does_the_whole_journey_with_two_servers_in_turn_on_postgresql() {
    let mut kit = guarded(Engine::Postgres);
    kit.doubled().behind(Proxy::Traefik, &[HOST]);
    the_whole_journey(&kit);
    kit.assert_in_turn();
}
