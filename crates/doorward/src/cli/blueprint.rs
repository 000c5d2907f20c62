//! `doorward blueprint …`: apply, compare, drift, export, list.
//!
//! Rule: what is printed holds no secret, and a file that was refused says where it is wrong.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use doorward_engine::blueprint::export::{self, Selection};
use doorward_engine::blueprint::instance::{self, MODEL};
use doorward_engine::blueprint::{self, Outcome, Report, Source, Step};
use doorward_engine::{Engine, Object};
use serde_json::{Value, json};

use super::commands::{context, existing};
use super::say;
use crate::config::Config;

/// What can be done with blueprints.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Apply files, each whole or not at all.
    Apply {
        /// Files; what does not exist here is looked for in the blueprints folder.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what files would change, and change nothing.
    Diff {
        /// Files; what does not exist here is looked for in the blueprints folder.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what is no longer as the applied blueprints say; exit code 1 if anything is not.
    Drift {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print everything as one blueprint, or one object with what belongs to it. No secret is in it.
    Export {
        /// The model, such as `authentik_flows.flow`.
        #[arg(requires = "key")]
        model: Option<String>,
        /// Its slug, name or primary key.
        key: Option<String>,
    },
    /// List the blueprints that are known, and how they went.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub(super) async fn run(config: &Config, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Apply {
            paths,
            dry_run,
            json,
        } => apply(config, paths, *dry_run, *json).await,
        Command::Diff { paths, json } => apply(config, paths, true, *json).await,
        Command::Drift { json } => drift(config, *json).await,
        Command::Export { model, key } => {
            export(config, model.as_deref().zip(key.as_deref())).await
        }
        Command::List { json } => list(config, *json).await,
    }
}

/// Applies or compares files; the first that is wrong ends it.
pub(super) async fn apply(
    config: &Config,
    paths: &[PathBuf],
    dry_run: bool,
    json: bool,
) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let mut reports = Vec::new();
    for path in paths {
        let report = one(&engine, path, dry_run).await;
        reports.push((path.display().to_string(), report));
        if reports.last().is_some_and(|(_, report)| report.is_err()) {
            break;
        }
    }
    engine.store.close().await;
    for (name, report) in reports {
        let report = report.with_context(|| format!("{name}: nothing of it was applied"))?;
        print(&name, &report, json)?;
    }
    Ok(())
}

async fn one(engine: &Engine, path: &Path, dry_run: bool) -> anyhow::Result<Report> {
    let folders = &engine.settings.blueprints;
    let mut origin = folders.origin();
    let text = if path.exists() {
        // Beside the file is where its author looks for what it reads.
        if let (blueprint::Origin::Operator(all), Some(folder)) = (&mut origin, path.parent()) {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            all.insert(0, folder.to_owned());
        }
        std::fs::read_to_string(path)?
    } else {
        folders.read(path.to_str().unwrap_or_default())?
    };
    let source = Source {
        origin,
        ..Source::of_operator(text)
    };
    let report = if dry_run {
        blueprint::preview(engine, &context(), &source).await
    } else {
        blueprint::apply_source(engine, &context(), &source).await
    };
    Ok(report?)
}

fn print(name: &str, report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        let mut told = report.to_json();
        told["file"] = json!(name);
        return say(&told.to_string());
    }
    for note in &report.notes {
        say(&format!("{name}: note: {note}"))?;
    }
    if report.is_empty() {
        return say(&format!("{name}: everything is so already"));
    }
    report
        .changes()
        .try_for_each(|step| say(&lines(name, step)))
}

/// The object, and below it each field as it was and as it is.
fn lines(name: &str, step: &Step) -> String {
    let (word, model) = (step.outcome.word(), &step.model);
    let mut text = format!("{name}: {word} {model} {}", step.name);
    for field in step.outcome.fields() {
        let line = match &step.outcome {
            Outcome::Created(_) => format!("\n    {} = {}", field.field, field.after),
            _ => format!("\n    {}: {} -> {}", field.field, field.before, field.after),
        };
        text.push_str(&line);
    }
    text
}

fn text<'a>(instance: &'a Object, key: &str) -> &'a str {
    let text = instance.config.get(key).and_then(Value::as_str);
    text.unwrap_or_default()
}

async fn drift(config: &Config, json: bool) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let snapshot = engine.snapshot();
    let mut drifted = 0;
    for one in snapshot.objects(MODEL) {
        if text(one, "status") != "successful" {
            continue;
        }
        let report = instance::drift(&engine, &context(), one).await;
        let report = report.with_context(|| text(one, "name").to_owned())?;
        drifted += usize::from(!report.is_empty());
        print(text(one, "name"), &report, json)?;
    }
    engine.store.close().await;
    if drifted > 0 {
        bail!(
            "{drifted} applied blueprints no longer say what is; `doorward blueprint apply` makes it so again"
        );
    }
    Ok(())
}

/// Prints everything, or one object by its model and key.
pub(super) async fn export(config: &Config, one: Option<(&str, &str)>) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let selection = one.map_or(Selection::Everything, |(model, key)| {
        Selection::One(model, key)
    });
    let exported = export::export(&engine, selection).await;
    engine.store.close().await;
    match exported? {
        Some(text) => say(text.trim_end()),
        None => bail!("there is no such object; write MODEL KEY, as in authentik_flows.flow SLUG"),
    }
}

async fn list(config: &Config, json: bool) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let snapshot = engine.snapshot();
    engine.store.close().await;
    for one in snapshot.objects(MODEL) {
        let enabled = one.config.get("enabled") != Some(&json!(false));
        let (name, path) = (text(one, "name"), text(one, "path"));
        let (status, failure) = (text(one, "status"), text(one, "failure"));
        if json {
            let facts = json!({
                "name": name, "path": path, "status": status, "enabled": enabled,
                "last_applied": one.config.get("last_applied"), "failure": failure,
            });
            say(&facts.to_string())?;
        } else {
            let off = if enabled { "" } else { " (off)" };
            say(&format!("{status}{off}\t{name}\t{path}\t{failure}"))?;
        }
    }
    Ok(())
}
