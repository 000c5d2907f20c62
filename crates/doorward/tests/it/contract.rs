//! authentik's published OpenAPI file is the judge: every GET that this version serves answers what
//! the file says. `tests/contract/contract.py` asks and compares. And every query parameter of the
//! file is read, but those in [`LEFT_OUT`].

use std::collections::BTreeSet;

use serde_json::{Value, json};

use doorward_protocol::totp::{Digits, Key};
use doorward_protocol::webauthn::testing::SoftKey;

use crate::kit::browser::Browser;
use crate::kit::http::Request;
use crate::kit::post_office::{Line, PostOffice};
use crate::kit::process::{bare, work_tree};
use crate::kit::proxies::Proxy;
use crate::kit::tls::authority;
use crate::kit::{Engine, Kit, PASSWORD};
use crate::oauth;

/// One object of each kind that a new installation has none of, so that its pages have something to
/// show.
fn made(kit: &Kit, mia: i64) {
    let mut all = belongings(mia);
    all.extend(policies().map(|(kind, object)| (format!("/policies/{kind}/"), object)));
    all.extend(stages(kit).map(|(kind, object)| (format!("/stages/{kind}/"), object)));
    all.extend(MAPPINGS.map(|kind| {
        let mapping = json!({ "name": kind, "expression": "return {}", "static_settings": {} });
        (format!("/propertymappings/{kind}/"), mapping)
    }));
    for (path, object) in all {
        kit.create(&path, &object);
    }
}

fn belongings(mia: i64) -> Vec<(String, Value)> {
    let pem = std::fs::read_to_string(authority().certificate()).expect("PEM");
    let entry = json!({ "name": "Default login", "path": "default/10-flows.yaml" });
    let token = json!({ "identifier": "mias", "user": mia });
    let pair = json!({ "name": "Test", "certificate_data": pem });
    let lea = json!({ "username": "lea", "name": "Lea" });
    [
        ("/core/users/", lea),
        ("/core/tokens/", token),
        ("/crypto/certificatekeypairs/", pair),
        ("/managed/blueprints/", entry),
    ]
    .map(|(path, object)| (path.to_owned(), object))
    .into()
}

fn policies() -> impl Iterator<Item = (&'static str, Value)> {
    let logins = json!({ "name": "Sign-ins", "action": "login", "app": "authentik.core" });
    let home = json!({ "name": "Home", "countries": ["DE"], "asns": [64500] });
    let length = json!({ "name": "Length", "error_message": "Longer, please" });
    [
        ("dummy", json!({ "name": "Dice" })),
        ("event_matcher", logins),
        (
            "expression",
            json!({ "name": "Code", "expression": "return True" }),
        ),
        ("geoip", home),
        ("password", length),
        ("password_expiry", json!({ "name": "Age", "days": 30 })),
        ("reputation", json!({ "name": "Trouble" })),
        ("unique_password", json!({ "name": "New ones" })),
    ]
    .into_iter()
}

fn stages(kit: &Kit) -> impl Iterator<Item = (&'static str, Value)> {
    let flow = kit.get("/flows/instances/default-authentication-flow/");
    let to_flow = json!({ "name": "Elsewhere", "mode": "flow", "target_flow": flow["pk"] });
    let invitation =
        json!({ "name": "come-in", "flow": flow["pk"], "expires": "2099-01-01T00:00:00Z" });
    let source = kit.get("/sources/all/authentik-built-in/");
    let from = json!({ "name": "Elsewhere too", "source": source["pk"] });
    [
        (
            "captcha",
            json!({ "name": "Work", "public_key": "-", "private_key": "-", "js_url": "built-in" }),
        ),
        ("deny", json!({ "name": "No" })),
        ("dummy", json!({ "name": "Nothing" })),
        ("invitation/invitations", invitation),
        ("invitation/stages", json!({ "name": "Invited" })),
        ("redirect", to_flow),
        ("source", from),
        ("user_delete", json!({ "name": "Goodbye" })),
    ]
    .into_iter()
}

const MAPPINGS: [&str; 11] = [
    "notification",
    "provider/rac",
    "provider/radius",
    "provider/scim",
    "source/kerberos",
    "source/ldap",
    "source/oauth",
    "source/plex",
    "source/saml",
    "source/scim",
    "source/telegram",
];

/// What an admin's token cannot get a JSON answer from: an exported flow is YAML, and the inspector
/// tells of the run in the asking browser (its answer is judged in the web's `flow/tests/inspector.rs`).
const NO_JSON: [&str; 2] = [
    "/flows/instances/{slug}/export/",
    "/flows/inspector/{flow_slug}/",
];

