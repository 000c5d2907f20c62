//! authentik's published OpenAPI file is the judge: every GET that this version serves answers what
//! the file says. `tests/contract/contract.py` asks and compares.

use serde_json::{Value, json};

use crate::kit::process::{bare, work_tree};
use crate::kit::tls::authority;
use crate::kit::{Engine, Kit};

/// What is served so far; each of these must be valid, whole.
const SERVED: [&str; 27] = [
    "/root/config/",
    "/admin/version/",
    "/admin/system/",
    "/admin/settings/",
    "/core/users/",
    "/core/groups/",
    "/core/tokens/",
    "/core/applications/",
    "/core/authenticated_sessions/",
    "/core/brands/",
    "/providers/all/",
    "/providers/proxy/",
    "/outposts/instances/",
    "/outposts/proxy/",
    "/policies/all/",
    "/policies/bindings/",
    "/flows/instances/",
    "/flows/bindings/",
    "/flows/executor/",
    "/stages/all/",
    "/stages/identification/",
    "/stages/password/",
    "/stages/user_login/",
    "/stages/user_logout/",
    "/crypto/certificatekeypairs/",
    "/events/events/",
    "/schema/",
];

/// What cannot be valid: there is no policy that one could fetch before a kind of policy exists, and
/// an exported flow is YAML, not JSON.
fn excused(verdict: &Value) -> bool {
    let path = verdict["path"].as_str().unwrap_or_default();
    let no_policy = path.starts_with("/policies/all/{") && verdict["verdict"] == "no data";
    no_policy || path == "/flows/instances/{slug}/export/"
}

fn verdicts(kit: &Kit) -> Vec<Value> {
    let tree = work_tree();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let output = bare(tree.join(".run/venv/bin/python"))
        .arg(tree.join("tests/contract/contract.py"))
        .args([
            "--base",
            kit.direct("").trim_end_matches('/'),
            "--token",
            kit.token(),
        ])
        .arg("--json")
        .arg(file.path())
        .arg("--only")
        .args(SERVED)
        .output()
        .expect("scripts/install.sh test");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&std::fs::read(file.path()).expect("verdicts")).expect("JSON")
}

#[test]
fn every_get_that_is_served_fits_the_published_contract_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        kit.application("app", "app.localhost", &json!({}));
        let guarded = kit.application("other", "other.localhost", &json!({}));
        let mia = kit.person("mia", "Mia");
        let group = kit.group("Family", &[mia]);
        kit.create(
            "/policies/bindings/",
            &json!({ "target": guarded.id, "group": group, "order": 0 }),
        );
        let pem = std::fs::read_to_string(authority().certificate()).expect("PEM");
        let certificate = json!({ "name": "Test", "certificate_data": pem });
        kit.create("/crypto/certificatekeypairs/", &certificate);
        let mut browser = kit.browser();
        let page = browser
            .open(&kit.direct("/if/flow/default-authentication-flow/"))
            .expect(200);
        kit.sign_in(&mut browser, &page, "akadmin", crate::kit::ADMIN_PASSWORD);
        let all = verdicts(&kit);
        let wrong: Vec<_> = all
            .iter()
            .filter(|v| v["verdict"] != "valid" && !excused(v))
            .collect();
        let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(all.len() > 50, "only {} operations were asked", all.len());
        assert!(
            wrong.is_empty(),
            "{engine:?}: {} of {}:\n{}",
            wrong.len(),
            all.len(),
            lines.join("\n")
        );
    }
}
