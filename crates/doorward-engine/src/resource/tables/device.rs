//! Devices as resources: what their owners and admins may see of them, and their names.
//!
//! Rule: no key, code or hash of one is ever shown; of a list of codes only how many are left.

use doorward_store::device::{self, DeviceRow};
use doorward_store::{StoreError, Tx, user};
use serde_json::{Map, Value, json};

use crate::authenticator::{self, Class, email, passkey};
use crate::context::{Actor, Context};
use crate::engine::Engine;
use crate::event::CLEANSED;
use crate::resource::refusal::Refusal;
use crate::resource::value::rfc3339;
use crate::snapshot::Snapshot;

/// What can be written.
pub(crate) fn values(row: &DeviceRow) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), json!(row.name))])
}

/// The answer.
pub(crate) async fn show(
    tx: &mut Tx,
    row: &DeviceRow,
    snapshot: &Snapshot,
) -> Result<Value, StoreError> {
    let owner = user::find(tx, row.user_id).await?;
    let owner = owner.map(|owner| super::user::partial(&owner, &snapshot.install_id));
    let mut answer = json!({ "pk": row.id, "name": row.name, "user": owner });
    match Class::of(&row.kind) {
        Some(Class::Static) => {
            let left = device::codes_left(tx, row.id).await?;
            // Only hashes are kept, so clients see how many, not which.
            let tokens = (0..left).map(|_| json!({ "token": CLEANSED }));
            answer["token_set"] = tokens.collect();
        }
        Some(Class::Webauthn) => {
            let aaguid = passkey::credential(row).map(|one| one.aaguid);
            let aaguid = aaguid.unwrap_or_else(|| passkey::UNKNOWN_TYPE.to_owned());
            let known = passkey::type_name(snapshot, &aaguid);
            answer["created_on"] = json!(rfc3339(row.created_at));
            answer["device_type"] =
                json!(known.map(|name| json!({ "aaguid": aaguid, "description": name })));
            answer["aaguid"] = json!(aaguid);
        }
        Some(Class::Email) => {
            answer["email"] = json!(email::mailbox(row).map(|one| one.email));
        }
        Some(Class::Totp) | None => {}
    }
    Ok(answer)
}

/// Refuses to change one's own devices without a recent proof: neither a session that was stolen nor
/// an API token locks its owner out (Vikunja 2026-123530). Admins change those of others.
pub(crate) fn check_recent(ctx: &Context, row: &DeviceRow) -> Result<(), Refusal> {
    let Actor::Person(person) = &ctx.actor else {
        return Ok(());
    };
    let until = |at: i64| at.saturating_add(authenticator::RECENT_MS);
    let is_recent = ctx.proven_at.is_some_and(|at| ctx.now < until(at));
    if person.id == row.user_id && !is_recent {
        return Err(Refusal::Forbidden);
    }
    Ok(())
}

/// Saves the name.
pub(crate) async fn save(
    tx: &mut Tx,
    ctx: &Context,
    row: &DeviceRow,
    values: &Map<String, Value>,
) -> Result<(), Refusal> {
    let renamed = DeviceRow {
        name: super::text(values, "name"),
        updated_at: ctx.now,
        ..row.clone()
    };
    if !device::rename(tx, &renamed).await? {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

/// Every device of `owner`, of whatever class, in one list.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn all(engine: &Engine, owner: i64) -> Result<Value, StoreError> {
    let snapshot = engine.snapshot();
    let rows = authenticator::of_user(engine, owner).await?;
    Ok(rows.iter().map(|row| plain(row, &snapshot)).collect())
}

fn plain(row: &DeviceRow, snapshot: &Snapshot) -> Value {
    let class = Class::of(&row.kind).unwrap_or(Class::Totp);
    let aaguid = passkey::credential(row).map(|one| one.aaguid);
    let known = aaguid.and_then(|aaguid| passkey::type_name(snapshot, &aaguid));
    let known = known.or_else(|| Some(email::mailbox(row)?.email));
    json!({
        "verbose_name": class.verbose(),
        "verbose_name_plural": class.plural(),
        "meta_model_name": class.model(),
        "pk": row.id.to_string(),
        "name": row.name,
        "type": class.type_name(),
        "confirmed": row.confirmed,
        "created": rfc3339(row.created_at),
        "last_updated": rfc3339(row.updated_at),
        "last_used": row.last_used_at.map(rfc3339),
        "extra_description": known,
        "external_id": null,
    })
}
