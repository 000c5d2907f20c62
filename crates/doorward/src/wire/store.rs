//! Opening the store, with patience for a PostgreSQL that is still starting.

use std::time::Duration;

use anyhow::Context as _;
use doorward_store::{Location, Store, StoreError};
use tracing::warn;

use crate::config::{Config, Database, ensure_data_dir};

/// How long a PostgreSQL server that is still starting is waited for.
const STORE_PATIENCE: Duration = Duration::from_mins(2);
const STORE_RETRY: Duration = Duration::from_secs(1);

/// Opens the store; a PostgreSQL that does not answer yet is asked again for a while.
pub(super) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let location = location(config)?;
    let started = tokio::time::Instant::now();
    loop {
        match Store::open(&location).await {
            Err(error @ StoreError::Unavailable(_))
                if matches!(location, Location::Postgres(_))
                    && started.elapsed() < STORE_PATIENCE =>
            {
                let error = format!("{:#}", anyhow::Error::from(error));
                warn!(error, "PostgreSQL cannot be used yet; trying again");
                tokio::time::sleep(STORE_RETRY).await;
            }
            other => return other.with_context(|| store_advice(config)),
        }
    }
}

fn location(config: &Config) -> anyhow::Result<Location> {
    match &config.database {
        Database::Postgres(url) => Ok(Location::postgres(url.reveal())?),
        Database::Sqlite(path) => {
            let folder = path.parent().unwrap_or(&config.data_dir);
            ensure_data_dir(folder).with_context(|| {
                format!(
                    "the folder {} cannot be made; set DOORWARD_DATA_DIR",
                    folder.display()
                )
            })?;
            Ok(Location::Sqlite(path.clone()))
        }
    }
}

fn store_advice(config: &Config) -> String {
    match &config.database {
        Database::Postgres(_) => {
            "PostgreSQL cannot be used; check AUTHENTIK_POSTGRESQL__* or DOORWARD_DATABASE__URL \
             (`doorward config` shows them)"
                .to_owned()
        }
        Database::Sqlite(path) => format!(
            "the store {} cannot be opened; check that the folder is writable and the disk not full",
            path.display()
        ),
    }
}
