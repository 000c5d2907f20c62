//! The latest traces of this process, in memory.
//!
//! Owns the bounds: how many there are, how many one client and how many strangers may add. Rule: a
//! cause that is known is counted and nothing is made for it, and no client pushes another's out.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Draft, Outcome, Trace, Way};

/// So many are held.
pub(super) const HELD_MAX: usize = 1000;
/// How long one cause stays one trace, milliseconds.
pub(super) const PAUSE_MS: i64 = 600_000;
/// So many one client adds about one application within the pause.
pub(super) const OF_ONE_MAX: u32 = 20;
/// So many all those add within the pause who are not signed in.
pub(super) const STRANGERS_MAX: u32 = 500;
/// So many clients are told apart.
const CLIENTS_MAX: usize = 4000;
/// So many references of one cause are held: the first, and the latest.
const REFERENCES_MAX: usize = 6;
/// A count that grew is written down again after so long, milliseconds.
const RESAVE_MS: i64 = 10_000;
/// Of those who are let in without a question, one request in so long is looked at, milliseconds.
const SAMPLE_MS: i64 = 30_000;

/// What makes two requests come to the same.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// Which way they came.
    pub way: Way,
    /// What they ended in.
    pub outcome: Outcome,
    /// The client.
    pub client: IpAddr,
    /// uuid of the application, or the host that is none.
    pub application: &'a str,
    /// Whose.
    pub person: Option<i64>,
    /// What else tells causes apart: the check that failed.
    pub why: &'a str,
}

impl Cause<'_> {
    /// Who asks for what: a client of `IPv6` has a whole network.
    fn source(&self) -> u64 {
        let client = match self.client.to_canonical() {
            IpAddr::V6(address) => address.segments()[..4].to_vec(),
            IpAddr::V4(address) => address.octets().map(u16::from).to_vec(),
        };
        let application = Some(self.application).filter(|_| self.why != UNKNOWN);
        hashed(&(
            client,
            application,
            self.outcome.is_open(),
            self.person.is_some(),
        ))
    }

    fn hash(&self) -> u64 {
        let what = (
            self.way,
            self.outcome,
            self.application,
            self.person,
            self.why,
        );
        hashed(&(self.source(), what))
    }
}

/// Why a request belongs to no application: all hosts are one then.
pub(super) const UNKNOWN: &str = "unknown host";

fn hashed(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It was counted.
    Counted,
    /// Nobody has told this cause yet.
    New,
}

struct Held {
    cause: u64,
    trace: Trace,
    /// What of it is written down: its count and when.
    saved: Option<(u64, i64)>,
}

impl Held {
    fn told(&self) -> u64 {
        self.trace.count + self.trace.untold
    }

    fn wants_saving(&self, now: i64) -> bool {
        self.saved
            .is_none_or(|(told, at)| told < self.told() && now.saturating_sub(at) >= RESAVE_MS)
    }
}

/// How many were added since when.
#[derive(Clone, Copy, Default)]
struct Added {
    since: i64,
    count: u32,
    /// The latest of them.
    latest: u64,
}

impl Added {
    fn now(self, now: i64) -> Self {
        if (0..PAUSE_MS).contains(&now.saturating_sub(self.since)) {
            return self;
        }
        Self {
            since: now,
            ..Self::default()
        }
    }
}

#[derive(Default)]
struct Ring {
    /// The number of the first one that is held.
    first: u64,
    held: VecDeque<Held>,
    by_cause: HashMap<u64, u64>,
    clients: HashMap<u64, Added>,
    strangers: Added,
}

impl Ring {
    fn get(&mut self, number: u64) -> Option<&mut Held> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.held.get_mut(at)
    }

    fn known(&mut self, cause: u64, now: i64) -> Option<&mut Held> {
        let number = *self.by_cause.get(&cause)?;
        let held = self.get(number)?;
        let is_same = held.cause == cause;
        let age = now.saturating_sub(held.trace.at);
        (is_same && (0..PAUSE_MS).contains(&age)).then_some(held)
    }

    /// The trace on which a request is counted that may have none of its own.
    fn surplus(&mut self, cause: &Cause<'_>, now: i64) -> Option<u64> {
        let of_client = self.clients.get(&cause.source())?.now(now);
        (of_client.count >= OF_ONE_MAX).then_some(of_client.latest)
    }

    fn push(&mut self, cause: &Cause<'_>, trace: Trace, now: i64) {
        let number = self.first + self.held.len() as u64;
        self.by_cause.insert(cause.hash(), number);
        if self.clients.len() >= CLIENTS_MAX {
            self.clients
                .retain(|_, one| now.saturating_sub(one.since) < PAUSE_MS);
        }
        if self.clients.len() >= CLIENTS_MAX {
            self.clients.clear();
        }
        let client = self.clients.entry(cause.source()).or_default();
        *client = client.now(now);
        client.count += 1;
        client.latest = number;
        if cause.person.is_none() {
            self.strangers = self.strangers.now(now);
            self.strangers.count += 1;
            self.strangers.latest = number;
        }
        self.held.push_back(Held {
            cause: cause.hash(),
            trace,
            saved: None,
        });
        if self.held.len() > HELD_MAX
            && let Some(oldest) = self.held.pop_front()
        {
            if self.by_cause.get(&oldest.cause) == Some(&self.first) {
                self.by_cause.remove(&oldest.cause);
            }
            self.first += 1;
        }
    }
}

