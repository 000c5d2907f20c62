//! A page with one button: to go on, or to delete the account.

use axum::response::Response;
use doorward_engine::flow::Challenge;
use serde_json::{Value, json};

use crate::flow::page::Scene;
use crate::pages::GoOn;

/// What the button does.
#[derive(Clone, Copy)]
pub(super) enum Button {
    GoOn,
    DeleteAccount,
}

pub(super) fn json(name: &str) -> Value {
    json!({ "name": name })
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, button: Button) -> Response {
    let (text, button, is_dangerous) = match button {
        Button::GoOn => ("One more step.", "Continue", false),
        Button::DeleteAccount => (
            "Your account and everything that belongs to it here will be deleted. \
             This cannot be undone.",
            "Delete my account",
            true,
        ),
    };
    scene.respond(&GoOn {
        title: challenge.flow.title.clone(),
        text: text.to_owned(),
        account: is_dangerous.then(|| challenge.pending_user.clone()),
        notice: scene.notice.map(str::to_owned),
        button: button.to_owned(),
        is_dangerous,
        flow_action: scene.action.clone(),
        csrf: scene.csrf.clone(),
        cancel_url: scene.give_up(),
        form_action_origin: scene.to.origin.clone(),
    })
}
