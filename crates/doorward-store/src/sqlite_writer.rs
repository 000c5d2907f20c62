//! SQLite's one writer, with group commit.
//!
//! Units of work run one after another as savepoints of a shared outer transaction; the outer
//! COMMIT (the expensive `fsync`) is made by a small task that queues behind whoever is already
//! waiting. So one `fsync` serves all that arrived meanwhile, and a lone writer pays one as ever.
//! Rule: `commit` answers only after that COMMIT, with its outcome.

use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};

use crate::error::{Result, StoreError};

type Outcome = std::result::Result<(), String>;

/// The writing end of a SQLite store.
#[derive(Clone)]
pub(crate) struct SqliteWriter {
    state: Arc<Mutex<State>>,
    flush: Arc<Notify>,
}

struct State {
    connection: SqliteConnection,
    /// The outer transaction is open.
    open: bool,
    /// A savepoint was left by a unit of work that was dropped.
    abandoned: bool,
    waiting: Vec<oneshot::Sender<Outcome>>,
}

/// One unit of work; dropping it undoes it.
pub(crate) struct SqliteWrite {
    state: OwnedMutexGuard<State>,
    flush: Arc<Notify>,
}

impl SqliteWriter {
    pub(crate) async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let connection = options.connect().await?;
        let state = State {
            connection,
            open: false,
            abandoned: false,
            waiting: Vec::new(),
        };
        let writer = Self {
            state: Arc::new(Mutex::new(state)),
            flush: Arc::default(),
        };
        tokio::spawn(flush_loop(
            Arc::downgrade(&writer.state),
            Arc::clone(&writer.flush),
        ));
        Ok(writer)
    }

    pub(crate) async fn begin(&self) -> Result<SqliteWrite> {
        let mut state = Arc::clone(&self.state).lock_owned().await;
        state.clean_up().await;
        if !state.open {
            state.run("BEGIN IMMEDIATE").await?;
            state.open = true;
        }
        state.run("SAVEPOINT unit").await?;
        state.abandoned = true;
        Ok(SqliteWrite {
            state,
            flush: Arc::clone(&self.flush),
        })
    }

    pub(crate) async fn close(&self) {
        let mut state = self.state.lock().await;
        state.clean_up().await;
        state.commit_all().await;
    }
}

impl SqliteWrite {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.state.connection
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        if let Err(error) = self.state.run("RELEASE unit").await {
            self.state.fail_all(&error).await;
            return Err(error);
        }
        self.state.abandoned = false;
        let (sender, outcome) = oneshot::channel();
        self.state.waiting.push(sender);
        drop(self);
        let outcome = outcome
            .await
            .unwrap_or_else(|_| Err("the writer has stopped".to_owned()));
        outcome.map_err(StoreError::Commit)
    }
}

/// The lock's queue is fair: the flusher, woken here, comes after those who already wait.
impl Drop for SqliteWrite {
    fn drop(&mut self) {
        self.flush.notify_one();
    }
}

impl State {
    async fn run(&mut self, sql: &'static str) -> Result<()> {
        Ok(sqlx::query(sql)
            .execute(&mut self.connection)
            .await
            .map(drop)?)
    }

    async fn clean_up(&mut self) {
        if !self.abandoned {
            return;
        }
        self.abandoned = false;
        let undone =
            self.run("ROLLBACK TO unit").await.is_ok() && self.run("RELEASE unit").await.is_ok();
        if !undone {
            self.fail_all("a unit of work could not be undone").await;
        }
    }

    async fn commit_all(&mut self) {
        if !self.open {
            return;
        }
        match self.run("COMMIT").await {
            Ok(()) => {
                self.open = false;
                self.waiting
                    .drain(..)
                    .for_each(|sender| tell(sender, Ok(())));
            }
            Err(error) => self.fail_all(&error).await,
        }
    }

    async fn fail_all(&mut self, reason: impl ToString + Send) {
        let reason = reason.to_string();
        self.open = false;
        self.abandoned = false;
        if self.run("ROLLBACK").await.is_err() {
            tracing::debug!("SQLite had already rolled back");
        }
        self.waiting
            .drain(..)
            .for_each(|sender| tell(sender, Err(reason.clone())));
    }
}

fn tell(sender: oneshot::Sender<Outcome>, outcome: Outcome) {
    if sender.send(outcome).is_err() {
        tracing::trace!("nobody waited for this commit any more");
    }
}

async fn flush_loop(state: std::sync::Weak<Mutex<State>>, flush: Arc<Notify>) {
    loop {
        flush.notified().await;
        let Some(state) = state.upgrade() else { return };
        let mut state = state.lock().await;
        state.clean_up().await;
        state.commit_all().await;
    }
}
