//! What people see and do about their own devices.
//!
//! Rule: everything here is about the person who asks; another's device cannot be named.

use doorward_protocol::encoding::base64url;
use doorward_store::device::{self, DeviceRow};
use doorward_store::{StoreError, Tx};
use serde_json::{Value, json};

use super::{Class, email, of_user, passkey, remove, rename};
use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::snapshot::Snapshot;

/// A device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub id: i64,
    /// What kind.
    pub class: Class,
    /// As they call it.
    pub name: String,
    /// What a passkey says it is, or the address that codes are mailed to.
    pub model: Option<String>,
    /// Whether a passkey is on their other devices as well; `None` for what is no passkey.
    pub synced: Option<bool>,
    /// How many codes are left; `None` for what is no list.
    pub codes_left: Option<i64>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub last_used_at: Option<i64>,
}

/// Everything that somebody has set up, the oldest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn devices(engine: &Engine, person: &Person) -> Result<Vec<Shown>, StoreError> {
    let snapshot = engine.snapshot();
    let rows = of_user(engine, person.id).await?;
    let mut tx = engine.store.read().await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in &rows {
        shown.extend(one(&mut tx, row, &snapshot).await?);
    }
    Ok(shown)
}

async fn one(
    tx: &mut Tx,
    row: &DeviceRow,
    snapshot: &Snapshot,
) -> Result<Option<Shown>, StoreError> {
    let Some(class) = Class::of(&row.kind) else {
        return Ok(None);
    };
    let credential = passkey::credential(row);
    let codes_left = match class {
        Class::Static => Some(device::codes_left(tx, row.id).await?),
        _ => None,
    };
    Ok(Some(Shown {
        id: row.id,
        class,
        name: row.name.clone(),
        model: credential
            .as_ref()
            .filter(|one| one.aaguid != passkey::UNKNOWN_TYPE)
            .and_then(|one| passkey::type_name(snapshot, &one.aaguid))
            .or_else(|| Some(email::mailbox(row)?.email)),
        synced: credential.map(|one| one.backed_up),
        codes_left,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    }))
}

/// A way to set a device up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addable {
    /// What kind.
    pub class: Class,
    /// uuid of the stage.
    pub stage: String,
    /// For people.
    pub name: String,
    /// Slug of the flow.
    pub flow: String,
}

/// The stages that people may set up by themselves, in the order of [`Class::ALL`].
pub fn addable(snapshot: &Snapshot) -> Vec<Addable> {
    let mut found = Vec::new();
    for class in [Class::Webauthn, Class::Totp, Class::Email, Class::Static] {
        for stage in snapshot.objects(class.stage_model()) {
            let flow = stage.config.get("configure_flow").and_then(Value::as_str);
            let Some(flow) = flow.and_then(|pk| snapshot.flow(pk)) else {
                continue;
            };
            let text = |key: &str| stage.config.get(key).and_then(Value::as_str);
            let name = text("friendly_name").filter(|name| !name.is_empty());
            found.push(Addable {
                class,
                stage: stage.id.clone(),
                name: name.or(text("name")).unwrap_or_default().to_owned(),
                flow: flow.slug.clone(),
            });
        }
    }
    found
}

/// What is to happen with a device.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// It gets another name.
    Rename(&'a str),
    /// It goes.
    Remove,
}

/// The longest name of a device, in characters.
pub const NAME_MAX_CHARS: usize = 64;

/// Changes a device of the person's; answers whether it was there. The caller has seen a recent
/// proof.
///
/// # Errors
///
/// Only if the database fails.
pub async fn change(
    engine: &Engine,
    ctx: &Context,
    person: &Person,
    (class, id): (Class, i64),
    change: Change<'_>,
) -> Result<bool, StoreError> {
    let mut tx = engine.store.begin().await?;
    let row = device::find(&mut tx, id, class.word()).await?;
    let Some(row) = row.filter(|row| row.user_id == person.id && row.confirmed) else {
        return Ok(false);
    };
    let done = match change {
        Change::Rename(name) => rename(engine, &mut tx, ctx, &row, name).await?,
        Change::Remove => remove(engine, &mut tx, ctx, &row).await?,
    };
    engine.commit(tx).await?;
    Ok(done)
}

/// For browsers that can forget passkeys which were removed here: those that still count.
///
/// # Errors
///
/// Only if the database fails.
pub async fn accepted(engine: &Engine, person: &Person) -> Result<Option<Value>, StoreError> {
    let Some(party) = passkey::party(&engine.snapshot()) else {
        return Ok(None);
    };
    let rows = of_user(engine, person.id).await?;
    let ids: Vec<_> = rows
        .iter()
        .filter_map(|row| row.credential.as_ref())
        .collect();
    Ok(Some(json!({
        "rpId": party.id,
        "userId": base64url(person.uid.as_bytes()),
        "allAcceptedCredentialIds": ids,
    })))
}
