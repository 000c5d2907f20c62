//! What is asked before an application opens, in a real Chromium without JavaScript, through a real
//! Traefik with TLS.

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

fn consent_and_step_up(engine: Engine) {
    let mut kit = Kit::new(engine);
    kit.behind(Proxy::Traefik, &["wiki.localhost", "vault.localhost"]);
    kit.person("mia", "Mia Muster");
    let explicit = kit.flow("default-provider-authorization-explicit-consent");
    let asking = application(&kit, "wiki", &explicit);
    let guarded = application(&kit, "vault", &step_up(&kit));
    let mut command = node("before_opening.mjs");
    command
        .env("BASE", kit.url("auth.localhost", ""))
        .env("ASKING", asking.url)
        .env("STEP_UP", guarded.url)
        .env("WHO", "mia")
        .env("PASSWORD", PASSWORD);
    if let Some(pictures) = std::env::var_os("PICTURES") {
        command.env("PICTURES", pictures);
    }
    succeed(&mut command);
}

#[test]
fn chromium_without_javascript_agrees_and_steps_up_before_an_application_opens_on_sqlite() {
    consent_and_step_up(Engine::Sqlite);
}

#[test]
fn chromium_without_javascript_agrees_and_steps_up_before_an_application_opens_on_postgresql() {
    consent_and_step_up(Engine::Postgres);
}
