//! The password stage's fields.

use super::FLOW;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind};

const BACKENDS: &[&str] = &[
    "authentik.core.auth.InbuiltBackend",
    "authentik.core.auth.TokenBackend",
    "authentik.sources.ldap.auth.LDAPBackend",
    "authentik.sources.kerberos.auth.KerberosBackend",
];

/// `authentik_stages_password.passwordstage`
pub(crate) static KIND: Kind = Kind {
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
