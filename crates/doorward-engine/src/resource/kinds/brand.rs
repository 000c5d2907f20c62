//! Brands: how pages look and which flows are the default, by host.

use serde_json::{Map, Value, json};

use crate::brand::css;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

/// A stylesheet that is larger is no list of colors.
const CSS_MAX_BYTES: usize = 64 * 1024;

const FLOW: Target = Target::Kind("authentik_flows.flow");
const APPLICATION: Target = Target::Kind("authentik_core.application");
const CERTIFICATE: Target = Target::Kind("authentik_crypto.certificatekeypair");

/// `authentik_brands.brand`
pub(crate) static BRAND: Kind = Kind {
    model: "authentik_brands.brand",
    path: "core/brands",
    pk_field: "brand_uuid",
    lookup: "brand_uuid",
    param: "brand_uuid",
    schema: "Brand",
    verbose: "Brand",
    plural: "Brands",
    fields: &[
        Field::new(
            "domain",
            "Host",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .required()
        .unique(),
        Field::flag("default", "For every other host", false),
        Field::text("branding_title", "Title").default(Default::Text("authentik")),
        Field::text("branding_logo", "Logo").default(Default::Text(
            "/static/dist/assets/icons/icon_left_brand.svg",
        )),
        Field::text("branding_favicon", "Icon")
            .default(Default::Text("/static/dist/assets/icons/icon.png")),
        Field::text("branding_custom_css", "Own CSS").help(
            "Only colors count: --bg, --card, --ink, --acc and the like on :root, or --brand-color.",
        ),
        Field::text("branding_default_flow_background", "Background").default(Default::Text(
            "/static/dist/assets/images/flow_background.jpg",
        )),
        Field::text("branding_map_tiles", "Map tiles"),
        Field::optional("flow_authentication", "Flow that signs in", FLOW),
        Field::optional("flow_user_switch", "Flow that switches the person", FLOW),
        Field::optional("flow_invalidation", "Flow that signs out", FLOW),
        Field::optional("flow_recovery", "Flow for lost passwords", FLOW),
        Field::optional("flow_unenrollment", "Flow that deletes an account", FLOW),
        Field::optional("flow_user_settings", "Flow of people's settings", FLOW),
        Field::optional("flow_device_code", "Flow for devices", FLOW).help(
            "Run around the page on which codes of devices are typed. Left empty: the page is there \
             without.",
        ),
        Field::optional("flow_lockdown", "Flow of a lock-down", FLOW),
        Field::optional("flow_request", "Flow of access requests", FLOW),
        Field::optional(
            "default_application",
            "Where external people land",
            APPLICATION,
        ),
        Field::optional("web_certificate", "Certificate", CERTIFICATE),
        Field::many("client_certificates", "Client certificates", CERTIFICATE),
        Field::new("attributes", "Attributes", FieldType::Object).default(Default::Object),
    ],
    search: &[("domain", ""), ("branding_title", "")],
    filters: &[
        Filter::exact("brand_uuid"),
        Filter::exact("domain"),
        Filter::exact("default"),
        Filter::exact("branding_title"),
        Filter::exact("branding_logo"),
        Filter::exact("branding_favicon"),
        Filter::exact("branding_default_flow_background"),
        Filter::exact("flow_authentication"),
        Filter::exact("flow_invalidation"),
        Filter::exact("flow_recovery"),
        Filter::exact("flow_unenrollment"),
        Filter::exact("flow_user_settings"),
        Filter::exact("flow_user_switch"),
        Filter::exact("flow_device_code"),
        Filter::exact("flow_lockdown"),
        Filter::exact("flow_request"),
        Filter::exact("web_certificate"),
        Filter::new("client_certificates", "client_certificates", Op::In),
    ],
    ordering: &[("domain", ""), ("branding_title", ""), ("default", "")],
    default_order: "domain",
    check,
    present: show,
    keys: |values: &Map<String, Value>| {
        let default = values
            .get("default")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        default
            .then(|| ("default", "true".to_owned()))
            .into_iter()
            .collect()
    },
    ..Kind::BASE
};

/// Tells what of the CSS has no effect: our pages take colors from it and nothing else.
fn show(object: &Object, _: &World, answer: &mut Map<String, Value>) {
    let css = object.config.get("branding_custom_css");
    let css = css.and_then(Value::as_str).unwrap_or_default();
    let warnings: Vec<String> = css::read(css)
        .left_out
        .into_iter()
        .map(|what| format!("{what}: has no effect here."))
        .collect();
    answer.insert("branding_custom_css_warnings".into(), json!(warnings));
}

fn check_colors(draft: &mut Draft<'_>) {
    let css = draft.text("branding_custom_css");
    if css.len() > CSS_MAX_BYTES {
        let told = format!("Ensure this field has no more than {CSS_MAX_BYTES} characters.");
        return draft.errors.add("branding_custom_css", told);
    }
    for pair in css::read(css).palette.too_faint() {
        draft.errors.add("branding_custom_css", pair.to_string());
    }
}

fn check(draft: &mut Draft<'_>) {
    check_colors(draft);
    let is_default = |config: &Map<String, Value>| {
        config
            .get("default")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    let others = draft
        .world
        .objects(BRAND.model)
        .iter()
        .filter(|other| other.id != draft.id);
    if draft.flag("default") && others.into_iter().any(|other| is_default(&other.config)) {
        draft
            .errors
            .add("default", "Only a single brand can be set as default.");
    }
    let domain = draft.text("domain").to_ascii_lowercase();
    let odd = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    if domain.chars().any(odd) {
        draft.errors.add("domain", "Enter a host name.");
    }
    draft.set("domain", domain);
}
