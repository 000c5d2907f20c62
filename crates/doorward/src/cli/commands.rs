//! The operator's commands on the store. They go through the engine, so that a running server hears
//! of every change within a second.
//!
//! Secrets are printed on standard output only: that is what was asked for.

use std::time::Duration;

use anyhow::bail;
use doorward_engine::first_run::{self, SetupError};
use doorward_engine::recovery::{self, RecoveryError};
use doorward_engine::{Context, Engine};
use doorward_protocol::password::{check_new, hash_new};

use super::{password, say};
use crate::config::{Config, Database};
use crate::wire::{self, clock};

/// `doorward setup-link`.
pub(super) async fn setup_link(config: &Config) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let link = first_run::is_open(&engine).then(|| wire::setup_link(&engine, config));
    engine.store.close().await;
    match link {
        Some(link) => say(&link),
        None => bail!(
            "the initial setup was done before; `doorward recovery-link USER` signs somebody in, \
             `doorward create-admin USER` makes another administrator"
        ),
    }
}

/// `doorward recovery-link USER`.
pub(super) async fn recovery_link(config: &Config, user: &str, minutes: u32) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let lifetime = Duration::from_secs(u64::from(minutes) * 60);
    let made = recovery::make_link(&engine, &context(), user, lifetime).await;
    engine.store.close().await;
    let key = made.map_err(|error| explain(error, user))?;
    say(&wire::absolute(
        &engine,
        config,
        &format!("/recovery/use-token/{key}/"),
    ))
}

/// `doorward create-admin [USER]`.
pub(super) async fn create_admin(config: &Config, user: &str, email: &str) -> anyhow::Result<()> {
    let typed = password::ask(&format!("Password for {user} (empty: make one up): "))?;
    let made_up = typed.is_empty();
    let chosen = if made_up { password::make_up() } else { typed };
    let engine = existing(config).await?;
    let made = first_run::create_admin(&engine, &context(), user, email, chosen.clone()).await;
    engine.store.close().await;
    made.map_err(explain_setup)?;
    if made_up {
        return say(&format!("{user} is an administrator. Password: {chosen}"));
    }
    say(&format!("{user} is an administrator."))
}

/// authentik's `create_admin_group USER`.
pub(super) async fn promote(config: &Config, user: &str) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let known = first_run::promote(&engine, &context(), user).await;
    engine.store.close().await;
    if !known? {
        return Err(explain(RecoveryError::NoSuchUser, user));
    }
    say(&format!("{user} is an administrator."))
}

/// `doorward change-password USER`.
pub(super) async fn change_password(config: &Config, user: &str) -> anyhow::Result<()> {
    let typed = password::ask(&format!("New password for {user}: "))?;
    let engine = existing(config).await?;
    let changed = recovery::change_password(&engine, &context(), user, typed).await;
    engine.store.close().await;
    changed.map_err(|error| explain(error, user))?;
    say(&format!(
        "The password of {user} is changed; all their sessions have ended."
    ))
}

/// `doorward hash-password`.
pub(super) fn hash_password() -> anyhow::Result<()> {
    let typed = password::ask("Password: ")?;
    check_new(&typed)?;
    say(&hash_new(&typed)?)
}

pub(super) fn context() -> Context {
    Context::system(clock())
}

/// The engine over a store that is there: a wrong data directory must not become an empty store.
pub(super) async fn existing(config: &Config) -> anyhow::Result<Engine> {
    if let Database::Sqlite(path) = &config.database
        && !path.exists()
    {
        bail!(
            "there is no store at {}; run this with the server's settings (DOORWARD_DATA_DIR). The \
             server makes it when it starts for the first time",
            path.display()
        );
    }
    wire::open_engine(config).await
}

pub(super) fn explain(error: RecoveryError, user: &str) -> anyhow::Error {
    match error {
        RecoveryError::NoSuchUser => anyhow::anyhow!(
            "nobody is called {user}; `doorward create-admin {user}` makes an administrator of that name"
        ),
        RecoveryError::Inactive => anyhow::anyhow!(
            "{user} is not active; `doorward create-admin {user}` makes them an active administrator"
        ),
        RecoveryError::Unusable(wrong) => wrong.into(),
        RecoveryError::NoMailAddress => anyhow::anyhow!(
            "{user} has no mail address; `doorward recovery-link {user}` prints the link instead"
        ),
        RecoveryError::NoPublicAddress => anyhow::anyhow!(
            "the public address is not known, so no link can be mailed: set DOORWARD_BASE_URL"
        ),
        RecoveryError::Unsent(unsent) => unsent.into(),
        RecoveryError::Fault(fault) => anyhow::Error::from(fault).context("nothing was changed"),
    }
}

fn explain_setup(error: SetupError) -> anyhow::Error {
    match error {
        unusable @ SetupError::Unusable(_) => unusable.into(),
        other => anyhow::Error::from(other).context("nothing was changed"),
    }
}
