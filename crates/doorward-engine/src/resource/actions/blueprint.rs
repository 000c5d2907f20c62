//! Blueprints: applying one now, the files that there are, and applying an uploaded one once.
//!
//! Rule: only superusers apply blueprints, which may do everything; who did it is recorded.

use serde_json::{Map, Value, json};

use crate::blueprint::instance::{MODEL, When, apply_instance};
use crate::blueprint::{self, BlueprintError, Document, Origin, Report, Source};
use crate::context::{Actor, Context};
use crate::engine::{Engine, Fault};
use crate::event::Action;
use crate::resource::list::{Params, retrieve};
use crate::resource::permit::{Verb, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::registered;
use crate::resource::value::rfc3339;
use crate::resource::write::Writing;

/// The same request, done by the program itself.
fn as_system(ctx: &Context) -> Context {
    Context {
        actor: Actor::System,
        ..ctx.clone()
    }
}

/// Applies an instance now and answers it; how it went is in its status.
///
/// # Errors
///
/// [`Refusal`].
pub async fn apply(engine: &Engine, ctx: &Context, key: &str) -> Result<Value, Refusal> {
    let kind = registered(MODEL);
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Change, kind, key).await?;
    superuser(&ctx.actor)?;
    let (id, name) = (row.id(), row.name());
    writing
        .record(kind, Action::ModelUpdated, &id, &name)
        .await?;
    writing.finish().await?;
    match apply_instance(engine, &as_system(ctx), &id, When::Always).await {
        Err(BlueprintError::Fault(fault)) => Err(fault.into()),
        _ => retrieve(engine, ctx, kind, key, &Params::default()).await,
    }
}

/// The files of the blueprints folder.
///
/// # Errors
///
/// [`Refusal`].
pub fn available(engine: &Engine, ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let folders = &engine.settings.blueprints;
    let files = folders
        .list()
        .map_err(|error| Fault::Broken(error.to_string()))?;
    let one = |file: &blueprint::File| {
        let text = folders.read(&file.path).ok()?;
        let metadata = Document::parse(&text).ok()?.metadata;
        Some(json!({
            "path": file.path,
            "last_m": rfc3339(file.modified),
            "hash": doorward_protocol::encoding::sha512_hex(text.as_bytes()),
            "meta": metadata.to_json(),
        }))
    };
    Ok(files.iter().filter_map(one).collect())
}

/// A blueprint that is applied once: a text, or a file of the folder.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// The text of the uploaded file.
    pub text: Option<String>,
    /// A file of the folder instead.
    pub path: Option<String>,
    /// JSON that goes over the file's context.
    pub context: Option<String>,
}

/// Applies a blueprint once and answers how that went.
///
/// # Errors
///
/// [`Refusal`].
pub async fn import(engine: &Engine, ctx: &Context, upload: Upload) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let applied = match source(engine, upload) {
        Ok(source) => {
            let mut writing = Writing::begin(engine, ctx).await?;
            let (kind, action) = (registered(MODEL), Action::ModelUpdated);
            writing.record(kind, action, "", "imported").await?;
            writing.finish().await?;
            blueprint::apply_source(engine, &as_system(ctx), &source).await
        }
        Err(error) => Err(error),
    };
    match applied {
        Err(BlueprintError::Fault(fault)) => Err(fault.into()),
        Err(error) => {
            let logs = [log(ctx, "error", &error.to_string())];
            Ok(json!({ "success": false, "logs": logs }))
        }
        Ok(report) => Ok(json!({ "success": true, "logs": logs(ctx, &report) })),
    }
}

fn source(engine: &Engine, upload: Upload) -> Result<Source, BlueprintError> {
    let folders = &engine.settings.blueprints;
    let form = blueprint::Unreadable::Form;
    let context: Map<String, Value> = match upload.context.as_deref() {
        None | Some("") => Map::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| form(format!("`context` is no JSON object: {error}")))?,
    };
    match (upload.text, upload.path) {
        (Some(text), _) => Ok(Source {
            text,
            origin: Origin::Api,
            context,
        }),
        (None, Some(path)) => Ok(Source {
            text: folders.read(&path)?,
            origin: folders.origin(),
            context,
        }),
        (None, None) => Err(form("send `file` or `path`".to_owned()).into()),
    }
}

fn logs(ctx: &Context, report: &Report) -> Vec<Value> {
    let steps = report.changes().map(|step| {
        let (word, name) = (step.outcome.word(), &step.name);
        log(ctx, "info", &format!("{word} {} {name}", step.model))
    });
    let notes = report.notes.iter().map(|note| log(ctx, "warning", note));
    steps.chain(notes).collect()
}

fn log(ctx: &Context, level: &str, words: &str) -> Value {
    json!({
        "timestamp": rfc3339(ctx.now),
        "log_level": level,
        "logger": "doorward.blueprint",
        "event": words,
        "attributes": {},
    })
}
