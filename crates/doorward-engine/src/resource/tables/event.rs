//! Events as a resource: what happened, to read, for outposts to add, for superusers to change.
//!
//! Rule: who did it and when is nobody's to change, and whoever changes or removes an event leaves
//! another one.

use doorward_store::event::{self, EventRow};
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value, json};

use super::json_object;
use crate::context::Context;
use crate::event::cleanse;
use crate::resource::refusal::Refusal;
use crate::resource::value::{milliseconds, rfc3339};

/// The answer.
pub(crate) fn show(row: &EventRow) -> Value {
    json!({
        "pk": row.id,
        "user": json_object(&row.actor),
        "action": row.action,
        "app": row.app,
        "context": json_object(&row.context),
        "client_ip": address(row),
        "created": rfc3339(row.created_at),
        "expires": rfc3339(row.expires_at),
        "brand": {},
    })
}

/// Every stored field that can be changed.
pub(crate) fn values(row: &EventRow) -> Map<String, Value> {
    let mut values = Map::new();
    values.insert("action".into(), json!(row.action));
    values.insert("app".into(), json!(row.app));
    values.insert("context".into(), json_object(&row.context));
    values.insert("client_ip".into(), address(row));
    values.insert("expires".into(), json!(rfc3339(row.expires_at)));
    values
}

fn address(row: &EventRow) -> Value {
    json!(Some(&row.client_ip).filter(|ip| !ip.is_empty()))
}

/// Adds an event that somebody reports; who they are is not theirs to say.
pub(crate) async fn insert(
    tx: &mut Tx,
    ctx: &Context,
    retention_ms: i64,
    values: &Map<String, Value>,
) -> Result<String, StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let person = ctx.actor.person();
    let actor = person.map_or_else(
        || json!({}),
        |person| json!({ "pk": person.id, "username": &*person.username, "email": &*person.email }),
    );
    let base = EventRow {
        id: id.clone(),
        action: String::new(),
        app: String::new(),
        username: person
            .map(|person| person.username.to_string())
            .unwrap_or_default(),
        actor: actor.to_string(),
        context: String::new(),
        client_ip: ctx.client_ip.to_string(),
        created_at: ctx.now,
        expires_at: ctx.now.saturating_add(retention_ms),
    };
    event::insert(tx, &row_of(values, base)).await.map(|()| id)
}

/// Saves an event's fields.
pub(crate) async fn save(
    tx: &mut Tx,
    before: &EventRow,
    values: &Map<String, Value>,
) -> Result<(), Refusal> {
    if event::save(tx, &row_of(values, before.clone())).await? {
        return Ok(());
    }
    Err(StoreError::Conflict.into())
}

fn row_of(values: &Map<String, Value>, base: EventRow) -> EventRow {
    let text = |key: &str| values.get(key).and_then(Value::as_str);
    let mut context = values.get("context").cloned().unwrap_or_else(|| json!({}));
    cleanse(&mut context);
    EventRow {
        action: text("action").unwrap_or_default().to_owned(),
        app: text("app").unwrap_or_default().to_owned(),
        context: context.to_string(),
        client_ip: text("client_ip").map_or(base.client_ip, str::to_owned),
        expires_at: text("expires")
            .and_then(milliseconds)
            .unwrap_or(base.expires_at),
        ..base
    }
}
