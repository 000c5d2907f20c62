//! Puts the program together: store, keys, engine, router, and the order in which they start.
//!
//! Nothing is decided here. The rule: two processes may start at once on one store, and both end up
//! with the same keys, the same defaults and one administrator.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use axum::Router;
use doorward_engine::blueprint::Folders;
use doorward_engine::blueprint::watch::Watch;
use doorward_engine::cert_folder;
use doorward_engine::expression::Launch;
use doorward_engine::geo::Geo;
use doorward_engine::media::Place;
use doorward_engine::settings::{EXPRESSION_PATIENCE, SessionLifetime, Throttle};
use doorward_engine::{Context, Engine, Settings, blueprint, first_run, keys, mail};
use doorward_protocol::trust::TrustedProxies;
use doorward_web::pages::Pages;
use doorward_web::{AppState, Pace, Parts, Peer};
use tokio::sync::watch;
use tracing::{info, warn};
use url::Url;

use crate::config::{Bootstrap, Config, Secret};
use crate::serve::{self, Served, Shortcut};
use crate::telemetry::{self, Metrics};

mod store;

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
    let store = store::open_store(config).await?;
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
        blueprints: Folders {
            blueprints: config.blueprints_dir.clone(),
            files: config.blueprint_file_dirs.clone(),
        },
        certs: config.cert_discovery_dir.clone(),
        mail: config.mail.clone(),
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
        media: Some(media_place(config)),
        hash_threads: config.password_threads,
        geo: Arc::new(Geo::open(
            config.geo_places.clone(),
            config.geo_networks.clone(),
        )),
        breaches: config.breaches.clone(),
        private_networks: config.private_networks.clone(),
        expressions: Launch::own_program(),
        expression_patience: EXPRESSION_PATIENCE,
    }
}

fn media_place(config: &Config) -> Place {
    match &config.media_bucket {
        Some(bucket) => Place::Bucket(Arc::new(bucket.clone())),
        None => Place::Folder(Arc::new(media_dir(config))),
    }
}

/// The folder of the media: as authentik lays it out, so that its volume can be mounted as it is.
fn media_dir(config: &Config) -> PathBuf {
    const LAYOUT: &str = "media/public";
    let root = Path::new("/");
    match &config.media_dir {
        Some(folder) => folder.join(LAYOUT),
        None if root.join(LAYOUT).is_dir() => root.join(LAYOUT),
        None => config.data_dir.join(LAYOUT),
    }
}

/// Runs the server until it is told to stop. The sockets listen from the beginning; until the store
/// is there they say that it is not.
///
/// # Errors
///
/// A listener, the store or the configuration cannot be used.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let counting = telemetry::start_metrics();
    let (stop, stopped) = watch::channel(false);
    serve::stop_on_signal(stop).context("signals cannot be heard")?;
    let (doors, metrics) = sockets(&config, counting).await?;
    let engine = while_waiting(&config, &doors, &metrics, opened(&config), stopped.clone()).await?;
    let Some(engine) = engine else {
        info!("stopped before the store was there");
        return Ok(());
    };
    let state = state(&engine, &config)?;
    let mut listeners = taken(&doors, &answers(state.clone()))?;
    drop(doors);
    listeners.extend(metrics);
    engine.start_upkeep(clock);
    Watch::default().start(engine.clone(), clock);
    cert_folder::Watch::default().start(engine.clone(), clock);
    mail::start(engine.clone(), doorward_web::mail::renderer(state), clock);
    announce(&engine, &config, &listeners);
    serve::serve(listeners, &config.listen, peer, stopped).await;
    if let Err(error) = engine.save_last_used().await {
        warn!(%error, "the last use of some sessions was not written down");
    }
    engine.store.close().await;
    info!("stopped");
    Ok(())
}

