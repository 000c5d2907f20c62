//! What belongs to the caller and to nobody else, whatever else they may do.
//!
//! Rule: on their own pages even a superuser meets nothing but what is theirs.

use doorward_store::grant;
use doorward_store::list::Query;

use super::kind::Kind;
use super::list::{limits, rows};
use super::permit::{Grant, Verb};
use super::refusal::Refusal;
use super::registered;
use super::tables::Row;
use super::write::Writing;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;

/// The caller's live rows of a kind with a table, the latest first, at most so many.
pub(crate) async fn latest(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    most: i64,
) -> Result<Vec<Row>, Refusal> {
    let query = Query {
        conditions: limits(ctx, kind, &Grant::Own),
        order: vec![("created_at", true), ("id", true)],
        offset: 0,
        limit: most,
    };
    let mut tx = engine.store.read().await?;
    Ok(rows(&mut tx, kind, &query).await?.0)
}

/// Deletes something of the caller's with what hangs on it.
pub(crate) async fn delete(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
) -> Result<(), Refusal> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Delete, kind, key).await?;
    let person = ctx.actor.person().ok_or(Refusal::NotAuthenticated)?;
    if row.owner() != Some(person.id) {
        return Err(Refusal::NotFound {
            model: kind.verbose,
        });
    }
    writing.remove_found(kind, &row).await?;
    Ok(writing.commit().await?)
}

/// Ends what an application (its provider, its name) was granted by the caller.
pub(crate) async fn end_grants(
    engine: &Engine,
    ctx: &Context,
    (provider, name): (i64, &str),
) -> Result<(), Refusal> {
    let kind = registered("authentik_providers_oauth2.refreshtoken");
    let person = ctx.actor.person().ok_or(Refusal::NotAuthenticated)?;
    let mut writing = Writing::begin(engine, ctx).await?;
    if grant::delete_of(&mut writing.tx, person.id, provider, ctx.now).await? == 0 {
        return Err(Refusal::NotFound {
            model: kind.verbose,
        });
    }
    writing.record(kind, Action::ModelDeleted, "", name).await?;
    Ok(writing.commit().await?)
}
