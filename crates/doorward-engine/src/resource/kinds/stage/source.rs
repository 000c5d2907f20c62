//! The source stage's fields.

use doorward_store::resource::OnDelete;

use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::kinds::source;

/// `authentik_stages_source.sourcestage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_source.sourcestage",
    path: "stages/source",
    schema: "SourceStage",
    verbose: "Source Stage",
    plural: "Source Stages",
    description: "Lets a source say who somebody is, and goes on.",
    component: "ak-stage-source-form",
    fields: &[
        Field::name().unique(),
        Field::new(
            "source",
            "Source",
            FieldType::One(Target::Kind(source::MODEL), OnDelete::Cascade),
        )
        .required(),
        Field::duration(
            "resume_timeout",
            "How long somebody may be away",
            "minutes=10",
        ),
        Field::new(
            "resume_on_match_failures",
            "Go on although the source found nobody, because of",
            FieldType::Choices(&["missing_property"], "ResumeOnMatchFailuresEnum"),
        )
        .default(Default::Words(&[])),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("source"),
        Filter::exact("resume_timeout"),
        Filter::new("stage_uuid", "pk", Op::Exact),
    ],
    ..Kind::STAGE
};
