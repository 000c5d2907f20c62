//! Places and networks from `MaxMind`'s files, where the operator has put them.

use serde_json::{Value, json};

use crate::kit::http::Request;
use crate::kit::process::work_tree;
use crate::kit::{Engine, Kit};

const SAMPLES: &str = "crates/doorward-engine/src/geo/data";

/// The event of a group made from an address.
fn made_from(kit: &Kit, address: &str, name: &str) -> Value {
    let request = Request::new("POST", &kit.direct("/api/v3/core/groups/"))
        .header("Authorization", &format!("Bearer {}", kit.token()))
        .header("X-Forwarded-For", address);
    request.json(&json!({ "name": name })).answer().expect(201);
    let event = kit.get("/events/events/?action=model_created&ordering=-created");
    event["results"][0].clone()
}

#[test]
fn events_say_where_they_come_from_if_the_operator_has_the_files() {
    let sample = |name: &str| work_tree().join(SAMPLES).join(name).display().to_string();
    let kit = Kit::with(
        Engine::Sqlite,
        &[
            (
                "AUTHENTIK_EVENTS__CONTEXT_PROCESSORS__GEOIP",
                &sample("city.mmdb"),
            ),
            (
                "AUTHENTIK_EVENTS__CONTEXT_PROCESSORS__ASN",
                &sample("asn.mmdb"),
            ),
        ],
    );
    let capabilities = kit.get("/root/config/")["capabilities"].clone();
    assert_eq!(
        capabilities,
        json!(["can_save_media", "can_geo_ip", "can_asn"])
    );
    let event = made_from(&kit, "203.0.113.7", "from Berlin");
    assert_eq!(event["client_ip"], "203.0.113.7");
    assert_eq!(event["context"]["geo"]["country"], "DE", "{event}");
    assert_eq!(event["context"]["geo"]["city"], "Berlin");
    assert_eq!(event["context"]["asn"]["as_org"], "Example Net");
    let at_home = made_from(&kit, "192.168.1.9", "from home");
    assert_eq!(at_home["client_ip"], "192.168.1.9");
    assert_eq!(at_home["context"].get("geo"), None, "{at_home}");
}

#[test]
fn without_files_nothing_is_told_of_places() {
    let kit = Kit::new(Engine::Sqlite);
    assert_eq!(
        kit.get("/root/config/")["capabilities"],
        json!(["can_save_media"])
    );
    let event = made_from(&kit, "203.0.113.7", "from Berlin");
    assert_eq!(event["context"].get("geo"), None, "{event}");
}
