//! Blueprints: files that say what should exist, applied through the kernel in one transaction.
//!
//! Owns authentik's YAML format version 1 with all of its tags, the differences that a file makes,
//! and the defaults that are part of the program. Rule: a file is applied whole or not at all, a
//! second time it writes nothing, and the defaults are applied once, so that what an admin changed or
//! removed stays so.

mod apply;
mod document;
pub mod export;
mod folder;
pub mod instance;
mod lookup;
mod place;
mod report;
mod run;
mod secret;
mod source;
mod tag;
#[cfg(test)]
mod tests;
mod tree;
pub mod watch;

use std::path::Path;

use doorward_protocol::certificate::{self, NewCertificate, NewKey, Pair};
use doorward_store::{StoreError, Topic, change, setting};
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::resource::Refusal;
use crate::resource::write::Writing;
use crate::snapshot::names;
use run::Run;

pub use document::{Document, Metadata, Unreadable};
pub(crate) use folder::is_inside;
pub use folder::{File, Folders};
pub use report::{FieldChange, Outcome, Report, Step};
pub use source::Origin;

/// The files that are part of the program, in the order in which they are applied.
const DEFAULTS: &[(&str, &str)] = &[
    ("10-flows", include_str!("../blueprints/10-flows.yaml")),
    (
        "15-account-flows",
        include_str!("../blueprints/15-account-flows.yaml"),
    ),
    ("20-objects", include_str!("../blueprints/20-objects.yaml")),
    (
        CERTIFICATE,
        include_str!("../blueprints/30-certificate.yaml"),
    ),
    (
        "25-mappings",
        include_str!("../blueprints/25-mappings.yaml"),
    ),
    (
        "40-authenticators",
        include_str!("../blueprints/40-authenticators.yaml"),
    ),
    ("45-sources", include_str!("../blueprints/45-sources.yaml")),
    (
        "50-recovery",
        include_str!("../blueprints/50-recovery.yaml"),
    ),
    (
        "55-enrollment",
        include_str!("../blueprints/55-enrollment.yaml"),
    ),
    (
        "60-email-codes",
        include_str!("../blueprints/60-email-codes.yaml"),
    ),
    (
        "65-client-registration",
        include_str!("../blueprints/65-client-registration.yaml"),
    ),
    (
        "70-key-binding",
        include_str!("../blueprints/70-key-binding.yaml"),
    ),
];

/// The shipped property mappings: their `managed` names and texts.
pub(crate) fn shipped_mappings() -> Vec<(String, String)> {
    let files = DEFAULTS
        .iter()
        .filter(|(name, _)| ["25-mappings", "70-key-binding"].contains(name));
    let parsed: Vec<Value> = files
        .filter_map(|(_, text)| serde_yaml_ng::from_str(text).ok())
        .collect();
    let entries = parsed
        .iter()
        .flat_map(|file| file["entries"].as_array().into_iter().flatten());
    let one = |entry: &Value| {
        let managed = entry["identifiers"]["managed"].as_str()?;
        let text = entry["attrs"]["expression"].as_str()?;
        Some((managed.to_owned(), text.to_owned()))
    };
    entries.filter_map(one).collect()
}

