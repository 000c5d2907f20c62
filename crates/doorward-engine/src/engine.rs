//! The engine itself: the store, the keys, the snapshot and the caches, held together.
//!
//! Rule: a write becomes visible to this process in [`Engine::commit`], before its caller answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use doorward_protocol::seal::Keys;
use doorward_store::{Change, Store, StoreError, Topic, Tx};
use tracing::Instrument as _;

use crate::expression;
use crate::hearing::Hearing;
use crate::media;
use crate::oauth::{PublishedKeys, Tokens, Unguessed};
use crate::outpost::Told;
use crate::password::Pool;
use crate::person::People;
use crate::policy::Lookups;
use crate::remote::{Guarded, Remote};
use crate::session::Sessions;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::trace::Traces;

/// Our fault, not the caller's: logged once, where the answer is made.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something sealed or stored cannot be understood.
    #[error("{0}")]
    Broken(String),
    /// A folder cannot be read or written.
    #[error("the folder of the media: {0}")]
    Folder(#[from] std::io::Error),
    /// The queue of password hashes is full: try again soon.
    #[error("too many passwords are being checked")]
    Busy,
}

impl Fault {
    /// Whether the cause is that the store is away or overloaded (503) rather than a bug (500).
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Busy | Self::Store(StoreError::Unavailable(_) | StoreError::Commit(_))
        )
    }
}

/// Everything that decides, cheap to clone.
#[derive(Clone)]
pub struct Engine {
    parts: Arc<Parts>,
}

/// What an [`Engine`] is made of; reached through it.
pub struct Parts {
    /// Rows.
    pub store: Store,
    /// Seals, cookies, MACs.
    pub keys: Keys,
    /// What the process was started with.
    pub settings: Settings,
    /// Hashes passwords on threads of its own.
    pub hashes: Pool,
    /// Evaluates expressions in processes of their own.
    pub expressions: expression::Pool,
    /// Asks servers elsewhere.
    pub remote: Remote,
    /// Asks what somebody else than an operator has named.
    pub guarded: Guarded,
    pub(crate) published_keys: PublishedKeys,
    pub(crate) lookups: Lookups,
    pub(crate) media_memory: media::Memory,
    pub(crate) people: People,
    pub(crate) sessions: Sessions,
    pub(crate) tokens: Tokens,
    pub(crate) told: Told,
    pub(crate) traces: Traces,
    pub(crate) unguessed: Unguessed,
    /// Somebody may have signed out of apps that want to hear of it.
    pub(crate) logout_wanted: tokio::sync::Notify,
    snapshot: ArcSwap<Snapshot>,
    /// Counts reloads asked for.
    reloads_wanted: AtomicU64,
    /// How many of them are done.
    reloads_done: AtomicU64,
    /// One reload at a time.
    reloading: tokio::sync::Mutex<()>,
    /// Counts applied changes; a cache fill that overlaps one is not kept.
    epoch: AtomicU64,
    /// When the store last answered, Unix milliseconds.
    pub(crate) store_seen_ms: AtomicI64,
    pub(crate) hearing: Hearing,
}

impl std::ops::Deref for Engine {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Engine {
    /// Puts an engine together over an open store.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read.
    pub async fn new(store: Store, keys: Keys, settings: Settings) -> Result<Self, Fault> {
        let snapshot = Snapshot::load(&store, &keys, &settings, 1).await?;
        let parts = Parts {
            hashes: Pool::new(settings.hash_threads),
            expressions: expression::Pool::new(settings.expressions.clone()),
            store,
            keys,
            guarded: Guarded::new(&settings.private_networks),
            published_keys: PublishedKeys::default(),
            settings,
            remote: Remote::default(),
            lookups: Lookups::default(),
            media_memory: media::Memory::default(),
            people: People::default(),
            sessions: Sessions::default(),
            tokens: Tokens::default(),
            told: Told::default(),
            traces: Traces::default(),
            unguessed: Unguessed::default(),
            logout_wanted: tokio::sync::Notify::new(),
            snapshot: ArcSwap::from_pointee(snapshot),
            reloads_wanted: AtomicU64::new(0),
            reloads_done: AtomicU64::new(0),
            reloading: tokio::sync::Mutex::new(()),
            epoch: AtomicU64::new(0),
            store_seen_ms: AtomicI64::new(0),
            hearing: Hearing::default(),
        };
        Ok(Self {
            parts: Arc::new(parts),
        })
    }

