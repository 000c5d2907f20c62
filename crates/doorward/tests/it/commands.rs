//! What an operator does on the command line, beside a running server and without one.

use std::process::Output;

use serde_json::json;

use crate::kit::process::until;
use crate::kit::{Engine, Kit, PASSWORD};

#[track_caller]
fn printed(kit: &Kit, arguments: &[&str]) -> String {
    let output = kit.server.settings().run(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .trim()
        .to_owned()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(link: &str) -> String {
    let url = url::Url::parse(link).expect("an absolute link");
    url[url::Position::BeforePath..].to_owned()
}

#[test]
fn a_recovery_link_signs_a_locked_out_person_in_once_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        kit.person("mia", "Mia");
        let link = printed(&kit, &["recovery-link", "mia"]);
        assert!(link.starts_with("https://auth.localhost:"), "{link}");
        let link = kit.direct(&path(&link));
        let mut browser = kit.browser();
        let page = browser.open(&link).expect(200);
        browser.submit(&page, &[]).expect(200);
        let me = browser
            .open(&kit.direct("/api/v3/core/users/me/"))
            .expect(200)
            .json();
        assert_eq!(me["user"]["username"], "mia", "{engine:?}");
        kit.browser().open(&link).expect(404);
    }
}

#[test]
fn a_made_up_password_of_a_new_administrator_signs_in() {
    let kit = Kit::new(Engine::Sqlite);
    let said = printed(
        &kit,
        &["create-admin", "root", "--email", "root@example.org"],
    );
    let (_, password) = said
        .split_once("Password: ")
        .expect("the password is printed");
    kit.secrets().add("made-up password", password);
    let mut browser = kit.browser();
    let page = browser
        .open(&kit.direct("/if/flow/default-authentication-flow/"))
        .expect(200);
    kit.sign_in(&mut browser, &page, "root", password);
    let me = browser
        .open(&kit.direct("/api/v3/core/users/me/"))
        .expect(200)
        .json();
    assert_eq!(me["user"]["is_superuser"], json!(true));
}

/// What an operator writes into a Compose file, each `$` doubled there.
#[test]
fn a_printed_hash_signs_the_first_administrator_in() {
    let kit = Kit::new(Engine::Sqlite);
    kit.secrets().add("password", PASSWORD);
    let settings = kit.server.settings();
    let printed = settings.run_with_input(&["hash-password"], PASSWORD);
    assert!(printed.status.success(), "{printed:?}");
    let hash = String::from_utf8(printed.stdout).expect("UTF-8");
    let environment = [
        ("AUTHENTIK_BOOTSTRAP_PASSWORD", ""),
        ("AUTHENTIK_BOOTSTRAP_PASSWORD_HASH", hash.trim()),
    ];
    let kit = Kit::with(Engine::Sqlite, &environment);
    let mut browser = kit.browser();
    let login = kit.direct("/if/flow/default-authentication-flow/");
    let page = browser.open(&login).expect(200);
    kit.sign_in(&mut browser, &page, "akadmin", PASSWORD);
    let me = browser.open(&kit.direct("/api/v3/core/users/me/"));
    assert_eq!(me.expect(200).json()["user"]["username"], "akadmin");
}

#[test]
fn the_setup_link_is_printed_until_set_up_is_done() {
    let kit = Kit::fresh(Engine::Sqlite);
    let link = printed(&kit, &["setup-link"]);
    assert!(
        kit.server.log().contains(&path(&link)),
        "the same as in the log"
    );
    kit.browser().open(&kit.direct(&path(&link))).expect(200);
    printed(&kit, &["create-admin"]);
    let said = complaint(&kit.server.settings().run(&["setup-link"]));
    assert!(said.contains("recovery-link"), "{said}");
    kit.secrets().allow(&path(&link));
}

#[test]
fn the_ring_gets_a_new_key_and_nobody_notices() {
    let mut kit = Kit::new(Engine::Postgres);
    kit.person("mia", "Mia");
    let mut browser = kit.browser();
    let login = kit.direct("/if/flow/default-authentication-flow/");
    let page = browser.open(&login).expect(200);
    kit.sign_in(&mut browser, &page, "mia", PASSWORD);
    let shown = "/core/tokens/authentik-bootstrap-token/view_key/";
    let mut other = kit.another_server();
    let said = printed(&kit, &["keys", "add"]);
    let (_, kid) = said.rsplit_once(' ').expect("what to run next");
    let listed = printed(&kit, &["keys", "list"]);
    assert!(listed.starts_with("k1  (current)"), "{listed}");
    kit.restart();
    assert!(other.stop());
    other = kit.another_server();
    printed(&kit, &["keys", "use", kid]);
    kit.restart();
    let me = browser.open(&kit.direct("/api/v3/core/users/me/"));
    assert_eq!(me.expect(200).json()["user"]["username"], "mia");
    assert_eq!(
        kit.get(shown)["key"],
        json!(kit.token()),
        "sealed with the old key"
    );
    let mut fresh = kit.browser();
    let page = fresh.open(&login).expect(200);
    kit.sign_in(&mut fresh, &page, "mia", PASSWORD);
    let there = fresh.open(&other.url("/api/v3/core/users/me/"));
    let there = there.expect(200).json();
    assert_eq!(
        there["user"]["username"], "mia",
        "not restarted since, and knows the key"
    );
    let said = complaint(&kit.server.settings().run(&["keys", "use", "nobody"]));
    assert!(said.contains("keys list"), "{said}");
}

