//! Policies through the real program: networks that need no login behind Traefik, expressions in
//! their own process, and the account of a decision.

use serde_json::{Value, json};

use crate::kit::echo::seen;
use crate::kit::http::Request;
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit};

/// Binds a policy of this kind to the application with this slug.
fn bind(kit: &Kit, slug: &str, kind: &str, fields: &Value) -> String {
    let policy = kit.create(&format!("/policies/{kind}/"), fields);
    let app = kit.get(&format!("/core/applications/{slug}/"));
    let pk = policy["pk"].as_str().unwrap().to_owned();
    let binding = json!({ "policy": pk, "target": app["pk"], "order": 0 });
    kit.create("/policies/bindings/", &binding);
    pk
}

fn networks(networks: &str) -> Value {
    json!({ "name": "home", "networks": networks, "admits_without_login": true })
}

#[test]
fn a_network_needs_no_login_through_traefik_and_the_app_is_told_of_nobody() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &["app.localhost"]);
    let app = kit.application("app", "app.localhost", &json!({}));
    let policy = bind(&kit, "app", "networks", &networks("127.0.0.0/8 ::1"));
    let asked = Request::get(&app.url)
        .header("X-authentik-username", "mallory")
        .header("X_authentik_username", "mallory");
    let echo = kit.browser().send(&asked).expect(200).json();
    assert!(!echo.to_string().contains("mallory"), "{echo}");
    assert_eq!(seen(&echo, "x-authentik-username"), [""]);
    // Somewhere else is not here, whatever the client says about itself.
    kit.patch(
        &format!("/policies/networks/{policy}/"),
        &networks("192.168.99.0/24"),
    );
    for said in ["192.168.99.5", "192.168.99.5, 192.168.99.6", "nonsense"] {
        let spoofed = Request::get(&app.url).header("X-Forwarded-For", said);
        let answer = kit.browser().send(&spoofed);
        assert_ne!(answer.status, 200, "{said}");
    }
}

#[test]
fn an_expression_decides_in_its_own_process_and_explain_tells_each_step_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        kit.application("app", "app.localhost", &json!({}));
        let mia = kit.person("mia", "Mia");
        let text = "ak_message(f\"Not for {request.user.username}.\")\nreturn str(ak_client_ip) == \"192.0.2.7\"";
        let fields = json!({ "name": "office", "expression": text });
        let policy = bind(&kit, "app", "expression", &fields);
        let tested = json!({ "user": mia, "context": {} });
        let tested = kit.call(
            "POST",
            &format!("/policies/all/{policy}/test/"),
            Some(&tested),
        );
        assert_eq!(
            tested.expect(200).json()["messages"],
            json!(["Not for mia."])
        );
        let told = explained(&kit, &["--app", "app", "--user", "mia", "--json"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["passing"], false, "{engine:?} {told}");
        assert_eq!(told["steps"][0]["name"], "office");
        let told = explained(
            &kit,
            &["--app", "app", "--user", "mia", "--ip", "192.0.2.7"],
        );
        assert!(
            told.starts_with("mia may open app.\nBinding 0 says yes"),
            "{told}"
        );
        let path = format!("/core/applications/app/explain/?for_user={mia}&ip=192.0.2.7");
        assert_eq!(kit.get(&path)["passing"], true);
        let access = kit.get(&format!(
            "/core/applications/app/check_access/?for_user={mia}"
        ));
        assert_eq!(access["messages"], json!(["Not for mia."]));
    }
}

fn explained(kit: &Kit, words: &[&str]) -> String {
    let arguments: Vec<_> = ["explain"].iter().chain(words).copied().collect();
    let output = kit.server.settings().run(&arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// An application with a public path, which only anna may open; and another one. Its expression knows
/// no path: its answer counts for all of them.
fn with_a_room(kit: &Kit) -> [String; 2] {
    let public = json!({ "skip_path_regex": "/public.*" });
    let app = kit.application("app", "app.localhost", &public);
    let other = kit.application("other", "other.localhost", &json!({}));
    let text = "return user.username == \"anna\" and http_request.path != \"/hall\"";
    let fields = json!({ "name": "room", "expression": text });
    bind(kit, "app", "expression", &fields);
    [app.url, other.url]
}

const PUBLIC: &str = "Open to everybody: this path is public.";

#[test]
fn explain_is_about_the_host_and_path_of_its_address_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kit = Kit::new(engine);
        let [app, other] = with_a_room(&kit);
        kit.person("mia", "Mia");
        kit.person("anna", "Anna");
        for page in ["room?key=1", "hall"] {
            let url = format!("{app}{page}");
            let room = explained(&kit, &["--user", "anna", "--url", &url]);
            assert!(room.starts_with("anna may open app.\nBinding 0 "), "{room}");
        }
        let told = |url: &str| explained(&kit, &["--user", "mia", "--url", url]);
        let hall = told(&format!("{app}hall"));
        assert!(hall.starts_with("mia may not open app.\n"), "{hall}");
        let public = told(&format!("{app}public/page"));
        let expected = format!("mia may open app.\n{PUBLIC}\n");
        assert!(public.starts_with(&expected), "{public}");
        // Browsers read such a path in the same way.
        let around = told(&format!("{app}public/../hall"));
        assert_eq!(around, hall);
        for (url, words) in [
            (
                format!("{other}room?key=1"),
                format!("{other}room belongs to the application other, not to app"),
            ),
            ("http://nobody.test/".into(), "no application".into()),
            ("ftp://app.localhost/".into(), "no web address".into()),
        ] {
            let arguments = ["explain", "--app", "app", "--user", "mia", "--url", &url];
            let output = kit.server.settings().run(&arguments);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && said.contains(&words), "{said}");
        }
    }
}

#[test]
fn the_api_explains_an_address_too() {
    let kit = Kit::new(Engine::Sqlite);
    let [app, other] = with_a_room(&kit);
    let mia = kit.person("mia", "Mia");
    let path = |url: &str| format!("/core/applications/app/explain/?for_user={mia}&url={url}");
    for (page, passing, public) in [("hall", false, false), ("public/page", true, true)] {
        let told = kit.get(&path(&format!("{app}{page}")));
        assert_eq!(told["passing"], passing, "{told}");
        assert_eq!(told["public"], public, "{told}");
        assert_eq!(told["decided_by"] == PUBLIC, public, "{told}");
    }
    for url in [other.as_str(), "http://nobody.test/", "nonsense"] {
        let refused = kit.call("GET", &path(url), None).expect(400).json();
        assert!(refused["url"][0].is_string(), "{refused}");
    }
}

#[test]
fn an_expression_that_cannot_be_read_is_refused_with_its_line_and_column() {
    let kit = Kit::new(Engine::Sqlite);
    let body = json!({ "name": "broken", "expression": "x = 1\nreturn x +* 2" });
    let refused = kit
        .call("POST", "/policies/expression/", Some(&body))
        .expect(400);
    let message = refused.json()["expression"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        message.starts_with("Expression Syntax Error: "),
        "{message}"
    );
    assert!(message.ends_with("(line 2, column 11)"), "{message}");
}
