//! The password of the person who was named.

use axum::response::Response;
use doorward_engine::flow::{AskPassword, Challenge, Mistake};
use serde_json::Value;

use super::{card, flow_url, insert, with_user};
use crate::flow::page::Scene;
use crate::pages::{FieldError, Login, LoginFields};

const NOT_CURRENT: &str = "This is not your current password. Type it again.";

pub(super) fn json(challenge: &Challenge, ask: &AskPassword) -> Value {
    let mut body = with_user(challenge);
    body["allow_show_password"] = ask.show_password.into();
    let recovery = ask.recovery.as_deref().map(flow_url);
    insert(&mut body, "recovery_url", recovery);
    body
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskPassword) -> Response {
    let confirms =
        scene.visitor.session.is_some() && challenge.flow.designation != "authentication";
    let mut card = card::login(scene, challenge);
    if confirms && challenge.mistakes.contains(&Mistake::WrongPassword) {
        // It is their own account: there is nothing to hide.
        card.errors = vec![FieldError::at("password", NOT_CURRENT)];
    }
    scene.respond(&Login {
        fields: LoginFields::PasswordOnly,
        show_password: ask.show_password,
        confirms,
        remember: ask.remember.then_some(false),
        cancel_url: Some(scene.not_you()),
        recovery_url: card::flow_url(scene, ask.recovery.as_deref()),
        ..card
    })
}
