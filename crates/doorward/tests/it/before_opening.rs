//! What is asked before an application opens, in a real Chromium without JavaScript, through a real
//! Traefik with TLS, on one server and with each request at the other of two.

use serde_json::json;

use crate::chromium::{node, succeed};
use crate::kit::proxies::Proxy;
use crate::kit::{Application, Engine, Kit, PASSWORD};

/// A flow that asks for an authenticator app, made by the API as an operator would.
fn step_up(kit: &Kit) -> serde_json::Value {
    let flow = kit.create(
        "/flows/instances/",
        &json!({
            "name": "Once more", "slug": "once-more", "title": "Opening %(app)s",
            "designation": "authorization", "authentication": "require_authenticated",
        }),
    );
    let stage = kit.create(
        "/stages/authenticator/validate/",
        &json!({
            "name": "once-more", "device_classes": ["totp"], "not_configured_action": "deny",
            "configuration_stages": [],
        }),
    );
    let binding = json!({ "target": flow["pk"], "stage": stage["pk"], "order": 0 });
    kit.create("/flows/bindings/", &binding);
    flow["pk"].clone()
}

/// An application with this flow before it.
fn application(kit: &Kit, slug: &str, flow: &serde_json::Value) -> Application {
    let provider = json!({ "authorization_flow": flow });
    kit.application(slug, &format!("{slug}.localhost"), &provider)
}

/// Mia, and two applications that ask for something before they open.
struct House {
    kit: Kit,
    asking: Application,
    guarded: Application,
}

fn house(engine: Engine) -> House {
    let kit = Kit::new(engine);
    kit.person("mia", "Mia Muster");
    let explicit = kit.flow("default-provider-authorization-explicit-consent");
    House {
        asking: application(&kit, "wiki", &explicit),
        guarded: application(&kit, "vault", &step_up(&kit)),
        kit,
    }
}

const HOSTS: [&str; 2] = ["wiki.localhost", "vault.localhost"];

fn consent_and_step_up(house: &House) {
    let mut command = node("before_opening.mjs");
    command
        .env("BASE", house.kit.url("auth.localhost", ""))
        .env("ASKING", &house.asking.url)
        .env("STEP_UP", &house.guarded.url)
        .env("WHO", "mia")
        .env("PASSWORD", PASSWORD);
    if let Some(pictures) = std::env::var_os("PICTURES") {
        command.env("PICTURES", pictures);
    }
    succeed(&mut command);
}

#[test]
fn chromium_without_javascript_agrees_and_steps_up_before_an_application_opens_on_sqlite() {
    let mut house = house(Engine::Sqlite);
    house.kit.behind(Proxy::Traefik, &HOSTS);
    consent_and_step_up(&house);
}

#[test]
fn the_same_with_two_servers_in_turn_on_postgresql() {
    let mut house = house(Engine::Postgres);
    house.kit.doubled().behind(Proxy::Traefik, &HOSTS);
    consent_and_step_up(&house);
    house.kit.assert_in_turn();
}
