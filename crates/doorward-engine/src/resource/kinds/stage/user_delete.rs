//! The user delete stage's fields.

use crate::resource::field::Field;
use crate::resource::kind::{Filter, Kind, Op};

/// `authentik_stages_user_delete.userdeletestage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_user_delete.userdeletestage",
    path: "stages/user_delete",
    schema: "UserDeleteStage",
    verbose: "User Delete Stage",
    plural: "User Delete Stages",
    description: "Deletes the person's own account.",
    component: "ak-stage-user-delete-form",
    fields: &[Field::name().unique()],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
    ],
    ..Kind::STAGE
};
