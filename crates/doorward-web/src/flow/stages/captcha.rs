//! What robots pay for, on a card of its own and on the sign-in card.

use axum::response::Response;
use doorward_engine::flow::{AskCaptcha, Challenge};
use serde_json::Value;

use super::{about, card, with_user};
use crate::flow::page::{Scene, cancel_url, seconds_until};
use crate::pages::{Captcha, Card, Puzzle};

/// Our own script's name for clients.
const BUILT_IN: &str = "built-in";

pub(super) fn json(challenge: &Challenge, ask: &AskCaptcha) -> Value {
    let mut body = with_user(challenge);
    body["site_key"] = ask.site_key.as_str().into();
    body["js_url"] = ask.js_url.as_deref().unwrap_or(BUILT_IN).into();
    body["interactive"] = ask.interactive.into();
    body
}

/// The question inside another card's form.
pub(super) fn puzzle(scene: &Scene<'_>, ask: &AskCaptcha, field: &'static str) -> Puzzle {
    let script = ask.js_url.clone();
    Puzzle {
        field,
        site_key: ask.site_key.clone(),
        class: script.as_deref().map_or("", Puzzle::class_of),
        service: script.as_deref().map_or("", Puzzle::service_of),
        interactive: ask.interactive,
        script,
        bits: ask.bits,
        wait_s: seconds_until(ask.open_at, scene.visitor.ctx().now),
        alone: field == "token",
    }
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskCaptcha) -> Response {
    let (wait_s, errors) = card::mistakes(&challenge.mistakes, scene.visitor.ctx().now);
    let flow = &challenge.flow;
    scene.respond(&Captcha {
        card: Card {
            title: flow.title.clone(),
            app_name: flow.application.as_ref().map(|app| app.name.clone()),
            about: about(flow),
            flow_action: scene.action.clone(),
            csrf: scene.csrf.clone(),
            username: challenge.pending_user.clone(),
            errors,
            notice: scene.notice.map(str::to_owned),
            wait_s,
            cancel_url: Some(cancel_url(scene.to.next.as_deref())),
            form_action_origin: scene.to.origin.clone(),
        },
        puzzle: puzzle(scene, ask, "token"),
    })
}
