//! What the process was started with, checked. What an admin changes while it runs is in the
//! [`Snapshot`](crate::Snapshot); nothing is in both.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::blueprint::Folders;
use crate::breach::Breaches;
use crate::expression::Launch;
use crate::geo::Geo;
use crate::mail::Smtp;
use crate::media::Place;

/// The engine's part of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public address, when it is set outside the database; wins over the one of the set-up.
    pub base_url: Option<Url>,
    /// Where blueprints are.
    pub blueprints: Folders,
    /// Where key pairs are found, if there is such a folder.
    pub certs: Option<PathBuf>,
    /// The SMTP server, if mail is sent.
    pub mail: Option<Smtp>,
    /// How long sessions live that no login stage limits.
    pub session: SessionLifetime,
    /// How long known sessions go on while the store is away; zero fails closed at once.
    pub store_grace: Duration,
    /// When attempts are slowed down.
    pub throttle: Throttle,
    /// Where media are kept; without it none are.
    pub media: Option<Place>,
    /// Threads that hash passwords; `None` takes all cores but one.
    pub hash_threads: Option<usize>,
    /// Places and networks, as far as there are files of them.
    pub geo: Arc<Geo>,
    /// Where breached passwords are looked up.
    pub breaches: Breaches,
    /// Networks that are asked for what clients have named although they are not public.
    pub private_networks: Vec<IpNet>,
    /// How the processes are started in which expressions run.
    pub expressions: Launch,
    /// How long one of them takes at most, with whatever it waits and asks for: a worker waits for it.
    pub expression_patience: Duration,
}

/// [`Settings::expression_patience`] of every server.
pub const EXPRESSION_PATIENCE: Duration = Duration::from_secs(5);

/// A session ends at whichever comes first.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetime {
    /// Unused for so long.
    pub idle: Duration,
    /// In any case.
    pub absolute: Duration,
}

/// When attempts are slowed down.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// Free attempts on one account.
    pub account_free: u32,
    /// Free attempts from one address.
    pub address_free: u32,
    /// Once slowed, one attempt in so long.
    pub pause: Duration,
    /// A bucket that is left alone empties after so long.
    pub window: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: None,
            blueprints: Folders::default(),
            certs: None,
            mail: None,
            session: SessionLifetime {
                idle: Duration::from_hours(7 * 24),
                absolute: Duration::from_hours(30 * 24),
            },
            store_grace: Duration::from_mins(5),
            throttle: Throttle {
                account_free: 10,
                address_free: 50,
                pause: Duration::from_secs(30),
                window: Duration::from_mins(15),
            },
            media: None,
            hash_threads: None,
            geo: Arc::default(),
            breaches: Breaches::default(),
            private_networks: Vec::new(),
            expressions: Launch::own_program(),
            expression_patience: EXPRESSION_PATIENCE,
        }
    }
}

/// Milliseconds as the store counts them; saturates.
pub fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A span of time as an administrator wrote it, in whole seconds; what cannot be read, or is none, is
/// `otherwise`.
pub(crate) fn span(text: &str, otherwise: Duration) -> Duration {
    let parsed = doorward_protocol::duration::parse(text).ok();
    let seconds = parsed.and_then(|span| u64::try_from(span.as_seconds()).ok());
    seconds
        .filter(|seconds| *seconds > 0)
        .map_or(otherwise, Duration::from_secs)
}
