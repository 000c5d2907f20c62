//! forward-auth.md 16: the store goes away and comes back, and nobody is let in who should not be.

use std::sync::Arc;
use std::time::Instant;

use doorward_store::testing::{Gate, Passage, TestStore, postgres};
use doorward_store::{Store, Topic, change, setting, user};

use super::*;
use crate::session::tests::signed_in;
use crate::snapshot::names;
use crate::testing::{NOW, add_user, engine, engine_with, settings};
use crate::{Settings, session};

const GRACE: Duration = Duration::from_mins(5);
const OVER_MS: i64 = 300_000 + 2_001;
const NEW_URL: &str = "https://auth.example.net/";

/// One process beside the store, and one behind a gate that knows two sessions.
struct Scene {
    gate: Gate,
    beside: Engine,
    behind: Engine,
    clock: Arc<AtomicI64>,
    /// Secrets of the two sessions, and the id of the first.
    sids: [String; 2],
    first: String,
    _store: TestStore,
}

impl Scene {
    async fn new(store_grace: Duration) -> Self {
        let store = postgres().await;
        let beside = engine(&store.store).await;
        let gate = Gate::before(&store).await;
        let through = Store::open(&gate.location).await.unwrap();
        let settings = Settings {
            store_grace,
            ..settings()
        };
        let behind = engine_with(&through, settings).await;
        add_user(&beside, 1, "mia").await;
        add_user(&beside, 2, "ben").await;
        let (first, mia) = signed_in(&beside, 1).await;
        let (_, ben) = signed_in(&beside, 2).await;
        let clock = Arc::new(AtomicI64::new(NOW));
        let hands = Arc::clone(&clock);
        behind.start_upkeep(move || hands.load(Ordering::SeqCst));
        let scene = Self {
            gate,
            beside,
            behind,
            clock,
            sids: [mia, ben],
            first,
            _store: store,
        };
        scene.learn().await;
        scene
    }

    /// Until both sessions are remembered: a first reading of the feed forgets them once.
    async fn learn(&self) {
        until(async || {
            for sid in &self.sids {
                // Without grace a busy machine may have heard nothing for too long.
                let Ok(known) = self.behind.session(sid, NOW).await else {
                    return false;
                };
                assert!(known.is_some());
                drop(self.behind.app_session(&format!("app of {sid}"), NOW).await);
            }
            self.behind.sessions.count() == 4
        })
        .await;
    }

    async fn shut(&self, passage: Passage) {
        self.gate.set(passage);
        until(async || self.behind.store.ping().await.is_err()).await;
    }

    /// Ends the first session, disables the second's person, changes the configuration.
    async fn revoke(&self) {
        let mut tx = self.beside.store.begin().await.unwrap();
        session::end(&mut tx, &self.first, NOW).await.unwrap();
        let ben = user::find(&mut tx, 2).await.unwrap().unwrap();
        let disabled = user::UserRow {
            is_active: false,
            ..ben
        };
        assert!(user::save(&mut tx, &disabled).await.unwrap());
        change::record(&mut tx, Topic::User, 2, NOW).await.unwrap();
        set_url(&mut tx).await;
        change::record(&mut tx, Topic::Configuration, "", NOW)
            .await
            .unwrap();
        self.beside.commit(tx).await.unwrap();
    }
}

async fn set_url(tx: &mut doorward_store::Tx) {
    let value = format!("\"{NEW_URL}\"");
    setting::save(tx, names::BASE_URL, &value, NOW)
        .await
        .unwrap();
}

fn url(engine: &Engine) -> Option<String> {
    engine.snapshot().base_url.as_ref().map(ToString::to_string)
}

async fn until(mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < Duration::from_secs(40), "too late");
        // Asked often, but not so often that what is waited for gets no processor.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn known_sessions_live_on_within_the_grace_and_unknown_ones_are_refused_in_two_seconds() {
    for passage in [Passage::Refused, Passage::Silent] {
        let scene = Scene::new(GRACE).await;
        scene.shut(passage).await;
        for now in [NOW, NOW + 300_000] {
            for sid in &scene.sids {
                assert!(scene.behind.session(sid, now).await.unwrap().is_some());
                let app = format!("app of {sid}");
                assert!(scene.behind.app_session(&app, now).await.unwrap().is_some());
            }
        }
        let asked = Instant::now();
        let unknown = scene.behind.session("never seen", NOW).await;
        assert!(unknown.is_err(), "{passage:?}: not known is not refused");
        let took = asked.elapsed();
        assert!(took < Duration::from_secs(3), "{passage:?}: {took:?}");
    }
}

