//! What other processes changed, and how long this one may go on without hearing it.
//!
//! Owns the reading of the feed and the grace. Leaves to [`Engine::apply`] what a change does. Rule:
//! what is remembered is trusted until `store_grace` after the last reading that was applied,
//! whatever is done to the clock meanwhile; after that nothing is, until what was missed has been
//! made up for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use doorward_store::StoreError;
use doorward_store::feed::{Feed, Heard, PATIENCE};

use crate::engine::Engine;
use crate::settings::milliseconds;

const RETRY: Duration = Duration::from_millis(250);
/// The longest that one reading takes when all is well and the machine is busy. The grace begins
/// after it, so that a grace of zero does not refuse people while the store is there.
const READING: Duration = PATIENCE.saturating_add(Duration::from_millis(500));

/// When this process last knew all that was written, by two clocks: the wall's may be set back, the
/// other one stands still while the machine sleeps.
pub(crate) struct Hearing {
    /// Unix milliseconds; zero when nobody listens: a command that ends soon.
    heard_at_ms: AtomicI64,
    /// The same instant, in milliseconds since `begun`.
    heard_after_ms: AtomicI64,
    begun: Instant,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            heard_at_ms: AtomicI64::new(0),
            heard_after_ms: AtomicI64::new(0),
            begun: Instant::now(),
        }
    }
}

/// An instant by both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    at_ms: i64,
    after_ms: i64,
}

impl Hearing {
    /// All that was written before `asked` is known.
    pub(crate) fn note(&self, asked: Asked) {
        self.heard_after_ms.store(asked.after_ms, Ordering::Relaxed);
        self.heard_at_ms.store(asked.at_ms, Ordering::Release);
    }

    /// The instant at which the wall's clock says `at_ms` (Unix milliseconds).
    pub(crate) fn asked(&self, at_ms: i64) -> Asked {
        Asked {
            at_ms,
            after_ms: milliseconds(self.begun.elapsed()),
        }
    }

    /// How long nothing was heard, by the clock that says more.
    fn silence_ms(&self, now: i64) -> i64 {
        match self.heard_at_ms.load(Ordering::Acquire) {
            0 => 0,
            heard_at => {
                let after = milliseconds(self.begun.elapsed());
                (now - heard_at).max(after - self.heard_after_ms.load(Ordering::Relaxed))
            }
        }
    }
}

impl Engine {
    /// Whether what is remembered counts: this process knew everything within the grace.
    pub fn is_within_grace(&self, now: i64) -> bool {
        self.hearing.silence_ms(now) <= milliseconds(self.settings.store_grace + READING)
    }

    /// Refuses to answer from memory, or from a store whose changes were not yet heard.
    pub(crate) fn trust_memory(&self, now: i64) -> Result<(), StoreError> {
        if self.is_within_grace(now) {
            return Ok(());
        }
        Err(StoreError::too_slow())
    }
}

/// Hears of changes for ever. `clock` gives Unix milliseconds.
pub(crate) async fn hear(engine: Engine, clock: impl Fn() -> i64) {
    loop {
        match Feed::open(&engine.store).await {
            Ok(feed) => return listen(&engine, feed, clock).await,
            Err(error) => tracing::warn!(%error, "changes of other processes cannot be heard"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Applies what is heard. What was written before the feed was opened may be missing in memory.
async fn listen(engine: &Engine, mut feed: Feed, clock: impl Fn() -> i64) {
    let mut asked = engine.hearing.asked(clock());
    let mut heard = Ok(Heard::Everything);
    loop {
        let applied = match heard {
            Ok(heard) => apply(engine, heard).await,
            Err(error) => Err(error),
        };
        match applied {
            Ok(()) => note(engine, asked),
            Err(error) => {
                tracing::warn!(%error, "contact with the store was lost");
                tokio::time::sleep(RETRY).await;
            }
        }
        asked = engine.hearing.asked(clock());
        heard = feed.next().await;
    }
}

async fn apply(engine: &Engine, heard: Heard) -> Result<(), StoreError> {
    match heard {
        Heard::Nothing => {}
        Heard::Changes(changes) => engine.apply(&changes).await?,
        Heard::Everything => engine.forget_everything().await?,
    }
    engine.make_up_reload().await
}

fn note(engine: &Engine, asked: Asked) {
    engine.hearing.note(asked);
    engine.store_seen_ms.store(asked.at_ms, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
