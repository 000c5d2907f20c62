//! Events as a resource: what happened, to read and, for outposts, to add.

use doorward_store::event::{self, EventRow};
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value, json};

use super::json_object;
use crate::context::Context;
use crate::event::cleanse;
use crate::resource::value::{milliseconds, rfc3339};

/// The answer.
pub(crate) fn show(row: &EventRow) -> Value {
    json!({
        "pk": row.id,
        "user": json_object(&row.actor),
        "action": row.action,
        "app": row.app,
        "context": json_object(&row.context),
        "client_ip": Some(&row.client_ip).filter(|ip| !ip.is_empty()),
        "created": rfc3339(row.created_at),
        "expires": rfc3339(row.expires_at),
        "brand": {},
    })
}

/// Adds an event that somebody reports; who they are is not theirs to say.
pub(crate) async fn insert(
    tx: &mut Tx,
    ctx: &Context,
    retention_ms: i64,
    values: &Map<String, Value>,
) -> Result<String, StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let text = |key: &str| {
        values
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut context = values.get("context").cloned().unwrap_or_else(|| json!({}));
    cleanse(&mut context);
    let actor = ctx.actor.person().map_or_else(
        || json!({}),
        |person| json!({ "pk": person.id, "username": &*person.username, "email": &*person.email }),
    );
    let row = EventRow {
        id: id.clone(),
        action: text("action"),
        app: text("app"),
        username: ctx
            .actor
            .person()
            .map(|person| person.username.to_string())
            .unwrap_or_default(),
        actor: actor.to_string(),
        context: context.to_string(),
        client_ip: ctx.client_ip.to_string(),
        created_at: ctx.now,
        expires_at: values
            .get("expires")
            .and_then(Value::as_str)
            .and_then(milliseconds)
            .unwrap_or_else(|| ctx.now.saturating_add(retention_ms)),
    };
    event::insert(tx, &row).await.map(|()| id)
}
