//! Blueprints that the configuration knows by name: applying one, and noting how that went.
//!
//! Rule: how it went is noted in the same transaction as what it did, so that of several servers one
//! applies a file; a failure is noted in a transaction of its own, with an event.

use serde_json::{Value, json};

use doorward_protocol::encoding::sha512_hex;

use super::document::{Document, Entry};
use super::report::{Outcome, Report};
use super::run::{Problem, Run, words};
use super::{BlueprintError, Source, apply, folder, in_transaction, lookup};
use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::resource::value::rfc3339;
use crate::resource::write::Writing;
use crate::snapshot::Object;

/// The model of instances.
pub const MODEL: &str = "authentik_blueprints.blueprintinstance";
/// The meta model: an entry that applies another blueprint.
pub(super) const META: &str = "authentik_blueprints.metaapplyblueprint";
/// What authentik calls its own blueprints; Doorward's defaults stand in for them.
const BUILT_IN: &[&str] = &["Default - ", "System - ", "authentik Bootstrap"];

/// When an instance is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Its text or context is not the one that was applied or tried last.
    Changed,
    /// That, or it failed the last time.
    ChangedOrFailed,
    /// In any case.
    Always,
}

/// What an instance consists of.
///
/// # Errors
///
/// Its file cannot be read.
pub fn source(engine: &Engine, instance: &Object) -> Result<Source, BlueprintError> {
    let text = |key: &str| instance.config.get(key).and_then(Value::as_str);
    let context = instance.config.get("context").and_then(Value::as_object);
    let context = context.cloned().unwrap_or_default();
    let folders = &engine.settings.blueprints;
    match (text("path").unwrap_or_default(), text("content")) {
        ("", inline) => Ok(Source {
            text: inline.unwrap_or_default().to_owned(),
            origin: super::Origin::Api,
            context,
        }),
        (path, _) => Ok(Source {
            text: folders.read(path)?,
            origin: folders.origin(),
            context,
        }),
    }
}

/// What tells one text and context from another.
fn mark(source: &Source) -> String {
    let context = Value::Object(source.context.clone()).to_string();
    sha512_hex(format!("{}\0{context}", source.text).as_bytes())
}

fn is_due(instance: &Object, mark: &str, when: When) -> bool {
    let is_new = instance.config.get("tried").and_then(Value::as_str) != Some(mark);
    let has_failed = instance.config.get("status") == Some(&json!("error"));
    match when {
        When::Changed => is_new,
        When::ChangedOrFailed => is_new || has_failed,
        When::Always => true,
    }
}

/// Applies an instance if it is due; `None` if it is not, or is gone.
///
/// # Errors
///
/// What is wrong with it; it is noted there, and nothing of it was applied.
pub async fn apply_instance(
    engine: &Engine,
    ctx: &Context,
    id: &str,
    when: When,
) -> Result<Option<Report>, BlueprintError> {
    let Some(instance) = engine.snapshot().object(MODEL, id).cloned() else {
        return Ok(None);
    };
    let source = match source(engine, &instance) {
        Ok(source) => source,
        Err(error) => return fail(engine, ctx, id, "", error).await,
    };
    let mark = mark(&source);
    if !is_due(&instance, &mark, when) {
        return Ok(None);
    }
    match attempt(engine, ctx, id, &source, &mark, when).await {
        Err(BlueprintError::Fault(fault)) => Err(fault.into()),
        Err(error) => fail(engine, ctx, id, &mark, error).await,
        done => done,
    }
}

async fn attempt(
    engine: &Engine,
    ctx: &Context,
    id: &str,
    source: &Source,
    mark: &str,
    when: When,
) -> Result<Option<Report>, BlueprintError> {
    let mut writing = Writing::begin(engine, ctx).await?;
    // Another server may have done it while this one waited for its turn.
    let instance = writing.world.object(MODEL, id).cloned();
    if !instance.is_some_and(|instance| is_due(&instance, mark, when)) {
        return Ok(None);
    }
    let report = in_transaction(&mut writing, source).await?;
    let metadata = folder::metadata(&source.text).unwrap_or_default();
    let noted = json!({
        "status": "successful",
        "last_applied": rfc3339(ctx.now),
        "last_applied_hash": sha512_hex(source.text.as_bytes()),
        "managed_models": report.models(),
        "metadata": metadata.to_json(),
        "tried": mark,
        "failure": "",
    });
    writing.note(MODEL, id, &noted).await.map_err(super::told)?;
    writing.finish().await.map_err(super::told)?;
    Ok(Some(report))
}

