//! The consent stage's fields.

use crate::resource::field::Field;
use crate::resource::kind::{Filter, Kind, Op};

/// `authentik_stages_consent.consentstage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_consent.consentstage",
    path: "stages/consent",
    schema: "ConsentStage",
    verbose: "Consent Stage",
    plural: "Consent Stages",
    description: "Asks whether an application may know something.",
    component: "ak-stage-consent-form",
    fields: &[
        Field::name().unique(),
        Field::choice(
            "mode",
            "How long an answer counts",
            &["always_require", "permanent", "expiring"],
            "ConsentModeEnum",
            "expiring",
        ),
        Field::duration("consent_expire_in", "Asked again after", "weeks=4"),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("mode"),
        Filter::exact("consent_expire_in"),
    ],
    ..Kind::STAGE
};
