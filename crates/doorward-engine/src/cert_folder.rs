//! The operator's folder of key pairs, kept together with the pairs that were found in it.
//!
//! `<name>.pem`, `.crt` or `.cer` with `<name>.key` beside it, and certbot's folders: `fullchain.pem`
//! and `privkey.pem` under the folder's name. Rules: nothing is read that does not lie in the folder when
//! all links are followed; where no file changed nothing is read; a file that goes takes no pair away.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use doorward_protocol::certificate::PEM_MAX_BYTES;
use doorward_protocol::seal::Purpose;
use doorward_store::StoreError;
use serde_json::{Map, Value, json};
use tracing::warn;

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::oauth::pairs::{PAIR, Pair};
use crate::resource::actions::rotation::DISCOVERED;
use crate::resource::write::Writing;
use crate::resource::{Refusal, registered};

/// So often the folder is looked at.
const PERIOD: Duration = Duration::from_secs(10);
/// So deep folders may lie in each other.
const DEPTH_MAX: usize = 4;
/// So many files are looked at.
const FILES_MAX: usize = 1000;

/// A file, and what tells cheaply that it has changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct File {
    path: PathBuf,
    modified_ms: u128,
    bytes: u64,
}

/// A certificate and its key, as the files have them. No `Debug`: one of them is a secret.
#[derive(Default)]
struct Found {
    certificate: Option<String>,
    key: Option<String>,
}

/// What was seen at the last look.
#[derive(Default)]
pub struct Watch {
    seen: Vec<File>,
}

impl Watch {
    /// Looks at the folder, and brings in what is new or has changed.
    ///
    /// # Errors
    ///
    /// Only our own; what is wrong with a file stands in the log.
    pub async fn look(&mut self, engine: &Engine, now: i64) -> Result<(), Fault> {
        let Some(folder) = &engine.settings.certs else {
            return Ok(());
        };
        let files = list(folder);
        if files == self.seen {
            return Ok(());
        }
        bring_in(engine, &Context::system(now), &read(&files)).await?;
        self.seen = files;
        Ok(())
    }

    /// Looks from now on, every few seconds.
    pub fn start(mut self, engine: Engine, clock: impl Fn() -> i64 + Send + 'static) {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PERIOD).await;
                if let Err(error) = self.look(&engine, clock()).await {
                    warn!(%error, "the folder of certificates will be looked at again");
                }
            }
        });
    }
}

/// Every file that may hold a half of a pair; none where there is no folder.
fn list(folder: &Path) -> Vec<File> {
    let mut found = Vec::new();
    if let Ok(real) = folder.canonicalize() {
        walk(&real, &real, 0, &mut found);
    }
    found.sort();
    found
}

fn walk(folder: &Path, at: &Path, depth: usize, found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(at) else {
        warn!(folder = %at.display(), "a folder of certificates cannot be read");
        return;
    };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().starts_with(b".") || found.len() >= FILES_MAX {
            continue;
        }
        // certbot keeps every former certificate in `archive`.
        if path.is_dir() && depth < DEPTH_MAX && name != "archive" {
            walk(folder, &path, depth + 1, found);
        } else if name_of(&path).is_some() {
            found.extend(file(folder, path));
        }
    }
}

fn file(folder: &Path, path: PathBuf) -> Option<File> {
    let real = path.canonicalize().ok()?;
    let metadata = real.metadata().ok()?;
    if !real.starts_with(folder) || !metadata.is_file() {
        return None;
    }
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH);
    Some(File {
        path,
        modified_ms: since.map_or(0, |since| since.as_millis()),
        bytes: metadata.len(),
    })
}

