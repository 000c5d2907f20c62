//! Everything about somebody that is stored here, for themselves.
//!
//! Rule: no password, key, code or hash of one is in it, nor anybody else; what is cut off is said.

use doorward_store::list::{Condition, Query, Value as Sql};
use doorward_store::{StoreError, event as events, favourite, group, user};
use serde_json::{Value, json};

use super::{Place, access, places, token};
use crate::authenticator::own as devices;
use crate::context::Context;
use crate::engine::Engine;
use crate::event;
use crate::person::Person;
use crate::resource::Refusal;
use crate::resource::value::rfc3339;
use crate::snapshot::Snapshot;

/// So many events are handed out.
const EVENTS_MOST: i64 = 1000;

/// What is stored about `person`, who asks for it.
///
/// # Errors
///
/// [`Refusal`].
pub async fn of(engine: &Engine, ctx: &Context, person: &Person) -> Result<Value, Refusal> {
    let snapshot = engine.snapshot();
    let places = places(engine, person, ctx.now).await?;
    let places = places.iter().map(|place| session(&snapshot, place));
    Ok(json!({
        "made_at": rfc3339(ctx.now),
        "about": "Passwords, keys and codes are left out. Events are those that you set off, the latest first.",
        "account": account(engine, person).await?,
        "groups": groups(engine, person).await?,
        "favourites": favourites(engine, &snapshot, person).await?,
        "sessions": places.collect::<Vec<_>>(),
        "devices": own_devices(engine, person).await?,
        "agreed_to": agreed(engine, ctx).await?,
        "apps_with_access": kept(engine, ctx).await?,
        "tokens": tokens(engine, ctx).await?,
        "events": own_events(engine, person).await?,
    }))
}

async fn account(engine: &Engine, person: &Person) -> Result<Value, StoreError> {
    let mut tx = engine.store.read().await?;
    let Some(row) = user::find(&mut tx, person.id).await? else {
        return Ok(Value::Null);
    };
    let mut attributes = serde_json::from_str(&row.attributes).unwrap_or_default();
    event::cleanse(&mut attributes);
    Ok(json!({
        "pk": row.id,
        "uuid": row.uuid,
        "username": row.username,
        "name": row.name,
        "email": row.email,
        "type": row.kind,
        "attributes": attributes,
        "created": rfc3339(row.created_at),
        "changed": rfc3339(row.updated_at),
        "password_changed": rfc3339(row.password_changed_at),
        "last_sign_in": row.last_login_at.map(rfc3339),
    }))
}

async fn groups(engine: &Engine, person: &Person) -> Result<Vec<String>, StoreError> {
    let mut tx = engine.store.read().await?;
    let rows = group::of_user(&mut tx, person.id).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

async fn favourites(
    engine: &Engine,
    snapshot: &Snapshot,
    person: &Person,
) -> Result<Vec<String>, StoreError> {
    let mut tx = engine.store.read().await?;
    let pks = favourite::of_user(&mut tx, person.id).await?;
    let name = |pk: &String| {
        let app = snapshot.object("authentik_core.application", pk)?;
        Some(app.config.get("name")?.as_str()?.to_owned())
    };
    Ok(pks.iter().filter_map(name).collect())
}

fn session(snapshot: &Snapshot, place: &Place) -> Value {
    let apps = place.apps.iter().filter_map(|app| {
        let application = snapshot.application_of_provider.get(&app.provider_id)?;
        Some(json!({ "application": application.name, "opened": rfc3339(app.created_at) }))
    });
    let row = &place.session;
    json!({
        "signed_in": rfc3339(row.created_at),
        "how": row.auth_method,
        "last_used": rfc3339(row.last_used_at),
        "ends": rfc3339(row.expires_at),
        "address": row.last_ip,
        "browser": row.user_agent,
        "applications": apps.collect::<Vec<_>>(),
    })
}

async fn own_devices(engine: &Engine, person: &Person) -> Result<Vec<Value>, StoreError> {
    let devices = devices::devices(engine, person).await?;
    let shown = devices.into_iter().map(|device| {
        json!({
            "kind": device.class.word(),
            "name": device.name,
            "model": device.model,
            "codes_left": device.codes_left,
            "set_up": rfc3339(device.created_at),
            "last_used": device.last_used_at.map(rfc3339),
        })
    });
    Ok(shown.collect())
}

async fn agreed(engine: &Engine, ctx: &Context) -> Result<Vec<Value>, Refusal> {
    let agreed = access::agreed(engine, ctx).await?;
    let shown = agreed.into_iter().map(|one| {
        json!({
            "application": one.application,
            "may_know": one.permissions,
            "since": rfc3339(one.since),
            "until": one.until.map(rfc3339),
        })
    });
    Ok(shown.collect())
}

async fn kept(engine: &Engine, ctx: &Context) -> Result<Vec<Value>, Refusal> {
    let kept = access::kept(engine, ctx).await?;
    let shown = kept.into_iter().map(|one| {
        json!({
            "application": one.application,
            "may_know": one.permissions,
            "since": rfc3339(one.since),
            "until": rfc3339(one.until),
        })
    });
    Ok(shown.collect())
}

async fn tokens(engine: &Engine, ctx: &Context) -> Result<Vec<Value>, Refusal> {
    let tokens = token::tokens(engine, ctx).await?;
    let shown = tokens.into_iter().map(|one| {
        json!({
            "identifier": one.identifier,
            "name": one.name,
            "opens": one.opens.word(),
            "created": rfc3339(one.created_at),
            "expires": one.expires_at.map(rfc3339),
        })
    });
    Ok(shown.collect())
}

async fn own_events(engine: &Engine, person: &Person) -> Result<Value, StoreError> {
    let query = Query {
        conditions: vec![Condition::Equals("actor_pk", Sql::Integer(person.id))],
        order: vec![("created_at", true), ("id", true)],
        offset: 0,
        limit: EVENTS_MOST,
    };
    let mut tx = engine.store.read().await?;
    let page: doorward_store::list::Page<events::EventRow> =
        doorward_store::list::page(&mut tx, "events", events::COLUMNS, &query).await?;
    let shown: Vec<_> = page.rows.iter().map(told).collect();
    Ok(json!({ "of": page.count, "latest": shown }))
}

fn told(row: &events::EventRow) -> Value {
    let context: Value = serde_json::from_str(&row.context).unwrap_or_default();
    json!({
        "action": row.action,
        "when": rfc3339(row.created_at),
        "address": row.client_ip,
        "context": context,
    })
}
