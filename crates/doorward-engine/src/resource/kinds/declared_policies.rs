//! Doorward's own policies that need no code. authentik has none of them.

use super::policies::{LOGGING, UUID};
use crate::policy::{declared, rule};
use crate::resource::GROUP;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind};
use crate::resource::validate::Draft;

const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const FILTERS: &[Filter] = &[
    Filter::exact("name"),
    Filter::exact("execution_logging"),
    UUID,
];
const FILLED: FieldType = FieldType::Text {
    max: 20_000,
    blank: false,
};
const TIME: FieldType = FieldType::Text {
    max: 5,
    blank: false,
};

/// `doorward_policies.groups`
pub(crate) static GROUPS: Kind = Kind {
    model: "doorward_policies.groups",
    path: "policies/groups",
    schema: "GroupsPolicy",
    verbose: "Groups Policy",
    plural: "Groups Policies",
    description: "Lets members of any of some groups in.",
    component: "doorward-policy-groups-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::many("groups", "Groups", Target::Kind(GROUP)),
    ],
    filters: FILTERS,
    ..Kind::POLICY
};

/// `doorward_policies.networks`
pub(crate) static NETWORKS: Kind = Kind {
    model: "doorward_policies.networks",
    path: "policies/networks",
    schema: "NetworksPolicy",
    verbose: "Networks Policy",
    plural: "Networks Policies",
    description: "Lets requests from named networks in, on wish without a login.",
    component: "doorward-policy-networks-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::new("networks", "Networks", FILLED)
            .required()
            .help("Such as 192.168.1.0/24, between spaces, commas or line ends."),
        Field::flag("admits_without_login", "No login needed from there", false).help(
            "At a reverse proxy: the app is told of nobody. Only the address that a trusted proxy states counts.",
        ),
    ],
    filters: FILTERS,
    check: check_networks,
    ..Kind::POLICY
};

fn check_networks(draft: &mut Draft<'_>) {
    if let Err(message) = rule::networks(draft.text("networks")) {
        draft.errors.add("networks", message);
    }
}

/// `doorward_policies.hours`
pub(crate) static HOURS: Kind = Kind {
    model: "doorward_policies.hours",
    path: "policies/hours",
    schema: "HoursPolicy",
    verbose: "Hours Policy",
    plural: "Hours Policies",
    description: "Lets people in at certain hours.",
    component: "doorward-policy-hours-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::new("days", "Days", FieldType::Choices(DAYS, "WeekdayEnum"))
            .default(Default::Words(DAYS)),
        Field::new("begins", "From", TIME).default(Default::Text("00:00")),
        Field::new("ends", "Until", TIME)
            .default(Default::Text("00:00"))
            .help("Not later than the beginning means the next day."),
        Field::text("time_zone", "Time zone")
            .default(Default::Text("UTC"))
            .help("Such as Europe/Zurich."),
    ],
    filters: FILTERS,
    check: check_hours,
    ..Kind::POLICY
};

fn check_hours(draft: &mut Draft<'_>) {
    for key in ["begins", "ends"] {
        if let Err(message) = declared::time(draft.text(key)) {
            draft.errors.add(key, message);
        }
    }
    if jiff::tz::TimeZone::get(draft.text("time_zone")).is_err() {
        draft.errors.add("time_zone", "There is no such time zone.");
    }
}

/// `doorward_policies.emaildomains`
pub(crate) static EMAIL_DOMAINS: Kind = Kind {
    model: "doorward_policies.emaildomains",
    path: "policies/email_domains",
    schema: "EmailDomainsPolicy",
    verbose: "E-mail Domains Policy",
    plural: "E-mail Domains Policies",
    description: "Lets people in whose address is at one of some domains.",
    component: "doorward-policy-email-domains-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::new("domains", "Domains", FILLED)
            .required()
            .help("Such as example.org, between spaces, commas or line ends."),
        Field::flag("subdomains", "Names below them, too", false),
    ],
    filters: FILTERS,
    ..Kind::POLICY
};
