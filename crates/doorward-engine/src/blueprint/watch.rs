//! Keeps instances and the operator's folder together, and applies what is new.
//!
//! Rule: where nothing changed nothing is read but the list of files, and nothing is written; a
//! folder that cannot be listed takes no instance away.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::{info, warn};

use super::folder::{File, metadata};
use super::instance::{MODEL, When, apply_instance};
use super::{BlueprintError, told};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::resource::World;
use crate::resource::registered;
use crate::resource::write::{Found, Writing};

/// So often the folder is looked at.
const PERIOD: Duration = Duration::from_secs(5);

/// What was seen at the last look.
#[derive(Default)]
pub struct Watch {
    seen: Option<(Vec<File>, u64)>,
    cannot: Option<io::ErrorKind>,
}

impl Watch {
    /// Looks at the folder and the instances, and applies what is due.
    ///
    /// # Errors
    ///
    /// Only our own; what is wrong with a blueprint is noted in its instance.
    pub async fn look(&mut self, engine: &Engine, now: i64) -> Result<(), Fault> {
        let files = self.list(engine);
        let generation = engine.snapshot().generation;
        let is_known = |(seen, at): &(Vec<File>, u64)| {
            *at == generation && files.as_ref().is_none_or(|files| files == seen)
        };
        if self.seen.as_ref().is_some_and(is_known) {
            return Ok(());
        }
        let ctx = Context::system(now);
        if let Some(files) = &files {
            discover(engine, &ctx, files).await?;
        }
        let when = match self.seen {
            Some(_) => When::Changed,
            None => When::ChangedOrFailed,
        };
        apply_all(engine, &ctx, when).await?;
        let files = files.or_else(|| self.seen.take().map(|(files, _)| files));
        self.seen = Some((files.unwrap_or_default(), engine.snapshot().generation));
        Ok(())
    }

    fn list(&mut self, engine: &Engine) -> Option<Vec<File>> {
        match engine.settings.blueprints.list() {
            Ok(files) => {
                self.cannot = None;
                engine
                    .settings
                    .blueprints
                    .blueprints
                    .as_ref()
                    .map(|_| files)
            }
            Err(error) => {
                if self.cannot.replace(error.kind()) != Some(error.kind()) {
                    warn!(%error, "the blueprints folder cannot be read");
                }
                None
            }
        }
    }

    /// Looks from now on, every few seconds.
    pub fn start(mut self, engine: Engine, clock: impl Fn() -> i64 + Send + 'static) {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PERIOD).await;
                if let Err(error) = self.look(&engine, clock()).await {
                    warn!(%error, "blueprints will be looked at again");
                }
            }
        });
    }
}

/// Makes instances for new files, and removes those whose files are gone.
async fn discover(engine: &Engine, ctx: &Context, files: &[File]) -> Result<(), Fault> {
    let world = World::of(&engine.snapshot());
    let fresh: Vec<_> = files.iter().filter(|file| is_new(&world, file)).collect();
    let mut wanted = Vec::new();
    for file in fresh {
        let text = engine.settings.blueprints.read(&file.path);
        // What cannot be read gets an instance too: it says why.
        let metadata = text
            .ok()
            .and_then(|text| metadata(&text))
            .unwrap_or_default();
        if metadata.is_instantiated() {
            wanted.push((file, metadata.name));
        }
    }
    let gone = gone(&world, files);
    if wanted.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let mut writing = Writing::begin(engine, ctx).await?;
    for (file, name) in wanted {
        add(&mut writing, file, &name).await?;
    }
    for id in gone {
        let found = writing.world.object(MODEL, &id).cloned();
        if let Some(found) = found {
            let found = Found::Object(found);
            let removed = writing.remove_found(registered(MODEL), &found).await;
            removed.map_err(told)?;
        }
    }
    Ok(writing.commit().await?)
}

fn is_new(world: &World, file: &File) -> bool {
    let mut known = world.objects(MODEL).iter();
    !known.any(|instance| instance.config.get("path") == Some(&json!(file.path)))
}

/// The instances that were made for files that are not there any more.
fn gone(world: &World, files: &[File]) -> Vec<String> {
    let paths: HashSet<_> = files.iter().map(|file| file.path.as_str()).collect();
    let instances = world.objects(MODEL).iter();
    let gone = instances.filter(|instance| {
        let path = instance.config.get("path").and_then(Value::as_str);
        instance.config.get("is_discovered") == Some(&json!(true))
            && path.is_none_or(|path| !paths.contains(path))
    });
    gone.map(|instance| instance.id.clone()).collect()
}

async fn add(writing: &mut Writing<'_>, file: &File, name: &str) -> Result<(), Fault> {
    // Of two servers, the second finds what the first has made.
    if !is_new(&writing.world, file) {
        return Ok(());
    }
    let has = |name: &str| {
        let mut known = writing.world.objects(MODEL).iter();
        known.any(|instance| instance.config.get("name") == Some(&json!(name)))
    };
    let name = match name {
        "" => file.path.clone(),
        name if has(name) => format!("{name} ({})", file.path),
        name => name.to_owned(),
    };
    let body = json!({ "name": name, "path": file.path, "is_discovered": true });
    let added = writing.insert(registered(MODEL), &body, None).await;
    added.map(drop).map_err(told)
}

/// Applies every instance that is due; what failed is tried again as long as others succeed, as it
/// may need what they make.
async fn apply_all(engine: &Engine, ctx: &Context, mut when: When) -> Result<(), Fault> {
    loop {
        let (mut succeeded, mut failed) = (false, false);
        for (id, name) in enabled(engine) {
            match apply_instance(engine, ctx, &id, when).await {
                Ok(None) => {}
                Ok(Some(report)) => {
                    succeeded = true;
                    info!(
                        name,
                        changes = report.changes().count(),
                        "a blueprint was applied"
                    );
                    for note in &report.notes {
                        warn!(name, note, "a blueprint says what is not understood");
                    }
                }
                Err(BlueprintError::Fault(fault)) => return Err(fault),
                Err(error) => {
                    failed = true;
                    warn!(name, %error, "a blueprint was not applied");
                }
            }
        }
        if !(succeeded && failed) {
            return Ok(());
        }
        when = When::ChangedOrFailed;
    }
}

/// Every instance that is applied by itself, by its file or name.
fn enabled(engine: &Engine) -> Vec<(String, String)> {
    let snapshot = engine.snapshot();
    let text = |object: &crate::Object, key: &str| {
        let text = object.config.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let mut found: Vec<_> = snapshot
        .objects(MODEL)
        .iter()
        .filter(|one| one.config.get("enabled") != Some(&json!(false)))
        .map(|one| (text(one, "path"), text(one, "name"), one.id.clone()))
        .collect();
    found.sort();
    found.into_iter().map(|(_, name, id)| (id, name)).collect()
}
