//! API tokens and app passwords as a resource. The key is made here, sealed, and shown only by
//! `view_key`.

use doorward_protocol::seal::{Keys, Purpose};
use doorward_store::token::{self, TokenRow};
use doorward_store::{StoreError, Tx, user};
use serde_json::{Map, Value, json};

use crate::context::{Actor, Context};
use crate::engine::Engine;
use crate::person::Person;
use crate::resource::list::Params;
use crate::resource::present::time;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::value::{milliseconds, rfc3339};
use crate::snapshot::Snapshot;

/// Whether a token that expires has not yet done so.
pub(crate) fn is_live(row: &TokenRow, now: i64) -> bool {
    !row.expiring || row.expires_at.is_none_or(|at| at > now)
}

/// Every stored field but the key.
pub(crate) fn values(row: &TokenRow) -> Map<String, Value> {
    let mut values = Map::new();
    values.insert("managed".into(), json!(row.managed));
    values.insert("identifier".into(), json!(row.identifier));
    values.insert("intent".into(), json!(row.intent));
    values.insert("user".into(), json!(row.user_id));
    values.insert("description".into(), json!(row.description));
    values.insert("expires".into(), time(row.expires_at));
    values.insert("expiring".into(), json!(row.expiring));
    values
}

/// The answer.
pub(crate) async fn show(
    tx: &mut Tx,
    row: &TokenRow,
    install_id: &str,
) -> Result<Value, StoreError> {
    let mut answer = values(row);
    answer.insert("pk".into(), json!(row.id));
    let user = match user::find(tx, row.user_id).await? {
        Some(user) => super::user::show(tx, &user, install_id, &Params::default()).await?,
        None => Value::Null,
    };
    answer.insert("user_obj".into(), user);
    Ok(Value::Object(answer))
}

/// What the fields alone cannot say. Below a superuser a token is its maker's own, whatever the body
/// says (CVE-2024-37905), and ends.
pub(crate) fn check(
    values: &mut Map<String, Value>,
    before: Option<&Map<String, Value>>,
    ctx: &Context,
    snapshot: &Snapshot,
) -> Errors {
    let mut errors = Errors::default();
    check_intent(values, before, ctx, &mut errors);
    if values.get("user").is_none_or(Value::is_null) {
        match ctx.actor.person() {
            Some(person) => drop(values.insert("user".into(), json!(person.id))),
            None => errors.add("user", "This field is required."),
        }
    }
    if let Some(person) = ctx.actor.person().filter(|person| !person.is_superuser) {
        if values.get("user").and_then(Value::as_i64) != Some(person.id) {
            errors.add("user", "Only a superuser can change this.");
        }
        limit(values, person, ctx.now, snapshot);
    }
    errors
}

/// Through the API only two kinds of token are made, and none becomes another kind.
fn check_intent(
    values: &Map<String, Value>,
    before: Option<&Map<String, Value>>,
    ctx: &Context,
    errors: &mut Errors,
) {
    let intent = values
        .get("intent")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_kept = before.is_some_and(|before| before.get("intent") == values.get("intent"));
    let is_system = matches!(ctx.actor, Actor::System);
    if !is_system && !is_kept && !matches!(intent, "api" | "app_password") {
        errors.add("intent", format!("Invalid intent {intent}"));
    }
}

/// People's own API tokens end after the time that the settings say, unless their account is
/// exempt.
fn limit(values: &mut Map<String, Value>, person: &Person, now: i64, snapshot: &Snapshot) {
    let expiring = person
        .attributes
        .get("goauthentik.io/user/token-expires")
        .and_then(Value::as_bool);
    values.insert("expiring".into(), json!(expiring.unwrap_or(true)));
    if values.get("intent").and_then(Value::as_str) != Some("api") {
        return;
    }
    let latest = now.saturating_add(snapshot.token_duration_ms());
    let given = values
        .get("expires")
        .and_then(Value::as_str)
        .and_then(milliseconds);
    let expires = given.unwrap_or(latest).min(latest);
    values.insert("expires".into(), json!(rfc3339(expires)));
}

/// A new random key.
pub(crate) fn new_key(snapshot: &Snapshot) -> String {
    crate::resource::write::random_text(snapshot.token_chars())
}

/// The sealed form of a key and the hash that finds it.
pub(crate) fn sealed(keys: &Keys, id: &str, key: &str) -> (String, String) {
    (
        crate::session::hash_text(key),
        keys.seal(Purpose::AtRest, id.as_bytes(), key.as_bytes()),
    )
}

/// The key in clear.
pub(crate) fn open(keys: &Keys, row: &TokenRow) -> Option<String> {
    let bytes = keys
        .open(Purpose::AtRest, row.id.as_bytes(), &row.key_sealed)
        .ok()?;
    String::from_utf8(bytes).ok()
}

/// When the token ends: when it says, or after the time that the settings say.
fn expiry(values: &Map<String, Value>, ctx: &Context, snapshot: &Snapshot) -> Option<i64> {
    if values.get("expiring").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let given = values
        .get("expires")
        .and_then(Value::as_str)
        .and_then(milliseconds);
    Some(given.unwrap_or(ctx.now.saturating_add(snapshot.token_duration_ms())))
}

/// Adds a token with a new key, or with `key` when the caller may choose it.
pub(crate) async fn insert(
    tx: &mut Tx,
    ctx: &Context,
    engine: &Engine,
    values: &Map<String, Value>,
    key: Option<&str>,
) -> Result<String, StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let snapshot = engine.snapshot();
    let key = key.map_or_else(|| new_key(&snapshot), str::to_owned);
    let (key_hash, key_sealed) = sealed(&engine.keys, &id, &key);
    let row = TokenRow {
        id: id.clone(),
        identifier: String::new(),
        intent: String::new(),
        user_id: 0,
        description: String::new(),
        description_key: String::new(),
        key_hash,
        key_sealed,
        expiring: true,
        expires_at: None,
        managed: values
            .get("managed")
            .and_then(Value::as_str)
            .map(str::to_owned),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    token::insert(tx, &row_of(values, row, ctx, &snapshot))
        .await
        .map(|()| id)
}

fn row_of(
    values: &Map<String, Value>,
    base: TokenRow,
    ctx: &Context,
    snapshot: &Snapshot,
) -> TokenRow {
    let text = |key: &str| {
        values
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    TokenRow {
        identifier: text("identifier"),
        intent: text("intent"),
        user_id: values
            .get("user")
            .and_then(Value::as_i64)
            .unwrap_or(base.user_id),
        description: text("description"),
        expiring: values
            .get("expiring")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        expires_at: expiry(values, ctx, snapshot),
        updated_at: ctx.now,
        ..base
    }
}

/// Saves a token's fields.
pub(crate) async fn save(
    tx: &mut Tx,
    ctx: &Context,
    engine: &Engine,
    before: &TokenRow,
    values: &Map<String, Value>,
) -> Result<(), Refusal> {
    let changed = row_of(values, before.clone(), ctx, &engine.snapshot_ref());
    if !token::save(tx, &changed).await? {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}
