//! A challenge as authentik's JSON. `api-and-model.md` section 3.4 and the schemas of its OpenAPI.

use doorward_engine::flow::{Challenge, FlowInfo, Mistake};
use serde_json::{Map, Value, json};

use crate::flow::stages::{self, AVATAR};
use crate::look;

/// The whole envelope of a challenge.
pub(super) fn challenge(challenge: &Challenge, cancel_url: &str) -> Value {
    let mut body = stages::json(challenge);
    body["component"] = challenge.ask.component().into();
    body["flow_info"] = flow_info(&challenge.flow, cancel_url);
    if !challenge.mistakes.is_empty() {
        body["response_errors"] = response_errors(&challenge.mistakes);
    }
    body
}

/// The end of a flow.
pub(super) fn redirect(to: &str) -> Value {
    json!({ "component": "xak-flow-redirect", "to": to })
}

/// A fault of ours; the reference finds it in the log, and that alone is told.
pub(super) fn fault(reference: &str) -> Value {
    json!({ "component": "ak-stage-flow-error", "request_id": reference })
}

/// A refusal.
pub(super) fn denied(message: &str, user: &str, title: &str, cancel_url: &str) -> Value {
    let info = FlowInfo {
        title: title.to_owned(),
        ..FlowInfo::default()
    };
    json!({
        "component": "ak-stage-access-denied",
        "flow_info": flow_info(&info, cancel_url),
        "pending_user": user,
        "pending_user_avatar": AVATAR,
        "error_message": message,
    })
}

fn flow_info(info: &FlowInfo, cancel_url: &str) -> Value {
    let layout = if info.layout.is_empty() {
        "stacked"
    } else {
        &info.layout
    };
    let background = look::current().background;
    json!({
        "title": info.title,
        "background": background.as_ref().map_or("", |background| &*background.light),
        "background_themed_urls": background,
        "cancel_url": cancel_url,
        "layout": layout,
    })
}

/// `{field: [{string, code}]}`
fn response_errors(mistakes: &[Mistake]) -> Value {
    let mut errors = Map::new();
    for mistake in mistakes {
        let (field, text, code) = words(mistake);
        let list = errors.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(json!({ "string": text, "code": code }));
        }
    }
    Value::Object(errors)
}

fn words(mistake: &Mistake) -> (&str, &str, &'static str) {
    const FORM: &str = "non_field_errors";
    match mistake {
        Mistake::NoName => (FORM, "No identification data provided.", "invalid"),
        Mistake::NoPassword | Mistake::NotProven => (FORM, "Failed to authenticate.", "invalid"),
        Mistake::WrongPassword => ("password", "Invalid password", "invalid"),
        Mistake::TooMany { .. } => (FORM, "Request was throttled.", "throttled"),
        Mistake::WrongComponent => ("component", "This is not the current challenge.", "invalid"),
        Mistake::Missing(field) => (field, "This field is required.", "required"),
        Mistake::NotText(field) => (field, "Not a valid string.", "invalid"),
        Mistake::NotTruth(field) => (field, "Must be a valid boolean.", "invalid"),
        Mistake::Said { field, text, code } => (field, text, code),
    }
}
