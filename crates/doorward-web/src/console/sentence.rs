//! What an event says, as one plain sentence.
//!
//! Owns the sentences. Leaves the events to the engine. Rule: nothing is told that the event does not
//! hold, and every kind of event has a sentence.

use serde_json::Value;

use crate::pages::EventLine;
use doorward_engine::resource::{self, value::milliseconds};

/// An event as the API answers it, as a line of a list.
pub(super) fn line(event: &Value) -> EventLine {
    let action = event["action"].as_str().unwrap_or_default();
    let id = event["pk"].as_str().unwrap_or_default();
    let created = event["created"].as_str().unwrap_or_default();
    EventLine {
        url: format!("/if/admin/events/{id}/"),
        action: action.to_owned(),
        sentence: sentence(action, event),
        tone: tone(action),
        word: word(action),
        address: event["client_ip"].as_str().unwrap_or_default().to_owned(),
        place: place(&event["context"]["geo"]),
        at_ms: milliseconds(created).unwrap_or_default(),
    }
}

/// The pill's word.
fn word(action: &str) -> &'static str {
    match tone(action) {
        "bad" => "failed",
        "warn" => "look at this",
        _ => "done",
    }
}

fn tone(action: &str) -> &'static str {
    match action {
        "login_failed"
        | "policy_exception"
        | "property_mapping_exception"
        | "configuration_error"
        | "system_task_exception"
        | "system_exception" => "bad",
        "suspicious_request"
        | "secret_view"
        | "impersonation_started"
        | "access_request_created" => "warn",
        _ => "ok",
    }
}

