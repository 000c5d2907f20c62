//! Codes and tokens of applications as a resource: shown with their person and provider, and taken
//! back. Rule: none of them is ever shown itself; there are only hashes.

use doorward_store::grant::{GrantTokenRow, TokenKind};
use doorward_store::{StoreError, Tx};
use serde_json::{Value, json};

use crate::resource::field::{Family, Target};
use crate::resource::present::{self, time};
use crate::resource::world::World;

/// The answer.
pub(crate) async fn show(
    tx: &mut Tx,
    row: &GrantTokenRow,
    world: &World,
) -> Result<Value, StoreError> {
    let user = super::user::show_numbered(tx, row.user_id, world).await?;
    let provider = json!(row.provider_id);
    let provider = present::related(Target::Family(Family::Provider), Some(&provider), world);
    let scope: Vec<_> = row.scopes.split_whitespace().collect();
    let mut shown = json!({
        "pk": row.id,
        "provider": provider,
        "user": user,
        "is_expired": false,
        "expires": time(Some(row.expires_at)),
        "scope": scope,
    });
    if row.kind != TokenKind::Code.word() {
        shown["id_token"] = json!(row.data);
        shown["revoked"] = json!(row.used_at.is_some());
    }
    Ok(shown)
}
