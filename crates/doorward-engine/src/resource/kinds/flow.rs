//! Flows and the stages bound to them.

use serde_json::{Map, Value, json};

use crate::brand::palette::Theme;
use crate::picture::{self, Picture};
use crate::resource::field::{Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op};
use crate::resource::present;
use crate::resource::world::World;
use crate::snapshot::Object;
use doorward_store::resource::OnDelete;

/// What flows are for.
const DESIGNATIONS: &[&str] = &[
    "authentication",
    "authorization",
    "invalidation",
    "enrollment",
    "unenrollment",
    "recovery",
    "stage_configuration",
];
const LAYOUTS: &[&str] = &[
    "stacked",
    "content_left",
    "content_right",
    "sidebar_left",
    "sidebar_right",
    "sidebar_left_frame_background",
    "sidebar_right_frame_background",
];
const REQUIREMENTS: &[&str] = &[
    "none",
    "require_authenticated",
    "require_unauthenticated",
    "require_superuser",
    "require_redirect",
    "require_outpost",
    "require_token",
];

/// `authentik_flows.flow`
pub(crate) static FLOW: Kind = Kind {
    model: "authentik_flows.flow",
    path: "flows/instances",
    lookup: "slug",
    param: "slug",
    schema: "Flow",
    verbose: "Flow",
    plural: "Flows",
    fields: &[
        Field::name(),
        Field::new("slug", "Slug", FieldType::Slug { max: 0 })
            .required()
            .unique(),
        Field::new(
            "title",
            "Heading of its pages",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .required(),
        Field::new(
            "designation",
            "What it is for",
            FieldType::Choice(DESIGNATIONS, "FlowDesignationEnum"),
        )
        .required(),
        Field::text("background", "Background"),
        Field::engine_mode(),
        Field::flag("compatibility_mode", "Compatibility mode", false)
            .help("Nothing to do: pages are plain forms, which password managers see."),
        Field::choice("layout", "Layout", LAYOUTS, "FlowLayoutEnum", "stacked"),
        Field::choice(
            "denied_action",
            "When it does not apply",
            &["message_continue", "message", "continue"],
            "DeniedActionEnum",
            "message_continue",
        ),
        Field::choice(
            "authentication",
            "Who may run it",
            REQUIREMENTS,
            "AuthenticationEnum",
            "none",
        ),
    ],
    search: &[
        ("name", ""),
        ("slug", ""),
        ("designation", ""),
        ("title", ""),
    ],
    filters: &[
        Filter::new("flow_uuid", "pk", Op::Exact),
        Filter::exact("name"),
        Filter::exact("slug"),
        Filter::exact("designation"),
        Filter::exact("denied_action"),
    ],
    ordering: &[
        ("slug", ""),
        ("name", ""),
        ("title", ""),
        ("designation", ""),
    ],
    default_order: "slug",
    present: show,
    ..Kind::BASE
};

/// `authentik_flows.flowstagebinding`
pub(crate) static FLOW_STAGE_BINDING: Kind = Kind {
    model: "authentik_flows.flowstagebinding",
    path: "flows/bindings",
    param: "fsb_uuid",
    schema: "FlowStageBinding",
    verbose: "Flow Stage Binding",
    plural: "Flow Stage Bindings",
    fields: &[
        Field::new(
            "target",
            "Flow",
            FieldType::One(Target::Kind("authentik_flows.flow"), OnDelete::Cascade),
        )
        .required(),
        Field::new(
            "stage",
            "Stage",
            FieldType::One(Target::Family(Family::Stage), OnDelete::Cascade),
        )
        .required(),
        Field::flag(
            "evaluate_on_plan",
            "Ask its bindings when the flow begins",
            false,
        ),
        Field::flag(
            "re_evaluate_policies",
            "Ask its bindings when the stage is reached",
            true,
        ),
        Field::new(
            "order",
            "Place in the flow",
            FieldType::Integer {
                min: i32::MIN as i64,
                max: i32::MAX as i64,
            },
        )
        .required(),
        Field::engine_mode(),
        Field::choice(
            "invalid_response_action",
            "After a wrong answer",
            &["retry", "restart", "restart_with_context"],
            "InvalidResponseActionEnum",
            "retry",
        ),
    ],
    search: &[("stage", ""), ("target", "")],
    filters: &[
        Filter::new("fsb_uuid", "pk", Op::Exact),
        Filter::new("pbm_uuid", "pk", Op::Exact),
        Filter::exact("target"),
        Filter::exact("stage"),
        Filter::exact("order"),
        Filter::exact("evaluate_on_plan"),
        Filter::exact("re_evaluate_policies"),
        Filter::exact("policy_engine_mode"),
        Filter::new("policies", "", Op::Test(has_policy)).of(Holds::Uuid),
        Filter::exact("invalid_response_action"),
    ],
    ordering: &[("order", ""), ("pk", "")],
    default_order: "order",
    unique_together: &[&["target", "stage", "order"]],
    present: show_binding,
    ..Kind::BASE
};

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let stages = world
        .objects(FLOW_STAGE_BINDING.model)
        .iter()
        .filter(|one| one.config["target"] == object.id);
    let stages: Vec<_> = stages.map(|one| one.config["stage"].clone()).collect();
    let bindings = world.objects("authentik_policies.policybinding");
    let policies = bindings
        .iter()
        .filter(|one| one.config["target"] == object.id);
    let policies: Vec<_> = policies
        .map(|one| one.config["policy"].clone())
        .filter(|id| !id.is_null())
        .collect();
    answer.insert("policybindingmodel_ptr_id".into(), json!(object.id));
    let background = background(object);
    answer.insert("background_url".into(), json!(background_url(background)));
    answer.insert(
        "background_themed_urls".into(),
        picture::themed_urls(background),
    );
    answer.insert("stages".into(), json!(stages));
    answer.insert("policies".into(), json!(policies));
    answer.insert("cache_count".into(), json!(0));
    answer.insert("export_url".into(), export_url(object));
}

