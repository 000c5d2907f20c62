//! Tokens: finding whose a key is, showing it again, replacing it.

use std::sync::Arc;

use doorward_store::token;
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::Action;
use crate::person::Person;
use crate::resource::field::{Field, FieldType};
use crate::resource::form::Form;
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::tables::{Row, token as row};
use crate::resource::write::Writing;
use crate::session;

const MODEL: &str = "authentik_core.token";

/// Whoever a live API token stands for, if they are active.
///
/// The key is looked up by its hash, so that no comparison depends on how much of it is right.
///
/// # Errors
///
/// Only if the database fails.
pub async fn bearer(engine: &Engine, key: &str, now: i64) -> Result<Option<Arc<Person>>, Fault> {
    engine.trust_memory(now)?;
    let mut tx = engine.store.read().await?;
    let found = token::find_live(&mut tx, &session::hash_text(key), now).await?;
    drop(tx);
    let Some(found) = found.filter(|token| token.intent == "api") else {
        return Ok(None);
    };
    Ok(engine
        .person(found.user_id)
        .await?
        .filter(|person| person.is_active))
}

/// Shows a token's key and leaves an event.
///
/// # Errors
///
/// [`Refusal`].
pub async fn view_key(engine: &Engine, ctx: &Context, identifier: &str) -> Result<Value, Refusal> {
    let kind = crate::resource::registered(MODEL);
    let mut writing = Writing::begin(engine, ctx).await?;
    let token = reach(&mut writing, Verb::Reveal, identifier).await?;
    let key = row::open(&engine.keys, &token);
    let key = key.ok_or_else(|| Fault::Broken("a token's key cannot be unsealed".to_owned()))?;
    writing
        .record(kind, Action::SecretView, &token.id, &token.identifier)
        .await?;
    writing.finish().await?;
    Ok(json!({ "key": key }))
}

/// A key that the caller chooses.
pub static KEY: Form = Form {
    schema: "TokenSetKeyRequest",
    fields: &[Field::new("key", "Key", FieldType::Secret).required()],
};

/// Replaces a token's key by one that the caller chooses.
///
/// # Errors
///
/// [`Refusal`].
pub async fn set_key(
    engine: &Engine,
    ctx: &Context,
    identifier: &str,
    body: &Value,
) -> Result<(), Refusal> {
    let kind = crate::resource::registered(MODEL);
    let mut writing = Writing::begin(engine, ctx).await?;
    let token = reach(&mut writing, Verb::SetKey, identifier).await?;
    let given = KEY.read(body, &writing.world)?;
    let (key_hash, key_sealed) = row::sealed(&engine.keys, &token.id, given.text("key"));
    let changed = token::TokenRow {
        key_hash,
        key_sealed,
        updated_at: ctx.now,
        ..token
    };
    token::set_key(&mut writing.tx, &changed).await?;
    writing
        .record(kind, Action::SecretRotate, &changed.id, &changed.identifier)
        .await?;
    writing.finish().await
}

/// The token that an address names, if the caller may do `verb` with it.
async fn reach(
    writing: &mut Writing<'_>,
    verb: Verb,
    identifier: &str,
) -> Result<token::TokenRow, Refusal> {
    let kind = crate::resource::registered(MODEL);
    match writing.reach(verb, kind, identifier).await? {
        Row::Token(token) => Ok(token),
        _ => Err(Refusal::NotFound {
            model: kind.verbose,
        }),
    }
}
