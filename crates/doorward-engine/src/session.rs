//! Sessions: from a cookie's secret to a live session and its person, without asking the store twice.
//!
//! Owns the cache of central and app sessions, their begin and end. Leaves cookies to the web.
//! Rule: what [`Sessions::forget`] was told is refused from then on, whoever still holds it: the
//! shared record itself is marked as ended, and a cache fill that overlaps a change is not kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use doorward_protocol::encoding;
use doorward_store::session::{AppSessionRow, SessionRow};
use doorward_store::{StoreError, Topic, Tx, change, session, user};

use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::settings::{SessionLifetime, milliseconds};
use shelf::Shelf;

mod shelf;

/// A signed-in browser.
pub struct LiveSession {
    /// uuid, for lists and revocation.
    pub id: Arc<str>,
    /// Ends in any case, Unix milliseconds.
    pub expires_at: i64,
    idle_ms: i64,
    last_used_at: AtomicI64,
    saved_used_at: AtomicI64,
    ended: AtomicBool,
    person: ArcSwap<Person>,
}

/// An app's session behind the outpost.
pub struct AppSession {
    /// The central session above it.
    pub session: Arc<LiveSession>,
    /// For which provider.
    pub provider_id: i64,
    /// Unix milliseconds; never later than the central session's end counts.
    pub expires_at: i64,
    /// The last configuration and person under which it was allowed in.
    allowed_under: AtomicU64,
}

impl LiveSession {
    fn new(row: &SessionRow, person: Arc<Person>) -> Self {
        Self {
            id: row.id.as_str().into(),
            expires_at: row.expires_at,
            idle_ms: row.idle_ms,
            last_used_at: AtomicI64::new(row.last_used_at),
            saved_used_at: AtomicI64::new(row.last_used_at),
            ended: AtomicBool::new(false),
            person: ArcSwap::new(person),
        }
    }

    /// The person as last read; ask [`Engine::fresh_person`] unless staleness was checked.
    pub fn person(&self) -> Arc<Person> {
        self.person.load_full()
    }

    /// Whether it still counts at `now`.
    pub fn is_live(&self, now: i64) -> bool {
        !self.ended.load(Ordering::Acquire)
            && now < self.expires_at
            && now
                < self
                    .last_used_at
                    .load(Ordering::Relaxed)
                    .saturating_add(self.idle_ms)
    }

    /// Notes the use in memory; the store learns of it in batches.
    pub fn touch(&self, now: i64) {
        self.last_used_at.fetch_max(now, Ordering::Relaxed);
    }
}

impl AppSession {
    /// Whether both it and its session still count.
    pub fn is_live(&self, now: i64) -> bool {
        now < self.expires_at && self.session.is_live(now)
    }

    /// Whether this person was already let in under this configuration.
    pub fn was_allowed(&self, generation: u64, person: &Person) -> bool {
        self.allowed_under.load(Ordering::Relaxed) == stamp(generation, person)
    }

    /// Remembers that this person is let in under this configuration.
    pub fn remember_allowed(&self, generation: u64, person: &Person) {
        self.allowed_under
            .store(stamp(generation, person), Ordering::Relaxed);
    }
}

fn stamp(generation: u64, person: &Person) -> u64 {
    (generation << 32) | u64::from(person.serial)
}

/// Sessions in use, found by the hash of their cookie's secret.
#[derive(Default)]
pub(crate) struct Sessions {
    central: Shelf<LiveSession>,
    apps: Shelf<AppSession>,
    live: RwLock<HashMap<Arc<str>, Weak<LiveSession>>>,
}

/// Unused for so long, a session leaves the memory, not the store.
const IDLE_IN_CACHE: Duration = Duration::from_hours(1);

