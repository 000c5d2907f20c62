//! A page in a real browser with `oidc-client-ts`: a public client of another origin.

use serde_json::{Value, json};

use super::house::{App, House, home, node};
use crate::chromium;
use crate::kit::{Engine, PASSWORD};

#[test]
fn a_page_with_oidc_client_ts_signs_mia_in_from_another_origin_renews_and_signs_her_out() {
    let house = House::new(Engine::Sqlite);
    let at = home();
    let registered = house.register("board", &at, &json!({ "client_type": "public" }));
    let _app = App::start(&house, &at, &registered, node("oidc-client-ts.mjs"));
    let mut driven = chromium::node("spa.mjs");
    driven
        .env("APP", &at)
        .env("WHO", "mia")
        .env("PASSWORD", PASSWORD);
    let output = driven.output().expect("node: scripts/install.sh test");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let users = said
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let users: Vec<Value> = users.collect();
    assert_eq!(users.len(), 2);
    for user in &users {
        assert_eq!(user["profile"]["preferred_username"], "mia", "{user}");
        assert_eq!(user["profile"]["email"], "mia@example.org");
        for token in ["access_token", "refresh_token", "id_token"] {
            house
                .kit
                .secrets()
                .add(token, user[token].as_str().expect("a token"));
        }
    }
}
