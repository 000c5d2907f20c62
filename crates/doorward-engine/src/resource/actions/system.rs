//! What belongs to no kind: the system settings, the current brand, apps and models.

use doorward_store::{Topic, change, setting};
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::Kind;
use crate::resource::permit::superuser;
use crate::resource::present::themed;
use crate::resource::refusal::Refusal;
use crate::resource::registry;
use crate::resource::validate::{Mode, Request, validate};
use crate::resource::world::World;
use crate::snapshot::{Snapshot, names};

/// authentik's system settings, described as a kind though there is only one.
pub static SETTINGS: Kind = Kind {
    model: "authentik_tenants.tenant",
    path: "admin/settings",
    schema: "Settings",
    verbose: "Settings",
    fields: &[
        Field::text("avatars", "Pictures of people").default(Default::Text("initials")),
        Field::new("base_url", "Public address", FieldType::Url { blank: true })
            .default(Default::Text("")),
        Field::flag(
            "default_user_change_name",
            "People may change their name",
            true,
        ),
        Field::flag(
            "default_user_change_email",
            "People may change their address",
            false,
        ),
        Field::flag(
            "default_user_change_username",
            "People may change their username",
            false,
        ),
        Field::duration("event_retention", "How long events are kept", "days=365"),
        Field::new(
            "reputation_lower_limit",
            "Lowest reputation",
            FieldType::Integer {
                min: i32::MIN as i64,
                max: 0,
            },
        )
        .default(Default::Integer(-5)),
        Field::count("reputation_upper_limit", "Highest reputation", 5),
        Field::new("footer_links", "Links below pages", FieldType::Json)
            .default(Default::Words(&[])),
        Field::flag("gdpr_compliance", "Forget events of deleted people", true),
        Field::flag("impersonation", "Admins may act as others", true),
        Field::flag("impersonation_require_reason", "And must say why", true),
        Field::duration("default_token_duration", "How long tokens live", "days=1"),
        Field::new(
            "default_token_length",
            "Length of tokens",
            FieldType::Integer { min: 1, max: 1024 },
        )
        .default(Default::Integer(60)),
        Field::count("pagination_default_page_size", "Objects on a page", 20),
        Field::count("pagination_max_page_size", "Objects on a page at most", 100),
        Field::new("flags", "Switches", FieldType::Object).default(Default::Object),
    ],
    ..Kind::BASE
};

/// The switches and what they are when nobody says.
fn default_flags() -> Map<String, Value> {
    let flags = json!({
        "core_default_app_access": true,
        "flows_refresh_others": false,
        "flows_continuous_login": false,
        "enterprise_audit_include_expanded_diff": false,
    });
    flags.as_object().cloned().unwrap_or_default()
}

fn stored(snapshot: &Snapshot) -> Map<String, Value> {
    let mut values = Map::new();
    for field in SETTINGS.fields {
        values.insert(
            field.key.into(),
            field.default.value().unwrap_or(Value::Null),
        );
    }
    let saved = snapshot
        .settings
        .get(names::SYSTEM)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    values.extend(saved);
    let base = snapshot
        .base_url
        .as_ref()
        .map_or("", |url| url.as_str().trim_end_matches('/'));
    values.insert("base_url".into(), json!(base));
    let mut flags = default_flags();
    flags.extend(
        values
            .get("flags")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default(),
    );
    values.insert("flags".into(), Value::Object(flags));
    values
}

/// The settings.
///
/// # Errors
///
/// [`Refusal`].
pub fn settings(engine: &Engine, ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    Ok(Value::Object(stored(&engine.snapshot())))
}

