//! Applications: what people open, and what bindings guard.

use serde_json::{Map, Value, json};

use crate::picture;
use crate::resource::field::Family;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::resource::{present, provider_launch_url};
use crate::snapshot::Object;

const PROVIDER: Target = Target::Family(Family::Provider);

/// Words that stand at the slug's place in OAuth addresses.
const RESERVED: &[&str] = &[
    "authorize",
    "token",
    "device",
    "userinfo",
    "introspect",
    "revoke",
    "deliver",
    "par",
];

/// `authentik_core.application`
pub(crate) static APPLICATION: Kind = Kind {
    model: "authentik_core.application",
    path: "core/applications",
    lookup: "slug",
    param: "slug",
    schema: "Application",
    verbose: "Application",
    plural: "Applications",
    fields: &[
        Field::name(),
        Field::new("slug", "Slug", FieldType::Slug { max: 0 })
            .required()
            .unique()
            .help("In addresses and headers; letters, digits, - and _."),
        Field::optional("provider", "How it signs in", PROVIDER),
        Field::many("backchannel_providers", "Back-channel providers", PROVIDER),
        Field::flag("open_in_new_tab", "Open in a new tab", false),
        Field::new(
            "meta_launch_url",
            "Address it opens at",
            FieldType::Url { blank: true },
        )
        .default(Default::Text(""))
        .help("Left empty, the provider's address is taken."),
        Field::text("meta_icon", "Icon"),
        Field::text("meta_description", "Description"),
        Field::text("meta_publisher", "Publisher"),
        Field::engine_mode(),
        Field::text("group", "Section in the library"),
        Field::flag("meta_hide", "Keep out of the library", false),
        Field::flag(
            "requestable",
            "People who may not open it can ask for it",
            false,
        )
        .ours()
        .help("It is shown to them on their own page; what they write is among the events."),
    ],
    search: &[
        ("name", ""),
        ("slug", ""),
        ("meta_launch_url", ""),
        ("meta_description", ""),
        ("meta_publisher", ""),
        ("group", ""),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("slug"),
        Filter::exact("meta_launch_url"),
        Filter::exact("meta_description"),
        Filter::exact("meta_publisher"),
        Filter::exact("group"),
        Filter::new("only_with_launch_url", "", Op::Test(has_launch_url)).of(Holds::Bool),
    ],
    flags: &["superuser_full_list"],
    ordering: &[
        ("name", ""),
        ("slug", ""),
        ("group", ""),
        ("meta_publisher", ""),
    ],
    check,
    present: show,
    keys: |values| {
        let provider = values
            .get("provider")
            .filter(|provider| !provider.is_null());
        provider
            .map(|provider| ("provider", provider.to_string()))
            .into_iter()
            .collect()
    },
    ..Kind::BASE
};

fn check(draft: &mut Draft<'_>) {
    if RESERVED.contains(&draft.text("slug")) {
        draft
            .errors
            .add("slug", "The slug is reserved and cannot be used.");
    }
    let provider = draft.values.get("provider").cloned().unwrap_or(Value::Null);
    let others = draft.world.objects(APPLICATION.model);
    let is_taken =
        |other: &Object| other.id != draft.id && other.config.get("provider") == Some(&provider);
    if !provider.is_null() && others.iter().any(|other| is_taken(other)) {
        draft.errors.add("provider", "This field must be unique.");
    }
}

fn has_launch_url(object: &Object, world: &World, wanted: &[&str]) -> bool {
    wanted.last() != Some(&"true") || !launch_url(object, world).is_null()
}

/// Its own address, else its provider's.
pub(crate) fn launch_url(object: &Object, world: &World) -> Value {
    let own = object
        .config
        .get("meta_launch_url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !own.is_empty() {
        return json!(own);
    }
    let provider = object
        .config
        .get("provider")
        .filter(|provider| !provider.is_null());
    provider.map_or(Value::Null, |provider| {
        provider_launch_url(&provider.to_string(), world)
    })
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    answer.insert("pbm_uuid".into(), json!(object.id));
    answer.insert(
        "provider_obj".into(),
        present::related(PROVIDER, object.config.get("provider"), world),
    );
    let backchannel =
        present::related_list(PROVIDER, object.config.get("backchannel_providers"), world);
    answer.insert("backchannel_providers_obj".into(), backchannel);
    answer.insert("launch_url".into(), launch_url(object, world));
    let icon = object.config.get("meta_icon").and_then(Value::as_str);
    let icon = icon.unwrap_or_default();
    answer.insert("meta_icon_url".into(), picture::url(icon));
    answer.insert("meta_icon_themed_urls".into(), picture::themed_urls(icon));
}
