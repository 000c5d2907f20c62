//! `doorward keys`: the ring's keys, replaced in two steps so that several servers never meet a value
//! that one of them cannot open.

use anyhow::{Context as _, bail};
use doorward_engine::keys;

use super::commands::{context, existing};
use super::say;
use crate::config::Config;

/// `doorward keys list`.
pub(super) async fn list(config: &Config) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let listed = keys::list(&engine).await;
    engine.store.close().await;
    for key in listed? {
        let mark = if key.is_current { "  (current)" } else { "" };
        say(&format!("{}{mark}", key.kid))?;
    }
    Ok(())
}

/// `doorward keys add`.
pub(super) async fn add(config: &Config) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let secret_key = config
        .secret_key()
        .context("the secret key cannot be read")?;
    let added = keys::add(&engine, &context(), secret_key.reveal()).await;
    engine.store.close().await;
    let kid = added?;
    say(&format!(
        "Key {kid} was added. Restart every server, then run: doorward keys use {kid}"
    ))
}

/// `doorward keys use KID`.
pub(super) async fn make_current(config: &Config, kid: &str) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let made = keys::make_current(&engine, &context(), kid).await;
    engine.store.close().await;
    if !made? {
        bail!("there is no key {kid}; `doorward keys list` shows them");
    }
    say(&format!(
        "Key {kid} seals whatever is new once a server is restarted; what was sealed before stays readable."
    ))
}
