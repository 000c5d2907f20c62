//! "Who are you?"

use axum::response::Response;
use doorward_engine::flow::{AskCaptcha, AskName, Challenge, UserField};
use serde_json::{Value, json};

use super::{captcha, card, flow_url, insert};
use crate::flow::page::Scene;
use crate::pages::{Login, LoginFields};

pub(super) fn json(challenge: &Challenge, ask: &AskName) -> Value {
    let typed = Some(&challenge.pending_user).filter(|name| !name.is_empty());
    let mut body = json!({
        "user_fields": ask.user_fields.iter().map(|field| field.word()).collect::<Vec<_>>(),
        "pending_user_identifier": typed,
        "password_fields": ask.password,
        "allow_show_password": ask.show_password,
        "flow_designation": challenge.flow.designation,
        "primary_action": if ask.password { "Log in" } else { "Continue" },
        "sources": [],
        "show_source_labels": ask.source_labels,
        "enable_remember_me": ask.remember_name,
        "captcha_stage": ask.captcha.as_ref().map(|captcha| captcha_stage(challenge, captcha)),
        "passkey_challenge": ask.passkey,
    });
    let app = challenge.flow.application.as_ref();
    let (name, launch) = app
        .map(|app| (app.name.clone(), app.launch_url.clone()))
        .unzip();
    let slug_url = |slug: &Option<String>| slug.as_deref().map(flow_url);
    insert(&mut body, "application_pre", name);
    insert(&mut body, "application_pre_launch", launch);
    insert(&mut body, "enroll_url", slug_url(&ask.enrollment));
    insert(&mut body, "recovery_url", slug_url(&ask.recovery));
    insert(&mut body, "passwordless_url", slug_url(&ask.passwordless));
    body
}

/// The whole challenge of the other stage, as clients show it.
fn captcha_stage(challenge: &Challenge, ask: &AskCaptcha) -> Value {
    let mut body = captcha::json(challenge, ask);
    body["component"] = "ak-stage-captcha".into();
    body
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskName) -> Response {
    scene.respond(&Login {
        fields: if ask.password {
            LoginFields::NameAndPassword
        } else {
            LoginFields::NameOnly
        },
        username_label: label(&ask.user_fields).to_owned(),
        show_password: ask.show_password,
        remember: ask.remember.then_some(false),
        enrollment_url: card::flow_url(scene, ask.enrollment.as_deref()),
        recovery_url: card::flow_url(scene, ask.recovery.as_deref()),
        passwordless_url: card::flow_url(scene, ask.passwordless.as_deref()),
        passkey: ask.passkey.as_ref().map(Value::to_string),
        unknown_credential: ask.unknown_credential.clone(),
        puzzle: ask
            .captcha
            .as_ref()
            .map(|captcha| captcha::puzzle(scene, captcha, "captcha_token")),
        ..card::login(scene, challenge)
    })
}

fn label(fields: &[UserField]) -> &'static str {
    match (
        fields.contains(&UserField::Username),
        fields.contains(&UserField::Email),
    ) {
        (true, false) => "Username",
        (false, true) => "Email",
        _ => "Username or email",
    }
}
