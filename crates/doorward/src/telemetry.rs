//! Logs and metrics: how they are written and where they are served.
//!
//! What is logged and counted is decided where it happens. The rule: labels are bounded, and the
//! log of our libraries is quieter than our own.

use std::io::IsTerminal as _;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{debug, info, warn};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat, LogLevel, Notice, Weight};

/// Upper bounds of the latency histograms, in seconds: from a cached check to a slow login.
const LATENCY_BUCKETS_S: [f64; 14] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// How often the histograms give memory back.
const UPKEEP: Duration = Duration::from_secs(5);

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

/// Our own messages from `level` on, those of libraries only if they matter.
fn directives(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "trace",
        LogLevel::Debug => "debug,hyper=info,sqlx=info,h2=info,tower=info",
        LogLevel::Info => "info,hyper=error,sqlx=warn",
        LogLevel::Warning => "warn,hyper=error",
        LogLevel::Error => "error",
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

/// Starts counting. `None` if this process counts already (tests).
///
/// # Panics
/// Never: the buckets are a non-empty constant.
pub fn start_metrics() -> Option<PrometheusHandle> {
    let latency = Matcher::Suffix("_duration_seconds".to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(latency, &LATENCY_BUCKETS_S)
        .expect("the buckets are not empty")
        .install_recorder()
        .ok()
}

/// Keeps the memory of the histograms bounded; runs until the process ends.
pub async fn keep_up(handle: PrometheusHandle) {
    let mut every = tokio::time::interval(UPKEEP);
    loop {
        every.tick().await;
        handle.run_upkeep();
    }
}

/// What the metrics listener serves: `/metrics` and the outpost's ping.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    let page = move || {
        let text = handle.render();
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

    #[test]
    fn latencies_are_counted_in_bounded_buckets() {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(
                Matcher::Suffix("_duration_seconds".into()),
                &LATENCY_BUCKETS_S,
            )
            .unwrap()
            .build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!("check_duration_seconds").record(0.0003);
        });
        let text = handle.render();
        assert!(
            text.contains(r#"check_duration_seconds_bucket{le="0.0005"} 1"#),
            "{text}"
        );
        assert_eq!(
            text.matches("_bucket{").count(),
            LATENCY_BUCKETS_S.len() + 1
        );
    }
}
