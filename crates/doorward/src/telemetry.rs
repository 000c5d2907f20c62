//! Logs and metrics: how they are written and where they are served.
//!
//! What is logged and counted is decided where it happens. The rule: labels are bounded, and the
//! log of our libraries is quieter than our own.

use std::io::IsTerminal as _;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use tracing::{debug, info, warn};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat, LogLevel, Notice, Weight};

mod durations;
mod metering;

pub use metering::{Metrics, start_metrics};

/// Opens the log of a command: on standard error, only what matters, for people.
pub fn open_command_log() {
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn"));
    let builder = builder
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time();
    if builder
        .with_ansi(std::io::stderr().is_terminal())
        .try_init()
        .is_err()
    {
        debug!("the log was open already");
    }
}

/// Opens the log of the server. A second call (tests) changes nothing.
pub fn open_log(log: Log) {
    let filter = EnvFilter::new(directives(log.level));
    let human = match log.format {
        LogFormat::Auto => std::io::stdout().is_terminal(),
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(human);
    let opened = if human {
        builder.with_target(false).try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
    if opened.is_err() {
        debug!("the log was open already");
    }
}

/// Our own messages from `level` on, those of libraries only if they matter. The link to the initial
/// setup is not a message but the way in: it is there at every level.
fn directives(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "trace",
        LogLevel::Debug => "debug,hyper=info,sqlx=info,h2=info,tower=info",
        LogLevel::Info => "info,hyper=error,sqlx=warn",
        LogLevel::Warning => "warn,hyper=error,doorward::setup=info",
        LogLevel::Error => "error,doorward::setup=info",
    }
}

/// Says what the configuration had to say.
pub fn announce(notices: &[Notice]) {
    for notice in notices {
        match notice.weight {
            Weight::Debug => debug!("{}", notice.text),
            Weight::Info => info!("{}", notice.text),
            Weight::Warning => warn!("{}", notice.text),
        }
    }
}

/// What the metrics listener serves: `/metrics` and the outpost's ping.
pub fn metrics_router(metrics: Metrics) -> Router {
    let page = move || {
        let text = metrics.render();
        async move {
            (
                [(
                    header::CONTENT_TYPE,
                    "text/plain; version=0.0.4; charset=utf-8",
                )],
                text,
            )
        }
    };
    Router::new().route("/metrics", get(page)).route(
        "/outpost.goauthentik.io/ping",
        get(async || StatusCode::NO_CONTENT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_a_valid_filter() {
        for level in [
            LogLevel::Trace,
            LogLevel::Debug,
            LogLevel::Info,
            LogLevel::Warning,
            LogLevel::Error,
        ] {
            assert!(EnvFilter::try_new(directives(level)).is_ok(), "{level:?}");
        }
    }
}
