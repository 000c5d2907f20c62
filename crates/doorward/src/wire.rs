//! Puts the program together: store, keys, engine, router, and the order in which they start.
//!
//! Nothing is decided here. The rule: two processes may start at once on one store, and both end up
//! with the same keys, the same defaults and one administrator.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use doorward_engine::settings::{SessionLifetime, Throttle};
use doorward_engine::{Context, Engine, Settings, blueprint, first_run, keys};
use doorward_protocol::trust::TrustedProxies;
use doorward_store::{Location, Store, StoreError};
use doorward_web::pages::Pages;
use doorward_web::{AppState, Parts, Peer};
use tokio::sync::watch;
use tracing::{info, warn};
use url::Url;

use crate::config::{Bootstrap, Config, Database, Secret, ensure_data_dir};
use crate::serve::{self, Served, Shortcut};
use crate::telemetry;

/// How long a PostgreSQL server that is still starting is waited for.
const STORE_PATIENCE: Duration = Duration::from_mins(2);
const STORE_RETRY: Duration = Duration::from_secs(1);

/// The present in Unix milliseconds.
pub fn clock() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Opens the store (migrating it), the key ring and the engine: all that a command needs.
///
/// # Errors
///
/// What cannot be opened, and what to do about it.
pub async fn open_engine(config: &Config) -> anyhow::Result<Engine> {
    let store = open_store(config).await?;
    let secret_key = config.secret_key().with_context(|| {
        format!(
            "the secret key in {} cannot be used",
            config.data_dir.display()
        )
    })?;
    let previous: Vec<String> = config
        .secret_key_previous
        .iter()
        .map(|key| key.reveal().to_owned())
        .collect();
    let keys = keys::open(&store, secret_key.reveal(), &previous, clock()).await?;
    let engine = Engine::new(store, keys, settings(config)).await?;
    blueprint::apply_defaults(&engine, clock())
        .await
        .context("the defaults cannot be made")?;
    Ok(engine)
}

/// The engine's part of the configuration.
fn settings(config: &Config) -> Settings {
    let throttle = &config.throttle;
    Settings {
        base_url: config.base_url.clone(),
        store_grace: config.store_grace,
        session: SessionLifetime {
            idle: config.session_idle,
            absolute: config.session_absolute,
        },
        throttle: Throttle {
            account_free: throttle.account_free,
            address_free: throttle.address_free,
            pause: throttle.pause,
            window: throttle.window,
        },
        hash_threads: config.password_threads,
    }
}

/// Opens the store; a PostgreSQL that does not answer yet is asked again for a while.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
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

/// Runs the server until it is told to stop.
///
/// # Errors
///
/// A listener, the store or the configuration cannot be used.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let counting = telemetry::start_metrics();
    let engine = open_engine(&config).await?;
    prepare(&engine, &config).await?;
    let mut listeners = pages(&engine, &config).await?;
    if let Some(metrics) = counting {
        for address in &config.listen.metrics {
            let router = telemetry::metrics_router(metrics.clone());
            listeners.push(Served::bind(*address, router, "DOORWARD_LISTEN__METRICS").await?);
        }
    }
    engine.start_upkeep(clock);
    let (stop, stopped) = watch::channel(false);
    serve::stop_on_signal(stop).context("signals cannot be heard")?;
    announce(&engine, &config, &listeners);
    serve::serve(listeners, &config.listen, peer, stopped).await;
    if let Err(error) = engine.save_last_used().await {
        warn!(%error, "the last use of some sessions was not written down");
    }
    engine.store.close().await;
    info!("stopped");
    Ok(())
}

/// Whatever the environment brings: the first administrator, the operator's blueprints.
async fn prepare(engine: &Engine, config: &Config) -> anyhow::Result<()> {
    let ctx = Context::system(clock());
    if first_run::bootstrap(engine, &ctx, bootstrap(&config.bootstrap)).await? {
        info!(
            "the first administrator, {}, was made from the environment",
            first_run::FIRST_ADMIN
        );
    }
    for path in config
        .blueprints_dir
        .iter()
        .flat_map(|folder| blueprints(folder))
    {
        match blueprint::apply_file(engine, clock(), &path).await {
            Ok(()) => info!(file = %path.display(), "a blueprint was applied"),
            Err(error) => warn!(file = %path.display(), %error, "a blueprint was not applied"),
        }
    }
    Ok(())
}

