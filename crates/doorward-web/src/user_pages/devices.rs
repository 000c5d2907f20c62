//! `/if/user/devices/`: what a person signs in with beside the password.
//!
//! Leaves which devices are theirs to `engine::authenticator`. Rule: nothing is changed but right
//! after signing in (Vikunja 2026-123530).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use doorward_engine::Person;
use doorward_engine::authenticator::own::{self, Addable, Change, NAME_MAX_CHARS, Shown};
use doorward_engine::authenticator::{Class, is_recent};
use http::{HeaderMap, Uri};
use serde::Deserialize;

use super::{here, shown, signed_in, to_sign_in};
use crate::csrf::{self, Subject};
use crate::extract::{Asks, Visitor};
use crate::flow::{address, sign_in_again};
use crate::pages::{CSRF_FIELD, DeviceAdd, DeviceRow, Devices, Message, Nav};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

pub(super) const PATH: &str = "/if/user/devices/";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was just done.
    done: String,
}

/// `GET /if/user/devices/`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(asked): Asks<Asked>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(&here(&uri)));
    };
    let now = visitor.ctx().now;
    let devices = own::devices(&state.engine, &person).await?;
    let accepted = own::accepted(&state.engine, &person).await?;
    let addable = own::addable(&state.engine.snapshot());
    let page = Devices {
        person: shown(&person),
        nav: Nav::new(person.is_superuser),
        devices: devices.iter().map(row).collect(),
        add: addable.iter().map(add).collect(),
        sign_in_again_url: (!is_recent(session, now)).then(|| sign_in_again(PATH)),
        accepted: accepted.map(|accepted| accepted.to_string()),
        csrf: csrf::issue(&state.engine.keys, Subject::Session(&session.id)),
        action: PATH.to_owned(),
        now_ms: now,
        notice: notice(&asked.done).map(str::to_owned),
    };
    Ok(state.pages.respond(&page))
}

fn notice(done: &str) -> Option<&'static str> {
    match done {
        "renamed" => Some("The name is saved."),
        "removed" => Some("It is removed and signs nobody in any more."),
        "unnamed" => Some("A name has 1 to 64 characters. Nothing was changed."),
        "gone" => Some("It was not there any more."),
        _ => None,
    }
}

fn row(one: &Shown) -> DeviceRow {
    DeviceRow {
        id: format!("{} {}", one.class.word(), one.id),
        kind: kind(one.class).to_owned(),
        name: one.name.clone(),
        model: one.model.clone().filter(|model| *model != one.name),
        synced: one.synced,
        codes_left: one.codes_left,
        created_ms: one.created_at,
        last_used_ms: one.last_used_at,
    }
}

fn kind(class: Class) -> &'static str {
    match class {
        Class::Static => "Recovery codes",
        Class::Totp => "Authenticator app",
        Class::Webauthn => "Passkey",
        Class::Email => "Codes by mail",
    }
}

fn add(one: &Addable) -> DeviceAdd {
    DeviceAdd {
        name: one.name.clone(),
        url: address(&one.flow, None, Some(PATH)),
    }
}

/// `POST /if/user/devices/`
pub(super) async fn change(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(PATH));
    };
    let field = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(&body);
        let found = pairs.find(|(name, _)| name == wanted);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let subject = Subject::Session(&session.id);
    if !csrf::is_ours(
        &state,
        &visitor.asked,
        &headers,
        subject,
        &field(CSRF_FIELD),
    ) {
        return Ok(state.pages.respond(&Message::foreign_form(PATH)));
    }
    if !is_recent(session, visitor.ctx().now) {
        return Ok(see_other(&sign_in_again(PATH)));
    }
    let (device, name) = (field("device"), field("name"));
    let wish = match field("do").as_str() {
        "remove" => Change::Remove,
        _ => Change::Rename(name.trim()),
    };
    let done = carry_out(&state, &visitor, &person, named(&device), wish).await?;
    Ok(see_other(&format!("{PATH}?done={done}")))
}

/// The word for what came of it.
async fn carry_out(
    state: &AppState,
    visitor: &Visitor,
    person: &Person,
    device: Option<(Class, i64)>,
    wish: Change<'_>,
) -> Result<&'static str, Failure> {
    let device = match (device, wish) {
        (_, Change::Rename(name)) if !is_name(name) => return Ok("unnamed"),
        (None, _) => return Ok("gone"),
        (Some(device), _) => device,
    };
    let there = own::change(&state.engine, visitor.ctx(), person, device, wish).await?;
    Ok(match wish {
        _ if !there => "gone",
        Change::Rename(_) => "renamed",
        Change::Remove => "removed",
    })
}

fn is_name(name: &str) -> bool {
    let count = name.chars().count();
    (1..=NAME_MAX_CHARS).contains(&count) && !name.chars().any(char::is_control)
}

/// Class and number, as the form carries them.
fn named(device: &str) -> Option<(Class, i64)> {
    let (class, id) = device.split_once(' ')?;
    Some((Class::of(class)?, id.parse().ok()?))
}