/// The sockets of the pages, waiting for the store, and those of the metrics.
async fn sockets(
    config: &Config,
    counting: Option<Metrics>,
) -> anyhow::Result<(Vec<Served>, Vec<Served>)> {
    let waiting = doorward_web::waiting(config.templates_dir.clone());
    let mut doors = Vec::new();
    for address in &config.listen.http {
        doors.push(Served::bind(*address, waiting.clone(), "DOORWARD_LISTEN__HTTP").await?);
    }
    let mut metrics = Vec::new();
    if let Some(handle) = counting {
        for address in &config.listen.metrics {
            let router = telemetry::metrics_router(handle.clone());
            metrics.push(Served::bind(*address, router, "DOORWARD_LISTEN__METRICS").await?);
        }
    }
    Ok((doors, metrics))
}

/// The same sockets with what is to be served from now on.
fn taken(doors: &[Served], (router, known): &(Router, Shortcut)) -> anyhow::Result<Vec<Served>> {
    let taken = doors.iter().map(|door| {
        let door = door
            .again(router.clone())
            .context("a socket cannot be shared")?;
        Ok(door.with_shortcut(Arc::clone(known)))
    });
    taken.collect()
}

/// An engine that is ready to serve.
async fn opened(config: &Config) -> anyhow::Result<Engine> {
    let engine = open_engine(config).await?;
    prepare(&engine, config).await?;
    Ok(engine)
}

/// Answers on the sockets until the engine is there; `None` if the process is to stop before.
async fn while_waiting(
    config: &Config,
    doors: &[Served],
    metrics: &[Served],
    opening: impl Future<Output = anyhow::Result<Engine>>,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<Option<Engine>> {
    let mut listeners = Vec::new();
    for door in doors.iter().chain(metrics) {
        let router = door.router().clone();
        listeners.push(door.again(router).context("a socket cannot be shared")?);
    }
    let (open, is_open) = watch::channel(false);
    let listen = config.listen.clone();
    tokio::spawn(async move { serve::serve(listeners, &listen, peer, is_open).await });
    let outcome = tokio::select! {
        engine = opening => engine.map(Some),
        _ = stopped.wait_for(|stop| *stop) => Ok(None),
    };
    // What was asked meanwhile is answered beside what comes now.
    open.send_replace(true);
    outcome
}

/// Whatever the environment brings: the first administrator, the operator's blueprints.
async fn prepare(engine: &Engine, config: &Config) -> anyhow::Result<()> {
    let ctx = Context::system(clock());
    let made = first_run::bootstrap(engine, &ctx, bootstrap(&config.bootstrap)).await;
    if made.context("AUTHENTIK_BOOTSTRAP_PASSWORD makes no administrator")? {
        info!(
            "the first administrator, {}, was made from the environment",
            first_run::FIRST_ADMIN
        );
    }
    let found = cert_folder::Watch::default().look(engine, clock()).await;
    found.context("the folder of certificates cannot be looked at")?;
    Watch::default()
        .look(engine, clock())
        .await
        .context("the blueprints cannot be looked at")
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

/// What every answer is made of.
fn state(engine: &Engine, config: &Config) -> anyhow::Result<AppState> {
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
    Ok(AppState::new(Parts {
        engine: engine.clone(),
        pages,
        trusted_proxies,
        clock,
    }))
}

/// Pages and API, and the answers that need neither.
fn answers(state: AppState) -> (Router, Shortcut) {
    let router = doorward_web::router(state.clone());
    let known = move |request: &_, peer: std::net::SocketAddr| {
        let person = doorward_web::known(&state, request, peer.ip());
        person.or_else(|| doorward_web::at_once(&state, request))
    };
    (router, Arc::new(known))
}

fn peer(extensions: &mut http::Extensions, address: std::net::SocketAddr, pace: &Pace) {
    extensions.insert(Peer(address));
    extensions.insert(pace.clone());
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
            target: "doorward::setup",
            "initial setup: open {} to make the first administrator; the link works until that is done",
            setup_link(engine, config)
        );
    } else if engine.snapshot().public_url().is_none() {
        warn!(
            "the public address is not known, so nobody can sign in to an application: the first administrator \
             who signs in is asked for it; or set DOORWARD_BASE_URL, base_url in the system settings, or \
             authentik_host of the embedded outpost"
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
