//! What people prove themselves with beside the password: authenticator apps, recovery codes,
//! passkeys, codes by mail.
//!
//! Owns adding, listing, renaming and removing them. What counts as a proof stands in `app`,
//! `codes`, `email` and `passkey`; the steps of a flow that ask for it stand in `flow`. Rule: a device is
//! its owner's alone, and adding or removing one leaves an event in the same commit.

pub(crate) mod app;
pub(crate) mod codes;
pub(crate) mod email;
pub mod own;
pub(crate) mod passkey;
pub(crate) mod remembered;

pub use remembered::Remembered;

use doorward_store::device::{self, DeviceRow};
use doorward_store::sequence::{self, Sequence};
use doorward_store::{StoreError, Topic, Tx, change};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::session::LiveSession;

/// So long after signing in somebody may change what they sign in with. A session that was stolen
/// later cannot lock its owner out (Vikunja 2026-123530).
pub const RECENT_MS: i64 = 15 * 60 * 1000;

/// The kinds of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A list of recovery codes.
    Static,
    /// An app that shows codes.
    Totp,
    /// A passkey or a security key.
    Webauthn,
    /// A mailbox that codes are sent to.
    Email,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Static, Self::Totp, Self::Webauthn, Self::Email];

    /// authentik's word, which the store keeps.
    pub fn word(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Totp => "totp",
            Self::Webauthn => "webauthn",
            Self::Email => "email",
        }
    }

    /// The class with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The blueprint model of its devices.
    pub fn model(self) -> &'static str {
        match self {
            Self::Static => "authentik_stages_authenticator_static.staticdevice",
            Self::Totp => "authentik_stages_authenticator_totp.totpdevice",
            Self::Webauthn => "authentik_stages_authenticator_webauthn.webauthndevice",
            Self::Email => "authentik_stages_authenticator_email.emaildevice",
        }
    }

    /// The blueprint model of the stage that sets one up.
    pub fn stage_model(self) -> &'static str {
        match self {
            Self::Static => "authentik_stages_authenticator_static.authenticatorstaticstage",
            Self::Totp => "authentik_stages_authenticator_totp.authenticatortotpstage",
            Self::Webauthn => "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage",
            Self::Email => crate::mail::server::EMAIL_CODE_STAGE,
        }
    }

    /// authentik's name of that model in its own spelling.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Static => "authentik_stages_authenticator_static.StaticDevice",
            Self::Totp => "authentik_stages_authenticator_totp.TOTPDevice",
            Self::Webauthn => "authentik_stages_authenticator_webauthn.WebAuthnDevice",
            Self::Email => "authentik_stages_authenticator_email.EmailDevice",
        }
    }

    /// authentik's name for one of its devices.
    pub fn verbose(self) -> &'static str {
        match self {
            Self::Static => "Static Device",
            Self::Totp => "TOTP Device",
            Self::Webauthn => "WebAuthn Device",
            Self::Email => "Email Device",
        }
    }

    /// authentik's name for several of its devices.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Static => "Static Devices",
            Self::Totp => "TOTP Devices",
            Self::Webauthn => "WebAuthn Devices",
            Self::Email => "Email Devices",
        }
    }
}

/// A device that is about to be added.
pub(crate) struct NewDevice<'a> {
    pub id: i64,
    pub user: i64,
    pub class: Class,
    pub name: &'a str,
    pub data: String,
    pub credential: Option<String>,
    pub counter: i64,
}

/// The number of a device to be added: what is sealed for it is bound to it.
pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64, StoreError> {
    sequence::next(tx, Sequence::Device).await
}

/// Adds a device that has just proven that it works.
pub(crate) async fn add(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    new: NewDevice<'_>,
) -> Result<(), StoreError> {
    let row = DeviceRow {
        id: new.id,
        user_id: new.user,
        kind: new.class.word().to_owned(),
        name: new.name.to_owned(),
        confirmed: true,
        data: new.data,
        credential: new.credential,
        counter: new.counter,
        created_at: ctx.now,
        updated_at: ctx.now,
        last_used_at: None,
    };
    device::insert(tx, &row).await?;
    record(engine, tx, ctx, Action::ModelCreated, &row).await
}

/// Removes a device; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn remove(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    row: &DeviceRow,
) -> Result<bool, StoreError> {
    if !device::delete(tx, row.id, &row.kind).await? {
        return Ok(false);
    }
    record(engine, tx, ctx, Action::ModelDeleted, row).await?;
    Ok(true)
}

/// Gives a device another name; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn rename(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    row: &DeviceRow,
    name: &str,
) -> Result<bool, StoreError> {
    let renamed = DeviceRow {
        name: name.to_owned(),
        updated_at: ctx.now,
        ..row.clone()
    };
    if !device::rename(tx, &renamed).await? {
        return Ok(false);
    }
    record(engine, tx, ctx, Action::ModelUpdated, &renamed).await?;
    Ok(true)
}

/// The event, and the change that makes decisions about its owner be taken anew.
async fn record(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    action: Action,
    row: &DeviceRow,
) -> Result<(), StoreError> {
    let model = Class::of(&row.kind).map_or("", Class::model);
    let (app, name) = model.split_once('.').unwrap_or_default();
    let context = json!({
        "model": { "app": app, "model_name": name, "pk": row.id, "name": row.name },
        "user": row.user_id,
    });
    let app = app.replacen('_', ".", 1);
    event::record(engine, tx, ctx, action, &app, context).await?;
    change::record(tx, Topic::User, row.user_id, ctx.now).await
}

/// Everything that somebody has set up.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(engine: &Engine, user: i64) -> Result<Vec<DeviceRow>, StoreError> {
    let mut tx = engine.store.read().await?;
    let devices = device::of_user(&mut tx, user).await?;
    Ok(devices.into_iter().filter(|row| row.confirmed).collect())
}

/// Those of somebody's devices that can still prove something: a list of codes that are all used up
/// is none.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn usable(
    engine: &Engine,
    devices: &[DeviceRow],
) -> Result<Vec<DeviceRow>, StoreError> {
    let mut usable = devices.to_vec();
    let lists = devices
        .iter()
        .filter(|row| row.kind == Class::Static.word());
    for list in lists {
        let mut tx = engine.store.read().await?;
        if device::codes_left(&mut tx, list.id).await? == 0 {
            usable.retain(|row| row.id != list.id);
        }
    }
    Ok(usable)
}

/// Whether whoever is signed in has proven so lately that they may change their devices.
pub fn is_recent(session: &LiveSession, now: i64) -> bool {
    let proven = session.proven_at();
    proven.is_some_and(|at| now < at.saturating_add(RECENT_MS))
}