fn excused(verdict: &Value) -> bool {
    NO_JSON.contains(&verdict["path"].as_str().unwrap_or_default())
}

const ASKING: &str = "whoami.localhost";

/// A consent, which nobody but its owner makes, by opening an application that asks for it.
fn agree(kit: &Kit) {
    let flow = kit.flow("default-provider-authorization-explicit-consent");
    let app = kit.application("wiki", ASKING, &json!({ "authorization_flow": flow }));
    let mut browser = kit.browser();
    let page = browser.open(&app.url).expect(200);
    let question = kit.sign_in(&mut browser, &page, "mia", PASSWORD);
    let opened = browser.submit(&question.expect(200), &[]);
    assert_eq!(opened.url.host_str(), Some(ASKING), "{}", opened.text());
}

/// A code, an access token and a refresh token, which nobody makes but an app.
fn grant(kit: &Kit) {
    let client = oauth::registered(kit, "photos");
    let mut browser = kit.browser();
    let scope = "openid offline_access";
    let spent = oauth::code(kit, &mut browser, &client, scope);
    oauth::exchanged(kit, &client, &spent);
    oauth::code(kit, &mut browser, &client, scope);
    let provider = kit.get("/providers/oauth2/")["results"][0]["pk"].clone();
    kit.create("/providers/oauth2-dcr/", &json!({ "provider": provider }));
}

fn verdicts(kit: &Kit, token: &str) -> Vec<Value> {
    let tree = work_tree();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let output = bare(tree.join(".run/venv/bin/python"))
        .arg(tree.join("tests/contract/contract.py"))
        .args([
            "--base",
            kit.direct("").trim_end_matches('/'),
            "--token",
            token,
        ])
        .arg("--json")
        .arg(file.path())
        .arg("--served")
        .arg(tree.join("docs/openapi.json"))
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

/// A device of every class, set up through the executor.
fn set_devices_up(kit: &Kit, browser: &mut Browser) {
    let flow = |class: &str| {
        kit.direct(&format!(
            "/api/v3/flows/executor/default-authenticator-{class}-setup/?query="
        ))
    };
    let mut answer = |class: &str, make: &mut dyn FnMut(&Value) -> Value| {
        let url = flow(class);
        let challenge = browser.send(&Request::get(&url)).expect(200).json();
        let mut answer = make(&challenge);
        answer["component"] = challenge["component"].clone();
        let done = browser.send(&Request::new("POST", &url).json(&answer));
        assert_eq!(done.expect(200).json()["component"], "xak-flow-redirect");
    };
    answer("totp", &mut |challenge| {
        let url: url::Url = challenge["config_url"]
            .as_str()
            .expect("text")
            .parse()
            .expect("an address");
        let (_, secret) = url
            .query_pairs()
            .find(|(name, _)| name == "secret")
            .expect("a key");
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
        let now_ms = i64::try_from(now.as_millis()).expect("before the year 292,000,000");
        json!({ "code": Key::from_base32(&secret, Digits::Six).expect("base32").code_at(now_ms) })
    });
    answer("static", &mut |_| json!({}));
    answer("webauthn", &mut |challenge| {
        let mut key = SoftKey::generate(&format!("https://auth.localhost:{}", kit.port));
        json!({ "response": key.create(&challenge["registration"]) })
    });
}

/// The device whose set-up takes two answers.
fn set_mailbox_up(kit: &Kit, browser: &mut Browser, office: &PostOffice) {
    let flow = "/api/v3/flows/executor/default-authenticator-email-setup/?query=";
    let url = kit.direct(flow);
    let mut answer = |field: &str, value: &str| {
        let body = json!({ "component": "ak-stage-authenticator-email", field: value });
        browser.send(&Request::new("POST", &url).json(&body))
    };
    answer("email", "door@example.org").expect(302);
    let letter = office.letter();
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|one| one.is_ascii_digit());
    let code = letter.split_whitespace().find(is_code).expect("a code");
    let done = answer("code", code).expect(200).json();
    assert_eq!(done["component"], "xak-flow-redirect");
}

