//! Every name of api-and-model.md 6.2 and 6.3: here, or refused in words.

use serde_json::json;

use super::kit::{input, run_with};
use crate::expression::{Failure, Kind};

/// Names that are everywhere, and what each of them does when it is used.
const FUNCTIONS: &[(&str, &str)] = &[
    (
        "ak_is_group_member",
        "ak_is_group_member(user, name=\"family\")",
    ),
    ("ak_user_by", "ak_user_by(username=\"mia\")"),
    (
        "ak_user_has_authenticator",
        "ak_user_has_authenticator(user, device_type=\"totp\")",
    ),
    ("ak_call_policy", "ak_call_policy(\"is-family\").passing"),
    ("ak_create_event", "ak_create_event(\"seen\") is None"),
    (
        "ak_create_jwt",
        "ak_create_jwt(user, \"app\", [\"openid\", \"email\"]) == \"a token\"",
    ),
    (
        "ak_send_email",
        "ak_send_email(\"mia@example.org\", \"Hello\", body=\"x\", cc=\"tom@example.org\")",
    ),
    ("ak_logger", "ak_logger.warning(\"seen\", by=1) is None"),
    ("regex_match", "regex_match(\"abc\", \"b\")"),
    (
        "regex_replace",
        "regex_replace(\"abc\", \"b\", \"x\") == \"axc\"",
    ),
    ("list_flatten", "list_flatten([1]) == 1"),
    ("ip_address", "ip_address(\"10.0.0.1\").is_private"),
    (
        "ip_network",
        "ip_address(\"10.0.0.1\") in ip_network(\"10.0.0.0/8\")",
    ),
    ("resolve_dns", "resolve_dns(\"example.org\", 4)"),
    (
        "reverse_dns",
        "reverse_dns(\"192.0.2.1\") == \"host.example.org\"",
    ),
    ("slugify", "slugify(\"A b\") == \"a-b\""),
];

/// What Doorward refuses, with the words that say so.
const REFUSED: &[(&str, &str)] = &[
    (
        "requests.get(\"https://example.org\")",
        "make no connections",
    ),
    ("flow_plan.append_stage(None)", "bind the stage to the flow"),
    ("user.save()", "cannot write users"),
    ("user.set_password(\"x\")", "cannot write users"),
];

/// Refused when it is saved: what would fail each time it runs is better never begun.
#[test]
fn a_function_that_is_never_there_is_refused_at_its_place() {
    let failure = said("x = 1\nreturn ak_create_jwt_raw(\"app\", \"seconds=60\")");
    let failure = failure.expect_err("it signs anything").to_string();
    let words = "ak_create_jwt_raw is not available: use ak_create_jwt";
    assert!(
        failure.contains(words) && failure.contains("(line 2, column 8)"),
        "{failure}"
    );
}

/// What is there to be read.
const OBJECTS: &[(&str, &[&str])] = &[
    (
        "request",
        &["user", "http_request", "obj", "context", "debug"],
    ),
    (
        "user",
        &[
            "username",
            "name",
            "email",
            "pk",
            "uid",
            "uuid",
            "path",
            "type",
            "is_active",
            "is_superuser",
            "last_login",
            "date_joined",
            "password_change_date",
            "attributes",
            "group_attributes(request)",
            "groups.all()",
            "groups.filter(name=\"x\")",
            "groups.exists()",
            "all_groups()",
            "app_entitlements(application)",
            "app_entitlements_attributes(application)",
            "has_usable_password()",
            "check_password(\"x\")",
            "sources",
        ],
    ),
    (
        "user.groups.first()",
        &[
            "name",
            "pk",
            "num_pk",
            "attributes",
            "is_superuser",
            "users.all()",
        ],
    ),
    (
        "http_request",
        &[
            "GET",
            "POST",
            "META",
            "headers",
            "path",
            "method",
            "session",
            "brand.domain",
            "tenant",
            "build_absolute_uri()",
            "COOKIES",
        ],
    ),
    (
        "application",
        &["name", "slug", "group", "get_launch_url()"],
    ),
    ("source", &["name", "slug"]),
    ("flow_plan", &["context"]),
    ("ak_client_ip", &["is_private"]),
    ("geoip", &["get(\"country\")"]),
    ("context", &["get(\"asn\")", "get(\"prompt_data\")"]),
    ("pending_user", &["username"]),
    ("event", &["action"]),
];

fn said(source: &str) -> Result<bool, Failure> {
    let mut input = input();
    input.flow_plan = Some(json!({ "flow_pk": "f", "flow_slug": "enroll" }));
    let thing = |name: &str, value| (name.to_owned(), Kind::Thing, value);
    input
        .context
        .push(thing("source", json!({ "name": "S", "slug": "s" })));
    input
        .context
        .push(thing("event", json!({ "action": "login" })));
    run_with(source, input).map(|outcome| outcome.passing)
}

#[test]
fn every_function_of_the_specification_is_there() {
    for (name, used) in FUNCTIONS {
        assert!(used.contains(name));
        assert_eq!(said(&format!("return {used}")), Ok(true), "{used}");
    }
    assert_eq!(
        said("ak_message(\"x\")\nreturn not ak_is_sso_flow"),
        Ok(true)
    );
}

#[test]
fn what_is_not_there_says_so_in_words() {
    for (used, words) in REFUSED {
        let failure = said(&format!("return {used}")).expect_err(used).to_string();
        assert!(failure.contains(words), "{used}: {failure}");
    }
}

#[test]
fn every_attribute_of_the_specification_is_there() {
    for (object, attributes) in OBJECTS {
        for attribute in *attributes {
            let source = format!("found = {object}.{attribute}\nreturn True");
            assert_eq!(said(&source), Ok(true), "{object}.{attribute}");
        }
    }
}

/// api-and-model.md 6.3: what a policy puts into the plan's context is the flow's from then on.
#[test]
fn the_plans_context_is_the_flows() {
    let mut input = input();
    input.flow_plan = Some(json!({ "flow_pk": "f", "flow_slug": "enroll" }));
    let source = "flow_plan.context[\"note\"] = \"seen\"\nreturn context[\"note\"] == \"seen\"";
    let outcome = run_with(source, input).expect("an answer");
    assert!(outcome.passing);
    assert_eq!(outcome.context["note"], "seen");
}
