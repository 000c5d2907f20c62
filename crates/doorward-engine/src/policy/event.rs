//! Whether an event is one of those that a notification rule is for.
//!
//! Rule: every mark that is set has to fit; where there is no event, nothing does.

use serde_json::Value;

use super::rule::EventMatcher;
use super::{Question, Ruling};

/// What operators' own words begin with.
const CUSTOM: &str = "custom_";

pub(super) fn matches(rule: &EventMatcher, question: &Question<'_>) -> Ruling {
    let context = question.flow.map(|flow| &flow.context);
    let mut context = context.into_iter().flatten();
    let event = context.find(|(key, ..)| key == "event");
    Ruling::plain(event.is_some_and(|(.., event)| fits(rule, event)))
}

fn fits(rule: &EventMatcher, event: &Value) -> bool {
    let text = |key: &str| event[key].as_str().unwrap_or_default();
    let is = |wanted: &Option<String>, found: &str| {
        wanted
            .as_deref()
            .is_none_or(|wanted| wanted.is_empty() || wanted == found)
    };
    let about = &event["context"]["model"];
    let word = |key: &str| about[key].as_str().unwrap_or_default();
    let model = format!("{}.{}", word("app"), word("model_name"));
    let is_custom = rule.action.as_deref() == Some(CUSTOM) && text("action").starts_with(CUSTOM);
    (is_custom || is(&rule.action, text("action")))
        && is(&rule.client_ip, text("client_ip"))
        && is(&rule.app, text("app"))
        && is(&rule.model, &model)
}
