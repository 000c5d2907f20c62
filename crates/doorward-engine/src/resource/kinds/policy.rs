//! Policy bindings: who may pass an application, a flow or a stage.

use doorward_store::resource::OnDelete;
use serde_json::{Map, Value};

use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::present;
use crate::resource::validate::{Draft, WHOLE};
use crate::resource::world::World;
use crate::resource::{GROUP, USER};
use crate::snapshot::Object;

const SUBJECT: OnDelete = OnDelete::Cascade;

/// `authentik_policies.policybinding`
pub(crate) static POLICY_BINDING: Kind = Kind {
    model: "authentik_policies.policybinding",
    path: "policies/bindings",
    param: "policy_binding_uuid",
    schema: "PolicyBinding",
    verbose: "Policy Binding",
    plural: "Policy Bindings",
    fields: &[
        Field::new(
            "policy",
            "Policy",
            FieldType::One(Target::Family(Family::Policy), SUBJECT),
        )
        .nullable()
        .default(Default::Null),
        Field::new(
            "group",
            "Group",
            FieldType::One(Target::Kind(GROUP), SUBJECT),
        )
        .nullable()
        .default(Default::Null),
        Field::new(
            "user",
            "Person",
            FieldType::One(Target::Kind(USER), SUBJECT),
        )
        .nullable()
        .default(Default::Null),
        Field::new(
            "target",
            "What it guards",
            FieldType::One(Target::Bindable, SUBJECT),
        )
        .required(),
        Field::flag("negate", "Everybody but these", false),
        Field::flag("enabled", "Enabled", true),
        Field::new(
            "order",
            "Place",
            FieldType::Integer {
                min: i32::MIN as i64,
                max: i32::MAX as i64,
            },
        )
        .required(),
        Field::count("timeout", "Seconds until it counts as failed", 30),
        Field::flag("failure_result", "Result when it fails", false),
        Field::new("expires", "Ends at", FieldType::DateTime)
            .nullable()
            .read_only()
            .default(Default::Null),
        Field::flag("expiring", "Ends", false).read_only(),
    ],
    search: &[("policy", ""), ("group", ""), ("user", "")],
    filters: &[
        Filter::exact("enabled"),
        Filter::exact("order"),
        Filter::exact("policy"),
        Filter::new("policy__isnull", "policy", Op::IsNull),
        Filter::exact("target"),
        Filter::new("target_in", "target", Op::In),
        Filter::exact("timeout"),
    ],
    ordering: &[("order", ""), ("pk", ""), ("enabled", "")],
    default_order: "order",
    unique_together: &[&["policy", "target", "order"]],
    check,
    present: show,
    ..Kind::BASE
};

fn check(draft: &mut Draft<'_>) {
    let given = |key: &str| draft.values.get(key).is_some_and(|value| !value.is_null());
    match ["group", "policy", "user"]
        .into_iter()
        .filter(|key| given(key))
        .count()
    {
        1 => {}
        0 => draft
            .errors
            .add(WHOLE, "One of 'group', 'policy', 'user' must be set."),
        _ => draft
            .errors
            .add(WHOLE, "Only one of 'group', 'policy', 'user' can be set."),
    }
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let policy = present::related(
        Target::Family(Family::Policy),
        object.config.get("policy"),
        world,
    );
    answer.insert("policy_obj".into(), policy);
    answer.insert(
        "group_obj".into(),
        present::partial_group(object.config.get("group"), world),
    );
    answer.insert(
        "user_obj".into(),
        present::partial_user(object.config.get("user"), world),
    );
}
