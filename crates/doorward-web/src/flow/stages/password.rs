//! The password of the person who was named.

use axum::response::Response;
use doorward_engine::flow::{AskPassword, Challenge};
use serde_json::Value;

use super::{card, flow_url, insert, with_user};
use crate::flow::page::{Scene, cancel_url};
use crate::pages::{Login, LoginFields};

pub(super) fn json(challenge: &Challenge, ask: &AskPassword) -> Value {
    let mut body = with_user(challenge);
    body["allow_show_password"] = ask.show_password.into();
    let recovery = ask.recovery.as_deref().map(flow_url);
    insert(&mut body, "recovery_url", recovery);
    body
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskPassword) -> Response {
    scene.state.pages.respond(&Login {
        fields: LoginFields::PasswordOnly,
        show_password: ask.show_password,
        confirms: scene.visitor.session.is_some() && challenge.flow.designation != "authentication",
        remember: ask.remember.then_some(false),
        cancel_url: Some(cancel_url(scene.to.next.as_deref())),
        recovery_url: card::flow_url(scene, ask.recovery.as_deref()),
        ..card::login(scene, challenge)
    })
}