#[tokio::test]
async fn after_the_grace_nobody_is_let_in() {
    for (grace, over_ms) in [(GRACE, OVER_MS), (Duration::ZERO, 2_001)] {
        let scene = Scene::new(grace).await;
        scene.shut(Passage::Refused).await;
        for sid in &scene.sids {
            let now = NOW + over_ms;
            assert!(scene.behind.session(sid, now).await.is_err());
            let app = format!("app of {sid}");
            assert!(scene.behind.app_session(&app, now).await.is_err());
            assert!(!scene.behind.is_within_grace(now));
        }
    }
}

/// Nothing but real time passes here, as much as a grace of zero leaves.
#[tokio::test]
async fn a_clock_that_is_set_back_extends_nothing() {
    let scene = Scene::new(Duration::ZERO).await;
    scene.shut(Passage::Refused).await;
    let earlier = NOW - 3_600_000;
    scene.clock.store(earlier, Ordering::SeqCst);
    until(async || !scene.behind.is_within_grace(earlier)).await;
    for sid in &scene.sids {
        assert!(scene.behind.session(sid, earlier).await.is_err());
        let app = format!("app of {sid}");
        assert!(scene.behind.app_session(&app, earlier).await.is_err());
    }
    assert!(
        scene.behind.store_answers(earlier).await.is_err(),
        "no login is begun that cannot be finished"
    );
    scene.gate.set(Passage::Open);
    for sid in &scene.sids {
        until(async || scene.behind.session(sid, earlier).await.is_ok()).await;
    }
}

#[tokio::test]
async fn without_grace_people_are_let_in_as_long_as_the_store_is_there() {
    let scene = Scene::new(Duration::ZERO).await;
    for minute in 1..=3 {
        let now = NOW + minute * 60_000;
        scene.clock.store(now, Ordering::SeqCst);
        until(async || scene.behind.session(&scene.sids[0], now).await.is_ok()).await;
    }
}

#[tokio::test]
async fn when_the_store_is_back_what_was_missed_is_applied_before_anybody_is_let_in() {
    for passage in [Passage::Refused, Passage::Silent] {
        let scene = Scene::new(GRACE).await;
        scene.shut(passage).await;
        scene.revoke().await;
        let now = NOW + OVER_MS;
        scene.clock.store(now, Ordering::SeqCst);
        assert!(scene.behind.session(&scene.sids[0], now).await.is_err());
        scene.gate.set(Passage::Open);
        for sid in &scene.sids {
            until(async || match scene.behind.session(sid, now).await {
                Err(_) => false,
                Ok(found) => {
                    assert!(found.is_none(), "{passage:?}: an old record was trusted");
                    true
                }
            })
            .await;
            assert_eq!(url(&scene.behind).as_deref(), Some(NEW_URL));
        }
    }
}

#[tokio::test]
async fn what_was_missed_within_the_grace_is_applied_when_the_store_is_back() {
    let scene = Scene::new(GRACE).await;
    scene.shut(Passage::Silent).await;
    scene.revoke().await;
    assert!(
        scene
            .behind
            .session(&scene.sids[0], NOW)
            .await
            .unwrap()
            .is_some()
    );
    scene.gate.set(Passage::Open);
    for sid in &scene.sids {
        until(async || matches!(scene.behind.session(sid, NOW).await, Ok(None))).await;
    }
}

/// A change of our own is in no feed that we hear: a reload that fails must be made up for.
#[tokio::test]
async fn a_reload_that_failed_is_made_up_for_when_the_store_is_back() {
    let scene = Scene::new(GRACE).await;
    let mut tx = scene.beside.store.begin().await.unwrap();
    set_url(&mut tx).await;
    drop(tx.commit().await.unwrap());
    scene.shut(Passage::Refused).await;
    let ours = change::Change {
        topic: Topic::Configuration,
        subject: String::new(),
    };
    assert!(scene.behind.apply(&[ours]).await.is_err());
    scene.gate.set(Passage::Open);
    until(async || url(&scene.behind).as_deref() == Some(NEW_URL)).await;
}
