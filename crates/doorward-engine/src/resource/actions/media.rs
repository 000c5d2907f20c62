//! The media of the API: listing, uploading, deleting, and what uses a file.
//!
//! Rule: only administrators do any of it, and every change leaves an event.

use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::media::{self, FILES_MAX, Kept, MediaName, MediaType};
use crate::picture::{self, SHOWN_BY};
use crate::resource::kind::Kind;
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::write::Writing;

/// A file, described as a kind for its events.
static MEDIA: Kind = Kind {
    model: "authentik_admin_files.file",
    path: "admin/file",
    schema: "File",
    verbose: "File",
    ..Kind::BASE
};

/// An uploaded file.
pub struct Upload {
    /// As the browser has it, or as was asked for.
    pub name: String,
    /// Its bytes, at most [`media::FILE_MAX_BYTES`].
    pub bytes: Vec<u8>,
}

/// Whether files can be kept at all; clients ask for it as `can_save_media`.
pub fn can_save(engine: &Engine) -> bool {
    engine.settings.media.is_some()
}

/// The files whose name holds `search`.
///
/// # Errors
///
/// [`Refusal`].
pub async fn list(engine: &Engine, ctx: &Context, search: &str) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let search = search.to_lowercase();
    let files = media::list(engine).await?.into_iter();
    let found = files.filter(|name| name.as_str().to_lowercase().contains(&search));
    Ok(found.map(|name| shown(&name)).collect())
}

fn shown(name: &MediaName) -> Value {
    json!({
        "name": name.as_str(),
        "mime_type": name.media_type().map_or("", MediaType::name),
        "url": picture::url(name.as_str()),
        "themed_urls": picture::themed_urls(name.as_str()),
    })
}

/// Keeps a new file.
///
/// # Errors
///
/// [`Refusal`]: it is no picture, or a file of this name is there.
pub async fn upload(engine: &Engine, ctx: &Context, upload: Upload) -> Result<(), Refusal> {
    superuser(&ctx.actor)?;
    let name = MediaName::parse(upload.name.trim()).map_err(|wrong| Errors::one("name", wrong))?;
    let checked = media::presentable(upload.bytes);
    let (media_type, bytes) =
        checked.map_err(|wrong| Errors::one("file", format!("The file {wrong}.")))?;
    if name.media_type() != Some(media_type) {
        let wrong = format!(
            "The file is {}, and its name says otherwise.",
            media_type.name()
        );
        return Err(Errors::one("name", wrong).into());
    }
    match media::keep(engine, name.clone(), bytes).await? {
        Kept::New => tell(engine, ctx, Action::ModelCreated, &name).await,
        Kept::Exists => Err(Errors::one("name", "A file with this name already exists.").into()),
        Kept::Full => Err(Errors::one("file", format!("No more than {FILES_MAX} files.")).into()),
    }
}

/// Takes a file away.
///
/// # Errors
///
/// [`Refusal`]: there is none.
pub async fn delete(engine: &Engine, ctx: &Context, name: &str) -> Result<(), Refusal> {
    superuser(&ctx.actor)?;
    let missing = || Errors::one("name", "There is no file with this name.");
    let name = MediaName::parse(name).map_err(|_| missing())?;
    if !media::remove(engine, name.clone()).await? {
        return Err(missing().into());
    }
    tell(engine, ctx, Action::ModelDeleted, &name).await
}

/// The objects that show a file; they would show nothing without it.
///
/// # Errors
///
/// [`Refusal`].
pub fn used_by(engine: &Engine, ctx: &Context, name: &str) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let snapshot = engine.snapshot();
    let mut users = Vec::new();
    for (model, field) in SHOWN_BY {
        for object in snapshot.objects(model) {
            let text = object.config.get(field).and_then(Value::as_str);
            if picture::media_names(text.unwrap_or_default()).any(|one| one == name) {
                users.push(user(model, object));
            }
        }
    }
    users.dedup();
    Ok(Value::Array(users))
}

fn user(model: &str, object: &crate::snapshot::Object) -> Value {
    let (app, model_name) = model.split_once('.').unwrap_or((model, ""));
    let text = |key: &str| object.config.get(key).and_then(Value::as_str);
    let name = text("name").or_else(|| text("domain")).unwrap_or_default();
    json!({
        "app": app, "model_name": model_name, "pk": object.id, "name": name,
        "action": "left_dangling",
    })
}

async fn tell(
    engine: &Engine,
    ctx: &Context,
    action: Action,
    name: &MediaName,
) -> Result<(), Refusal> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let name = name.as_str();
    writing.record(&MEDIA, action, name, name).await?;
    writing.finish().await
}
