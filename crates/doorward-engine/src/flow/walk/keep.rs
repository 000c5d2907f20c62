//! Keeping a run between two requests: in the browser's cookie, or as a row.
//!
//! Rule: nothing is written for a stranger but what an answer made too long for a cookie, and of
//! that only so much for one address.

use doorward_protocol::encoding::random_token;
use doorward_store::{StoreError, Tx, user};

use super::Walk;
use crate::engine::Fault;
use crate::flow::custody::{self, Held, Row};
use crate::flow::proof::Rehash;
use crate::flow::{Ask, Mistake, Next, RUN_MS, Refusal, SessionChange, Step};
use crate::throttle::{self, Attempt, KnownBrowser, Subject};

/// What came of keeping a run.
enum Keeping {
    /// It is kept; the cookie's new value if it has one.
    Done(Option<String>),
    /// Somebody else answered the step first.
    Lost,
    /// Too many strangers from this address want a row: not before this instant.
    TooMany { until: i64 },
}

impl Walk<'_> {
    /// Keeps the run and asks.
    pub(super) async fn pause(&mut self, ask: Ask, mistakes: Vec<Mistake>) -> Result<Step, Fault> {
        if matches!(self.session, SessionChange::SignedIn(_)) && self.row.is_none() {
            self.become_another_run();
        }
        if self.solved {
            self.run.expires_at = self.ctx.now + RUN_MS;
        }
        if custody::is_too_big(&self.run) {
            return self.refuse(Refusal::TooMuch).await;
        }
        let cookie = match self.keep().await? {
            Keeping::Done(cookie) => cookie,
            Keeping::Lost => return Ok(self.lose()),
            Keeping::TooMany { until } => return Ok(self.too_many(ask, until)),
        };
        let held = Held {
            id: self.run.id.clone(),
            cookie,
        };
        Ok(self.step(
            Next::Show(Box::new(self.challenge(ask, mistakes))),
            Some(held),
        ))
    }

    /// The session has its own life from here on; what is left of the flow is a new run, which a
    /// browser that knows runs by their ids keeps under its new one.
    fn become_another_run(&mut self) {
        let id = random_token(16);
        if self.handle == self.run.id {
            self.handle.clone_from(&id);
        }
        self.run.id = id;
    }

    /// Where the run lives from here on.
    async fn keep(&mut self) -> Result<Keeping, Fault> {
        if self.run.proven().is_none() && self.row.is_none() {
            let cookie = custody::seal(self.engine, &self.handle, &self.run);
            if !self.answers || cookie.len() <= custody::MAX_COOKIE_BYTES {
                return Ok(Keeping::Done(Some(cookie)));
            }
            // Only so many strangers from one address get a row.
            let browser = KnownBrowser::default();
            let begun = throttle::begin(self.engine, self.ctx, Subject::Nobody, &browser).await?;
            if let Attempt::Blocked { until } = begun {
                return Ok(Keeping::TooMany { until });
            }
        }
        if self.row.as_ref().is_some_and(|row| !row.differs(&self.run)) {
            return Ok(Keeping::Done(None));
        }
        let mut tx = self.engine.store.begin().await?;
        self.write_effects(&mut tx).await?;
        let cookie = match self.row.take() {
            Some(mut row) => {
                if !row.save(self.engine, &mut tx, &self.run).await? {
                    return Ok(Keeping::Lost);
                }
                row.moved_to(self.engine, &self.handle)
            }
            None => match Row::add(self.engine, &mut tx, &self.handle, &self.run).await {
                Ok(cookie) => Some(cookie),
                Err(StoreError::Conflict) => return Ok(Keeping::Lost),
                Err(error) => return Err(error.into()),
            },
        };
        self.engine.commit(tx).await?;
        Ok(Keeping::Done(cookie))
    }

    /// The same question again, and the run as the browser has it.
    fn too_many(&mut self, ask: Ask, until: i64) -> Step {
        self.solved = false;
        let mistakes = vec![Mistake::TooMany { until }];
        let held = Held {
            id: self.run.id.clone(),
            cookie: None,
        };
        let challenge = Box::new(self.challenge(ask, mistakes));
        self.step(Next::Show(challenge), Some(held))
    }

    /// Writes what was found out on the way: an attempt to give back, a stronger hash.
    pub(in crate::flow) async fn write_effects(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        if let Some(counted) = self.counted.take() {
            throttle::give_back(self.engine, tx, &counted).await?;
        }
        if let Some(Rehash { user, old, new }) = self.rehash.take() {
            user::rehash(tx, user, &old, &new).await?;
        }
        Ok(())
    }
}
