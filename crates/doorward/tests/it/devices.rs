//! Authenticator apps, recovery codes and passkeys in a real Chromium with a virtual authenticator,
//! through a real Traefik with TLS: set up, used, and used from the first page, on one server and with
//! each request at the other of two.

use crate::chromium::{node, succeed};
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

fn house(engine: Engine) -> Kit {
    let kit = Kit::new(engine);
    kit.person("mia", "Mia Muster");
    kit.person("dan", "Dan Dorn");
    kit
}

fn everything_beside_the_password(kit: &Kit) {
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
    let mut kit = house(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[]);
    everything_beside_the_password(&kit);
}

#[test]
fn chromium_sets_up_and_uses_apps_codes_and_passkeys_with_two_servers_in_turn_on_postgresql() {
    let mut kit = house(Engine::Postgres);
    kit.doubled().behind(Proxy::Traefik, &[]);
    everything_beside_the_password(&kit);
    kit.assert_in_turn();
}
