//! Create and change, as a request asks for them: permission, write, commit, answer.

use doorward_store::{StoreError, Tx};
use serde_json::Value;

use super::Writing;
use crate::context::Context;
use crate::engine::Engine;
use crate::resource::kind::{Kind, Storage};
use crate::resource::list::{Params, note_secret};
use crate::resource::permit::{Grant, Verb, permitted};
use crate::resource::refusal::Refusal;
use crate::resource::tables::{self, Row};
use crate::resource::validate::Mode;
use crate::resource::world::World;

/// Makes an object and answers it.
///
/// # Errors
///
/// [`Refusal`].
pub async fn create(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    body: &Value,
) -> Result<Value, Refusal> {
    let grant = permitted(&ctx.actor, Verb::Create, kind, None, &engine.snapshot());
    if let Grant::Refused(refusal) = grant {
        return Err(refusal);
    }
    if !kind.verbs.create {
        return Err(Refusal::NotAllowed);
    }
    let mut writing = Writing::begin(engine, ctx).await?;
    let key = writing.insert(kind, body, None).await?;
    writing.finish().await?;
    answer(engine, ctx, kind, &key, body).await
}

/// Changes an object and answers it.
///
/// # Errors
///
/// [`Refusal`].
pub async fn update(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
    body: &Value,
    mode: Mode,
) -> Result<Value, Refusal> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Change, kind, key).await?;
    if !kind.verbs.update {
        return Err(Refusal::NotAllowed);
    }
    writing.change(kind, &row, body, mode).await?;
    writing.finish().await?;
    let shown = answer(engine, ctx, kind, &row.id(), body).await?;
    note_secret(engine, ctx, kind, &shown);
    Ok(shown)
}

/// The saved object, found by its primary key.
async fn answer(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    id: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    let mut world = World::of(&engine.snapshot());
    let mut tx = engine.store.read().await?;
    let row = match kind.storage {
        Storage::Snapshot => world.object(kind.model, id).cloned().map(Row::Object),
        Storage::Tokens => {
            let identifier = body
                .get("identifier")
                .and_then(Value::as_str)
                .map(str::trim)
                .map(str::to_owned);
            match identifier {
                Some(identifier) => doorward_store::token::find(&mut tx, &identifier)
                    .await?
                    .map(Row::Token),
                None => token_by_id(&mut tx, id).await?.map(Row::Token),
            }
        }
        _ => tables::find(&mut tx, kind, id, &world, ctx.now).await?,
    };
    let row = row.ok_or(Refusal::NotFound {
        model: kind.verbose,
    })?;
    Ok(tables::show(&mut tx, kind, &row, &mut world, &Params::default()).await?)
}

pub(in crate::resource) async fn token_by_id(
    tx: &mut Tx,
    id: &str,
) -> Result<Option<doorward_store::token::TokenRow>, StoreError> {
    use doorward_store::list::{Condition, Query, Value as Sql, page};
    let conditions = vec![Condition::Equals("id", Sql::Text(id.to_owned()))];
    let query = Query {
        conditions,
        order: vec![("id", false)],
        offset: 0,
        limit: 1,
    };
    Ok(page(tx, "tokens", doorward_store::token::COLUMNS, &query)
        .await?
        .rows
        .into_iter()
        .next())
}
