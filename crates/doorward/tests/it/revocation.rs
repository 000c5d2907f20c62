//! What an administrator takes away is gone at the next check of the same process, and within one
//! second on every other process of the same store.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::kit::browser::Browser;
use crate::kit::http::{Answer, Request};
use crate::kit::process::within;
use crate::kit::proxies::Proxy;
use crate::kit::server::Server;
use crate::kit::{Application, Engine, Kit};

const HOST: &str = "app.localhost";
const LIMIT: Duration = Duration::from_secs(1);

/// A person in the one group that may open the app, signed in.
struct Scene {
    kit: Kit,
    app: Application,
    person: i64,
    group: String,
    binding: String,
    browser: Browser,
}

fn scene(engine: Engine) -> Scene {
    let mut kit = Kit::new(engine);
    kit.behind(Proxy::Traefik, &[HOST]);
    let app = kit.application("app", HOST, &json!({}));
    let person = kit.person("mia", "Mia");
    let group = kit.group("Family", &[person]);
    let binding = json!({ "target": app.id, "group": group, "order": 0 });
    let binding = kit.create("/policies/bindings/", &binding)["pk"]
        .as_str()
        .unwrap()
        .to_owned();
    let browser = kit.visitor(&app.url, "mia");
    Scene {
        kit,
        app,
        person,
        group,
        binding,
        browser,
    }
}

/// The check as Traefik asks it, at a server of choice.
fn check(server: &Server, browser: &Browser, app: &str) -> Answer {
    let url = url::Url::parse(app).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    Request::get(&server.url("/outpost.goauthentik.io/auth/traefik"))
        .headers(&[
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", &host),
            ("X-Forwarded-Uri", "/"),
            ("X-Forwarded-Method", "GET"),
            ("Cookie", &browser.cookie_line(&url)),
        ])
        .answer()
}

/// A way to take something away; it gets the API of `server`.
type Revocation = fn(&Scene, &dyn Fn(&str, &str, Option<serde_json::Value>));

const WAYS: [(&str, Revocation); 9] = [
    ("disabling the user", |s, api| {
        api(
            "PATCH",
            &format!("/core/users/{}/", s.person),
            Some(json!({ "is_active": false })),
        );
    }),
    ("deleting the user", |s, api| {
        api("DELETE", &format!("/core/users/{}/", s.person), None);
    }),
    ("leaving the group", |s, api| {
        let path = format!("/core/groups/{}/remove_user/", s.group);
        api("POST", &path, Some(json!({ "pk": s.person })));
    }),
    ("negating the binding", |s, api| {
        let path = format!("/policies/bindings/{}/", s.binding);
        api("PATCH", &path, Some(json!({ "negate": true })));
    }),
    ("revoking every session", |s, api| {
        let path = format!(
            "/core/authenticated_sessions/bulk_delete/?user_pks={}",
            s.person
        );
        api("DELETE", &path, None);
    }),
    ("deleting the session", |s, api| {
        let list = s
            .kit
            .get("/core/authenticated_sessions/?user__username=mia");
        let id = list["results"][0]["uuid"].as_str().expect("Mia's session");
        api(
            "DELETE",
            &format!("/core/authenticated_sessions/{id}/"),
            None,
        );
    }),
    ("setting another password", |s, api| {
        let body = json!({ "password": "another-kettle-on-the-sill" });
        api(
            "POST",
            &format!("/core/users/{}/set_password/", s.person),
            Some(body),
        );
    }),
    ("taking the application's provider away", |s, api| {
        let body = json!({ "provider": null });
        api(
            "PATCH",
            &format!("/core/applications/{}/", s.app.slug),
            Some(body),
        );
    }),
    ("deleting the application", |s, api| {
        api(
            "DELETE",
            &format!("/core/applications/{}/", s.app.slug),
            None,
        );
    }),
];

fn api_of(kit: &Kit, server: &Server, method: &str, path: &str, body: Option<serde_json::Value>) {
    let request = Request::new(method, &server.url(&format!("/api/v3{path}")))
        .header("Authorization", &format!("Bearer {}", kit.token()));
    let answer = body
        .map_or(request.clone(), |body| request.json(&body))
        .answer();
    assert!(
        matches!(answer.status, 200 | 204),
        "{method} {path}: {} {}",
        answer.status,
        answer.text()
    );
}

#[test]
fn cve_2025_29928_revocation_holds_at_the_next_check_of_the_same_process() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for (what, way) in WAYS {
            let scene = scene(engine);
            let kit = &scene.kit;
            assert_eq!(scene.browser.clone().fetch(&scene.app.url).status, 200);
            way(&scene, &|method, path, body| {
                api_of(kit, &kit.server, method, path, body);
            });
            let after = scene.browser.clone().fetch(&scene.app.url).status;
            assert!(
                after == 401 || after == 403 || after == 404,
                "{engine:?} {what}: {after}"
            );
        }
    }
}

#[test]
fn cve_2025_29928_revocation_reaches_another_process_on_postgresql_within_a_second() {
    for (what, way) in WAYS {
        let scene = scene(Engine::Postgres);
        let kit = &scene.kit;
        let other = kit.another_server();
        assert_eq!(
            check(&other, &scene.browser, &scene.app.url).status,
            200,
            "{what}"
        );
        way(&scene, &|method, path, body| {
            api_of(kit, &kit.server, method, path, body);
        });
        let since = Instant::now();
        let gone = within(LIMIT, || {
            (check(&other, &scene.browser, &scene.app.url).status != 200).then_some(())
        });
        assert!(
            gone.is_some(),
            "{what}: still let in after {:?}",
            since.elapsed()
        );
    }
}

#[test]
fn a_new_group_member_gets_in_on_another_process_within_a_second() {
    let mut scene = scene(Engine::Postgres);
    let other = scene.kit.another_server();
    let path = format!("/core/groups/{}/remove_user/", scene.group);
    scene
        .kit
        .call("POST", &path, Some(&json!({ "pk": scene.person })))
        .expect(204);
    let refused = |browser: &Browser| check(&other, browser, &scene.app.url).status != 200;
    within(LIMIT, || refused(&scene.browser).then_some(())).expect("refused within a second");
    let path = format!("/core/groups/{}/add_user/", scene.group);
    scene
        .kit
        .call("POST", &path, Some(&json!({ "pk": scene.person })))
        .expect(204);
    within(LIMIT, || (!refused(&scene.browser)).then_some(())).expect("let in within a second");
    scene.browser.fetch(&scene.app.url).expect(200);
}

#[test]
fn a_password_changed_on_the_command_line_ends_the_sessions_of_a_running_server_within_a_second() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let scene = scene(engine);
        let kit = &scene.kit;
        assert_eq!(
            check(&kit.server, &scene.browser, &scene.app.url).status,
            200
        );
        let new = "a-new-password-from-the-terminal";
        kit.secrets().add("password", new);
        let done = kit
            .server
            .settings()
            .run_with_input(&["change-password", "mia"], new);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let gone = within(LIMIT, || {
            (check(&kit.server, &scene.browser, &scene.app.url).status != 200).then_some(())
        });
        assert!(gone.is_some(), "{engine:?}");
    }
}
