//! What the engine does by itself: hear of changes, save last uses, remove what is past.
//!
//! Rule: nothing here decides anything. An expired row is refused at use whether or not it was
//! removed, and a lost contact ends in forgetting every cache.

use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_store::change::{self, Feed, Heard};
use doorward_store::{StoreError, attempt, event, flow_run, one_time, session, token};

use crate::engine::Engine;
use crate::outpost::meter;
use crate::settings::milliseconds;

const PING: Duration = Duration::from_secs(1);
const SAVE_LAST_USED: Duration = Duration::from_mins(1);
const PURGE: Duration = Duration::from_mins(5);
const RETRY: Duration = Duration::from_millis(500);

impl Engine {
    /// Starts the engine's own tasks; they end with the runtime. `clock` gives Unix milliseconds.
    pub fn start_upkeep(&self, clock: fn() -> i64) {
        self.store_seen_ms.store(clock(), Ordering::Relaxed);
        tokio::spawn(hear(self.clone(), clock));
        tokio::spawn(ping(self.clone(), clock));
        tokio::spawn(every(
            SAVE_LAST_USED,
            self.clone(),
            clock,
            |engine, now| async move {
                engine.save_last_used().await?;
                engine.sessions.sweep(now);
                Ok(())
            },
        ));
        tokio::spawn(every(
            PURGE,
            self.clone(),
            clock,
            |engine, now| async move { engine.purge(now).await },
        ));
    }

    /// Whether known sessions may go on: the store answered within the grace, or just now.
    pub fn is_within_grace(&self, now: i64) -> bool {
        let seen = self.store_seen_ms.load(Ordering::Relaxed);
        let grace = self.settings.store_grace + PING * 3;
        seen == 0 || now - seen <= milliseconds(grace)
    }

    /// Removes everything that has expired.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn purge(&self, now: i64) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        session::purge(&mut tx, now).await?;
        token::purge(&mut tx, now).await?;
        one_time::purge(&mut tx, now).await?;
        flow_run::purge(&mut tx, now).await?;
        attempt::purge(&mut tx, now).await?;
        event::purge(&mut tx, now).await?;
        change::purge(&mut tx, now).await?;
        self.commit(tx).await
    }
}

async fn ping(engine: Engine, clock: fn() -> i64) {
    loop {
        match engine.store.ping().await {
            Ok(()) => engine.store_seen_ms.store(clock(), Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "the store does not answer"),
        }
        metrics::gauge!("doorward_cached_sessions").set(cached(&engine));
        meter::show_outpost(&engine.snapshot(), clock());
        tokio::time::sleep(PING).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of at most a million")]
fn cached(engine: &Engine) -> f64 {
    engine.sessions.count() as f64
}

async fn hear(engine: Engine, clock: fn() -> i64) {
    loop {
        match Feed::open(&engine.store).await {
            Ok(feed) => listen(&engine, feed, clock).await,
            Err(error) => tracing::warn!(%error, "changes of other processes cannot be heard"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Applies what is heard until contact is lost. What was missed before is forgotten first.
async fn listen(engine: &Engine, mut feed: Feed, clock: fn() -> i64) {
    let mut heard = Ok(Heard::Everything);
    loop {
        let applied = match heard {
            Ok(Heard::Changes(changes)) => engine.apply(&changes).await,
            Ok(Heard::Everything) => engine.forget_everything().await,
            Err(error) => Err(error),
        };
        if let Err(error) = applied {
            tracing::warn!(%error, "contact with the store was lost");
            return;
        }
        heard = feed.next(clock).await;
    }
}

async fn every<F, Fut>(period: Duration, engine: Engine, clock: fn() -> i64, job: F)
where
    F: Fn(Engine, i64) -> Fut,
    Fut: Future<Output = Result<(), StoreError>>,
{
    loop {
        tokio::time::sleep(period).await;
        if let Err(error) = job(engine.clone(), clock()).await {
            tracing::warn!(%error, "upkeep will be tried again");
        }
    }
}
