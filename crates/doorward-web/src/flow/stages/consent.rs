//! "May this application know …?"

use axum::response::Response;
use doorward_engine::flow::{AskConsent, Challenge, Permission};
use serde_json::{Value, json};

use super::{about, with_user};
use crate::flow::page::Scene;
use crate::pages::{Consent, FieldError};

/// In words for people where authentik's are for clients.
const AGAIN: &str = "The question is a new one. Please answer it.";

pub(super) fn json(challenge: &Challenge, ask: &AskConsent) -> Value {
    let mut body = with_user(challenge);
    body["header_text"] = ask.header.as_str().into();
    body["permissions"] = listed(&ask.permissions);
    body["additional_permissions"] = listed(&ask.additional);
    body["token"] = ask.token.as_str().into();
    body
}

fn listed(permissions: &[Permission]) -> Value {
    let one = |permission: &Permission| json!({ "id": permission.id, "name": permission.name });
    permissions.iter().map(one).collect()
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskConsent) -> Response {
    let names = |list: &[Permission]| list.iter().map(|one| one.name.clone()).collect();
    let errors = challenge.mistakes.first().map(|_| FieldError::form(AGAIN));
    let app = challenge.flow.application.as_ref();
    scene.respond(&Consent {
        title: challenge.flow.title.clone(),
        app_name: app.map(|app| app.name.clone()),
        about: about(&challenge.flow),
        header: ask.header.clone(),
        permissions: names(&ask.permissions),
        additional: names(&ask.additional),
        account: challenge.pending_user.clone(),
        notice: scene.notice.map(str::to_owned),
        errors: errors.into_iter().collect(),
        flow_action: scene.action.clone(),
        csrf: scene.csrf.clone(),
        token: ask.token.clone(),
        cancel_url: scene.give_up(),
        form_action_origin: scene.to.origin.clone(),
    })
}
