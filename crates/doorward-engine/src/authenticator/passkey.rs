//! Passkeys and security keys: what browsers are asked, and whose answer counts.
//!
//! Rule: a challenge is answered once, whoever else has the same answer, and a credential counts
//! only for the person it was registered for.

use doorward_protocol::encoding::base64url;
use doorward_protocol::webauthn::options::{self, Account, Hint, Named, Wish};
use doorward_protocol::webauthn::{Assertion, Credential, Expected, RelyingParty, Requirement};
use doorward_store::device::{self, DeviceRow};
use doorward_store::one_time::{self, Purpose};
use doorward_store::{StoreError, Tx};
use serde_json::Value;

use super::{Class, NewDevice, add, next_id};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::flow::RUN_MS;
use crate::person::Person;
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// The blueprint model of the models of authenticators.
const DEVICE_TYPE: &str = "authentik_stages_authenticator_webauthn.webauthndevicetype";

/// Us at our public address; `None` while that is not known or has no name.
pub(crate) fn party(snapshot: &Snapshot) -> Option<RelyingParty> {
    RelyingParty::at(&snapshot.public_url()?, "Doorward")
}

/// What a new credential must be like, in a stage's words.
pub(crate) struct Wanted<'a> {
    pub verification: Requirement,
    pub resident_key: Requirement,
    pub attachment: Option<options::Attachment>,
    /// Whether only some models are allowed.
    pub names_model: bool,
    pub hints: &'a [Hint],
}

/// What a browser is asked to make for `person`, who has `devices` already.
pub(crate) fn creation(
    party: &RelyingParty,
    person: &Person,
    challenge: &[u8],
    wanted: &Wanted<'_>,
    devices: &[DeviceRow],
) -> Value {
    let known = credentials(devices.iter());
    let account = Account {
        handle: person.uid.as_bytes(),
        name: &person.username,
        display_name: if person.name.is_empty() {
            &person.username
        } else {
            &person.name
        },
    };
    let wish = Wish {
        verification: wanted.verification,
        resident_key: wanted.resident_key,
        attachment: wanted.attachment,
        names_model: wanted.names_model,
        hints: wanted.hints,
        exclude: &named(&known),
    };
    options::creation(party, account, challenge, &wish)
}

/// What a browser is asked to use; of no devices, any passkey for us.
pub(crate) fn request<'a>(
    party: &RelyingParty,
    challenge: &[u8],
    verification: Requirement,
    hints: &[Hint],
    devices: impl Iterator<Item = &'a DeviceRow>,
) -> Value {
    let known = credentials(devices);
    options::request(party, challenge, verification, hints, &named(&known))
}

fn credentials<'a>(devices: impl Iterator<Item = &'a DeviceRow>) -> Vec<Credential> {
    devices.filter_map(credential).collect()
}

fn named(credentials: &[Credential]) -> Vec<Named<'_>> {
    let named = credentials.iter().map(|one| Named {
        id: &one.id,
        transports: &one.transports,
    });
    named.collect()
}

/// What is kept of a passkey; `None` for other devices.
pub(crate) fn credential(row: &DeviceRow) -> Option<Credential> {
    row.credential.as_ref()?;
    let mut credential: Credential = serde_json::from_str(&row.data).ok()?;
    credential.sign_count = u32::try_from(row.counter).ok()?;
    Some(credential)
}

/// The model of an authenticator, as people know it.
pub(crate) fn type_name(snapshot: &Snapshot, aaguid: &str) -> Option<String> {
    let object = snapshot.object(DEVICE_TYPE, aaguid)?;
    let description = object.config.get("description")?.as_str()?;
    Some(description.to_owned())
}

/// No model: the authenticator does not say.
pub(crate) const UNKNOWN_TYPE: &str = "00000000-0000-0000-0000-000000000000";

/// Keeps a credential that was just made; answers its device's number.
pub(crate) async fn keep(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user: i64,
    credential: &Credential,
) -> Result<i64, StoreError> {
    let known = Some(&credential.aaguid).filter(|aaguid| *aaguid != UNKNOWN_TYPE);
    let name = known.and_then(|aaguid| type_name(&engine.snapshot_ref(), aaguid));
    let data = serde_json::to_string(credential).expect("texts and numbers serialize");
    let id = next_id(tx).await?;
    let new = NewDevice {
        id,
        user,
        class: Class::Webauthn,
        name: name.as_deref().unwrap_or("Passkey"),
        data,
        credential: Some(credential.id.clone()),
        counter: i64::from(credential.sign_count),
    };
    add(engine, tx, ctx, new).await?;
    Ok(id)
}

