//! Who may register clients with an `OAuth2` provider, and what those get (RFC 7591).
//!
//! Rule: without an object of this kind nobody registers anything.

use doorward_store::resource::OnDelete;

use super::oauth2_provider::{GRANT_TYPES, MODEL as PROVIDER};
use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Pk};

const FLOW: Target = Target::Kind("authentik_flows.flow");

/// The model.
pub(crate) const MODEL: &str = "authentik_providers_oauth2.oauth2dynamicclientregistration";

/// `authentik_providers_oauth2.oauth2dynamicclientregistration`
pub(crate) static OAUTH2_REGISTRATION: Kind = Kind {
    model: MODEL,
    path: "providers/oauth2-dcr",
    pk: Pk::Uuid,
    pk_field: "pbm_uuid",
    lookup: "pbm_uuid",
    param: "pbm_uuid",
    schema: "OAuth2DynamicClientRegistration",
    verbose: "OAuth2 Dynamic Client Registration",
    plural: "OAuth2 Dynamic Client Registrations",
    fields: &[
        Field::new(
            "provider",
            "Provider that clients register with",
            FieldType::One(Target::Kind(PROVIDER), OnDelete::Cascade),
        )
        .required()
        .unique(),
        Field::text("default_application_group", "Section of their applications"),
        Field::optional("override_authorization_flow", "Flow before they open", FLOW)
            .help("Left empty: the provider's own."),
        Field::optional("override_invalidation_flow", "Flow that signs out", FLOW)
            .help("Left empty: the provider's own."),
        Field::many(
            "override_property_mappings",
            "Scopes that they may ask for",
            Target::Family(Family::PropertyMapping),
        )
        .help(
            "Left empty: the provider's own, without the ones that open this server's API or \
                 register clients.",
        ),
        Field::duration(
            "access_token_validity",
            "Length of their access tokens",
            "hours=1",
        ),
        Field::duration(
            "refresh_token_validity",
            "Length of their refresh tokens",
            "days=30",
        ),
        Field::new(
            "allowed_grant_types",
            "Ways to a token that they may ask for",
            FieldType::Choices(GRANT_TYPES, "GrantTypeEnum"),
        )
        .default(Default::Words(&[]))
        .help("Left empty: all."),
        Field::new(
            "clients_max",
            "Most clients",
            FieldType::Integer {
                min: 0,
                max: 100_000,
            },
        )
        .default(Default::Integer(100))
        .ours()
        .help("As many may be registered at once; whoever wants more is refused."),
        Field::engine_mode(),
    ],
    filters: &[Filter::exact("provider")],
    ordering: &[("provider", "")],
    default_order: "provider",
    ..Kind::BASE
};
