//! The deny stage's fields.

use crate::resource::field::Field;
use crate::resource::kind::{Filter, Kind, Op};

/// `authentik_stages_deny.denystage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_deny.denystage",
    path: "stages/deny",
    schema: "DenyStage",
    verbose: "Deny Stage",
    plural: "Deny Stages",
    description: "Ends the flow.",
    component: "ak-stage-deny-form",
    fields: &[
        Field::name().unique(),
        Field::text("deny_message", "What it says"),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("deny_message"),
    ],
    ..Kind::STAGE
};
