//! The sessions in use, found by the hash of their cookie's secret or by their id.
//!
//! Rule: what [`Sessions::forget`] was told is refused from then on, whoever still holds it.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, RwLock, Weak};
use std::time::Duration;

use super::shelf::Shelf;
use super::{AppSession, LiveSession};
use crate::outpost::jwt::Minted;
use crate::settings::milliseconds;

/// Sessions in use, found by the hash of their cookie's secret.
#[derive(Default)]
pub(crate) struct Sessions {
    pub(super) central: Shelf<LiveSession>,
    pub(super) apps: Shelf<AppSession>,
    /// What guarded applications are told of app sessions.
    pub(crate) jwts: Jwts,
    /// Who makes one waits for the others here.
    turns: [tokio::sync::Mutex<()>; TURNS],
    live: RwLock<HashMap<Arc<str>, Weak<LiveSession>>>,
}

const TURNS: usize = 16;
/// A token is a kilobyte: some forty megabytes at most.
const JWTS: usize = 32_768;

pub(crate) struct Jwts(Shelf<Minted>);

impl Default for Jwts {
    fn default() -> Self {
        Self(Shelf::holding(JWTS))
    }
}

impl std::ops::Deref for Jwts {
    type Target = Shelf<Minted>;

    fn deref(&self) -> &Shelf<Minted> {
        &self.0
    }
}

/// Unused for so long, a session leaves the memory, not the store.
const IDLE_IN_CACHE: Duration = Duration::from_hours(1);

impl Sessions {
    /// Sessions that share a turn wait for each other.
    pub(crate) fn turn_of(&self, digest: &[u8; 32]) -> &tokio::sync::Mutex<()> {
        &self.turns[usize::from(digest[30]) % TURNS]
    }

    /// Ends a session in memory; an empty id ends all.
    pub(crate) fn forget(&self, id: &str) {
        if id.is_empty() {
            return self.forget_all();
        }
        let session = self
            .live
            .write()
            .expect("no holder of this lock panics")
            .remove(id);
        if let Some(session) = session.and_then(|weak| weak.upgrade()) {
            session.ended.store(true, Ordering::Release);
        }
    }

    pub(crate) fn forget_all(&self) {
        for (_, session) in self
            .live
            .write()
            .expect("no holder of this lock panics")
            .drain()
        {
            if let Some(session) = session.upgrade() {
                session.ended.store(true, Ordering::Release);
            }
        }
        self.central.retain(|_| false);
        self.jwts.retain(|_| false);
        self.apps.retain(|_| false);
    }

    /// Takes off the shelf what is dead or was not used lately.
    pub(crate) fn sweep(&self, now: i64) {
        let idle = milliseconds(IDLE_IN_CACHE);
        let lately = |one: &LiveSession| one.last_used_at.load(Ordering::Relaxed) > now - idle;
        self.apps
            .retain(|one| one.is_live(now) && lately(&one.session));
        self.central.retain(|one| one.is_live(now) && lately(one));
        self.jwts.retain(|one| !one.is_over(now));
        let mut live = self.live.write().expect("no holder of this lock panics");
        live.retain(|_, session| session.strong_count() > 0);
    }

    pub(super) fn known(&self, id: &str) -> Option<Arc<LiveSession>> {
        self.live
            .read()
            .expect("no holder of this lock panics")
            .get(id)
            .and_then(Weak::upgrade)
    }

    /// The one shared record of a session: whoever comes second gets the first one's.
    pub(super) fn share(&self, fresh: LiveSession) -> Arc<LiveSession> {
        let mut live = self.live.write().expect("no holder of this lock panics");
        if let Some(known) = live.get(&fresh.id).and_then(Weak::upgrade) {
            return known;
        }
        if live.len() == live.capacity() {
            live.retain(|_, session| session.strong_count() > 0);
        }
        let fresh = Arc::new(fresh);
        live.insert(Arc::clone(&fresh.id), Arc::downgrade(&fresh));
        fresh
    }

    /// Sessions whose last use the store does not know to the minute.
    pub(super) fn used_since_saved(&self, margin_ms: i64) -> Vec<Arc<LiveSession>> {
        let live = self.live.read().expect("no holder of this lock panics");
        let used = live.values().filter_map(Weak::upgrade);
        used.filter(|one| {
            one.last_used_at.load(Ordering::Relaxed)
                > one.saved_used_at.load(Ordering::Relaxed) + margin_ms
        })
        .collect()
    }

    /// How many sessions are held, central and app, for the gauge.
    pub(crate) fn count(&self) -> usize {
        self.central.len() + self.apps.len()
    }
}
