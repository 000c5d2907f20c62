//! What pages weigh for a person with a slow line and a slow machine (`tests/browser/weights.mjs`). The
//! limits are those that the project has set itself: they are gates, and what is measured is printed.

use serde_json::{Value, json};

use super::{APP, LOGIN};
use crate::chromium::{node, succeed};
use crate::kit::proxies::Proxy;
use crate::kit::{ADMIN_PASSWORD, Engine, Kit};

const KIB: u64 = 1024;
/// As many applications as a large household has.
const APPLICATIONS: usize = 40;

/// A page for somebody who is signed in.
fn page(name: &str, url: &str, kib: u64, requests: u64) -> Value {
    json!({ "name": name, "url": url, "bytes": kib * KIB, "requests": requests, "lcp_ms": 1200,
        "first": false, "stranger": false })
}

fn first(mut page: Value) -> Value {
    page["first"] = json!(true);
    page
}

fn stranger(mut page: Value) -> Value {
    page["stranger"] = json!(true);
    first(page)
}

#[test]
fn pages_are_light_and_stand_still_on_a_slow_line() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[APP]);
    for number in 0..APPLICATIONS {
        let host = format!("app{number}.localhost");
        kit.application(&format!("app{number}"), &host, &json!({}));
    }
    let auth = |path: &str| kit.url(LOGIN, path);
    let pages = json!([
        stranger(page(
            "login",
            &auth("/if/flow/default-authentication-flow/"),
            20,
            3
        )),
        first(page("library", &auth("/if/user/"), 100, 3)),
        first(page("console home", &auth("/if/admin/"), 40, 4)),
        page("console events", &auth("/if/admin/events/"), 8, 1),
        page("console search", &auth("/if/admin/search/?q=app"), 8, 1),
        page(
            "console applications",
            &auth("/if/admin/applications/"),
            8,
            1
        ),
        page(
            "console connect",
            &auth("/if/admin/applications/app1/connect/"),
            8,
            1
        ),
    ]);
    let who = json!({ "url": auth("/if/admin/"), "who": "akadmin", "password": ADMIN_PASSWORD });
    let mut command = node("weights.mjs");
    command.env("PAGES", pages.to_string());
    succeed(command.env("SIGN_IN", who.to_string()));
}
