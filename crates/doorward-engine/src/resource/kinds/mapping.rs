//! Property mappings: an operator's own words for what somebody is called elsewhere.
//!
//! Owns the table of their kinds, which differ in a field or two. What a mapping's text finds stands
//! in `policy::expression`; who asks for it is the provider or the source. Rule: a text that cannot
//! be read is not saved.

use crate::resource::field::{Default, Family, Field, FieldType};
use crate::resource::kind::{Filter, Kind, Op};

const NAME: Field = Field::name().unique();
const MANAGED: Field = Field::managed();
const EXPRESSION: Field = Field::new("expression", "Expression", FieldType::Expression).required();
const FIELDS: &[Field] = &[MANAGED, NAME, EXPRESSION];
const BY_NAME: Filter = Filter::exact("name");
const BY_MANAGED: Filter = Filter::new("managed", "managed", Op::In);
const IS_MANAGED: Filter = Filter::new("managed__isnull", "managed", Op::IsNull);
const FILTERS: &[Filter] = &[BY_NAME, BY_MANAGED, IS_MANAGED];
const WORD: FieldType = FieldType::Text {
    max: 0,
    blank: false,
};

/// What all of them share; one that says nothing more has only a name and a text.
const MAPPING: Kind = Kind {
    param: "pm_uuid",
    family: Some(Family::PropertyMapping),
    fields: FIELDS,
    search: &[("name", "name")],
    filters: FILTERS,
    ordering: &[("name", "name")],
    ..Kind::BASE
};

