//! The brand of a host, as pages and front-ends ask for it.

use std::sync::Arc;

use doorward_protocol::host::is_under;
use serde_json::{Map, Value, json};

use super::settings;
use crate::engine::Engine;
use crate::resource::present::themed;
use crate::snapshot::{Object, Snapshot};

/// The flows that a brand may name; front-ends read them as slugs.
const FLOWS: [&str; 9] = [
    "flow_authentication",
    "flow_user_switch",
    "flow_invalidation",
    "flow_recovery",
    "flow_unenrollment",
    "flow_user_settings",
    "flow_device_code",
    "flow_lockdown",
    "flow_request",
];

/// The brand of a host, signed in or not.
pub fn current_brand(engine: &Engine, host: &str) -> Value {
    let snapshot = engine.snapshot();
    let brand = brand_of(host, &snapshot);
    let nothing = Map::new();
    let config = brand.map_or(&nothing, |brand| &brand.config);
    let mut answer = looks(config);
    answer["ui_footer_links"] = settings::stored(&snapshot)["footer_links"].clone();
    for key in FLOWS {
        let flow = config.get(key).and_then(Value::as_str);
        if let Some(flow) = flow.and_then(|pk| snapshot.flow(pk)) {
            answer[key] = json!(flow.slug);
        }
    }
    answer
}

/// The longest domain that the host is or lies below, else the default.
fn brand_of<'a>(host: &str, snapshot: &'a Snapshot) -> Option<&'a Arc<Object>> {
    let brands = snapshot.objects("authentik_brands.brand");
    let domain = |brand: &&Arc<Object>| brand.config["domain"].as_str().unwrap_or_default().len();
    let own = brands.iter().filter(|brand| {
        let domain = brand.config["domain"].as_str();
        domain.is_some_and(|domain| is_under(host, domain))
    });
    let default = || brands.iter().find(|brand| brand.config["default"] == true);
    own.max_by_key(domain).or_else(default)
}

fn looks(config: &Map<String, Value>) -> Value {
    let text = |key: &str, default: &'static str| {
        config
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or(default)
            .to_owned()
    };
    let (logo, favicon) = (text("branding_logo", ""), text("branding_favicon", ""));
    let attributes = config.get("attributes").unwrap_or(&Value::Null);
    json!({
        "matched_domain": text("domain", "fallback"),
        "branding_title": text("branding_title", "Doorward"),
        "branding_logo_themed_urls": themed(Some(&logo)),
        "branding_logo": logo,
        "branding_favicon_themed_urls": themed(Some(&favicon)),
        "branding_favicon": favicon,
        "branding_custom_css": text("branding_custom_css", ""),
        "branding_map_tiles": text("branding_map_tiles", ""),
        "ui_theme": "automatic",
        "default_locale": attributes["settings"]["locale"].as_str().unwrap_or(""),
        "flags": { "flows_continuous_login": false, "flows_refresh_others": false },
    })
}