/// The traces of this process.
pub(crate) struct Traces {
    ring: Mutex<Ring>,
    /// From then on the next request that is let in at once is looked at, Unix milliseconds.
    sample_from: AtomicI64,
}

impl Default for Traces {
    fn default() -> Self {
        Self {
            ring: Mutex::default(),
            // Nobody is looked at before the upkeep has said so.
            sample_from: AtomicI64::new(i64::MAX),
        }
    }
}

impl Traces {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request whose cause was told, or whose client has told too many: nothing is made.
    pub(crate) fn note(&self, cause: &Cause<'_>, reference: &str, now: i64) -> Noted {
        let mut ring = self.ring();
        if let Some(held) = ring.known(cause.hash(), now) {
            let trace = &mut held.trace;
            trace.count += 1;
            trace.last_at = trace.last_at.max(now);
            if trace.references.len() >= REFERENCES_MAX {
                trace.references.remove(1);
            }
            trace.references.push(reference.to_owned());
            return Noted::Counted;
        }
        let strangers = ring.strangers.now(now);
        let too_many = cause.person.is_none() && strangers.count >= STRANGERS_MAX;
        let on = ring.surplus(cause, now);
        let Some(on) = on.or_else(|| too_many.then_some(strangers.latest)) else {
            return Noted::New;
        };
        if let Some(held) = ring.get(on) {
            held.trace.untold += 1;
        }
        Noted::Counted
    }

    /// Adds the trace of a cause that nobody has told yet.
    pub(crate) fn add(&self, cause: &Cause<'_>, reference: &str, now: i64, draft: Draft) {
        let trace = Trace {
            id: reference.to_owned(),
            at: now,
            last_at: now,
            count: 1,
            untold: 0,
            references: vec![reference.to_owned()],
            draft,
        };
        let mut ring = self.ring();
        // Two requests at once may both have found it new.
        if ring.known(cause.hash(), now).is_none() {
            ring.push(cause, trace, now);
        }
    }

    /// Those that `is_wanted`, the latest first.
    pub(super) fn find(&self, is_wanted: impl Fn(&Trace) -> bool, limit: usize) -> Vec<Trace> {
        let ring = self.ring();
        let found = ring.held.iter().rev().map(|held| &held.trace);
        let mut found: Vec<_> = found.filter(|trace| is_wanted(trace)).cloned().collect();
        found.sort_by_key(|trace| std::cmp::Reverse(trace.last_at));
        found.truncate(limit);
        found
    }

    /// What is to be written down, the oldest first.
    pub(super) fn unsaved(&self, now: i64, limit: usize) -> Vec<Trace> {
        let ring = self.ring();
        let unsaved = ring.held.iter().filter(|held| held.wants_saving(now));
        unsaved.take(limit).map(|held| held.trace.clone()).collect()
    }

    /// They were written down as they were then.
    pub(super) fn saved(&self, traces: &[Trace], now: i64) {
        let told: HashMap<&str, u64> = traces
            .iter()
            .map(|one| (&*one.id, one.count + one.untold))
            .collect();
        for held in &mut self.ring().held {
            if let Some(told) = told.get(&*held.trace.id) {
                held.saved = Some((*told, now));
            }
        }
    }

    /// Whether the request that would be let in at once is to be looked at; then for a while none is.
    /// One load where it is not.
    pub(crate) fn wants_sample(&self, now: i64) -> bool {
        let from = self.sample_from.load(Ordering::Relaxed);
        now >= from && self.sample_after(from, now)
    }

    #[cold]
    fn sample_after(&self, from: i64, now: i64) -> bool {
        let next = now.saturating_add(SAMPLE_MS);
        let order = Ordering::Relaxed;
        let taken = self.sample_from.compare_exchange(from, next, order, order);
        taken.is_ok()
    }

    /// Begins to look at some of those who are let in at once.
    pub(crate) fn begin_samples(&self, now: i64) {
        let first = now.saturating_add(SAMPLE_MS);
        self.sample_from.store(first, Ordering::Relaxed);
    }
}
