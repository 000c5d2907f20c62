//! The policy about places: from where on the map somebody may come.

use serde_json::{Map, Value, json};

use super::policies::LOGGING;
use crate::geo::country;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

/// So many sign-ins are looked back at.
const LOGINS_MAX: i64 = 100;
/// So many systems stand in one list.
const ASNS_MAX: usize = 1000;

/// `authentik_policies_geoip.geoippolicy`
pub(crate) static GEOIP: Kind = Kind {
    model: "authentik_policies_geoip.geoippolicy",
    path: "policies/geoip",
    schema: "GeoIPPolicy",
    verbose: "GeoIP Policy",
    plural: "GeoIP Policies",
    description: "Looks at where on the map, and in whose network, somebody is.",
    component: "ak-policy-geoip-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::new(
            "asns",
            "Autonomous systems",
            FieldType::Integers {
                min: i32::MIN as i64,
                max: i32::MAX as i64,
            },
        )
        .default(Default::Words(&[])),
        Field::new(
            "countries",
            "Countries",
            FieldType::Choices(country::CODES, "CountryCodeEnum"),
        )
        .required(),
        Field::flag(
            "check_history_distance",
            "Not far from the last sign-ins",
            false,
        ),
        KILOMETERS,
        Field::count(
            "distance_tolerance_km",
            "Kilometers more that are forgiven",
            50,
        ),
        Field::count("history_login_count", "Sign-ins to look back at", 5),
        Field::flag(
            "check_impossible_travel",
            "No faster than an airplane",
            false,
        ),
        Field::count(
            "impossible_tolerance_km",
            "Kilometers more that are forgiven",
            100,
        ),
    ],
    filters: &[Filter::exact("name")],
    check,
    present: show,
    ..Kind::POLICY
};

const KILOMETERS: Field = Field::new(
    "history_max_distance_km",
    "Kilometers that are not far",
    FieldType::Integer {
        min: 0,
        max: i64::MAX,
    },
)
.default(Default::Integer(100));

fn check(draft: &mut Draft<'_>) {
    let logins = draft.values.get("history_login_count");
    if logins.and_then(Value::as_i64) > Some(LOGINS_MAX) {
        let message = format!("Ensure this value is less than or equal to {LOGINS_MAX}.");
        draft.errors.add("history_login_count", message);
    }
    let asns = draft.values.get("asns").and_then(Value::as_array);
    if asns.is_some_and(|asns| asns.len() > ASNS_MAX) {
        let message = format!("Ensure this field has no more than {ASNS_MAX} elements.");
        draft.errors.add("asns", message);
    }
}

fn show(object: &Object, _: &World, answer: &mut Map<String, Value>) {
    let codes = object.config.get("countries").and_then(Value::as_array);
    let codes = codes.into_iter().flatten().filter_map(Value::as_str);
    let named = codes.map(|code| json!({ "code": code, "name": country::name(code) }));
    answer.insert("countries_obj".into(), named.collect());
}