/// The blueprints in a folder and those below it, by name; hidden ones are left out.
fn blueprints(folder: &Path) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            warn!(folder = %folder.display(), %error, "blueprints cannot be read");
            return Vec::new();
        }
    };
    let hidden = |path: &Path| {
        path.file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| !hidden(path))
        .collect();
    paths.sort();
    paths.into_iter().flat_map(below).collect()
}

fn below(path: PathBuf) -> Vec<PathBuf> {
    match path.extension() {
        _ if path.is_dir() => blueprints(&path),
        Some(extension) if extension == "yaml" => vec![path],
        _ => Vec::new(),
    }
}

fn bootstrap(given: &Bootstrap) -> first_run::Bootstrap {
    let text = |secret: &Option<Secret>| secret.as_ref().map(|text| text.reveal().to_owned());
    first_run::Bootstrap {
        password: text(&given.password),
        password_hash: text(&given.password_hash),
        token: text(&given.token),
        email: given.email.clone(),
    }
}

/// Pages and API on every address.
async fn pages(engine: &Engine, config: &Config) -> anyhow::Result<Vec<Served>> {
    let pages = Pages::new(config.templates_dir.clone());
    for rejected in pages.rejected() {
        warn!(?rejected, "a custom template is not used");
    }
    let networks: Vec<String> = config
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    let trusted_proxies = TrustedProxies::parse(networks.iter().map(String::as_str))?;
    let state = AppState::new(Parts {
        engine: engine.clone(),
        pages,
        trusted_proxies,
        clock,
    });
    let router = doorward_web::router(state.clone());
    let known: Shortcut =
        Arc::new(move |request, peer| doorward_web::known(&state, request, peer.ip()));
    let mut listeners = Vec::new();
    for address in &config.listen.http {
        let served = Served::bind(*address, router.clone(), "DOORWARD_LISTEN__HTTP").await?;
        listeners.push(served.with_shortcut(Arc::clone(&known)));
    }
    Ok(listeners)
}

fn peer(extensions: &mut http::Extensions, address: std::net::SocketAddr) {
    extensions.insert(Peer(address));
}

/// The lines an operator looks for after a start.
fn announce(engine: &Engine, config: &Config, listeners: &[Served]) {
    let addresses: Vec<String> = listeners
        .iter()
        .filter_map(|served| served.address().ok())
        .map(|address| address.to_string())
        .collect();
    info!(
        store = engine.store.engine_name(),
        addresses = addresses.join(", "),
        version = env!("CARGO_PKG_VERSION"),
        "Doorward is ready"
    );
    if first_run::is_open(engine) {
        info!(
            "initial setup: open {} to make the first administrator; the link works until that is done",
            setup_link(engine, config)
        );
    } else if engine.snapshot().public_url().is_none() {
        warn!(
            "the public address is not known, so nobody can sign in to an application: set DOORWARD_BASE_URL, \
             base_url in the system settings, or authentik_host of the embedded outpost"
        );
    }
}

/// The set-up link, on the public address as far as it is known.
pub fn setup_link(engine: &Engine, config: &Config) -> String {
    let path = format!(
        "/if/flow/initial-setup/?token={}",
        first_run::link_token(engine)
    );
    absolute(engine, config, &path)
}

/// `path` on the public address, or on this machine while there is none.
pub fn absolute(engine: &Engine, config: &Config, path: &str) -> String {
    let base = engine.snapshot().public_url().or_else(|| here(config));
    match base.and_then(|base| base.join(path).ok()) {
        Some(url) => url.to_string(),
        None => path.to_owned(),
    }
}

fn here(config: &Config) -> Option<Url> {
    let address = config.listen.http.first()?;
    let host = match address.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => "localhost".to_owned(),
        _ => return Url::parse(&format!("http://{address}")).ok(),
    };
    Url::parse(&format!("http://{host}:{}", address.port())).ok()
}

/// A runtime for a command or the server.
///
/// # Errors
///
/// The system gives us no threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("doorward")
        .build()
        .context("no threads can be started")
}

#[cfg(test)]
mod tests {
    use super::blueprints;

    #[test]
    fn blueprints_are_found_by_name_also_in_folders_below_but_not_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("apps/.git")).unwrap();
        for name in [
            "z.yaml",
            "a.yaml",
            "apps/b.yaml",
            "apps/.git/c.yaml",
            ".d.yaml",
            "readme.yml",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = blueprints(folder.path());
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap().to_str())
            .collect();
        assert_eq!(names, [Some("a.yaml"), Some("apps/b.yaml"), Some("z.yaml")]);
        assert!(blueprints(&folder.path().join("missing")).is_empty());
    }
}
