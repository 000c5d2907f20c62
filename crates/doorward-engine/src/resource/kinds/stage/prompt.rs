//! Forms that operators make up: the prompt stage and its prompts (one field each).

use serde_json::{Map, Value, json};

use crate::flow::PromptType;
use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::present;
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

const PROMPTS: Target = Target::Kind("authentik_stages_prompt.prompt");

/// `authentik_stages_prompt.promptstage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_prompt.promptstage",
    path: "stages/prompt/stages",
    schema: "PromptStage",
    verbose: "Prompt Stage",
    plural: "Prompt Stages",
    description: "Asks for whatever its fields say.",
    component: "ak-stage-prompt-form",
    fields: &[
        Field::name().unique(),
        Field::new("fields", "Fields", FieldType::Many(PROMPTS)).required(),
        Field::many(
            "validation_policies",
            "Rules for the answers",
            Target::Family(Family::Policy),
        ),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::new("fields", "", Op::Test(has_field)).of(crate::resource::Holds::Uuid),
        Filter::new("validation_policies", "", Op::Test(has_rule)).of(crate::resource::Holds::Uuid),
    ],
    ..Kind::STAGE
};

fn has_field(object: &Object, _: &World, wanted: &[&str]) -> bool {
    fields_of(object).any(|id| wanted.contains(&id))
}

fn has_rule(object: &Object, _: &World, wanted: &[&str]) -> bool {
    rules_of(object).any(|id| wanted.contains(&id))
}

/// uuids of the policies that a stage's answers must pass.
pub(crate) fn rules_of(stage: &Object) -> impl Iterator<Item = &str> {
    let rules = stage.config.get("validation_policies");
    let rules = rules.and_then(Value::as_array);
    rules.into_iter().flatten().filter_map(Value::as_str)
}

fn fields_of(stage: &Object) -> impl Iterator<Item = &str> {
    let fields = stage.config.get("fields").and_then(Value::as_array);
    fields.into_iter().flatten().filter_map(Value::as_str)
}

/// `authentik_stages_prompt.prompt`
pub(crate) static PROMPT: Kind = Kind {
    model: "authentik_stages_prompt.prompt",
    path: "stages/prompt/prompts",
    param: "prompt_uuid",
    schema: "Prompt",
    verbose: "Prompt",
    plural: "Prompts",
    fields: &[
        Field::name().unique(),
        required_text("field_key", "Name of the answer").help(
            "username, name, email and password become the account's; attributes.x its attribute x.",
        ),
        required_text("label", "Label"),
        Field::new(
            "type",
            "What it holds",
            FieldType::Choice(PromptType::WORDS, "PromptTypeEnum"),
        )
        .required(),
        Field::flag("required", "Must be filled in", true),
        Field::text("placeholder", "Shown while it is empty"),
        Field::text("initial_value", "Filled in at first"),
        Field::new(
            "order",
            "Place on the page",
            FieldType::Integer {
                min: i32::MIN as i64,
                max: i32::MAX as i64,
            },
        )
        .default(Default::Integer(0)),
        Field::text("sub_text", "Help below it"),
        Field::flag(
            "placeholder_expression",
            "The placeholder is an expression",
            false,
        ),
        Field::flag(
            "initial_value_expression",
            "The initial value is an expression",
            false,
        ),
    ],
    search: &[
        ("name", ""),
        ("field_key", ""),
        ("label", ""),
        ("type", ""),
        ("placeholder", ""),
    ],
    filters: &[
        Filter::exact("field_key"),
        Filter::exact("name"),
        Filter::exact("label"),
        Filter::exact("type"),
        Filter::exact("placeholder"),
    ],
    ordering: &[
        ("name", ""),
        ("field_key", ""),
        ("label", ""),
        ("type", ""),
        ("order", ""),
    ],
    check: check_prompt,
    expressions_if: &[
        ("placeholder", "placeholder_expression"),
        ("initial_value", "initial_value_expression"),
    ],
    present: show_prompt,
    ..Kind::BASE
};

const fn required_text(key: &'static str, label: &'static str) -> Field {
    let holds = FieldType::Text {
        max: 0,
        blank: false,
    };
    Field::new(key, label, holds).required()
}

/// Names that a form of ours already uses.
const TAKEN: &[&str] = &["component", "csrf"];

fn check_prompt(draft: &mut Draft<'_>) {
    if TAKEN.contains(&draft.text("field_key")) {
        let message = format!(
            "The name \"{}\" belongs to every form; choose another.",
            draft.text("field_key")
        );
        draft.errors.add("field_key", message);
    }
}

fn show_prompt(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let stages = world.objects(KIND.model).iter();
    let mine = stages.filter(|stage| fields_of(stage).any(|id| id == object.id));
    let shown: Vec<_> = mine
        .map(|stage| present::object(&KIND, stage, world))
        .collect();
    answer.insert("prompt_stages_obj".into(), json!(shown));
}
