//! From a cookie's secret to a live session and its person, without asking the store twice.
//!
//! Rules: a cache fill that overlaps a change is not kept; nothing is answered past the grace.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_protocol::encoding;
use doorward_store::session::SessionRow;
use doorward_store::{StoreError, session};

use super::{AppSession, LiveSession};
use crate::engine::Engine;
use crate::person::Person;
use crate::settings::milliseconds;

impl Engine {
    /// The live session whose cookie carries `sid`, with an active person.
    ///
    /// # Errors
    ///
    /// If the database fails, or changes were not heard for longer than the grace.
    pub async fn session(
        &self,
        sid: &str,
        now: i64,
    ) -> Result<Option<Arc<LiveSession>>, StoreError> {
        self.trust_memory(now)?;
        let hash = encoding::sha256(sid.as_bytes());
        if let Some(session) = self.sessions.central.get(&hash) {
            if session.is_live(now) {
                session.touch(now);
                return self.with_active_person(session).await;
            }
            self.sessions.central.remove(&hash);
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

    /// The app session whose cookie has this SHA-256, if it is cached and live: no waiting, no store. The
    /// caller asks whether memory counts ([`Engine::is_within_grace`]).
    pub(crate) fn cached_app_session(&self, hash: &[u8; 32], now: i64) -> Option<Arc<AppSession>> {
        let app = self.sessions.apps.get(hash)?;
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
    /// If the database fails, or changes were not heard for longer than the grace.
    pub async fn app_session(
        &self,
        token: &str,
        now: i64,
    ) -> Result<Option<Arc<AppSession>>, StoreError> {
        self.trust_memory(now)?;
        let hash = encoding::sha256(token.as_bytes());
        if let Some(app) = self.cached_app_session(&hash, now) {
            return Ok(Some(app));
        }
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
        let app = Arc::new(AppSession::new(&row, session));
        if self.epoch() == epoch {
            self.sessions.apps.insert(hash, Arc::clone(&app));
        }
        Ok(Some(app))
    }

    /// The live session with this id: the shared record, which says itself when it has ended.
    pub(crate) async fn session_with_id(
        &self,
        id: &str,
        now: i64,
    ) -> Result<Option<Arc<LiveSession>>, StoreError> {
        if let Some(known) = self.sessions.known(id) {
            return Ok(Some(known).filter(|known| known.is_live(now)));
        }
        let mut tx = self.store.read().await?;
        let row = session::find(&mut tx, id, now).await?;
        drop(tx);
        self.admit(row, now).await
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
        let mut saved = Vec::with_capacity(used.len());
        for session in &used {
            let at = session.last_used_at.load(Ordering::Relaxed);
            session::touch(&mut tx, &session.id, at).await?;
            saved.push(at);
        }
        self.commit(tx).await?;
        for (session, at) in used.iter().zip(saved) {
            session.saved_used_at.store(at, Ordering::Relaxed);
        }
        Ok(())
    }
}
