//! The system settings: one object, described as a kind.
//!
//! Rule: they are read and saved in one transaction that holds the writer's row, so that of two
//! changes at once none is lost.

use doorward_store::{Topic, change, setting};
use serde_json::{Map, Value, json};
use url::Url;

use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::Kind;
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal;
use crate::resource::validate::{Draft, Mode, Request, validate};
use crate::resource::write::Writing;
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
    check,
    ..Kind::BASE
};

/// The switches and what they are when nobody says.
const FLAGS: [(&str, bool); 4] = [
    ("core_default_app_access", true),
    ("flows_refresh_others", false),
    ("flows_continuous_login", false),
    ("enterprise_audit_include_expanded_diff", false),
];

/// So many links stand below pages at most.
const LINKS_MAX: usize = 50;

fn check(draft: &mut Draft<'_>) {
    let flags = draft.values.get("flags").and_then(Value::as_object);
    let odd = flags.and_then(|flags| flags.iter().find(|(_, value)| !value.is_boolean()));
    if let Some((name, _)) = odd {
        let message = format!("{name}: Must be a valid boolean.");
        draft.errors.add("flags", message);
    }
    let links = draft.values.get("footer_links").and_then(Value::as_array);
    if !links.is_some_and(|links| links.len() <= LINKS_MAX && links.iter().all(is_link)) {
        let message = format!("Expected a list of at most {LINKS_MAX} links with name and href.");
        draft.errors.add("footer_links", message);
    }
}

/// A name, and an address that no script hides in.
fn is_link(link: &Value) -> bool {
    let is_safe = |href: &str| {
        let scheme = Url::parse(href).map(|url| url.scheme().to_owned());
        scheme.is_ok_and(|scheme| ["https", "http", "mailto"].contains(&&*scheme))
    };
    let href = &link["href"];
    link["name"].is_string() && (href.is_null() || href.as_str().is_some_and(is_safe))
}

/// The saved settings of this snapshot, with what they are when nobody says.
pub(crate) fn stored(snapshot: &Snapshot) -> Map<String, Value> {
    let saved = snapshot.settings.get(names::SYSTEM);
    complete(saved.and_then(Value::as_object), snapshot)
}

fn complete(saved: Option<&Map<String, Value>>, snapshot: &Snapshot) -> Map<String, Value> {
    let default = |field: &Field| field.default.value().unwrap_or(Value::Null);
    let mut values: Map<_, _> = SETTINGS
        .fields
        .iter()
        .map(|field| (field.key.to_owned(), default(field)))
        .collect();
    values.extend(saved.cloned().unwrap_or_default());
    let base = snapshot.base_url.as_ref();
    let base = base.map_or("", |url| url.as_str().trim_end_matches('/'));
    values.insert("base_url".into(), json!(base));
    let mut flags: Map<_, _> = FLAGS
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let given = values.get("flags").and_then(Value::as_object);
    flags.extend(given.cloned().unwrap_or_default());
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
    let mut writing = Writing::begin(engine, ctx).await?;
    let before = in_the_store(&mut writing).await?;
    let request = Request {
        body,
        mode,
        is_superuser: true,
        is_system: false,
    };
    let values = validate(&SETTINGS, &request, Some(&before), "", &writing.world)?;
    save(&mut writing, &before, values).await?;
    writing
        .record(&SETTINGS, Action::ModelUpdated, "", "settings")
        .await?;
    writing.finish().await?;
    Ok(Value::Object(stored(&engine.snapshot())))
}

/// The settings as the transaction sees them, newer than any snapshot.
async fn in_the_store(writing: &mut Writing<'_>) -> Result<Map<String, Value>, Refusal> {
    let text = setting::find(&mut writing.tx, names::SYSTEM).await?;
    let saved = text.and_then(|text| serde_json::from_str::<Map<_, _>>(&text).ok());
    Ok(complete(saved.as_ref(), writing.world.snapshot()))
}

async fn save(
    writing: &mut Writing<'_>,
    before: &Map<String, Value>,
    values: Map<String, Value>,
) -> Result<(), Refusal> {
    let (now, tx) = (writing.ctx.now, &mut writing.tx);
    if values.get("base_url") != before.get("base_url") {
        let base = values.get("base_url").cloned().unwrap_or_default();
        setting::save(tx, names::BASE_URL, &base.to_string(), now).await?;
    }
    let text = Value::Object(values).to_string();
    setting::save(tx, names::SYSTEM, &text, now).await?;
    Ok(change::record(tx, Topic::Configuration, names::SYSTEM, now).await?)
}
