//! A challenge as authentik's JSON. `api-and-model.md` section 3.4 and the schemas of its OpenAPI.

use doorward_engine::flow::{AppInfo, Ask, Challenge, FlowInfo, Mistake};
use serde_json::{Map, Value, json};

/// A grey circle; clients want some picture.
const AVATAR: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAxMCAxMCI+PGNpcmNsZSBjeD0iNSIgY3k9IjUiIHI9IjUiIGZpbGw9IiM3Njg1OGUiLz48L3N2Zz4=";

/// The whole envelope of a challenge.
pub(super) fn challenge(challenge: &Challenge, cancel_url: &str) -> Value {
    let mut body = fields(challenge);
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

fn fields(challenge: &Challenge) -> Value {
    match &challenge.ask {
        Ask::Identification { .. } => identification(challenge),
        Ask::Password {
            show_password,
            recovery,
            ..
        } => {
            let mut body = with_user(challenge);
            body["allow_show_password"] = (*show_password).into();
            insert(&mut body, "recovery_url", recovery.as_deref().map(flow_url));
            body
        }
        Ask::UserLogin => with_user(challenge),
        Ask::SignOut | Ask::SessionEnd => session_end(challenge),
    }
}

fn identification(challenge: &Challenge) -> Value {
    let Ask::Identification {
        user_fields,
        password,
        show_password,
        enrollment,
        recovery,
        source_labels,
        remember_name,
        ..
    } = &challenge.ask
    else {
        return json!({});
    };
    let typed = Some(&challenge.pending_user).filter(|name| !name.is_empty());
    let mut body = json!({
        "user_fields": user_fields.iter().map(|field| field.word()).collect::<Vec<_>>(),
        "pending_user_identifier": typed,
        "password_fields": password,
        "allow_show_password": show_password,
        "flow_designation": challenge.flow.designation,
        "primary_action": if *password { "Log in" } else { "Continue" },
        "sources": [],
        "show_source_labels": source_labels,
        "enable_remember_me": remember_name,
        "captcha_stage": null,
        "passkey_challenge": null,
    });
    let app = challenge.flow.application.as_ref();
    insert(
        &mut body,
        "application_pre",
        app.map(|app| app.name.clone()),
    );
    insert(
        &mut body,
        "application_pre_launch",
        app.map(|app| app.launch_url.clone()),
    );
    insert(&mut body, "enroll_url", enrollment.as_deref().map(flow_url));
    insert(&mut body, "recovery_url", recovery.as_deref().map(flow_url));
    body
}

fn session_end(challenge: &Challenge) -> Value {
    let mut body = with_user(challenge);
    let AppInfo { name, launch_url } = challenge.flow.application.clone().unwrap_or_default();
    insert(
        &mut body,
        "application_name",
        Some(name).filter(|name| !name.is_empty()),
    );
    insert(
        &mut body,
        "application_launch_url",
        Some(launch_url).filter(|url| !url.is_empty()),
    );
    body["brand_name"] = "Doorward".into();
    body["overview_url"] = "/if/user/".into();
    body["invalidation_flow_url"] = "/flows/-/default/invalidation/".into();
    body
}

fn with_user(challenge: &Challenge) -> Value {
    json!({ "pending_user": challenge.pending_user, "pending_user_avatar": AVATAR })
}

fn flow_url(slug: &str) -> String {
    format!("/if/flow/{slug}/")
}

fn insert(body: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}

fn flow_info(info: &FlowInfo, cancel_url: &str) -> Value {
    let layout = if info.layout.is_empty() {
        "stacked"
    } else {
        &info.layout
    };
    json!({
        "title": info.title,
        "background": "",
        "background_themed_urls": null,
        "cancel_url": cancel_url,
        "layout": layout,
    })
}

/// `{field: [{string, code}]}`
fn response_errors(mistakes: &[Mistake]) -> Value {
    let mut errors = Map::new();
    for mistake in mistakes {
        let (field, text, code) = words(*mistake);
        let list = errors.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(json!({ "string": text, "code": code }));
        }
    }
    Value::Object(errors)
}

fn words(mistake: Mistake) -> (&'static str, &'static str, &'static str) {
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
    }
}
