//! How an application signs in and who can open it, in words.

use doorward_engine::access;
use doorward_engine::model::ProxyMode;
use doorward_engine::resource::actions::new_application::PROXY_PROVIDER;
use serde_json::Value;

use crate::state::AppState;

/// So many names stand in a sentence.
const NAMES_MAX: usize = 3;

/// How it signs in.
pub(super) fn way(state: &AppState, app: &Value) -> &'static str {
    let provider = &app["provider_obj"];
    match provider["meta_model_name"].as_str() {
        Some(PROXY_PROVIDER) => match mode(state, provider["pk"].as_i64()) {
            Some(ProxyMode::ForwardSingle) => "Sign-in page in front",
            Some(ProxyMode::ForwardDomain) => "Sign-in page in front of a whole domain",
            Some(ProxyMode::Proxy) | None => "Doorward carries its requests",
        },
        Some("authentik_providers_oauth2.oauth2provider") => "OpenID Connect",
        Some(_) => "Another way",
        None => "Not set up yet",
    }
}

/// How the outpost serves a provider.
pub(super) fn mode(state: &AppState, pk: Option<i64>) -> Option<ProxyMode> {
    let snapshot = state.engine.snapshot();
    snapshot.proxy_providers.get(&pk?).map(|one| one.mode)
}

/// Who can open it: the names of what is bound to it.
pub(super) fn who(state: &AppState, app: &Value, bindings: &[&Value]) -> String {
    let counting: Vec<&&Value> = bindings
        .iter()
        .filter(|one| one["enabled"] != false)
        .collect();
    if counting.is_empty() {
        let everyone = access::is_open_by_default(&state.engine.snapshot());
        return if everyone { "Everyone" } else { "Nobody" }.to_owned();
    }
    let names: Vec<String> = counting
        .iter()
        .take(NAMES_MAX)
        .map(|one| said(one))
        .collect();
    let joint = if app["policy_engine_mode"] == "all" {
        " and "
    } else {
        ", "
    };
    let shown = names.join(joint);
    match counting.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn said(binding: &Value) -> String {
    let (_, name) = subject(binding);
    if binding["negate"] == true {
        format!("everybody but {name}")
    } else {
        name
    }
}

/// What a binding names: what that is, and its name.
pub(super) fn subject(binding: &Value) -> (&'static str, String) {
    let named = |key: &str, field: &str| binding[key][field].as_str().map(str::to_owned);
    if let Some(name) = named("group_obj", "name") {
        return ("Group", name);
    }
    if let Some(name) = named("user_obj", "username") {
        return ("Person", name);
    }
    let rule = named("policy_obj", "name").unwrap_or_else(|| "something unknown".to_owned());
    ("Rule", rule)
}