/// Every kind, in the order of the OpenAPI file.
pub(crate) static ALL: &[&Kind] = &[
    &Kind {
        model: "authentik_events.notificationwebhookmapping",
        path: "propertymappings/notification",
        schema: "NotificationWebhookMapping",
        verbose: "Webhook Mapping",
        plural: "Webhook Mappings",
        description: "The body or the headers of a notification.",
        component: "ak-property-mapping-notification-form",
        fields: &[NAME, EXPRESSION],
        filters: &[BY_NAME],
        ..MAPPING
    },
    &Kind {
        model: "authentik_providers_rac.racpropertymapping",
        path: "propertymappings/provider/rac",
        schema: "RACPropertyMapping",
        verbose: "RAC Provider Property Mapping",
        plural: "RAC Provider Property Mappings",
        description: "Settings of a connection to a remote desktop.",
        component: "ak-property-mapping-provider-rac-form",
        fields: &[
            MANAGED,
            NAME,
            Field::new("expression", "Expression", FieldType::Expression)
                .default(Default::Text("")),
            Field::new("static_settings", "Fixed settings", FieldType::Object).required(),
        ],
        ..MAPPING
    },
    &Kind {
        model: "authentik_providers_radius.radiusproviderpropertymapping",
        path: "propertymappings/provider/radius",
        schema: "RadiusProviderPropertyMapping",
        verbose: "Radius Provider Property Mapping",
        plural: "Radius Provider Property Mappings",
        description: "Attributes of a RADIUS answer.",
        component: "ak-property-mapping-provider-radius-form",
        ..MAPPING
    },
    &Kind {
        model: "authentik_providers_saml.samlpropertymapping",
        path: "propertymappings/provider/saml",
        schema: "SAMLPropertyMapping",
        verbose: "SAML Provider Property Mapping",
        plural: "SAML Provider Property Mappings",
        description: "An attribute of a SAML assertion.",
        component: "ak-property-mapping-provider-saml-form",
        fields: &[
            MANAGED,
            NAME,
            EXPRESSION,
            Field::new("saml_name", "Name of the attribute", WORD).required(),
            Field::new(
                "friendly_name",
                "Its friendly name",
                FieldType::Text {
                    max: 0,
                    blank: true,
                },
            )
            .nullable()
            .default(Default::Null),
        ],
        filters: &[
            BY_NAME,
            BY_MANAGED,
            IS_MANAGED,
            Filter::exact("friendly_name"),
            Filter::exact("saml_name"),
        ],
        ..MAPPING
    },
    &Kind {
        model: "authentik_providers_scim.scimmapping",
        path: "propertymappings/provider/scim",
        schema: "SCIMMapping",
        verbose: "SCIM Provider Mapping",
        plural: "SCIM Provider Mappings",
        description: "Attributes of a person or group that is told to an app by SCIM.",
        component: "ak-property-mapping-provider-scim-form",
        ..MAPPING
    },
    &Kind {
        model: "authentik_providers_oauth2.scopemapping",
        path: "propertymappings/provider/scope",
        schema: "ScopeMapping",
        verbose: "Scope Mapping",
        plural: "Scope Mappings",
        description: "What an app learns that asks for a scope of OAuth.",
        component: "ak-property-mapping-provider-scope-form",
        fields: &[
            MANAGED,
            NAME,
            EXPRESSION,
            Field::new("scope_name", "Scope", WORD)
                .required()
                .help("As the app asks for it."),
            Field::text("description", "What people are told of it")
                .help("Shown where they consent; empty says nothing."),
        ],
        filters: &[BY_NAME, BY_MANAGED, IS_MANAGED, Filter::exact("scope_name")],
        ..MAPPING
    },
    &of_source(
        [
            "authentik_sources_kerberos.kerberossourcepropertymapping",
            "propertymappings/source/kerberos",
            "KerberosSourcePropertyMapping",
            "Kerberos Source Property Mapping",
            "Kerberos Source Property Mappings",
            "ak-property-mapping-source-kerberos-form",
        ],
        "Who somebody of a Kerberos realm is here.",
    ),
    &of_source(
        [
            "authentik_sources_ldap.ldapsourcepropertymapping",
            "propertymappings/source/ldap",
            "LDAPSourcePropertyMapping",
            "LDAP Source Property Mapping",
            "LDAP Source Property Mappings",
            "ak-property-mapping-source-ldap-form",
        ],
        "Who somebody of an LDAP directory is here.",
    ),
    &of_source(
        [
            "authentik_sources_oauth.oauthsourcepropertymapping",
            "propertymappings/source/oauth",
            "OAuthSourcePropertyMapping",
            "OAuth Source Property Mapping",
            "OAuth Source Property Mappings",
            "ak-property-mapping-source-oauth-form",
        ],
        "Who somebody with an account elsewhere is here.",
    ),
    &of_source(
        [
            "authentik_sources_plex.plexsourcepropertymapping",
            "propertymappings/source/plex",
            "PlexSourcePropertyMapping",
            "Plex Source Property Mapping",
            "Plex Source Property Mappings",
            "ak-property-mapping-source-plex-form",
        ],
        "Who somebody with a Plex account is here.",
    ),
    &of_source(
        [
            "authentik_sources_saml.samlsourcepropertymapping",
            "propertymappings/source/saml",
            "SAMLSourcePropertyMapping",
            "SAML Source Property Mapping",
            "SAML Source Property Mappings",
            "ak-property-mapping-source-saml-form",
        ],
        "Who somebody of another SAML provider is here.",
    ),
    &of_source(
        [
            "authentik_sources_scim.scimsourcepropertymapping",
            "propertymappings/source/scim",
            "SCIMSourcePropertyMapping",
            "SCIM Source Property Mapping",
            "SCIM Source Property Mappings",
            "ak-property-mapping-source-scim-form",
        ],
        "Who somebody is here whom another directory sends by SCIM.",
    ),
    &of_source(
        [
            "authentik_sources_telegram.telegramsourcepropertymapping",
            "propertymappings/source/telegram",
            "TelegramSourcePropertyMapping",
            "Telegram Source Property Mapping",
            "Telegram Source Property Mappings",
            "ak-property-mapping-source-telegram-form",
        ],
        "Who somebody of Telegram is here.",
    ),
];

/// Model, path, schema, both names and form element of a source's mapping, and its description.
const fn of_source(words: [&'static str; 6], description: &'static str) -> Kind {
    let [model, path, schema, verbose, plural, component] = words;
    Kind {
        model,
        path,
        schema,
        verbose,
        plural,
        description,
        component,
        ..MAPPING
    }
}
