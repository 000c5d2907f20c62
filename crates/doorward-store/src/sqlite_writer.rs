//! SQLite's one writer, with group commit.
//!
//! Units of work run one after another as savepoints of a shared outer transaction; the outer
//! COMMIT (the expensive `fsync`) is made by a small task that queues behind whoever is already
//! waiting. So one `fsync` serves all that arrived meanwhile, and a lone writer pays one as ever.
//! What ends one unit is sent along with what begins the next: each message to the connection's thread
//! costs more than most statements. Rules: `commit` answers only after that COMMIT, with its outcome;
//! what moves the outer transaction is done to its end, also when whoever asked for it goes away: of a
//! message that nobody listens to any more, SQLite's thread carries out a part.

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
    outer: Outer,
    waiting: Vec<oneshot::Sender<Outcome>>,
}

/// The outer transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outer {
    /// There is none.
    Closed,
    /// It has the savepoint of a unit of work that is not over, or that was dropped.
    Unfinished,
    /// It has the savepoint of one that is over and waits for the COMMIT.
    Finished,
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
            outer: Outer::Closed,
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
        let mut write = SqliteWrite {
            state: Arc::clone(&self.state).lock_owned().await,
            flush: Arc::clone(&self.flush),
        };
        let opening = tokio::spawn(async move {
            write.state.begin_unit().await?;
            Ok(write)
        });
        let stopped = |_| StoreError::Commit("the writer has stopped".to_owned());
        opening.await.map_err(stopped)?
    }

    pub(crate) async fn close(&self) {
        self.state.lock().await.commit_all().await;
    }
}

impl SqliteWrite {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.state.connection
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        self.state.outer = Outer::Finished;
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

    /// Opens the savepoint of a unit of work; whatever the one before it left undone is undone. If
    /// SQLite has given the outer transaction up (the disk is full), those who wait in it hear of that, and
    /// this unit has one of its own.
    async fn begin_unit(&mut self) -> Result<()> {
        let is_first = self.outer == Outer::Closed;
        match self.open_unit().await {
            Err(_) if !is_first => self.open_unit().await,
            opened => opened,
        }
    }

    async fn open_unit(&mut self) -> Result<()> {
        let before = std::mem::replace(&mut self.outer, Outer::Unfinished);
        let opened = self.run(match before {
            Outer::Closed => "BEGIN IMMEDIATE; SAVEPOINT unit",
            Outer::Unfinished => "ROLLBACK TO unit",
            Outer::Finished => "RELEASE unit; SAVEPOINT unit",
        });
        let opened = opened.await;
        if let Err(error) = &opened {
            self.fail_all(error).await;
        }
        opened
    }

    /// COMMIT ends savepoints as well, as RELEASE would.
    async fn commit_all(&mut self) {
        let before = std::mem::replace(&mut self.outer, Outer::Closed);
        let committed = self.run(match before {
            Outer::Closed => return,
            Outer::Unfinished => "ROLLBACK TO unit; COMMIT",
            Outer::Finished => "COMMIT",
        });
        match committed.await {
            Ok(()) => self
                .waiting
                .drain(..)
                .for_each(|sender| tell(sender, Ok(()))),
            Err(error) => self.fail_all(&error).await,
        }
    }

    async fn fail_all(&mut self, reason: impl ToString + Send) {
        let reason = reason.to_string();
        self.outer = Outer::Closed;
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
        state.lock().await.commit_all().await;
    }
}
