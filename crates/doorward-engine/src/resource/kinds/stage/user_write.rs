//! The user write stage's fields.

use crate::resource::GROUP;
use crate::resource::field::{Field, Target};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::kinds::directory::USER_TYPES;

/// `authentik_stages_user_write.userwritestage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_user_write.userwritestage",
    path: "stages/user_write",
    schema: "UserWriteStage",
    verbose: "User Write Stage",
    plural: "User Write Stages",
    description: "Makes or changes the account from what was filled in.",
    component: "ak-stage-user-write-form",
    fields: &[
        Field::name().unique(),
        Field::choice(
            "user_creation_mode",
            "When an account is made",
            &["never_create", "create_when_required", "always_create"],
            "UserCreationModeEnum",
            "create_when_required",
        ),
        Field::flag("create_users_as_inactive", "New ones may not sign in", true),
        Field::optional(
            "create_users_group",
            "Group of new ones",
            Target::Kind(GROUP),
        ),
        Field::choice(
            "user_type",
            "Kind of new ones",
            USER_TYPES,
            "UserTypeEnum",
            "external",
        ),
        Field::text("user_path_template", "Folder of new ones"),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("user_creation_mode"),
        Filter::exact("create_users_as_inactive"),
        Filter::exact("create_users_group"),
        Filter::exact("user_path_template"),
        Filter::exact("user_type"),
    ],
    ..Kind::STAGE
};
