//! The decision of a check: who stands at the door of an application.
//!
//! Owns the way from the app's cookie to a standing. Rule: nothing but a live app session of an
//! active person whom the bindings let in opens a guarded path, and what is not known is not let
//! in while the store is away.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_protocol::forward_auth::{IdentityHeaders, PersonHeaders, join_names};
use doorward_store::StoreError;

use super::App;
use crate::access;
use crate::engine::Engine;
use crate::person::Person;
use crate::session::AppSession;
use crate::snapshot::Snapshot;

/// How long the store's last answer counts as "it is there".
const STORE_SEEN_MS: u64 = 250;
/// How long all that one answer asks of the store may take together, while a proxy waits.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Who stands at the door.
#[derive(Clone)]
pub enum Standing {
    /// Somebody who may come in.
    In(Arc<Person>),
    /// Somebody who is known and may not.
    Refused(Arc<Person>),
    /// Nobody we know.
    Nobody,
}

impl Engine {
    /// The standing, if it is known without asking the store: the hot path, which never waits.
    pub fn standing_cached(
        &self,
        snapshot: &Snapshot,
        app: &App,
        token: &str,
        now: i64,
    ) -> Option<Standing> {
        let session = self.cached_app_session(token, now)?;
        self.is_within_grace(now)
            .then(|| judge(snapshot, app, &session, now))
    }

    /// The standing of whoever brings one of these cookies. Nobody is only nobody while the store is
    /// there to sign them in.
    ///
    /// # Errors
    ///
    /// If the store does not answer within two seconds, however many cookies there are to ask about.
    pub async fn standing(
        &self,
        snapshot: &Snapshot,
        app: &App,
        tokens: &[&str],
        now: i64,
    ) -> Result<Standing, StoreError> {
        patient(async {
            let standing = self.best_of(snapshot, app, tokens, now).await?;
            if matches!(standing, Standing::Nobody) {
                self.hear_from_store(now).await?;
            }
            Ok(standing)
        })
        .await
    }

    async fn best_of(
        &self,
        snapshot: &Snapshot,
        app: &App,
        tokens: &[&str],
        now: i64,
    ) -> Result<Standing, StoreError> {
        let mut refused = Standing::Nobody;
        for token in tokens {
            let Some(session) = self.app_session(token, now).await? else {
                continue;
            };
            match judge(snapshot, app, &session, now) {
                Standing::In(person) => return Ok(Standing::In(person)),
                Standing::Refused(person) => refused = Standing::Refused(person),
                Standing::Nobody => {}
            }
        }
        Ok(refused)
    }

    /// Asks the store whether it is there, unless it answered a moment ago: no login is begun that
    /// could not be finished.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub async fn store_answers(&self, now: i64) -> Result<(), StoreError> {
        patient(self.hear_from_store(now)).await
    }

    async fn hear_from_store(&self, now: i64) -> Result<(), StoreError> {
        // A clock that was set back since says nothing about when that was.
        if now.abs_diff(self.store_seen_ms.load(Ordering::Relaxed)) <= STORE_SEEN_MS {
            return Ok(());
        }
        self.store.ping().await?;
        self.store_seen_ms.store(now, Ordering::Relaxed);
        Ok(())
    }
}

/// Lets the store take a while, but less than a proxy waits. Once for an answer, around everything
/// that it asks.
pub(super) async fn patient<T>(
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(StoreError::too_slow()))
}

fn judge(snapshot: &Snapshot, app: &App, session: &AppSession, now: i64) -> Standing {
    if session.provider_id != app.provider.pk {
        return Standing::Nobody;
    }
    let person = session.session.person();
    if app.is_cacheable && session.was_allowed(snapshot.generation, &person) {
        return Standing::In(person);
    }
    let standing = standing_at(snapshot, app, person, now);
    if let Standing::In(person) = &standing {
        session.remember_allowed(snapshot.generation, person);
    }
    standing
}

/// Where a person stands who has proven who they are; a disabled account is nobody.
pub(super) fn standing_at(
    snapshot: &Snapshot,
    app: &App,
    person: Arc<Person>,
    now: i64,
) -> Standing {
    let decision = access::check(snapshot, &person, &app.application, now);
    match (decision.is_allowed(), person.is_active) {
        (true, _) => Standing::In(person),
        (false, true) => Standing::Refused(person),
        (false, false) => Standing::Nobody,
    }
}

impl Person {
    /// What headers say about this person, made on first use and shared by all their sessions.
    pub fn headers(&self) -> &PersonHeaders {
        self.headers.get_or_init(|| {
            let groups = join_names(self.groups.iter().map(|group| &*group.name));
            let identity = IdentityHeaders {
                username: &self.username,
                groups: &groups,
                email: &self.email,
                name: &self.name,
                uid: &self.uid,
                ..IdentityHeaders::default()
            };
            PersonHeaders::new(&identity, self.attributes.get("additionalHeaders"))
        })
    }
}