/// Whose passkey it must be.
#[derive(Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// Somebody's who is named or proven, and one of these models.
    Owner(i64, &'a [String]),
    /// Anybody's: it alone says who it is.
    Anybody(&'a [String]),
}

/// Why a passkey does not count.
pub(crate) enum Unfit {
    /// Nobody has it (any more): browsers can be told.
    Unknown(String),
    /// Anything else.
    Refused,
}

/// Checks an answer and uses it up; answers the device's row.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn use_answer(
    engine: &Engine,
    now: i64,
    answer: &Value,
    expected: Expected<'_>,
    whose: Whose<'_>,
) -> Result<Result<DeviceRow, Unfit>, Fault> {
    let Ok(assertion) = Assertion::read(answer) else {
        return Ok(Err(Unfit::Refused));
    };
    let mut tx = engine.store.read().await?;
    let row = device::find_credential(&mut tx, &assertion.credential_id).await?;
    drop(tx);
    let Some(row) = row else {
        return Ok(Err(Unfit::Unknown(assertion.credential_id)));
    };
    if !is_theirs(engine, &row, &assertion, whose).await? {
        return Ok(Err(Unfit::Refused));
    }
    let Some(mut credential) = credential(&row) else {
        return Ok(Err(Unfit::Refused));
    };
    let used = match assertion.verify(&credential, expected) {
        Ok(used) => used,
        Err(error) => {
            tracing::info!(device = row.id, %error, "a passkey was refused");
            return Ok(Err(Unfit::Refused));
        }
    };
    (credential.sign_count, credential.backed_up) = (used.sign_count, used.backed_up);
    let spent = spend(engine, now, &row, &credential, expected.challenge).await?;
    Ok(if spent { Ok(row) } else { Err(Unfit::Refused) })
}

/// Whether the row belongs to whoever it must belong to, by our own record and by the
/// authenticator's.
async fn is_theirs(
    engine: &Engine,
    row: &DeviceRow,
    assertion: &Assertion,
    whose: Whose<'_>,
) -> Result<bool, Fault> {
    let (owner, allowed) = match whose {
        Whose::Owner(owner, allowed) => (Some(owner), allowed),
        Whose::Anybody(allowed) => (None, allowed),
    };
    let is_owners = owner.is_none_or(|owner| row.user_id == owner);
    let person = engine.person(row.user_id).await?;
    let handle = person.as_ref().map(|person| person.uid.as_bytes());
    let names_them = match &assertion.user_handle {
        Some(given) => handle == Some(given.as_slice()),
        // Security keys need not say it, but then somebody must have been named.
        None => owner.is_some(),
    };
    Ok(row.confirmed && is_owners && names_them && is_allowed(row, allowed))
}

/// Whether a device is of an allowed model; none named: all are.
pub(crate) fn is_allowed(row: &DeviceRow, allowed: &[String]) -> bool {
    allowed.is_empty() || credential(row).is_some_and(|one| allowed.contains(&one.aaguid))
}

/// Uses the challenge and the counter up; answers whether this was the first to do so.
async fn spend(
    engine: &Engine,
    now: i64,
    row: &DeviceRow,
    credential: &Credential,
    challenge: &[u8],
) -> Result<bool, Fault> {
    let data = serde_json::to_string(credential).expect("texts and numbers serialize");
    let mut tx = engine.store.begin().await?;
    let hash = hash_text(&base64url(challenge));
    // A run that holds the challenge is gone before this is.
    let until = now.saturating_add(2 * RUN_MS);
    match one_time::insert(&mut tx, &hash, Purpose::Challenge, "{}", until).await {
        Err(StoreError::Conflict) => return Ok(false),
        other => other?,
    }
    if !device::use_key(&mut tx, row.id, credential.sign_count, &data, now).await? {
        return Ok(false);
    }
    engine.commit(tx).await?;
    Ok(true)
}