fn place(geo: &Value) -> String {
    let part = |key: &str| geo[key].as_str().filter(|text| !text.is_empty());
    let parts: Vec<_> = [part("city"), part("country")]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

fn sentence(action: &str, event: &Value) -> String {
    let (who, context) = (who(event), &event["context"]);
    match action {
        "login" => format!("{who} signed in"),
        "logout" => format!("{who} signed out"),
        "login_failed" => failed(context),
        "password_set" => format!("{who} set the password of {}", model(context, "an account")),
        "user_write" => format!("{who} changed {}", model(context, "their account")),
        "invitation_used" => format!("{who} used an invitation"),
        "secret_view" => format!(
            "{who} looked at a secret: {}",
            model(context, "of an object")
        ),
        "secret_rotate" => told(context).unwrap_or_else(|| {
            format!(
                "{who} replaced a secret: {}",
                model(context, "of an object")
            )
        }),
        "authorize_application" => format!("{who} opened {}", app(context)),
        "access_request_created" => format!(
            "{who} asks for access to {}: {}",
            context["application"]["name"]
                .as_str()
                .unwrap_or("an application"),
            context["message"].as_str().unwrap_or_default()
        ),
        "source_linked" => format!("{who} linked another account"),
        "impersonation_started" => {
            format!("{who} began to act as {}", model(context, "somebody else"))
        }
        "impersonation_ended" => format!("{who} stopped acting as somebody else"),
        "model_created" => format!("{who} created {}", model(context, "an object")),
        "model_updated" => format!("{who} changed {}", model(context, "an object")),
        "model_deleted" => format!("{who} deleted {}", model(context, "an object")),
        "suspicious_request" => with(context, "A request that looks wrong"),
        "policy_execution" => with(context, "A policy decided"),
        "policy_exception" => with(context, "A policy failed"),
        "property_mapping_exception" => with(context, "A property mapping failed"),
        "configuration_error" => with(context, "Something is set up wrongly"),
        "email_sent" => with(context, "An email was sent"),
        "update_available" => with(context, "There is a newer version"),
        other => with(context, &other.replace('_', " ")),
    }
}

fn who(event: &Value) -> &str {
    match event["user"]["username"].as_str() {
        None | Some("" | "AnonymousUser") => "Doorward",
        Some(name) => name,
    }
}

fn failed(context: &Value) -> String {
    match context["username"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => format!("Somebody failed to sign in as {name}"),
        None => "Somebody failed to sign in".to_owned(),
    }
}

fn app(context: &Value) -> String {
    let name = context["authorized_application"]["name"].as_str();
    name.unwrap_or("an application").to_owned()
}

fn told(context: &Value) -> Option<String> {
    let message = context["message"].as_str()?;
    Some(message.to_owned()).filter(|message| !message.is_empty())
}

fn with(context: &Value, what: &str) -> String {
    told(context).map_or_else(|| what.to_owned(), |said| format!("{what}: {said}"))
}

/// `the Application Sonarr`, from an event's `model`.
fn model(context: &Value, otherwise: &str) -> String {
    let part = |key: &str| context["model"][key].as_str().unwrap_or_default();
    let (name, kind) = (
        part("name"),
        format!("{}.{}", part("app"), part("model_name")),
    );
    if name.is_empty() {
        return otherwise.to_owned();
    }
    let words = resource::kind(&kind).map_or_else(
        || part("model_name").to_owned(),
        |kind| kind.verbose.to_lowercase(),
    );
    // A key that nobody chose says nothing.
    match uuid::Uuid::parse_str(name) {
        Ok(_) => format!("a {words}"),
        Err(_) => format!("{words} {name}"),
    }
}

/// Where the object of an event is, if it is one of the registry.
pub(super) fn object_url(context: &Value) -> Option<String> {
    let part = |key: &str| context["model"][key].as_str().unwrap_or_default();
    let kind = resource::kind(&format!("{}.{}", part("app"), part("model_name")))?;
    let key = match &context["model"]["pk"] {
        Value::Number(key) => key.to_string(),
        key => key.as_str()?.to_owned(),
    };
    let is_found = kind.lookup == kind.pk_field && !key.is_empty();
    is_found.then(|| format!("/if/admin/objects/{}/{key}/", kind.model))
}

#[cfg(test)]
mod tests {
    use super::{line, object_url};
    use doorward_engine::resource::EVENT_ACTIONS;
    use serde_json::json;

    fn said(action: &str, context: &serde_json::Value) -> String {
        let event = json!({ "action": action, "context": context, "user": { "username": "mia" } });
        line(&event).sentence
    }

    #[test]
    fn events_are_told_in_plain_sentences() {
        let model = json!({ "model": { "app": "authentik_core", "model_name": "group", "pk": "a", "name": "Media" } });
        let app = json!({ "authorized_application": { "name": "Sonarr" } });
        for (action, context, sentence) in [
            ("login", json!({}), "mia signed in"),
            ("model_updated", model, "mia changed group Media"),
            ("authorize_application", app, "mia opened Sonarr"),
            (
                "login_failed",
                json!({ "username": "max" }),
                "Somebody failed to sign in as max",
            ),
            (
                "configuration_error",
                json!({ "message": "No host." }),
                "Something is set up wrongly: No host.",
            ),
            ("custom_backup", json!({}), "custom backup"),
        ] {
            assert_eq!(said(action, &context), sentence, "{action}");
        }
    }

    #[test]
    fn every_action_of_the_contract_has_a_sentence_of_its_own() {
        let mut seen = Vec::new();
        for action in EVENT_ACTIONS {
            let sentence = said(action, &json!({}));
            assert!(!sentence.trim().is_empty(), "{action}");
            assert!(!seen.contains(&sentence), "{action}: {sentence}");
            seen.push(sentence);
        }
    }

    #[test]
    fn an_event_leads_to_its_object_where_its_key_is_the_address() {
        let of = |app: &str, name: &str| json!({ "model": { "app": app, "model_name": name, "pk": "7", "name": "x" } });
        let group = object_url(&of("authentik_core", "group"));
        assert_eq!(
            group.as_deref(),
            Some("/if/admin/objects/authentik_core.group/7/")
        );
        assert_eq!(object_url(&of("authentik_core", "application")), None);
        assert_eq!(object_url(&of("nobody", "knows")), None);
    }
}
