//! `doorward explain`: why somebody may open an application or may not.
//!
//! Owns how the engine's account looks on a terminal.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use doorward_engine::model::Application;
use doorward_engine::policy::Address;
use doorward_engine::{Engine, Snapshot};
use doorward_store::user;
use serde_json::Value;

use super::{commands, say};
use crate::config::Config;

/// Whom and what it is asked about.
#[derive(Args)]
pub(super) struct Asked {
    /// The application's slug; `--url` finds it, too.
    #[arg(long, required_unless_present = "url")]
    app: Option<String>,
    /// The login name.
    #[arg(long)]
    user: String,
    /// An address of the application behind the reverse proxy: what is said is about its host and
    /// path.
    #[arg(long)]
    url: Option<Address>,
    /// The client's address.
    #[arg(long)]
    ip: Option<std::net::IpAddr>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
pub(super) async fn explain(config: &Config, asked: &Asked) -> anyhow::Result<()> {
    let engine = commands::existing(config).await?;
    let told = account(&engine, asked).await;
    engine.store.close().await;
    let told = told?;
    if asked.json {
        return say(&format!("{told:#}"));
    }
    say(text(&told).trim_end())
}

async fn account(engine: &Engine, asked: &Asked) -> anyhow::Result<Value> {
    let snapshot = engine.snapshot();
    let application = application(&snapshot, asked)?;
    let mut tx = engine.store.read().await?;
    let row = user::find_by_username(&mut tx, &asked.user).await?;
    drop(tx);
    let unknown = || format!("there is no account named {}", asked.user);
    let row = row.with_context(unknown)?;
    let person = engine.person(row.id).await?.with_context(unknown)?;
    let ctx = commands::context();
    let url = asked.url.as_ref();
    let told = engine.explain(&ctx, &application, &person, asked.ip, url);
    Ok(told.await?)
}

fn application(snapshot: &Snapshot, asked: &Asked) -> anyhow::Result<Arc<Application>> {
    if let Some(slug) = &asked.app {
        let found = snapshot.applications.values().find(|one| one.slug == *slug);
        return found
            .cloned()
            .with_context(|| format!("there is no application {slug}"));
    }
    let url = asked.url.as_ref().context("--app or --url is needed")?;
    Ok(url.application(snapshot)?)
}

fn text(told: &Value) -> String {
    let word = |key: &str| told[key].as_str().unwrap_or_default();
    let may = if told["passing"] == true {
        "may open"
    } else {
        "may not open"
    };
    let mut text = format!(
        "{} {may} {}.\n{}\n",
        word("user"),
        word("application"),
        word("decided_by")
    );
    if told["no_login_needed"] == true && told["public"] == false {
        let _ = writeln!(text, "From {} no login is needed.", word("client_ip"));
    }
    for step in told["steps"].as_array().into_iter().flatten() {
        let says = if step["passing"] == true { "yes" } else { "no" };
        let not = if step["negate"] == true { "not " } else { "" };
        let (kind, name) = (step["kind"].as_str(), step["name"].as_str());
        let (kind, name) = (kind.unwrap_or_default(), name.unwrap_or_default());
        let _ = writeln!(text, "  {}. {not}{kind} {name}: {says}", step["order"]);
        if let Some(failure) = step["failure"].as_str() {
            let _ = writeln!(text, "     failed: {failure}");
        }
        for message in step["messages"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "     says: {}", message.as_str().unwrap_or_default());
        }
    }
    text
}
