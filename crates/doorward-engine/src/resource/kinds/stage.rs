//! The stages that Doorward can run: identification, password, user login, user logout.
//!
//! Owns their fields. What they do stands in `flow`. A stage kind that is not here cannot be made.

use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Op};
use crate::resource::validate::Draft;
use serde_json::json;

const FLOW: Target = Target::Kind("authentik_flows.flow");
const USER_FIELDS: &[&str] = &["email", "username", "upn"];
const INBUILT: &str = "authentik.core.auth.InbuiltBackend";
const BACKENDS: &[&str] = &[
    INBUILT,
    "authentik.core.auth.TokenBackend",
    "authentik.sources.ldap.auth.LDAPBackend",
    "authentik.sources.kerberos.auth.KerberosBackend",
];

/// `authentik_stages_identification.identificationstage`
pub(crate) static IDENTIFICATION: Kind = Kind {
    model: "authentik_stages_identification.identificationstage",
    path: "stages/identification",
    schema: "IdentificationStage",
    verbose: "Identification Stage",
    plural: "Identification Stages",
    description: "Asks who somebody is.",
    component: "ak-stage-identification-form",
    fields: &[
        Field::name().unique(),
        Field::new(
            "user_fields",
            "What they may type",
            FieldType::Choices(USER_FIELDS, "UserFieldsEnum"),
        )
        .default(Default::Words(&["email", "username"])),
        Field::optional(
            "password_stage",
            "Ask for the password on the same page",
            Target::Kind("authentik_stages_password.passwordstage"),
        ),
        Field::optional("captcha_stage", "Captcha stage", Target::Nothing),
        Field::flag("case_insensitive_matching", "Ignore case", true),
        Field::flag("show_matched_user", "Show who was found", true),
        Field::optional("enrollment_flow", "Flow to sign up", FLOW),
        Field::optional("recovery_flow", "Flow for lost passwords", FLOW),
        Field::optional("passwordless_flow", "Flow without a password", FLOW),
        Field::many("sources", "Sources", Target::Nothing),
        Field::flag("show_source_labels", "Show the sources' names", false),
        Field::flag(
            "pretend_user_exists",
            "Go on for unknown names as for known ones",
            true,
        ),
        Field::flag("enable_remember_me", "Offer to remember the name", false),
        Field::optional("webauthn_stage", "Passkey stage", Target::Nothing),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("captcha_stage"),
        Filter::exact("case_insensitive_matching"),
        Filter::exact("enrollment_flow"),
        Filter::exact("password_stage"),
        Filter::exact("passwordless_flow"),
        Filter::exact("recovery_flow"),
        Filter::exact("show_matched_user"),
        Filter::exact("show_source_labels"),
        Filter::exact("webauthn_stage"),
    ],
    check: check_identification,
    ..Kind::STAGE
};

fn check_identification(draft: &mut Draft<'_>) {
    let fields = draft
        .values
        .get("user_fields")
        .and_then(|fields| fields.as_array())
        .map_or(0, Vec::len);
    if fields == 0
        && draft
            .values
            .get("sources")
            .is_none_or(|sources| *sources == json!([]))
    {
        draft.errors.add(
            "user_fields",
            "When no user fields are selected, at least one source must be selected",
        );
    }
}

/// `authentik_stages_password.passwordstage`
pub(crate) static PASSWORD: Kind = Kind {
    model: "authentik_stages_password.passwordstage",
    path: "stages/password",
    schema: "PasswordStage",
    verbose: "Password Stage",
    plural: "Password Stages",
    description: "Asks for the password.",
    component: "ak-stage-password-form",
    fields: &[
        Field::name().unique(),
        Field::new(
            "backends",
            "Where passwords are checked",
            FieldType::Choices(BACKENDS, "BackendsEnum"),
        )
        .required(),
        Field::optional("configure_flow", "Flow to change the password", FLOW),
        Field::new(
            "failed_attempts_before_cancel",
            "Wrong passwords before it starts again",
            FieldType::Integer {
                min: i32::MIN as i64,
                max: i32::MAX as i64,
            },
        )
        .default(Default::Integer(5)),
        Field::flag("allow_show_password", "Offer to show the password", false),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("configure_flow"),
        Filter::exact("failed_attempts_before_cancel"),
        Filter::exact("allow_show_password"),
    ],
    ..Kind::STAGE
};

/// `authentik_stages_user_login.userloginstage`
pub(crate) static USER_LOGIN: Kind = Kind {
    model: "authentik_stages_user_login.userloginstage",
    path: "stages/user_login",
    schema: "UserLoginStage",
    verbose: "User Login Stage",
    plural: "User Login Stages",
    description: "Signs the person in.",
    component: "ak-stage-user-login-form",
    fields: &[
        Field::name().unique(),
        Field::duration("session_duration", "Length of the session", "seconds=0")
            .help("Zero lets it end with the browser."),
        Field::flag(
            "terminate_other_sessions",
            "End the person's other sessions",
            false,
        ),
        Field::duration(
            "remember_me_offset",
            "Longer by, when they choose to stay signed in",
            "seconds=0",
        ),
        Field::choice(
            "network_binding",
            "Bind to the network",
            &[
                "no_binding",
                "bind_asn",
                "bind_asn_network",
                "bind_asn_network_ip",
            ],
            "NetworkBindingEnum",
            "no_binding",
        ),
        Field::choice(
            "geoip_binding",
            "Bind to the place",
            &[
                "no_binding",
                "bind_continent",
                "bind_continent_country",
                "bind_continent_country_city",
            ],
            "GeoipBindingEnum",
            "no_binding",
        ),
        Field::duration(
            "remember_device",
            "How long a browser counts as known",
            "days=30",
        ),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("session_duration"),
        Filter::exact("terminate_other_sessions"),
        Filter::exact("remember_me_offset"),
        Filter::exact("network_binding"),
        Filter::exact("geoip_binding"),
        Filter::exact("remember_device"),
    ],
    check: check_user_login,
    ..Kind::STAGE
};

/// A binding that nothing enforces would only look safe: without a database of networks and places
/// it is refused, not ignored.
fn check_user_login(draft: &mut Draft<'_>) {
    for key in ["network_binding", "geoip_binding"] {
        if !matches!(draft.text(key), "no_binding" | "") {
            let message = "Sessions cannot be bound to networks or places: Doorward reads no GeoIP database yet.";
            draft.errors.add(key, message);
        }
    }
}

/// `authentik_stages_user_logout.userlogoutstage`
pub(crate) static USER_LOGOUT: Kind = Kind {
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