/// Changes the settings.
///
/// # Errors
///
/// [`Refusal`].
pub async fn change_settings(
    engine: &Engine,
    ctx: &Context,
    body: &Value,
    mode: Mode,
) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let snapshot = engine.snapshot();
    let before = stored(&snapshot);
    let request = Request {
        body,
        mode,
        is_superuser: true,
        is_system: false,
    };
    let values = validate(
        &SETTINGS,
        &request,
        Some(&before),
        "",
        &World::of(&snapshot),
    )?;
    let mut tx = engine.store.begin().await?;
    if values.get("base_url") != before.get("base_url") {
        let base = values.get("base_url").cloned().unwrap_or_default();
        setting::save(&mut tx, names::BASE_URL, &base.to_string(), ctx.now).await?;
    }
    setting::save(
        &mut tx,
        names::SYSTEM,
        &Value::Object(values).to_string(),
        ctx.now,
    )
    .await?;
    change::record(&mut tx, Topic::Configuration, names::SYSTEM, ctx.now).await?;
    let context = json!({ "model": { "app": "authentik_tenants", "model_name": "tenant", "pk": "", "name": "settings" }});
    event::record(
        engine,
        &mut tx,
        ctx,
        Action::ModelUpdated,
        "authentik.tenants",
        context,
    )
    .await?;
    engine.commit(tx).await?;
    settings(engine, ctx)
}

/// The brand of a host, as pages and front-ends ask for it, signed in or not.
pub fn current_brand(engine: &Engine, host: &str) -> Value {
    let snapshot = engine.snapshot();
    let brands = snapshot.objects("authentik_brands.brand");
    let domain = |object: &crate::snapshot::Object| {
        object
            .config
            .get("domain")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let own = brands
        .iter()
        .filter(|brand| doorward_protocol::host::is_under(host, &domain(brand)));
    let found = own.max_by_key(|brand| domain(brand).len());
    let found = found.or_else(|| {
        brands
            .iter()
            .find(|brand| brand.config.get("default") == Some(&json!(true)))
    });
    let config = found.map(|brand| brand.config.clone()).unwrap_or_default();
    let text = |key: &str, default: &str| {
        config
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or(default)
            .to_owned()
    };
    let mut answer = json!({
        "matched_domain": text("domain", "fallback"),
        "branding_title": text("branding_title", "Doorward"),
        "branding_logo": text("branding_logo", ""),
        "branding_logo_themed_urls": themed(Some(&text("branding_logo", ""))),
        "branding_favicon": text("branding_favicon", ""),
        "branding_favicon_themed_urls": themed(Some(&text("branding_favicon", ""))),
        "branding_custom_css": text("branding_custom_css", ""),
        "branding_map_tiles": text("branding_map_tiles", ""),
        "ui_footer_links": stored(&snapshot).get("footer_links").cloned().unwrap_or(json!([])),
        "ui_theme": "automatic",
        "default_locale": config.get("attributes").and_then(|all| all["settings"]["locale"].as_str()).unwrap_or(""),
        "flags": { "flows_continuous_login": false, "flows_refresh_others": false },
    });
    for key in BRAND_FLOWS {
        let slug = config
            .get(*key)
            .and_then(Value::as_str)
            .and_then(|pk| snapshot.flow(pk));
        if let Some(flow) = slug {
            answer[*key] = json!(flow.slug);
        }
    }
    answer
}

const BRAND_FLOWS: &[&str] = &[
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

/// The parts of the product that have kinds.
///
/// # Errors
///
/// [`Refusal`].
pub fn apps(ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let mut apps: Vec<String> = registry().map(Kind::event_app).collect();
    apps.sort();
    apps.dedup();
    Ok(apps
        .into_iter()
        .map(|name| json!({ "label": label(&name), "name": name }))
        .collect())
}

fn label(name: &str) -> String {
    name.replace('.', " ")
        .split(' ')
        .map(capital)
        .collect::<Vec<_>>()
        .join(" ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Every kind by its blueprint model.
///
/// # Errors
///
/// [`Refusal`].
pub fn models(ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    Ok(registry()
        .map(|kind| json!({ "name": kind.model, "label": kind.verbose }))
        .collect())
}
