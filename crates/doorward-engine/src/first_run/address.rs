//! The public address, set later than at the first run: a start from the environment asks nobody.

use doorward_store::{Topic, change, setting};
use serde_json::json;

use super::answers::origin;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::snapshot::names;

/// Remembers the public address; answers whether the text was one. The caller has made sure that
/// whoever asks may.
///
/// # Errors
///
/// Only if the database fails.
pub async fn set_address(engine: &Engine, ctx: &Context, text: &str) -> Result<bool, Fault> {
    let Some(address) = origin(text.trim()) else {
        return Ok(false);
    };
    let mut tx = engine.store.begin().await?;
    let value = json!(address).to_string();
    setting::save(&mut tx, names::BASE_URL, &value, ctx.now).await?;
    change::record(&mut tx, Topic::Configuration, names::BASE_URL, ctx.now).await?;
    let model =
        json!({ "app": "authentik_tenants", "model_name": "tenant", "pk": "", "name": "settings" });
    let context = json!({ "model": model });
    let app = "authentik.tenants";
    event::record(engine, &mut tx, ctx, Action::ModelUpdated, app, context).await?;
    engine.commit(tx).await?;
    Ok(true)
}