    /// The configuration as it is now. Take it once per request.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The configuration without counting a reference, for the hot path.
    pub fn snapshot_ref(&self) -> arc_swap::Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Commits and applies what changed, so that the next answer of this process is true. It goes on
    /// when its caller is dropped: a client that hangs up must not leave a change unapplied.
    ///
    /// # Errors
    ///
    /// If the store refuses; then nothing was written. Or if it went away between the write and the
    /// reading of the new configuration: then it was written, sessions and people are already as it
    /// says, and the configuration follows when the store is back (`hearing`). Success is never
    /// answered for what is not yet true here.
    pub async fn commit(&self, tx: Tx) -> Result<(), StoreError> {
        let engine = self.clone();
        let committing = async move {
            let committed = tx.commit().await?;
            engine.apply(&committed.changes).await
        };
        let outcome = tokio::spawn(committing.in_current_span()).await;
        outcome.unwrap_or_else(|error| Err(StoreError::Commit(error.to_string())))
    }

    /// Applies changes that somebody wrote.
    ///
    /// # Errors
    ///
    /// If the new configuration cannot be read; the old one then stays.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.epoch.fetch_add(1, Ordering::SeqCst);
        for change in changes {
            match change.topic {
                Topic::User => self.people.forget(&change.subject),
                Topic::Group => self.people.forget_all(),
                Topic::Session => {
                    self.sessions.forget(&change.subject);
                    self.tokens.forget_loose();
                    self.logout_wanted.notify_one();
                }
                Topic::Grant => self.tokens.forget_all(),
                Topic::Configuration => {}
            }
        }
        if changes
            .iter()
            .any(|change| change.topic == Topic::Configuration)
        {
            self.reload().await?;
        }
        Ok(())
    }

    /// Forgets everything that is cached and reads the configuration again.
    ///
    /// # Errors
    ///
    /// If the configuration cannot be read; the old one then stays.
    pub async fn forget_everything(&self) -> Result<(), StoreError> {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.people.forget_all();
        self.sessions.forget_all();
        self.tokens.forget_all();
        self.reload().await
    }

    /// Grows with every applied change.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Reads the configuration at least as new as this call.
    async fn reload(&self) -> Result<(), StoreError> {
        let wanted = self.reloads_wanted.fetch_add(1, Ordering::SeqCst) + 1;
        self.reload_up_to(wanted).await
    }

    /// Makes up for a reload that failed when it was asked for.
    pub(crate) async fn make_up_reload(&self) -> Result<(), StoreError> {
        self.reload_up_to(self.reloads_wanted.load(Ordering::SeqCst))
            .await
    }

    /// Of many at once, one read serves all that asked before it began; no two snapshots share a
    /// generation.
    async fn reload_up_to(&self, wanted: u64) -> Result<(), StoreError> {
        if self.reloads_done.load(Ordering::SeqCst) >= wanted {
            return Ok(());
        }
        let _one_at_a_time = self.reloading.lock().await;
        if self.reloads_done.load(Ordering::SeqCst) >= wanted {
            return Ok(());
        }
        let covered = self.reloads_wanted.load(Ordering::SeqCst);
        let generation = self.snapshot().generation + 1;
        let snapshot = Snapshot::load(&self.store, &self.keys, &self.settings, generation).await?;
        self.snapshot.store(Arc::new(snapshot));
        self.reloads_done.store(covered, Ordering::SeqCst);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
