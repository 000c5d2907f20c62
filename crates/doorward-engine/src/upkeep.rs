//! What the engine does by itself: save last uses, remove what is past; and it starts the hearing of
//! changes.
//!
//! Rule: nothing here decides anything. An expired row is refused at use whether or not it was
//! removed.

use std::time::Duration;

use doorward_store::StoreError;

use crate::engine::Engine;
use crate::hearing::hear;
use crate::outpost::meter;

const GAUGE: Duration = Duration::from_secs(1);
const SAVE_LAST_USED: Duration = Duration::from_mins(1);
const SAVE_TRACES: Duration = Duration::from_secs(1);
const PURGE: Duration = Duration::from_mins(5);

impl Engine {
    /// Starts the engine's own tasks; they end with the runtime. `clock` gives Unix milliseconds.
    pub fn start_upkeep(&self, clock: impl Fn() -> i64 + Clone + Send + 'static) {
        self.hearing.note(self.hearing.asked(clock()));
        tokio::spawn(hear(self.clone(), clock.clone()));
        tokio::spawn(self.clone().tell_logouts(clock.clone()));
        tokio::spawn(gauge(self.clone(), clock.clone()));
        tokio::spawn(every(
            SAVE_LAST_USED,
            self.clone(),
            clock.clone(),
            |engine, now| async move {
                engine.save_last_used().await?;
                engine.turn_keys(now).await?;
                engine.sessions.sweep(now);
                engine.tokens.sweep(now);
                Ok(())
            },
        ));
        self.traces.begin_samples(clock());
        tokio::spawn(every(
            SAVE_TRACES,
            self.clone(),
            clock.clone(),
            |engine, now| async move { engine.save_traces(now).await.map(drop) },
        ));
        tokio::spawn(every(
            PURGE,
            self.clone(),
            clock,
            |engine, now| async move {
                engine.settings.geo.refresh();
                engine.rotate_tokens(now).await?;
                engine.purge_invitations(now).await?;
                engine.purge(now).await
            },
        ));
    }
}

async fn gauge(engine: Engine, clock: impl Fn() -> i64) {
    loop {
        metrics::gauge!("doorward_cached_sessions").set(cached(&engine));
        meter::show_outpost(&engine.snapshot(), clock());
        tokio::time::sleep(GAUGE).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of at most a million")]
fn cached(engine: &Engine) -> f64 {
    engine.sessions.count() as f64
}

async fn every<F, Fut>(period: Duration, engine: Engine, clock: impl Fn() -> i64, job: F)
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
