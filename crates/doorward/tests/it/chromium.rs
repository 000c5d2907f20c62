//! A real browser does the whole way through a real Traefik with TLS, with JavaScript and without.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::kit::process::{bare, work_tree};
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

const HOST: &str = "app.localhost";

fn node(script: &str) -> Command {
    let dir = work_tree().join("tests/browser");
    let mut command = bare("node");
    command.arg(script).current_dir(dir);
    command
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("node: scripts/install.sh test");
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

fn guarded(engine: Engine) -> Kit {
    let mut kit = Kit::new(engine);
    kit.behind(Proxy::Traefik, &[HOST]);
    kit.application("app", HOST, &json!({}));
    kit.person("mia", "Mia Muster");
    kit
}

fn the_whole_journey(engine: Engine) {
    let kit = guarded(engine);
    let pictures = tempfile::tempdir().expect("a directory");
    succeed(
        node("journey.mjs")
            .env("APP_URL", kit.url(HOST, "/"))
            .env("WHO", "mia")
            .env("PASSWORD", PASSWORD)
            .env("PICTURES", pictures.path()),
    );
    assert_eq!(count(pictures.path()), 10, "five pictures of each journey");
}

fn count(dir: &Path) -> usize {
    std::fs::read_dir(dir).expect("a directory").count()
}

#[test]
fn chromium_does_the_whole_journey_with_javascript_on_and_off_on_sqlite() {
    the_whole_journey(Engine::Sqlite);
}

#[test]
fn chromium_does_the_whole_journey_with_javascript_on_and_off_on_postgresql() {
    the_whole_journey(Engine::Postgres);
}

#[test]
fn the_login_page_and_the_refusal_have_no_axe_violations_as_they_are_served() {
    let kit = guarded(Engine::Sqlite);
    let app = kit.get("/core/applications/app/");
    let family = kit.group("Family", &[]);
    kit.create(
        "/policies/bindings/",
        &json!({ "target": app["pk"], "group": family, "order": 0 }),
    );
    let mut browser = kit.browser();
    let login = browser.open(&kit.url(HOST, "/")).expect(200);
    let refused = kit.sign_in(&mut browser, &login, "mia", PASSWORD);
    let session = browser.cookie("authentik_session").expect("signed in");
    let cookie = format!("{}={}", session.name, session.value);
    succeed(node("axe.mjs").arg(login.url.as_str()));
    succeed(node("axe.mjs").args(["--cookie", &cookie, refused.expect(403).url.as_str()]));
}