/// The name of the pair that a file belongs to.
fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let of_folder = || Some(path.parent()?.file_name()?.to_str()?.to_owned());
    match name {
        "fullchain.pem" | "privkey.pem" => of_folder(),
        // Parts of what `fullchain.pem` says, beside it.
        "cert.pem" | "chain.pem" if path.with_file_name("fullchain.pem").exists() => None,
        _ => {
            let (stem, extension) = name.rsplit_once('.')?;
            let is_ours = ["pem", "crt", "cer", "key"].contains(&extension);
            (is_ours && !stem.is_empty()).then(|| stem.to_owned())
        }
    }
}

/// The halves of each pair, told apart by what they say.
fn read(files: &[File]) -> BTreeMap<String, Found> {
    let mut pairs: BTreeMap<String, Found> = BTreeMap::new();
    for file in files {
        let (Some(name), Some(text)) = (name_of(&file.path), text(file)) else {
            continue;
        };
        let found = pairs.entry(name).or_default();
        if text.contains("-----BEGIN CERTIFICATE-----") {
            found.certificate.get_or_insert_with(|| text.clone());
        }
        if text.contains("PRIVATE KEY-----") {
            found.key.get_or_insert(text);
        }
    }
    pairs
}

fn text(file: &File) -> Option<String> {
    let path = file.path.display();
    if file.bytes > PEM_MAX_BYTES as u64 {
        warn!(%path, "a file of the folder of certificates is too large");
        return None;
    }
    let text = fs::read_to_string(&file.path);
    text.inspect_err(|error| warn!(%path, %error, "a certificate cannot be read"))
        .ok()
}

async fn bring_in(
    engine: &Engine,
    ctx: &Context,
    pairs: &BTreeMap<String, Found>,
) -> Result<(), StoreError> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let mut changed = false;
    for (name, found) in pairs {
        let Some(certificate) = &found.certificate else {
            continue;
        };
        let values = json!({
            "name": name, "certificate_data": certificate, "key_data": found.key,
            "managed": format!("{DISCOVERED}{name}"),
        });
        match keep(&mut writing, &values).await {
            Ok(is_new) => changed |= is_new,
            Err(Refusal::Fault(Fault::Store(error))) => return Err(error),
            Err(refusal) => warn!(
                name,
                ?refusal,
                "a pair of the folder of certificates is not taken"
            ),
        }
    }
    if changed {
        writing.commit().await
    } else {
        Ok(())
    }
}

/// Makes or changes a pair; answers whether there was anything to do.
async fn keep(writing: &mut Writing<'_>, values: &Value) -> Result<bool, Refusal> {
    let kind = registered(PAIR);
    let mut all = writing.world.objects(PAIR).iter();
    let known = all.find(|one| one.config.get("managed") == Some(&values["managed"]));
    let Some(known) = known.cloned() else {
        writing.insert(kind, values, None).await?;
        return Ok(true);
    };
    let says = |key: &str| known.config.get(key).and_then(Value::as_str);
    let is_same = says("certificate_data").map(str::trim)
        == values["certificate_data"].as_str().map(str::trim)
        && opened(writing.engine, &known.config) == values["key_data"].as_str().map(str::to_owned);
    if is_same {
        return Ok(false);
    }
    let body = json!({
        "certificate_data": values["certificate_data"], "key_data": values["key_data"],
    });
    writing.amend(kind, &known.id, &body).await?;
    let after = writing
        .world
        .object(PAIR, &known.id)
        .and_then(|one| Pair::read(one));
    if after.is_some_and(|pair| pair.is_withdrawn) {
        let name = values["name"].as_str();
        warn!(
            name,
            "the files of a pair hold a key that was withdrawn: nothing is signed with it"
        );
    }
    Ok(true)
}

fn opened(engine: &Engine, config: &Map<String, Value>) -> Option<String> {
    let sealed = config.get("key_data")?.as_str()?;
    let about = format!("{PAIR}.key_data");
    let clear = engine.keys.open(Purpose::AtRest, about.as_bytes(), sealed);
    String::from_utf8(clear.ok()?).ok()
}

#[cfg(test)]
mod tests;
