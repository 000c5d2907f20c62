//! The brand of a host, as pages and front-ends ask for it.

use serde_json::{Value, json};

use super::settings;
use crate::brand::palette::Theme;
use crate::engine::Engine;
use crate::model::Brand;
use crate::picture::{self, Picture};

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
    let brand = snapshot.brand(host).cloned().unwrap_or_default();
    let stored = snapshot.object("authentik_brands.brand", &brand.brand_uuid);
    let mut answer = looks(&brand);
    answer["ui_footer_links"] = settings::stored(&snapshot)["footer_links"].clone();
    for key in FLOWS {
        let flow = stored.and_then(|stored| stored.config.get(key)?.as_str());
        if let Some(flow) = flow.and_then(|pk| snapshot.flow(pk)) {
            answer[key] = json!(flow.slug);
        }
    }
    answer
}

fn looks(brand: &Brand) -> Value {
    let is_stored = !brand.brand_uuid.is_empty();
    json!({
        "matched_domain": if is_stored { &brand.domain } else { "fallback" },
        "branding_title": brand.title(),
        "branding_logo_themed_urls": picture::themed_urls(&brand.branding_logo),
        "branding_logo": address(&brand.branding_logo),
        "branding_favicon_themed_urls": picture::themed_urls(&brand.branding_favicon),
        "branding_favicon": address(&brand.branding_favicon),
        "branding_custom_css": brand.branding_custom_css,
        "branding_map_tiles": brand.branding_map_tiles,
        "ui_theme": brand.theme().map_or("automatic", Theme::name),
        "default_locale": brand.locale(),
        "flags": { "flows_continuous_login": false, "flows_refresh_others": false },
    })
}

fn address(picture: &str) -> String {
    Picture::read(picture)
        .address(Theme::Light)
        .unwrap_or_default()
}
