//! The user login stage's fields.

use crate::resource::field::Field;
use crate::resource::kind::{Filter, Kind, Op};

/// `authentik_stages_user_login.userloginstage`
pub(crate) static KIND: Kind = Kind {
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
    ..Kind::STAGE
};
