//! The redirect stage's fields.

use serde_json::Value;

use super::FLOW;
use crate::flow::approved_target;
use crate::resource::field::{Field, FieldType};
use crate::resource::kind::{Filter, Kind};
use crate::resource::validate::Draft;

/// `authentik_stages_redirect.redirectstage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_redirect.redirectstage",
    path: "stages/redirect",
    schema: "RedirectStage",
    verbose: "Redirect Stage",
    plural: "Redirect Stages",
    description: "Leads on to an address or to another flow.",
    component: "ak-stage-redirect-form",
    fields: &[
        Field::name().unique(),
        Field::flag("keep_context", "Take along what is known", true),
        Field::new(
            "mode",
            "Where to",
            FieldType::Choice(&["static", "flow"], "RedirectStageModeEnum"),
        )
        .required(),
        Field::text("target_static", "Address"),
        Field::optional("target_flow", "Flow", FLOW),
    ],
    filters: &[Filter::exact("name")],
    check,
    ..Kind::STAGE
};

/// What could not be followed when it is reached is refused when it is saved.
fn check(draft: &mut Draft<'_>) {
    let target = draft.text("target_static");
    let is_flow_missing = draft.values.get("target_flow").is_none_or(Value::is_null);
    let (field, message) = match draft.text("mode") {
        "static" if target.is_empty() => (
            "target_static",
            "Target URL should be present when mode is Static.",
        ),
        "static" if approved_target(draft.world.snapshot(), target).is_none() => (
            "target_static",
            "Enter a path of this server or a whole http(s) address.",
        ),
        "flow" if is_flow_missing => (
            "target_flow",
            "Target Flow should be present when mode is Flow.",
        ),
        _ => return,
    };
    draft.errors.add(field, message);
}