/// Notes a failure; it becomes an event unless it is the same as the last time.
async fn fail(
    engine: &Engine,
    ctx: &Context,
    id: &str,
    mark: &str,
    error: BlueprintError,
) -> Result<Option<Report>, BlueprintError> {
    let words = error.to_string();
    let mut writing = Writing::begin(engine, ctx).await?;
    let Some(instance) = writing.world.object(MODEL, id).cloned() else {
        return Err(error);
    };
    let text = |key: &str| instance.config.get(key).and_then(Value::as_str);
    if text("failure") != Some(&*words) || text("tried") != Some(mark) {
        let name = text("name").unwrap_or_default();
        let noted = json!({ "status": "error", "tried": mark, "failure": words });
        writing.note(MODEL, id, &noted).await.map_err(super::told)?;
        let told = json!({ "message": format!("Blueprint {name} was not applied: {words}") });
        let action = Action::ConfigurationError;
        event::record(
            engine,
            &mut writing.tx,
            ctx,
            action,
            "authentik.blueprints",
            told,
        )
        .await?;
        writing.commit().await?;
    }
    Err(error)
}

/// Applies the instance that an entry of the meta model names, in the same transaction.
pub(super) async fn apply_other(
    run: &mut Run<'_, '_>,
    entry: &Entry,
) -> Result<(String, Outcome), Problem> {
    let attrs = run.map(&entry.attrs).await?;
    let identifiers = attrs.get("identifiers").and_then(Value::as_object);
    let Some(identifiers) = identifiers.filter(|map| !map.is_empty()) else {
        return words("attrs.identifiers must say which blueprint");
    };
    let name = identifiers.get("name").and_then(Value::as_str);
    let name = name.unwrap_or_default().to_owned();
    let kind = crate::resource::registered(MODEL);
    let found = lookup::find(run.writing, kind, identifiers).await?;
    if let Some(crate::resource::write::Found::Object(instance)) = found {
        return inner(run, &instance).await.map(|outcome| (name, outcome));
    }
    let is_built_in = BUILT_IN.iter().any(|prefix| name.starts_with(prefix));
    let is_required = attrs.get("required").is_none_or(super::tag::is_truthy);
    if is_required && !is_built_in {
        return words(format!(
            "there is no blueprint {}",
            Value::Object(identifiers.clone())
        ));
    }
    Ok((name, Outcome::Skipped))
}

/// The other blueprint's steps are told as one.
async fn inner(run: &mut Run<'_, '_>, instance: &Object) -> Result<Outcome, Problem> {
    if run.within.contains(&instance.id) {
        return words("blueprints that apply each other have no end");
    }
    let source = source(run.writing.engine, instance).map_err(within)?;
    let document = Document::parse(&source.text).map_err(|error| within(error.into()))?;
    let mut deeper = Run::new(run.writing, &source.origin);
    deeper.within.clone_from(&run.within);
    deeper.within.push(instance.id.clone());
    Box::pin(apply::apply(&mut deeper, &document, &source.context))
        .await
        .map_err(within)?;
    let report = deeper.report;
    let fields = report
        .changes()
        .flat_map(|step| step.outcome.fields().to_vec());
    let fields: Vec<_> = fields.collect();
    let is_empty = report.is_empty();
    run.report.notes.extend(report.notes);
    Ok(if is_empty {
        Outcome::Same
    } else {
        Outcome::Changed(fields)
    })
}

fn within(error: BlueprintError) -> Problem {
    Problem::Inner(Box::new(error))
}

/// What an instance no longer is in truth: what applying it again would do.
///
/// # Errors
///
/// What is wrong with it.
pub async fn drift(
    engine: &Engine,
    ctx: &Context,
    instance: &Object,
) -> Result<Report, BlueprintError> {
    super::preview(engine, ctx, &source(engine, instance)?).await
}
