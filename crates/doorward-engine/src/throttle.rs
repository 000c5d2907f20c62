//! Slowing down guesses without locking anybody out.
//!
//! Owns which bucket an attempt falls into. Leaves the counting to `doorward_store::attempt`. Rule:
//! an attempt is counted, durably, before the password is looked at (CVE-2024-4629); user name and
//! address of one account share one bucket (CVE-2025-24806); and a browser that its owner has
//! signed in with before has a bucket of its own, so that a stranger's guesses never lock it out.
//! The address's row is written before the account's, always: in two orders two attempts would wait
//! for each other.

use std::net::IpAddr;

use doorward_protocol::encoding;
use doorward_protocol::seal::{Keys, Purpose};
use doorward_store::attempt::{self, Limit, Verdict};
use doorward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::engine::Engine;
use crate::settings::{Throttle, milliseconds};

/// Whose password is guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// An account, however it was named.
    Account(i64),
    /// A folded name that no account has; it is slowed down just the same.
    Name(&'a str),
    /// The devices of an account, after its password or in its session.
    Devices {
        /// Whose.
        user: i64,
        /// So many times slower than for passwords.
        slower: u32,
    },
    /// Nobody in particular: only the address counts.
    Nobody,
}

/// So many people are remembered for one browser.
const MAX_USERS: usize = 10;

/// A browser and the people who have signed in with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBrowser {
    id: String,
    users: Vec<i64>,
}

impl KnownBrowser {
    /// Reads what [`KnownBrowser::seal`] made; anything else is a browser that nobody knows.
    pub fn open(keys: &Keys, sealed: &str) -> Self {
        let clear = keys.open(Purpose::Device, b"", sealed).unwrap_or_default();
        serde_json::from_slice(&clear).unwrap_or_default()
    }

    /// The value for the browser to keep.
    ///
    /// # Panics
    /// Never: a text and ten numbers always serialize.
    pub fn seal(&self, keys: &Keys) -> String {
        let clear = serde_json::to_vec(self).expect("a text and numbers serialize");
        keys.seal(Purpose::Device, b"", &clear)
    }

    /// The same browser after `user` has signed in, the latest first.
    #[must_use]
    pub fn with(&self, user: i64) -> Self {
        let id = if self.id.is_empty() {
            encoding::random_token(16)
        } else {
            self.id.clone()
        };
        let others = self.users.iter().copied().filter(|one| *one != user);
        let users = std::iter::once(user)
            .chain(others)
            .take(MAX_USERS)
            .collect();
        Self { id, users }
    }

    /// Whether `user` has signed in with it before.
    pub fn knows(&self, user: i64) -> bool {
        self.users.contains(&user)
    }
}

/// An attempt that was counted; a success gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    account: Option<String>,
    address: Option<String>,
}

/// Whether an attempt may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Go on; it has been counted.
    Allowed(Counted),
    /// Not before this instant (Unix milliseconds).
    Blocked {
        /// When the next attempt is allowed.
        until: i64,
    },
}

/// Counts an attempt on `subject`, unless its account or its address is blocked.
///
/// # Errors
///
/// Only if the database fails.
pub async fn begin(
    engine: &Engine,
    ctx: &Context,
    subject: Subject<'_>,
    browser: &KnownBrowser,
) -> Result<Attempt, StoreError> {
    let counted = buckets(&engine.keys, ctx.client_ip, subject, browser);
    let limits = &engine.settings.throttle;
    let mut tx = engine.store.begin().await?;
    if let Some(address) = &counted.address {
        let limit = limit(limits, limits.address_free);
        if let Verdict::Blocked { until } = attempt::begin(&mut tx, address, limit, ctx.now).await?
        {
            return Ok(Attempt::Blocked { until });
        }
    }
    if let Some(account) = &counted.account {
        let limit = slowed(limit(limits, limits.account_free), subject);
        if let Verdict::Blocked { until } = attempt::begin(&mut tx, account, limit, ctx.now).await?
        {
            return Ok(Attempt::Blocked { until });
        }
    }
    engine.commit(tx).await?;
    Ok(Attempt::Allowed(counted))
}

/// Counts something that may happen only so often, under a name of the caller's, whoever asks for it
/// from wherever. Answers until when to wait if there was too much of it.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn count(
    engine: &Engine,
    tx: &mut Tx,
    name: &str,
    limit: Limit,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let bucket = bucket(&engine.keys, name);
    Ok(match attempt::begin(tx, &bucket, limit, now).await? {
        Verdict::Blocked { until } => Some(until),
        Verdict::Allowed => None,
    })
}

/// Where something with this name is counted.
pub(crate) fn bucket(keys: &Keys, name: &str) -> String {
    encoding::base64url(&keys.mac(Purpose::Throttle, name.as_bytes())[..18])
}

/// Counts something that strangers set off, for the network of whoever does, with the limits of
/// sign-ins and apart from them. Answers until when to wait if there was too much of it.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn count_network(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    what: &str,
) -> Result<Option<i64>, StoreError> {
    let limits = &engine.settings.throttle;
    let name = format!("{what} set off from {}", network(ctx.client_ip));
    count(
        engine,
        tx,
        &name,
        limit(limits, limits.address_free),
        ctx.now,
    )
    .await
}