impl Sessions {
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
        self.apps.retain(|_| false);
    }

    /// Takes off the shelf what is dead or was not used lately.
    pub(crate) fn sweep(&self, now: i64) {
        let idle = milliseconds(IDLE_IN_CACHE);
        let lately = |one: &LiveSession| one.last_used_at.load(Ordering::Relaxed) > now - idle;
        self.apps
            .retain(|one| one.is_live(now) && lately(&one.session));
        self.central.retain(|one| one.is_live(now) && lately(one));
        let mut live = self.live.write().expect("no holder of this lock panics");
        live.retain(|_, session| session.strong_count() > 0);
    }

    fn known(&self, id: &str) -> Option<Arc<LiveSession>> {
        self.live
            .read()
            .expect("no holder of this lock panics")
            .get(id)
            .and_then(Weak::upgrade)
    }

    /// The one shared record of a session: whoever comes second gets the first one's.
    fn share(&self, fresh: LiveSession) -> Arc<LiveSession> {
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
    fn used_since_saved(&self, margin_ms: i64) -> Vec<Arc<LiveSession>> {
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

/// A session that is about to begin.
pub struct NewSession<'a> {
    /// Who signed in.
    pub user_id: i64,
    /// How, e.g. `password`.
    pub auth_method: &'a str,
    /// Limits.
    pub lifetime: SessionLifetime,
    /// The browser's former session, which ends now.
    pub replaces: Option<&'a str>,
}

/// Begins a session in the caller's transaction; answers its row and the secret for the cookie.
///
/// # Errors
///
/// If the database fails or the user is gone.
pub async fn begin(
    tx: &mut Tx,
    ctx: &Context,
    new: NewSession<'_>,
) -> Result<(SessionRow, String), StoreError> {
    let sid = encoding::random_token(32);
    let row = SessionRow {
        id: uuid::Uuid::new_v4().to_string(),
        sid_hash: hash_text(&sid),
        user_id: new.user_id,
        auth_method: new.auth_method.to_owned(),
        created_at: ctx.now,
        last_used_at: ctx.now,
        idle_ms: milliseconds(new.lifetime.idle),
        expires_at: ctx.now.saturating_add(milliseconds(new.lifetime.absolute)),
        last_ip: ctx.client_ip.to_string(),
        user_agent: ctx.user_agent.to_string(),
    };
    session::insert(tx, &row).await?;
    user::logged_in(tx, new.user_id, ctx.now).await?;
    if let Some(old) = new.replaces {
        end(tx, old, ctx.now).await?;
    }
    Ok((row, sid))
}

/// Ends a session in the caller's transaction, here and everywhere.
///
/// # Errors
///
/// Only if the database fails.
pub async fn end(tx: &mut Tx, id: &str, now: i64) -> Result<bool, StoreError> {
    let existed = session::delete(tx, id).await?;
    change::record(tx, Topic::Session, id, now).await?;
    Ok(existed)
}

/// Ends all sessions of a user but `keep` (empty: every one).
///
/// # Errors
///
/// Only if the database fails.
pub async fn end_all_of(
    tx: &mut Tx,
    user_id: i64,
    keep: &str,
    now: i64,
) -> Result<usize, StoreError> {
    let ended = session::delete_of_user(tx, user_id, keep).await?;
    for id in &ended {
        change::record(tx, Topic::Session, id, now).await?;
    }
    Ok(ended.len())
}

/// base64url(SHA-256(secret)), as the store keeps it.
pub fn hash_text(secret: &str) -> String {
    encoding::base64url(encoding::sha256(secret.as_bytes()))
}

impl Engine {
    /// The live session whose cookie carries `sid`, with an active person.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn session(
        &self,
        sid: &str,
        now: i64,
    ) -> Result<Option<Arc<LiveSession>>, StoreError> {
        let hash = encoding::sha256(sid.as_bytes());
        if let Some(session) = self.sessions.central.get(&hash) {
            let is_live = session.is_live(now);
            // Past the grace only the store's own word counts.
            if is_live && self.is_within_grace(now) {
                session.touch(now);
                return self.with_active_person(session).await;
            }
            if !is_live {
                self.sessions.central.remove(&hash);
            }
        }
        let epoch = self.epoch();
        let mut tx = self.store.read().await?;
        let row = session::find_by_sid(&mut tx, &encoding::base64url(hash), now).await?;
        drop(tx);
        let Some(session) = self.admit(row, now).await? else {
            return Ok(None);
        };
        if self.epoch() == epoch {
            self.sessions.central.insert(hash, Arc::clone(&session));
        }
        session.touch(now);
        self.with_active_person(session).await
    }

    /// The app session whose cookie is `token`, if it is cached and live: no waiting, no store.
    pub fn cached_app_session(&self, token: &str, now: i64) -> Option<Arc<AppSession>> {
        let app = self
            .sessions
            .apps
            .get(&encoding::sha256(token.as_bytes()))?;
        let person = app.session.person.load();
        (app.is_live(now) && !person.is_stale() && person.is_active).then(|| {
            app.session.touch(now);
            Arc::clone(&app)
        })
    }

    /// The live app session whose cookie is `token`, with an active person.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn app_session(
        &self,
        token: &str,
        now: i64,
    ) -> Result<Option<Arc<AppSession>>, StoreError> {
        // Past the grace only the store's own word counts.
        if let Some(app) = self.cached_app_session(token, now)
            && self.is_within_grace(now)
        {
            return Ok(Some(app));
        }
        let hash = encoding::sha256(token.as_bytes());
        let epoch = self.epoch();
        let mut tx = self.store.read().await?;
        let Some(row) = session::find_app(&mut tx, &encoding::base64url(hash), now).await? else {
            return Ok(None);
        };
        let parent = session::find(&mut tx, &row.session_id, now).await?;
        drop(tx);
        let Some(session) = self.admit(parent, now).await? else {
            return Ok(None);
        };
        let Some(session) = self.with_active_person(session).await? else {
            return Ok(None);
        };
        session.touch(now);
        let app = Arc::new(app_session(&row, session));
        if self.epoch() == epoch {
            self.sessions.apps.insert(hash, Arc::clone(&app));
        }
        Ok(Some(app))
    }

    /// Turns a row into the shared record, unless a change ended it while it was read.
    async fn admit(
        &self,
        row: Option<SessionRow>,
        now: i64,
    ) -> Result<Option<Arc<LiveSession>>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        if let Some(known) = self.sessions.known(&row.id) {
            // Another process may have seen it used more recently.
            known.touch(row.last_used_at);
            return Ok(Some(known).filter(|known| known.is_live(now)));
        }
        let epoch = self.epoch();
        let Some(person) = self.person(row.user_id).await? else {
            return Ok(None);
        };
        let session = self.sessions.share(LiveSession::new(&row, person));
        if self.epoch() != epoch {
            // Something changed while the row was read; it may have been this session.
            self.sessions.forget(&row.id);
            return self.read_again(&row.id, now).await;
        }
        Ok(Some(session))
    }

    /// A session whose reading overlapped a change: believed once, kept nowhere.
    async fn read_again(&self, id: &str, now: i64) -> Result<Option<Arc<LiveSession>>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(row) = session::find(&mut tx, id, now).await? else {
            return Ok(None);
        };
        drop(tx);
        let person = self.person(row.user_id).await?;
        Ok(person.map(|person| Arc::new(LiveSession::new(&row, person))))
    }

    async fn with_active_person(
        &self,
        session: Arc<LiveSession>,
    ) -> Result<Option<Arc<LiveSession>>, StoreError> {
        let person = self.fresh_person(&session).await?;
        Ok(person.filter(|person| person.is_active).map(|_| session))
    }

    /// The session's person as they are now; `None` when they are gone.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn fresh_person(
        &self,
        session: &LiveSession,
    ) -> Result<Option<Arc<Person>>, StoreError> {
        let known = session.person();
        if !known.is_stale() {
            return Ok(Some(known));
        }
        let Some(person) = self.person(known.id).await? else {
            return Ok(None);
        };
        session.person.store(Arc::clone(&person));
        Ok(Some(person))
    }

    /// Writes down when sessions were last used, in one transaction.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn save_last_used(&self) -> Result<(), StoreError> {
        let used = self
            .sessions
            .used_since_saved(milliseconds(Duration::from_mins(1)));
        if used.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        for session in &used {
            let at = session.last_used_at.load(Ordering::Relaxed);
            session::touch(&mut tx, &session.id, at).await?;
            session.saved_used_at.store(at, Ordering::Relaxed);
        }
        self.commit(tx).await
    }
}

fn app_session(row: &AppSessionRow, session: Arc<LiveSession>) -> AppSession {
    AppSession {
        session,
        provider_id: row.provider_id,
        expires_at: row.expires_at,
        allowed_under: AtomicU64::new(0),
    }
}

#[cfg(test)]
mod tests;