/// The states of the keys of the installation's own pair, as `--json` says them.
#[track_caller]
fn states(printed: &str) -> Vec<String> {
    let pairs: serde_json::Value = serde_json::from_str(printed).expect("JSON");
    let pairs = pairs.as_array().expect("a list").clone();
    let mut own = pairs.iter().filter(|pair| pair["name"] == OWN_PAIR);
    let keys = own.next().expect("the own pair")["signing_keys"].clone();
    let state = |key: &serde_json::Value| key["state"].as_str().expect("a state").to_owned();
    keys.as_array().expect("keys").iter().map(state).collect()
}

const OWN_PAIR: &str = "authentik Self-signed Certificate";

#[test]
fn the_keys_that_sign_are_rotated_beside_a_running_server_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        let verb = |words: &[&str]| printed(&kit, &[&["signing-keys"][..], words].concat());
        let listed = verb(&["list", "--json"]);
        assert_eq!(states(&listed), ["active"], "{engine:?}: {listed}");
        assert!(!listed.contains("PRIVATE") && !listed.contains("key_data"));
        let said = verb(&["rotate", OWN_PAIR, "--overlap", "hours=2", "--json"]);
        assert_eq!(states(&said), ["next", "active"]);
        let text = verb(&["list"]);
        assert!(
            text.contains("signs from ") && text.contains(OWN_PAIR),
            "{text}"
        );
        assert_eq!(states(&verb(&["retire", OWN_PAIR, "--json"]))[0], "active");
        let pair = until("the running server hears of it", || {
            let path = "/crypto/certificatekeypairs/?name=authentik%20Self-signed%20Certificate";
            let found = kit.get(path)["results"][0].clone();
            (found["signing_keys"][0]["state"] == "active").then_some(found)
        });
        let pk = pair["pk"].as_str().expect("its uuid").to_owned();
        assert_eq!(states(&verb(&["compromised", &pk, "--json"])), ["active"]);
        let events = kit.get("/events/events/?action=secret_rotate");
        let events = events["results"].as_array().expect("events").clone();
        assert_eq!(events.len(), 3, "{events:?}");
        for event in &events {
            let by = event["context"]["http_request"]["user_agent"].as_str();
            let by = by.expect("who");
            assert!(by.starts_with("doorward signing-keys, run by "), "{by}");
        }
        let settings = kit.server.settings();
        let said = complaint(&settings.run(&["signing-keys", "rotate", "nobody's"]));
        assert!(said.contains("signing-keys list"), "{said}");
        let wrong = ["signing-keys", "rotate", OWN_PAIR, "--overlap", "days=91"];
        let said = complaint(&settings.run(&wrong));
        assert!(
            said.contains("--overlap") && said.contains("90 days"),
            "{said}"
        );
    }
}

#[test]
fn a_command_that_cannot_help_says_what_would() {
    let kit = Kit::new(Engine::Sqlite);
    let said = complaint(&kit.server.settings().run(&["recovery-link", "nobody"]));
    assert!(
        said.contains("nobody") && said.contains("create-admin"),
        "{said}"
    );
    let elsewhere = kit
        .server
        .settings()
        .clone()
        .set("DOORWARD_DATA_DIR", "elsewhere");
    for command in [
        &["recovery-link", "akadmin"][..],
        &["change-password", "akadmin"],
        &["create-admin", "akadmin"],
        &["create_admin_group", "akadmin"],
        &["setup-link"],
        &["keys", "list"],
        &["keys", "add"],
    ] {
        let said = complaint(&elsewhere.run_with_input(command, PASSWORD));
        assert!(said.contains("DOORWARD_DATA_DIR"), "{command:?}: {said}");
        assert!(
            !elsewhere.path("elsewhere").exists(),
            "{command:?} makes no store in a wrong place"
        );
    }
    assert!(kit.server.settings().run(&["worker"]).status.success());
}

/// What an operator does with a file: look, apply, look again, and hear of it when it drifts.
#[test]
fn a_blueprint_is_compared_applied_and_its_export_changes_nothing_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.to_str().expect("UTF-8").to_owned()
        };
        file("color", "blue\n");
        let crew = file(
            "crew.yaml",
            "version: 1\nentries:\n- model: authentik_core.group\n  identifiers: {name: crew}\n  \
             attrs: {attributes: {color: !File color}}\n",
        );
        let diff = printed(&kit, &["blueprint", "diff", &crew]);
        assert!(
            diff.contains("create authentik_core.group crew") && diff.contains("blue"),
            "{diff}"
        );
        assert_eq!(
            printed(&kit, &["apply_blueprint", "--dry-run", &crew]),
            diff
        );
        assert_eq!(printed(&kit, &["blueprint", "apply", &crew]), diff);
        let same = printed(&kit, &["blueprint", "apply", &crew]);
        assert!(same.ends_with("everything is so already"), "{same}");
        let everything = printed(&kit, &["export_blueprint"]);
        let everything = file("everything.yaml", &everything);
        let same = printed(&kit, &["blueprint", "diff", &everything]);
        assert!(
            same.ends_with("everything is so already"),
            "{engine:?} {same}"
        );
        let wrong = file(
            "wrong.yaml",
            "version: 1\nentries:\n- model: authentik_core.group\n  identifiers: {nam: x}\n",
        );
        let said = complaint(&kit.server.settings().run(&["blueprint", "apply", &wrong]));
        assert!(
            said.contains("wrong.yaml") && said.contains("entry 1 (line 3)"),
            "{said}"
        );
        assert_eq!(printed(&kit, &["blueprint", "drift"]), "");
    }
}