/// Why a blueprint was not applied; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum BlueprintError {
    /// The file cannot be read at all.
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// It is not a blueprint.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An entry was refused.
    #[error("{}", said(*.entry, *.line, .model, .reason))]
    Entry {
        /// Its place, from 1; 0 is the context of the file.
        entry: usize,
        /// The line it begins at, if that can be said.
        line: Option<usize>,
        /// Its model.
        model: String,
        /// What is wrong, for people.
        reason: String,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn said(entry: usize, line: Option<usize>, model: &str, reason: &str) -> String {
    match entry {
        0 => format!("context: {reason}"),
        _ => format!("{}, {model}: {reason}", document::at(entry, line)),
    }
}

impl From<StoreError> for BlueprintError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// Applies the defaults of the program unless they were applied before; any number of processes may
/// do this at once. Answers whether this call did.
///
/// # Errors
///
/// Only if the store fails, or the program's own files are wrong.
pub async fn apply_defaults(engine: &Engine, now: i64) -> Result<bool, BlueprintError> {
    let ctx = Context::system(now);
    let mut tx = engine.store.begin().await?;
    let install_id = json!(uuid::Uuid::new_v4().to_string()).to_string();
    let is_new = setting::insert_once(&mut tx, names::INSTALL_ID, &install_id, now).await?;
    let mut applied = false;
    let mut writing = Writing::over(engine, &ctx, tx).await?;
    for (name, text) in DEFAULTS {
        let mark = format!("blueprint.{name}");
        // Of two processes one inserts; the other waits for it and finds the row.
        if setting::insert_once(&mut writing.tx, &mark, "true", now).await? {
            let context = default_context(name, now)?;
            let origin = Origin::Operator(Vec::new());
            let mut run = Run::new(&mut writing, &origin);
            apply::apply(&mut run, &Document::parse(text)?, &context).await?;
            applied = true;
        }
    }
    if is_new || applied {
        change::record(&mut writing.tx, Topic::Configuration, "blueprint", now).await?;
        writing.commit().await?;
    }
    Ok(applied)
}

/// What the program's own files ask for with `!Context`.
fn default_context(file: &str, now: i64) -> Result<Map<String, Value>, Fault> {
    let mut values = vec![("outpost_config", crate::resource::outpost_defaults())];
    if file == CERTIFICATE {
        let pair = self_signed(now)?;
        values.push(("self_signed_certificate", json!(pair.certificate)));
        values.push(("self_signed_key", json!(pair.private_key)));
    }
    Ok(values
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect())
}

/// The file that brings the installation's own pair.
const CERTIFICATE: &str = "30-certificate";

/// Tests begin a thousand installations in one process; they share a pair.
#[cfg(any(test, feature = "testing"))]
fn self_signed(now: i64) -> Result<Pair, Fault> {
    static PAIR: std::sync::OnceLock<Pair> = std::sync::OnceLock::new();
    if let Some(pair) = PAIR.get() {
        return Ok(pair.clone());
    }
    let made = new_self_signed(now)?;
    Ok(PAIR.get_or_init(|| made).clone())
}

#[cfg(not(any(test, feature = "testing")))]
fn self_signed(now: i64) -> Result<Pair, Fault> {
    new_self_signed(now)
}

/// RSA, because every client can verify RS256 (OpenID Connect Core §15.1). authentik's own has 4096
/// bits, which would hold up the first start by seconds and every signature by milliseconds.
fn new_self_signed(now: i64) -> Result<Pair, Fault> {
    let new = NewCertificate {
        common_name: "authentik Self-signed Certificate",
        names: vec!["self-signed.doorward.internal".to_owned()],
        now,
        validity_days: 365,
        key: NewKey::Rsa2048,
    };
    certificate::make(&new).map_err(|error| Fault::Broken(error.to_string()))
}

/// A blueprint, where it came from, and what goes over its context.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its text.
    pub text: String,
    /// Where it came from.
    pub origin: Origin,
    /// Goes over the file's own context.
    pub context: Map<String, Value>,
}

impl Source {
    /// A text of the operator that reads no files.
    pub fn of_operator(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            origin: Origin::Operator(Vec::new()),
            context: Map::new(),
        }
    }
}

/// Applies a file.
///
/// # Errors
///
/// What is wrong with it; then nothing of it was applied.
pub async fn apply_file(engine: &Engine, now: i64, path: &Path) -> Result<Report, BlueprintError> {
    let text = tokio::fs::read_to_string(path).await?;
    apply_text(engine, now, &text).await
}

/// Applies the text of a blueprint.
///
/// # Errors
///
/// What is wrong with it; then nothing of it was applied.
pub async fn apply_text(engine: &Engine, now: i64, text: &str) -> Result<Report, BlueprintError> {
    apply_source(engine, &Context::system(now), &Source::of_operator(text)).await
}

/// Applies a blueprint. `ctx` is the program's own; a blueprint may do everything.
///
/// # Errors
///
/// What is wrong with it; then nothing of it was applied.
pub async fn apply_source(
    engine: &Engine,
    ctx: &Context,
    source: &Source,
) -> Result<Report, BlueprintError> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let report = in_transaction(&mut writing, source).await?;
    writing.finish().await.map_err(told)?;
    Ok(report)
}

/// What a blueprint would do; nothing of it stays.
///
/// # Errors
///
/// What is wrong with it.
pub async fn preview(
    engine: &Engine,
    ctx: &Context,
    source: &Source,
) -> Result<Report, BlueprintError> {
    let mut writing = Writing::begin(engine, ctx).await?;
    // Without a commit the transaction is rolled back.
    in_transaction(&mut writing, source).await
}

async fn in_transaction(
    writing: &mut Writing<'_>,
    source: &Source,
) -> Result<Report, BlueprintError> {
    let document = Document::parse(&source.text)?;
    let mut run = Run::new(writing, &source.origin);
    apply::apply(&mut run, &document, &source.context).await?;
    Ok(run.report)
}

/// Words for a refusal of the kernel.
fn reason(refusal: Refusal) -> Result<String, Fault> {
    match refusal {
        Refusal::Fault(fault) => Err(fault),
        Refusal::Invalid(errors) => Ok(sentences(&errors.into_value())),
        Refusal::NotAllowed => Ok("objects of this model cannot be made by a blueprint".to_owned()),
        other => Ok(format!("{other:?}")),
    }
}

/// A refusal where nobody asked for anything that may be refused.
fn told(refusal: Refusal) -> Fault {
    reason(refusal).map_or_else(|fault| fault, Fault::Broken)
}

/// `field: message; field: message`
fn sentences(errors: &Value) -> String {
    let one = |(field, messages): (&String, &Value)| {
        let list = messages.as_array().map_or(&[] as &[_], Vec::as_slice);
        let texts: Vec<_> = list.iter().map(tag::plain).collect();
        match field.as_str() {
            crate::resource::validate::WHOLE => texts.join(" "),
            field => format!("{field}: {}", texts.join(" ")),
        }
    };
    let fields: Vec<_> = errors.as_object().into_iter().flatten().map(one).collect();
    fields.join("; ")
}
