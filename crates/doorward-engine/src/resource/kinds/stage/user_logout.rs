//! The user logout stage's fields.

use crate::resource::field::Field;
use crate::resource::kind::{Filter, Kind, Op};

/// `authentik_stages_user_logout.userlogoutstage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_user_logout.userlogoutstage",
    path: "stages/user_logout",
    schema: "UserLogoutStage",
    verbose: "User Logout Stage",
    plural: "User Logout Stages",
    description: "Signs the person out.",
    component: "ak-stage-user-logout-form",
    fields: &[Field::name().unique()],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
    ],
    ..Kind::STAGE
};
