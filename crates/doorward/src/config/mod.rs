//! What the operator set: read in layers, checked once, typed from then on.
//!
//! Owns the table of settings, the layers (default, file, environment), their checks, the secret
//! key's file and how all of it is shown. What an administrator changes while the program runs
//! is in the store, not here; nothing is in both. The rule: no secret is ever printed.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use doorward_engine::breach::Breaches;
use ipnet::IpNet;
use url::Url;

mod bucket;
mod check;
mod foreign;
mod key;
pub mod keys;
mod layers;
pub mod reference;
mod secret;
pub mod show;
mod values;

#[cfg(test)]
mod tests;

pub use layers::{Environment, Layers, Notice, Setting, Source, Weight};
pub use secret::{KEY_FILE, Secret, ensure_data_dir, key_in};

/// Everything the program needs to know to start. No `Debug`: it holds secrets.
pub struct Config {
    /// Where the SQLite store and the secret key are kept.
    pub data_dir: PathBuf,
    /// The secret key if it was set; otherwise [`key_in`] the data directory.
    pub secret_key: Option<Secret>,
    /// The secret key until now, while it is being replaced.
    pub secret_key_previous: Option<Secret>,
    /// The public address of the login pages, if set here and not at set-up.
    pub base_url: Option<Url>,
    /// Listeners and their limits.
    pub listen: Listen,
    /// Networks whose forwarded headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// The store.
    pub database: Database,
    /// How long known sessions outlive an unreachable store.
    pub store_grace: Duration,
    /// How long an unused session lives.
    pub session_idle: Duration,
    /// How long a session lives in any case.
    pub session_absolute: Duration,
    /// When sign-in attempts are slowed down.
    pub throttle: Throttle,
    /// Threads that hash passwords; all cores but one if not set.
    pub password_threads: Option<usize>,
    /// What is logged and how.
    pub log: Log,
    /// `MaxMind`'s file of places.
    pub geo_places: Option<PathBuf>,
    /// `MaxMind`'s file of networks.
    pub geo_networks: Option<PathBuf>,
    /// Where breached passwords are looked up.
    pub breaches: Breaches,
    /// Networks that are asked although they are not public.
    pub private_networks: Vec<IpNet>,
    /// Blueprints that are applied at every start.
    pub blueprints_dir: Option<PathBuf>,
    /// Where key pairs are found.
    pub cert_discovery_dir: Option<PathBuf>,
    /// More folders that blueprints may read files of.
    pub blueprint_file_dirs: Vec<PathBuf>,
    /// Where media are kept, if set.
    pub media_dir: Option<PathBuf>,
    /// The bucket that media are kept in instead, if one is set.
    pub media_bucket: Option<doorward_engine::media::Bucket>,
    /// The SMTP server, if mail is sent.
    pub mail: Option<doorward_engine::mail::Smtp>,
    /// Templates that replace built-in ones.
    pub templates_dir: Option<PathBuf>,
    /// What the first start creates.
    pub bootstrap: Bootstrap,
    /// What is to be said about the configuration once the log is open.
    pub notices: Vec<Notice>,
}

/// Listeners and the limits of their connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// Where pages and API are served; never empty.
    pub http: Vec<SocketAddr>,
    /// Where metrics are served.
    pub metrics: Vec<SocketAddr>,
    /// Connections open at once.
    pub max_connections: usize,
    /// Time for the head of a request.
    pub header_timeout: Duration,
    /// Time an unused connection is kept.
    pub idle_timeout: Duration,
}

/// When sign-in attempts are slowed down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Free attempts on one account.
    pub account_free: u32,
    /// Free attempts from one address.
    pub address_free: u32,
    /// Once slowed, one attempt in so long.
    pub pause: Duration,
    /// Attempts are forgotten after so long.
    pub window: Duration,
}

/// Which store.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of our own.
    Sqlite(PathBuf),
    /// A server, by its address with the password in it.
    Postgres(Secret),
}

impl Default for Database {
    fn default() -> Self {
        Self::Sqlite(PathBuf::new())
    }
}

/// What is logged and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The least important message that is written.
    pub level: LogLevel,
    /// Its form.
    pub format: LogFormat,
}

/// authentik's levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// For somebody who looks for a mistake.
    Debug,
    /// What happened.
    #[default]
    Info,
    /// What may be wrong.
    Warning,
    /// What went wrong.
    Error,
}

impl LogLevel {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text.to_lowercase().as_str() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "info" => Self::Info,
            "warning" | "warn" => Self::Warning,
            "error" | "critical" => Self::Error,
            _ => {
                return Err(format!(
                    "{text:?} is not trace, debug, info, warning or error"
                ));
            }
        })
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For reading.
    Human,
}

impl LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text.to_lowercase().as_str() {
            "auto" => Self::Auto,
            "json" => Self::Json,
            "human" | "text" => Self::Human,
            _ => return Err(format!("{text:?} is not auto, json or human")),
        })
    }
}

/// What the first start creates instead of asking in the browser.
#[derive(Clone, Default)]
pub struct Bootstrap {
    /// The password of `akadmin`.
    pub password: Option<Secret>,
    /// Its hash instead.
    pub password_hash: Option<Secret>,
    /// An API token of `akadmin`.
    pub token: Option<Secret>,
    /// The mail address of `akadmin`.
    pub email: Option<String>,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// One sentence each, without secrets.
    pub problems: Vec<String>,
}

impl ConfigError {
    fn one(problem: String) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the configuration cannot be used")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  - {problem}"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks the configuration of this process.
    ///
    /// # Errors
    /// Every mistake at once; unknown names are notices, not errors.
    pub fn load(
        file: Option<&Path>,
        environment: &Environment,
    ) -> Result<(Self, Layers), ConfigError> {
        let layers = Layers::read(file, environment)?;
        let config = check::check(&layers)?;
        Ok((config, layers))
    }

    /// The secret key: as set, or from its file in the data directory, made if missing.
    ///
    /// # Errors
    /// The data directory or the file cannot be read or made.
    pub fn secret_key(&self) -> std::io::Result<Secret> {
        match &self.secret_key {
            Some(key) => Ok(key.clone()),
            None => ensure_data_dir(&self.data_dir).and_then(|()| key_in(&self.data_dir)),
        }
    }
}

/// The environment of this process; variables that are not UTF-8 cannot be settings.
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
