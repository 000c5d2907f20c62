//! Consents as a resource: shown with their person and application, and taken back.

use doorward_store::consent::ConsentRow;
use doorward_store::{StoreError, Tx};
use serde_json::{Value, json};

use crate::resource::present::{self, time};
use crate::resource::registered;
use crate::resource::world::World;

/// The answer.
pub(crate) async fn show(
    tx: &mut Tx,
    row: &ConsentRow,
    world: &World,
) -> Result<Value, StoreError> {
    let user = super::user::show_numbered(tx, row.user_id, world).await?;
    let kind = registered("authentik_core.application");
    let application = world.object(kind.model, &row.application);
    let application = application.map(|object| present::object(kind, object, world));
    Ok(json!({
        "pk": row.id,
        "expires": time(row.expires_at),
        "expiring": row.expires_at.is_some(),
        "user": user,
        "application": application,
        "permissions": row.permissions,
    }))
}
