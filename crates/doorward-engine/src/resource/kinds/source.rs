//! Sources of people. There is the built-in one only: whoever is written down here.
//!
//! Owns how a source is listed and named by stages. Leaves other kinds of sources, with their
//! addresses, connections and types, to the work on federation. Rule: nobody makes, changes or
//! deletes one by the API, and none signs anybody in yet.

use serde_json::{Map, Value, json};

use super::stage::FLOW;
use crate::picture;
use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op, Verbs};
use crate::resource::world::World;
use crate::snapshot::Object;

/// The blueprint model.
pub(crate) const MODEL: &str = "authentik_core.source";

const MAPPINGS: Target = Target::Family(Family::PropertyMapping);
const MATCHING: &[&str] = &[
    "identifier",
    "email_link",
    "email_deny",
    "username_link",
    "username_deny",
];

/// `authentik_core.source`
pub(crate) static SOURCE: Kind = Kind {
    model: MODEL,
    path: "sources/all",
    lookup: "slug",
    param: "slug",
    schema: "Source",
    verbose: "Source",
    plural: "Sources",
    description: "Whoever is written down here.",
    verbs: Verbs {
        create: false,
        update: false,
        delete: false,
    },
    fields: &[
        Field::name(),
        Field::new("slug", "Slug", FieldType::Slug { max: 0 })
            .required()
            .unique(),
        Field::flag("enabled", "Switched on", true),
        Field::flag("promoted", "Shown as a button of its own", false),
        Field::optional("authentication_flow", "Flow for people known here", FLOW),
        Field::optional("enrollment_flow", "Flow for people new here", FLOW),
        Field::many("user_property_mappings", "Mappings of people", MAPPINGS),
        Field::many("group_property_mappings", "Mappings of groups", MAPPINGS),
        Field::engine_mode(),
        Field::choice(
            "user_matching_mode",
            "How a person is found here",
            MATCHING,
            "UserMatchingModeEnum",
            "identifier",
        ),
        Field::managed().read_only(),
        Field::text("user_path_template", "Folder of new people")
            .default(Default::Text("goauthentik.io/sources/%(slug)s")),
        Field::text("icon", "Icon"),
    ],
    search: &[("name", ""), ("slug", "")],
    filters: &[
        Filter::exact("name"),
        Filter::exact("slug"),
        Filter::exact("managed"),
        Filter::new("pbm_uuid", "pk", Op::Exact).of(Holds::Uuid),
    ],
    ordering: &[("name", ""), ("slug", "")],
    default_order: "slug",
    present: show,
    ..Kind::BASE
};

fn show(object: &Object, _: &World, answer: &mut Map<String, Value>) {
    let icon = object.config.get("icon").and_then(Value::as_str);
    let icon = icon.unwrap_or_default();
    answer.insert("icon_url".into(), picture::url(icon));
    answer.insert("icon_themed_urls".into(), picture::themed_urls(icon));
    answer.insert("component".into(), json!(""));
    answer.insert("verbose_name".into(), json!(SOURCE.verbose));
    answer.insert("verbose_name_plural".into(), json!(SOURCE.plural));
    answer.insert("meta_model_name".into(), json!(MODEL));
}
