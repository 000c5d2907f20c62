//! What is counted of the outpost: forward-auth.md 17, in authentik's names where it has one.
//!
//! Owns every name and label. Rule: a label's value comes from the configuration or from a closed
//! set, never from a request; hosts that nobody set up are one, and so are methods.

use metrics::{Counter, Histogram};

use crate::model::ProxyProvider;
use crate::snapshot::Snapshot;

const DURATION: &str = "authentik_outpost_proxy_request_duration_seconds";
const CHECKS: &str = "doorward_outpost_checks_total";
const LOGINS: &str = "doorward_outpost_logins_total";
const CONNECTED: &str = "authentik_outposts_connected";
const LAST_UPDATE: &str = "authentik_outposts_last_update";

/// What a check ended in, for the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// Somebody who may.
    Allow,
    /// A public path.
    Skip,
    /// Sent to sign in.
    Redirect,
    /// Told to sign in.
    Deny401,
    /// Somebody who may not.
    Refused,
    /// The store does not answer.
    Unavailable,
}

impl Outcome {
    const ALL: [Self; 6] = [
        Self::Allow,
        Self::Skip,
        Self::Redirect,
        Self::Deny401,
        Self::Refused,
        Self::Unavailable,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Skip => "skip",
            Self::Redirect => "redirect",
            Self::Deny401 => "deny401",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Why a check belongs to no application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It cannot be read, or comes from where nothing is believed.
    Misconfigured,
    /// No application has its host.
    UnknownHost,
}

/// How a login came back to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// It is done.
    In,
    /// Late, foreign or without its cookie: it begins again.
    Restart,
    /// It began again too often.
    Lost,
}

/// What does not belong to one application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// The health check of a proxy.
    Ping,
    /// Pictures and styles.
    Static,
}

/// The counters of one application, found once a snapshot.
#[derive(Debug)]
pub(super) struct Meter {
    durations: Histogram,
    outcomes: [Counter; Outcome::ALL.len()],
}

impl Meter {
    pub(super) fn new(outpost: &str, provider: &ProxyProvider) -> Self {
        let name = &provider.name;
        let outcomes = Outcome::ALL.map(|outcome| {
            metrics::counter!(CHECKS, "provider" => name.clone(), "outcome" => outcome.word())
        });
        Self {
            durations: durations(outpost, name, "app"),
            outcomes,
        }
    }

    pub(super) fn observe(&self, outcome: Outcome, seconds: f64) {
        self.outcomes[outcome as usize].increment(1);
        self.durations.record(seconds);
    }
}

fn durations(outpost: &str, provider: &str, kind: &'static str) -> Histogram {
    metrics::histogram!(
        DURATION, "outpost_name" => outpost.to_owned(), "method" => "GET",
        "host" => provider.to_owned(), "type" => kind
    )
}

/// Counts a check that belongs to no application.
pub fn count_unanswered(why: Unanswered) {
    let word = match why {
        Unanswered::Misconfigured => "misconfigured",
        Unanswered::UnknownHost => "unknown_host",
    };
    metrics::counter!(CHECKS, "provider" => "", "outcome" => word).increment(1);
}

/// Counts a login that came back to an application of this provider.
pub fn count_return(provider: &ProxyProvider, how: Return) {
    let word = match how {
        Return::In => "in",
        Return::Restart => "restart",
        Return::Lost => "lost",
    };
    metrics::counter!(LOGINS, "provider" => provider.name.clone(), "outcome" => word).increment(1);
}

/// Counts a request beside the checks.
pub fn observe_aside(snapshot: &Snapshot, what: Aside, seconds: f64) {
    let outpost = snapshot.embedded_outpost();
    let name = outpost.map_or("", |outpost| outpost.name.as_str());
    let kind = match what {
        Aside::Ping => "ping",
        Aside::Static => "static",
    };
    durations(name, "", kind).record(seconds);
}

/// The embedded outpost, which is connected as long as this process lives.
#[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
pub(crate) fn show_outpost(snapshot: &Snapshot, now: i64) {
    let Some(outpost) = snapshot.embedded_outpost() else {
        return;
    };
    let (name, uid) = (outpost.name.clone(), outpost.pk.clone());
    metrics::gauge!(
        CONNECTED, "tenant" => "public", "outpost" => name.clone(), "uid" => uid.clone(),
        "expected" => "1"
    )
    .set(1.0);
    metrics::gauge!(
        LAST_UPDATE, "tenant" => "public", "outpost" => name, "uid" => uid,
        "version" => super::VERSION
    )
    .set((now / 1000) as f64);
}
