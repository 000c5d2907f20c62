//! Proving a device, and setting one up.

use axum::response::Response;
use doorward_engine::authenticator::Class;
use doorward_engine::flow::{Ask, AskDevice, Challenge, DeviceChoice, ForApp, ForMailbox, Mistake};
use doorward_engine::resource::value::rfc3339;
use serde_json::{Value, json};

use super::{about, card, with_user};
use crate::flow::page::Scene;
use crate::pages::{
    Card, FieldError, MailCode, ProveDevice, SetUpApp, SetUpChoice, SetUpCodes, SetUpMailbox,
    SetUpPasskey,
};

/// authentik's number for all passkeys together: the browser chooses.
const ANY_PASSKEY: &str = "-1";

pub(super) fn json(challenge: &Challenge, ask: &AskDevice) -> Value {
    let mut body = with_user(challenge);
    let mut devices: Vec<Value> = ask
        .devices
        .iter()
        .filter(|one| one.class != Class::Webauthn)
        .map(|one| {
            let mailbox = one.hint.as_ref().map(|hint| json!({ "email": hint }));
            device(
                one.class.word(),
                &one.id.to_string(),
                &mailbox.unwrap_or(json!({})),
                one.last_used,
            )
        })
        .collect();
    if let Some(options) = &ask.passkey {
        let keys = ask
            .devices
            .iter()
            .filter(|one| one.class == Class::Webauthn);
        let last = keys.filter_map(|one: &DeviceChoice| one.last_used).max();
        devices.push(device("webauthn", ANY_PASSKEY, options, last));
    }
    let configure = ask.configure.iter().map(|one| {
        json!({
            "pk": one.pk,
            "name": one.name,
            "verbose_name": one.name,
            "meta_model_name": one.model,
        })
    });
    body["device_challenges"] = devices.into();
    body["configuration_stages"] = configure.collect::<Vec<_>>().into();
    body
}

fn device(class: &str, id: &str, challenge: &Value, last_used: Option<i64>) -> Value {
    json!({
        "device_class": class,
        "device_uid": id,
        "challenge": challenge,
        "last_used": last_used.map(rfc3339),
    })
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskDevice) -> Response {
    let has = |class| ask.devices.iter().any(|one| one.class == class);
    let title = if ask.configure.is_empty() && !ask.passwordless {
        Some("Confirm that it is you")
    } else {
        None
    };
    scene.respond(&ProveDevice {
        card: headed(scene, challenge, title),
        passkey: ask.passkey.as_ref().map(Value::to_string),
        unknown_credential: ask.unknown_credential.clone(),
        app: has(Class::Totp),
        codes: has(Class::Static),
        mail: ask.devices.iter().filter_map(mailbox).collect(),
        configure: ask.configure.iter().map(choice).collect(),
    })
}

fn mailbox(one: &DeviceChoice) -> Option<MailCode> {
    let choice = json!({ "device_class": one.class.word(), "device_uid": one.id.to_string() });
    Some(MailCode {
        address: one.hint.clone()?,
        mailed: one.mailed,
        choice: choice.to_string(),
    })
}

fn choice(one: &doorward_engine::flow::Configure) -> SetUpChoice {
    SetUpChoice {
        pk: one.pk.clone(),
        name: one.name.clone(),
    }
}

pub(super) fn app_json(challenge: &Challenge, ask: &ForApp) -> Value {
    let mut body = with_user(challenge);
    body["config_url"] = ask.url.clone().into();
    body
}

pub(super) fn app_page(scene: &Scene<'_>, challenge: &Challenge, ask: &ForApp) -> Response {
    let groups = ask.key.as_bytes().chunks(4).map(String::from_utf8_lossy);
    let (qr_path, qr_side) = match &ask.qr {
        Some(drawing) => (Some(drawing.path.clone()), drawing.side),
        None => (None, 0),
    };
    scene.respond(&SetUpApp {
        card: headed(scene, challenge, None),
        url: ask.url.clone(),
        key: groups.collect::<Vec<_>>().join(" "),
        digits: if ask.url.contains("&digits=8") { 8 } else { 6 },
        qr_path,
        qr_side,
    })
}

