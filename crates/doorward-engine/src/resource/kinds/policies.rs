//! The policies of authentik that Doorward evaluates. What they say stands in `policy`.
//!
//! A policy kind that is not here or in `declared_policies` cannot be made.

use serde_json::Value;

use crate::policy::HISTORY_MAX;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Holds, Kind, Op};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

pub(super) const LOGGING: Field = Field::flag("execution_logging", "Write down each answer", false);
pub(super) const UUID: Filter = Filter::new("policy_uuid", "pk", Op::Exact);
/// To the millisecond.
pub(super) const CREATED: Filter = Filter::new("created", "", Op::Test(was_made)).of(Holds::Time);
/// To the millisecond.
pub(super) const UPDATED: Filter =
    Filter::new("last_updated", "", Op::Test(was_changed)).of(Holds::Time);
/// What counts as a symbol when nobody says, as authentik has it without the blank at
/// its end, which its API takes off as well.
const SYMBOLS: &str = "!\\\"#$%&'()*+,-./:;<=>?@[]^_`{|}~";

fn was_made(object: &Object, _: &World, wanted: &[&str]) -> bool {
    is_at(object.created_at, wanted)
}

fn was_changed(object: &Object, _: &World, wanted: &[&str]) -> bool {
    is_at(object.updated_at, wanted)
}

fn is_at(at_ms: i64, wanted: &[&str]) -> bool {
    let wanted = wanted
        .last()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    wanted.is_some_and(|wanted| wanted.as_millisecond() == at_ms)
}

/// `authentik_policies_expression.expressionpolicy`
pub(crate) static EXPRESSION: Kind = Kind {
    model: "authentik_policies_expression.expressionpolicy",
    path: "policies/expression",
    schema: "ExpressionPolicy",
    verbose: "Expression Policy",
    plural: "Expression Policies",
    description: "Asks a Python expression of your own.",
    component: "ak-policy-expression-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::new("expression", "Expression", FieldType::Expression).required(),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("expression"),
        UUID,
    ],
    ..Kind::POLICY
};

/// `authentik_policies_dummy.dummypolicy`
pub(crate) static DUMMY: Kind = Kind {
    model: "authentik_policies_dummy.dummypolicy",
    path: "policies/dummy",
    schema: "DummyPolicy",
    verbose: "Dummy Policy",
    plural: "Dummy Policies",
    description: "Always says the same, for trying things out.",
    component: "ak-policy-dummy-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::flag("result", "Its answer", false),
        Field::new("wait_min", "Waits at least", WHOLE)
            .default(Default::Integer(5))
            .help("Kept for authentik's clients; Doorward does not wait."),
        Field::new("wait_max", "Waits at most", WHOLE).default(Default::Integer(30)),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("result"),
        Filter::exact("wait_min"),
        Filter::exact("wait_max"),
        UUID,
    ],
    ..Kind::POLICY
};

pub(super) const WHOLE: FieldType = FieldType::Integer {
    min: i32::MIN as i64,
    max: i32::MAX as i64,
};

/// `authentik_policies_expiry.passwordexpirypolicy`
pub(crate) static PASSWORD_EXPIRY: Kind = Kind {
    model: "authentik_policies_expiry.passwordexpirypolicy",
    path: "policies/password_expiry",
    schema: "PasswordExpiryPolicy",
    verbose: "Password Expiry Policy",
    plural: "Password Expiry Policies",
    description: "Says no to passwords that are too old.",
    component: "ak-policy-password-expiry-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::new("days", "Days that a password is good for", WHOLE).required(),
        Field::flag("deny_only", "Only say no", false)
            .help("Kept for authentik's clients; Doorward only ever says no."),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("days"),
        Filter::exact("deny_only"),
        UUID,
    ],
    ..Kind::POLICY
};

/// `authentik_policies_password.passwordpolicy`
pub(crate) static PASSWORD: Kind = Kind {
    model: "authentik_policies_password.passwordpolicy",
    path: "policies/password",
    schema: "PasswordPolicy",
    verbose: "Password Policy",
    plural: "Password Policies",
    description: "Looks at a password that is being set.",
    component: "ak-policy-password-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::text("password_field", "Field of the prompt").default(Default::Text("password")),
        Field::count("amount_digits", "Digits", 0),
        Field::count("amount_uppercase", "Capital letters", 0),
        Field::count("amount_lowercase", "Small letters", 0),
        Field::count("amount_symbols", "Symbols", 0),
        Field::count("length_min", "Characters", 0),
        Field::text("symbol_charset", "What counts as a symbol").default(Default::Text(SYMBOLS)),
        Field::text("error_message", "Message when these are not met"),
        Field::flag("check_static_rules", "Count characters", true),
        Field::flag(
            "check_have_i_been_pwned",
            "Ask the list of breached passwords",
            false,
        ),
        Field::flag("check_zxcvbn", "Estimate the strength", false),
        Field::count("hibp_allowed_count", "It may be on the list so often", 0),
        Field::count("zxcvbn_score_threshold", "The estimate must be above", 2),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("amount_digits"),
        Filter::exact("amount_lowercase"),
        Filter::exact("amount_symbols"),
        Filter::exact("amount_uppercase"),
        Filter::exact("check_have_i_been_pwned"),
        Filter::exact("check_static_rules"),
        Filter::exact("check_zxcvbn"),
        Filter::exact("error_message"),
        Filter::exact("hibp_allowed_count"),
        Filter::exact("length_min"),
        Filter::exact("password_field"),
        Filter::exact("symbol_charset"),
        Filter::exact("zxcvbn_score_threshold"),
        UUID,
    ],
    ..Kind::POLICY
};

/// `authentik_policies_unique_password.uniquepasswordpolicy`
pub(crate) static UNIQUE_PASSWORD: Kind = Kind {
    model: "authentik_policies_unique_password.uniquepasswordpolicy",
    path: "policies/unique_password",
    schema: "UniquePasswordPolicy",
    verbose: "Password Uniqueness Policy",
    plural: "Password Uniqueness Policies",
    description: "Says no to passwords that the person has had before.",
    component: "ak-policy-password-uniqueness-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::text("password_field", "Field of the prompt").default(Default::Text("password")),
        Field::count("num_historical_passwords", "Passwords that count", 1)
            .help("The present one is the first; each costs a comparison."),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("num_historical_passwords"),
        Filter::exact("password_field"),
        UUID,
    ],
    check: check_history,
    ..Kind::POLICY
};

fn check_history(draft: &mut Draft<'_>) {
    let wanted = draft.values.get("num_historical_passwords");
    if wanted.and_then(Value::as_i64) > Some(HISTORY_MAX) {
        let message = format!("Ensure this value is less than or equal to {HISTORY_MAX}.");
        draft.errors.add("num_historical_passwords", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_compared_to_the_millisecond() {
        assert!(is_at(1, &["1970-01-01T00:00:00.001Z"]));
        assert!(!is_at(2, &["1970-01-01T00:00:00.001Z"]));
        assert!(!is_at(0, &["yesterday"]) && !is_at(0, &[]));
    }
}