#[test]
fn every_get_that_is_served_fits_the_published_contract_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let office = PostOffice::open(Line::Plain);
        let mut kit = Kit::with(engine, &office.environment());
        kit.behind(Proxy::Traefik, &[ASKING]);
        kit.application("app", "app.localhost", &json!({}));
        let guarded = kit.application("other", "other.localhost", &json!({}));
        let mia = kit.person("mia", "Mia");
        let group = kit.group("Family", &[mia]);
        kit.create(
            "/policies/bindings/",
            &json!({ "target": guarded.id, "group": group, "order": 0 }),
        );
        let entitlement = json!({ "name": "reader", "app": guarded.id });
        kit.create("/core/application_entitlements/", &entitlement);
        made(&kit, mia);
        agree(&kit);
        grant(&kit);
        let mut browser = kit.browser();
        let page = browser
            .open(&kit.direct("/if/flow/default-authentication-flow/"))
            .expect(200);
        kit.sign_in(&mut browser, &page, "akadmin", crate::kit::ADMIN_PASSWORD);
        set_devices_up(&kit, &mut browser);
        set_mailbox_up(&kit, &mut browser, &office);
        let all = verdicts(&kit, kit.token());
        let wrong: Vec<_> = all
            .iter()
            .filter(|v| v["verdict"] != "valid" && !excused(v))
            .collect();
        let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(all.len() > 150, "only {} operations were asked", all.len());
        assert!(
            wrong.is_empty(),
            "{engine:?}: {} of {}:\n{}",
            wrong.len(),
            all.len(),
            lines.join("\n")
        );
    }
}

/// Query parameters of the file that Doorward does not read, by operation, and why.
const LEFT_OUT: &[(&str, &[&str])] = &[
    // Objects have no attributes that an admin defines yet, so no model has.
    ("admin_models_list", &["filter_has_attributes"]),
    // The history has one entry, the set-up.
    (
        "admin_version_history_list",
        &["build", "ordering", "search", "version"],
    ),
    // Counts have an order of their own.
    ("events_events_stats_retrieve", &["ordering"]),
    ("events_events_top_per_user_list", &["ordering"]),
    ("events_events_volume_list", &["ordering"]),
    // The path names the one outpost; nothing is left to choose.
    (
        "outposts_instances_health_list",
        &[
            "managed__icontains",
            "managed__iexact",
            "name__icontains",
            "name__iexact",
            "ordering",
            "providers__isnull",
            "providers_by_pk",
            "search",
            "service_connection__name__icontains",
            "service_connection__name__iexact",
        ],
    ),
    // There is one document, in JSON and in English.
    ("schema_retrieve", &["format", "lang"]),
];

/// The query parameters of an operation; the published file names the common ones elsewhere.
fn parameters(document: &Value, operation: &Value) -> BTreeSet<String> {
    let named = |one: &Value| match one["$ref"].as_str() {
        Some(reference) => {
            let name = reference.rsplit('/').next().unwrap_or_default();
            document["components"]["parameters"][name].clone()
        }
        None => one.clone(),
    };
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(named)
        .filter(|one| one["in"] == "query")
        .filter_map(|one| one["name"].as_str().map(str::to_owned))
        .collect()
}

fn document(path: &str) -> Value {
    let text = std::fs::read_to_string(work_tree().join(path)).expect("scripts/install.sh test");
    serde_yaml_ng::from_str(&text).expect("an OpenAPI document")
}

/// Our own document is the one in the tree, which a test of the API keeps true.
#[test]
fn every_query_parameter_of_the_published_contract_is_read_or_left_out_on_purpose() {
    let published = document("tests/browser/node_modules/@goauthentik/api/schema.yml");
    let ours = document("docs/openapi.json");
    let mut missing = Vec::new();
    for (path, item) in ours["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            // What is always empty honors every filter.
            if operation["x-empty"] == true {
                continue;
            }
            let theirs = &published["paths"][path][method];
            let read = parameters(&ours, operation);
            let ignored: Vec<_> = parameters(&published, theirs)
                .difference(&read)
                .cloned()
                .collect();
            if !ignored.is_empty() {
                let id = operation["operationId"].as_str().expect("an id");
                missing.push((id.to_owned(), ignored));
            }
        }
    }
    missing.sort();
    let left_out: Vec<_> = LEFT_OUT
        .iter()
        .map(|(id, names)| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            ((*id).to_owned(), names)
        })
        .collect();
    assert_eq!(missing, left_out);
}

/// Somebody who may do nothing gets refusals, and lists of what is theirs, but never our fault.
#[test]
fn somebody_who_is_no_admin_gets_no_fault_from_any_get() {
    let kit = Kit::new(Engine::Sqlite);
    let mia = kit.person("mia", "Mia");
    let token = json!({ "identifier": "mias", "intent": "api", "user": mia, "expiring": false });
    kit.create("/core/tokens/", &token);
    let shown = kit.get("/core/tokens/mias/view_key/");
    let key = shown["key"].as_str().expect("a key");
    let all = verdicts(&kit, key);
    assert!(all.len() > 50, "only {} operations were asked", all.len());
    for verdict in all {
        let detail = verdict["detail"].as_str().unwrap_or_default();
        let is_fault = verdict["verdict"] == "error" && !detail.starts_with("403 ");
        assert!(!is_fault && verdict["verdict"] != "invalid", "{verdict}");
    }
}
