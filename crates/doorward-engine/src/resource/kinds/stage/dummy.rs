//! The dummy stage's fields.

use crate::resource::field::Field;
use crate::resource::kind::{Filter, Kind, Op};

/// `authentik_stages_dummy.dummystage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_dummy.dummystage",
    path: "stages/dummy",
    schema: "DummyStage",
    verbose: "Dummy Stage",
    plural: "Dummy Stages",
    description: "A page with a button, for trying flows out.",
    component: "ak-stage-dummy-form",
    fields: &[
        Field::name().unique(),
        Field::flag("throw_error", "Fail when it is reached", false),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("throw_error"),
    ],
    ..Kind::STAGE
};