/// Takes an attempt back that was counted and then not made, because we were too busy.
///
/// # Errors
///
/// Only if the database fails.
pub async fn undo(engine: &Engine, counted: &Counted) -> Result<(), StoreError> {
    let limits = &engine.settings.throttle;
    let mut tx = engine.store.begin().await?;
    for (bucket, free) in [
        (&counted.address, limits.address_free),
        (&counted.account, limits.account_free),
    ] {
        if let Some(bucket) = bucket {
            attempt::give_back(&mut tx, bucket, i64::from(free)).await?;
        }
    }
    engine.commit(tx).await
}

/// Gives an attempt back that turned out to be right: the account's bucket is emptied, the
/// address gets this one attempt back (emptying it would let an attacker with an account of his
/// own guess without end).
///
/// # Errors
///
/// Only if the database fails.
pub async fn give_back(engine: &Engine, tx: &mut Tx, counted: &Counted) -> Result<(), StoreError> {
    if let Some(address) = &counted.address {
        let free = i64::from(engine.settings.throttle.address_free);
        attempt::give_back(tx, address, free).await?;
    }
    match &counted.account {
        Some(account) => attempt::forget(tx, account).await,
        None => Ok(()),
    }
}

fn limit(limits: &Throttle, free: u32) -> Limit {
    let (pause_ms, window_ms) = (milliseconds(limits.pause), milliseconds(limits.window));
    Limit {
        free: i64::from(free),
        pause_ms,
        window_ms,
    }
}

/// A code has few digits: after the free ones, guesses at devices come at a quarter of the pace of
/// passwords, or what a stage wants slower still.
fn slowed(limit: Limit, subject: Subject<'_>) -> Limit {
    let times = match subject {
        Subject::Devices { slower, .. } => i64::from(slower.max(1)).saturating_mul(4),
        _ => 1,
    };
    Limit {
        pause_ms: limit.pause_ms.saturating_mul(times),
        window_ms: limit.window_ms.saturating_mul(times),
        ..limit
    }
}

/// The buckets of an attempt. A known browser has one of its own and shares no address, because
/// owner and attacker may be behind the same one.
fn buckets(keys: &Keys, address: IpAddr, subject: Subject<'_>, browser: &KnownBrowser) -> Counted {
    let bucket = |text: String| bucket(keys, &text);
    let shared = Some(bucket(format!("address {}", network(address))));
    let (account, address) = match subject {
        Subject::Account(user) if browser.knows(user) => {
            (Some(format!("browser {} {user}", browser.id)), None)
        }
        Subject::Account(user) => (Some(format!("account {user}")), shared),
        Subject::Devices { user, .. } if browser.knows(user) => {
            (Some(format!("browser {} devices {user}", browser.id)), None)
        }
        Subject::Devices { user, .. } => (Some(format!("devices {user}")), shared),
        Subject::Name(name) => (Some(format!("name {name}")), shared),
        Subject::Nobody => (None, shared),
    };
    Counted {
        account: account.map(bucket),
        address,
    }
}

/// One household or server: an IPv4 address, an IPv6 /64.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_protocol::seal::RingKey;

    fn keys() -> Keys {
        Keys::new(vec![RingKey::new("k1", [1; 32]).unwrap()], "k1").unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_known_browser_has_a_bucket_of_its_own_and_no_address() {
        let (keys, stranger) = (keys(), KnownBrowser::default());
        let known = stranger.with(7);
        let from = address("192.0.2.1");
        let strange = buckets(&keys, from, Subject::Account(7), &stranger);
        let own = buckets(&keys, from, Subject::Account(7), &known);
        assert_ne!(strange.account, own.account);
        assert_eq!(own.address, None);
        assert_eq!(
            buckets(&keys, from, Subject::Account(8), &known).address,
            strange.address
        );
    }

    #[test]
    fn names_are_not_kept_in_clear_and_an_ipv6_network_counts_as_one() {
        let (keys, nobody) = (keys(), KnownBrowser::default());
        let of = |ip: &str| buckets(&keys, address(ip), Subject::Name("mia"), &nobody);
        assert!(!of("::1").account.unwrap().contains("mia"));
        assert_eq!(of("2001:db8::1").address, of("2001:db8::ffff:1").address);
        assert_ne!(of("2001:db8::1").address, of("2001:db8:0:1::1").address);
        assert_eq!(of("192.0.2.1").address, of("::ffff:192.0.2.1").address);
    }

    #[test]
    fn a_sealed_browser_comes_back_and_a_forged_one_is_nobodys() {
        let keys = keys();
        let browser = (0..20).fold(KnownBrowser::default(), |browser, user| browser.with(user));
        assert_eq!(browser.users.len(), MAX_USERS);
        let sealed = browser.seal(&keys);
        assert_eq!(KnownBrowser::open(&keys, &sealed), browser);
        let forged = sealed.replacen("v1.", "v1.x", 1);
        for wrong in ["", "v1.k1.AAAA", &forged] {
            assert_eq!(KnownBrowser::open(&keys, wrong), KnownBrowser::default());
        }
    }
}