pub(super) fn mailbox_json(challenge: &Challenge, ask: &ForMailbox) -> Value {
    let mut body = with_user(challenge);
    body["email"] = json!(ask.masked());
    body["email_required"] = ask.sent_to.is_none().into();
    body
}

pub(super) fn mailbox_page(scene: &Scene<'_>, challenge: &Challenge, ask: &ForMailbox) -> Response {
    scene.respond(&SetUpMailbox {
        card: headed(scene, challenge, None),
        sent_to: ask.sent_to.clone(),
        suggestion: ask.suggestion.clone(),
    })
}

pub(super) fn codes_json(challenge: &Challenge, codes: &[String]) -> Value {
    let mut body = with_user(challenge);
    body["codes"] = json!(codes);
    body
}

pub(super) fn codes_page(scene: &Scene<'_>, challenge: &Challenge, codes: &[String]) -> Response {
    scene.respond(&SetUpCodes {
        card: headed(scene, challenge, None),
        codes: codes.to_vec(),
    })
}

pub(super) fn passkey_json(challenge: &Challenge, options: &Value) -> Value {
    let mut body = with_user(challenge);
    body["registration"] = options.clone();
    body
}

pub(super) fn passkey_page(scene: &Scene<'_>, challenge: &Challenge, options: &Value) -> Response {
    scene.respond(&SetUpPasskey {
        card: headed(scene, challenge, None),
        options: options.to_string(),
    })
}

/// The card with what was wrong, in words for people where authentik's are for clients.
fn headed(scene: &Scene<'_>, challenge: &Challenge, title: Option<&str>) -> Card {
    let flow = &challenge.flow;
    let (wait_s, _) = card::mistakes(&challenge.mistakes, scene.visitor.ctx().now);
    Card {
        title: title.unwrap_or(&flow.title).to_owned(),
        app_name: flow.application.as_ref().map(|app| app.name.clone()),
        about: about(flow),
        flow_action: scene.action.clone(),
        csrf: scene.csrf.clone(),
        username: challenge.pending_user.clone(),
        errors: challenge
            .mistakes
            .iter()
            .map(|one| words(one, is_mailed(&challenge.ask)))
            .collect(),
        notice: scene.notice.map(str::to_owned),
        wait_s,
        cancel_url: Some(scene.not_you()),
        form_action_origin: scene.to.origin.clone(),
    }
}

/// Whether a code may have come by mail.
fn is_mailed(ask: &Ask) -> bool {
    match ask {
        Ask::Mailbox(_) => true,
        Ask::Device(ask) => ask.devices.iter().any(|one| one.mailed),
        _ => false,
    }
}

fn words(mistake: &Mistake, is_mailed: bool) -> FieldError {
    let text = match mistake {
        Mistake::Missing("email") => return FieldError::at("email", "Enter an address."),
        Mistake::Said { field, text, .. } if field == "email" => {
            return FieldError::at("email", text);
        }
        Mistake::Said { field, .. } if field == "code" && is_mailed => {
            let text = "The code does not fit, it was used before, or it is too old.";
            return FieldError::at("code", text);
        }
        Mistake::Missing("code") => return FieldError::at("code", "Enter the code."),
        Mistake::Said { field, .. } if field == "code" => {
            let text = "The code does not fit, or it was used before. The clock of your device \
                        must be right; a new code comes every 30 seconds.";
            return FieldError::at("code", text);
        }
        Mistake::Said { field, .. } if field == "webauthn" => "The passkey was not accepted.",
        Mistake::Said { text, .. } if text.starts_with("Invalid device type") => {
            "Passkeys and security keys of this model are not allowed here. Use another one, or ask \
             an administrator which ones are."
        }
        Mistake::Said { field, text, .. } if field == "response" => text,
        Mistake::Said { text, .. } if text == "Empty response" => "Enter a code, or use a passkey.",
        Mistake::Said { text, .. } if text == "Assertion failed" => {
            "The passkey was not accepted. Perhaps it was removed, or it belongs to another account."
        }
        Mistake::Said { text, .. } if text.starts_with("No code can be mailed") => text,
        Mistake::TooMany { .. } => "Too many tries.",
        Mistake::WrongComponent => "This was meant for another step. Please answer this one.",
        _ => "Something in the form could not be read. Please try again.",
    };
    FieldError::form(text)
}
