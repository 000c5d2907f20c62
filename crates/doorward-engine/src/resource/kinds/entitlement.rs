//! Entitlements of applications: names that an application knows, and who is bound to them.

use doorward_store::resource::OnDelete;

use crate::entitlement::MODEL;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind};

const APPLICATION: Target = Target::Kind("authentik_core.application");

/// `authentik_core.applicationentitlement`
pub(crate) static ENTITLEMENT: Kind = Kind {
    model: MODEL,
    path: "core/application_entitlements",
    pk_field: "pbm_uuid",
    lookup: "pbm_uuid",
    param: "pbm_uuid",
    schema: "ApplicationEntitlement",
    verbose: "Application Entitlement",
    plural: "Application Entitlements",
    fields: &[
        Field::name(),
        Field::new(
            "app",
            "Application",
            FieldType::One(APPLICATION, OnDelete::Cascade),
        )
        .required(),
        Field::new("attributes", "Attributes", FieldType::Object)
            .default(Default::Object)
            .help("What holding it says besides its name."),
    ],
    search: &[("name", "")],
    filters: &[
        Filter::exact("app"),
        Filter::exact("name"),
        Filter::exact("pbm_uuid"),
    ],
    ordering: &[("name", ""), ("pbm_uuid", "")],
    default_order: "name",
    unique_together: &[&["app", "name"]],
    ..Kind::BASE
};
