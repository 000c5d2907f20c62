//! Authenticator apps, recovery codes and passkeys in a real Chromium with a virtual authenticator,
//! through a real Traefik with TLS.

use crate::chromium::{node, succeed};
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

fn everything_beside_the_password(engine: Engine) {
    let mut kit = Kit::new(engine);
    kit.behind(Proxy::Traefik, &[]);
    kit.person("mia", "Mia Muster");
    kit.person("dan", "Dan Dorn");
    let mut command = node("devices.mjs");
    let base = kit.url("auth.localhost", "");
    command.env("BASE", base).env("PASSWORD", PASSWORD);
    command.env("CODER", "mia").env("KEYHOLDER", "dan");
    if let Some(pictures) = std::env::var_os("PICTURES") {
        command.env("PICTURES", pictures);
    }
    succeed(&mut command);
}

#[test]
fn chromium_sets_up_and_uses_apps_codes_and_passkeys_on_sqlite() {
    everything_beside_the_password(Engine::Sqlite);
}

#[test]
fn chromium_sets_up_and_uses_apps_codes_and_passkeys_on_postgresql() {
    everything_beside_the_password(Engine::Postgres);
}
