//! The event matcher policy: which events a notification rule is for.

use std::net::IpAddr;

use super::event_words::{APPS, MODELS};
use super::policies::{CREATED, LOGGING, UPDATED, UUID};
use crate::resource::EVENT_ACTIONS;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Holds, Kind};
use crate::resource::validate::Draft;

const WORD: FieldType = FieldType::Text {
    max: 0,
    blank: true,
};

/// `authentik_policies_event_matcher.eventmatcherpolicy`
pub(crate) static EVENT_MATCHER: Kind = Kind {
    model: "authentik_policies_event_matcher.eventmatcherpolicy",
    path: "policies/event_matcher",
    schema: "EventMatcherPolicy",
    verbose: "Event Matcher Policy",
    plural: "Event Matcher Policies",
    description: "Says yes to events that are as described.",
    component: "ak-policy-event-matcher-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        described(
            "action",
            "What happened",
            FieldType::Choice(EVENT_ACTIONS, "EventActions"),
        ),
        described("client_ip", "From which address", WORD),
        described("app", "In which part", FieldType::Choice(APPS, "AppEnum")),
        described("model", "To what", FieldType::Choice(MODELS, "ModelEnum")),
        described("query", "Query", WORD).help("Kept for authentik's clients; must be empty."),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("action"),
        Filter::exact("app").of(Holds::Text),
        Filter::exact("client_ip"),
        Filter::exact("model").of(Holds::Text),
        Filter::exact("query"),
        UUID,
    ],
    check,
    ..Kind::POLICY
};

/// A mark by which an event is told; null for any.
const fn described(key: &'static str, label: &'static str, holds: FieldType) -> Field {
    Field::new(key, label, holds)
        .nullable()
        .default(Default::Null)
}

fn check(draft: &mut Draft<'_>) {
    if !draft.text("query").is_empty() {
        let message =
            "Doorward does not read queries yet. Use the other fields, or an expression policy.";
        draft.errors.add("query", message);
    }
    let address = draft.text("client_ip");
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        let message = "Enter a valid IPv4 or IPv6 address.";
        draft.errors.add("client_ip", message);
    }
}
