//! Every stage's question as it is seen: authentik's JSON and our page, side by side.
//!
//! A new stage is one file here and one line in each `match`. Leaves the envelope around the JSON
//! to `json` and what pages share to `page`. Rule: both say the same thing, and neither says more
//! than the [`Ask`] holds.

mod captcha;
mod card;
mod consent;
mod device;
mod go_on;
mod identification;
mod mail;
mod password;
pub(super) mod prompt;
mod session_end;
mod user_login;

use axum::response::Response;
use doorward_engine::flow::{Ask, Challenge, FlowInfo};
use serde_json::{Value, json};

use super::page::Scene;
use crate::pages::AppAbout;

/// A grey circle; clients want some picture.
pub(super) const AVATAR: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAxMCAxMCI+PGNpcmNsZSBjeD0iNSIgY3k9IjUiIHI9IjUiIGZpbGw9IiM3Njg1OGUiLz48L3N2Zz4=";

/// What the JSON of a challenge holds beside its envelope.
pub(super) fn json(challenge: &Challenge) -> Value {
    match &challenge.ask {
        Ask::Identification(ask) => identification::json(challenge, ask),
        Ask::Password(ask) => password::json(challenge, ask),
        Ask::Prompt(ask) => prompt::json(ask),
        Ask::Captcha(ask) => captcha::json(challenge, ask),
        Ask::Mail(_) => mail::json(),
        Ask::Consent(ask) => consent::json(challenge, ask),
        Ask::GoOn { name } | Ask::DeleteAccount { name } => go_on::json(name),
        Ask::App(ask) => device::app_json(challenge, ask),
        Ask::Mailbox(ask) => device::mailbox_json(challenge, ask),
        Ask::Codes(codes) => device::codes_json(challenge, codes),
        Ask::Device(ask) => device::json(challenge, ask),
        Ask::Passkey(options) => device::passkey_json(challenge, options),
        Ask::UserLogin => user_login::json(challenge),
        Ask::SignOut | Ask::SessionEnd => session_end::json(challenge),
    }
}

/// The page that asks.
pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge) -> Response {
    match &challenge.ask {
        Ask::Identification(ask) => identification::page(scene, challenge, ask),
        Ask::Password(ask) => password::page(scene, challenge, ask),
        Ask::Prompt(ask) => prompt::page(scene, challenge, ask),
        Ask::Captcha(ask) => captcha::page(scene, challenge, ask),
        Ask::Mail(ask) => mail::page(scene, challenge, ask),
        Ask::Consent(ask) => consent::page(scene, challenge, ask),
        Ask::GoOn { .. } => go_on::page(scene, challenge, go_on::Button::GoOn),
        Ask::DeleteAccount { .. } => go_on::page(scene, challenge, go_on::Button::DeleteAccount),
        Ask::App(ask) => device::app_page(scene, challenge, ask),
        Ask::Mailbox(ask) => device::mailbox_page(scene, challenge, ask),
        Ask::Codes(codes) => device::codes_page(scene, challenge, codes),
        Ask::Device(ask) => device::page(scene, challenge, ask),
        Ask::Passkey(options) => device::passkey_page(scene, challenge, options),
        Ask::UserLogin => user_login::page(scene, challenge),
        Ask::SignOut => session_end::sign_out(scene, challenge),
        Ask::SessionEnd => session_end::page(scene, challenge),
    }
}

/// The part of most challenges: who answers.
fn with_user(challenge: &Challenge) -> Value {
    json!({ "pending_user": challenge.pending_user, "pending_user_avatar": AVATAR })
}

/// What the application says of itself that the person is on the way to.
fn about(flow: &FlowInfo) -> Option<AppAbout> {
    AppAbout::of(&flow.application.as_ref()?.about)
}

fn flow_url(slug: &str) -> String {
    format!("/if/flow/{slug}/")
}

fn insert(body: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}
