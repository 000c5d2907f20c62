//! "A letter is on its way."

use axum::response::Response;
use doorward_engine::flow::{AskMail, Challenge, Mistake};
use serde_json::{Value, json};

use super::card;
use crate::flow::page::{Scene, cancel_url, seconds_until};
use crate::pages::Letter;

pub(super) fn json() -> Value {
    json!({})
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskMail) -> Response {
    let now = scene.visitor.ctx().now;
    let was_sent_again =
        |mistake: &Mistake| matches!(mistake, Mistake::Said { code, .. } if *code == "email-sent");
    let (sent_again, wrong): (Vec<_>, Vec<_>) = challenge
        .mistakes
        .iter()
        .cloned()
        .partition(|mistake| was_sent_again(mistake));
    let (wait_s, errors) = card::mistakes(&wrong, now);
    let wait_s = wait_s.or(ask.until.map(|until| seconds_until(until, now)));
    scene.respond(&Letter {
        title: challenge.flow.title.clone(),
        sent: ask.sent,
        to: ask.to.clone(),
        sent_again: !sent_again.is_empty(),
        errors: if wait_s.is_some() { Vec::new() } else { errors },
        wait_s,
        notice: scene.notice.map(str::to_owned),
        flow_action: scene.action.clone(),
        csrf: scene.csrf.clone(),
        cancel_url: cancel_url(scene.to.next.as_deref()),
    })
}