fn export_url(object: &Object) -> Value {
    json!(format!(
        "/api/v3/flows/instances/{}/export/",
        object.config["slug"].as_str().unwrap_or_default()
    ))
}

/// The fields of a flow that stages list, as they are stored or by default.
const IN_STAGES: &[&str] = &[
    "name",
    "slug",
    "title",
    "designation",
    "policy_engine_mode",
    "compatibility_mode",
    "layout",
    "denied_action",
];

/// A flow as stages list it.
pub(crate) fn flow_set(object: &Object) -> Value {
    let mut answer = Map::new();
    answer.insert("pk".into(), json!(object.id));
    answer.insert("policybindingmodel_ptr_id".into(), json!(object.id));
    for key in IN_STAGES {
        let stored = object.config.get(*key).cloned();
        let default = || FLOW.field(key).and_then(|field| field.default.value());
        answer.insert((*key).into(), stored.or_else(default).unwrap_or(json!("")));
    }
    answer.insert(
        "background_url".into(),
        json!(background_url(background(object))),
    );
    answer.insert("export_url".into(), export_url(object));
    Value::Object(answer)
}

fn background(object: &Object) -> &str {
    let stored = object.config.get("background").and_then(Value::as_str);
    stored.unwrap_or_default()
}

/// Empty for none, as the contract wants a text.
fn background_url(background: &str) -> String {
    let picture = Picture::read(background);
    picture.address(Theme::Light).unwrap_or_default()
}

/// Whether one of the policies is bound to the binding.
fn has_policy(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let bindings = world.objects("authentik_policies.policybinding").iter();
    let policies = bindings
        .filter(|one| one.config["target"] == object.id)
        .filter_map(|one| one.config["policy"].as_str());
    policies.into_iter().any(|id| wanted.contains(&id))
}

fn show_binding(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    answer.insert("policybindingmodel_ptr_id".into(), json!(object.id));
    let stage = present::related(
        Target::Family(Family::Stage),
        object.config.get("stage"),
        world,
    );
    answer.insert("stage_obj".into(), stage);
}
