//! Password hashing on threads of its own.
//!
//! Hashing is slow on purpose, so it must not slow anything else: a few low-priority threads work
//! through a bounded queue, and a full queue is a clear "try again soon". Rule: one core stays free.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use doorward_protocol::password::{self, Memory, PasswordError, Verdict};
use tokio::sync::oneshot;

use crate::engine::Fault;

/// So many may wait for each thread: some two seconds of work.
const QUEUE_PER_THREAD: usize = 64;

/// How long a thread without work keeps the memory of its last hash.
const MEMORY_KEPT: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The threads and their queue.
pub struct Pool {
    queue: Sender<Job>,
    /// Hashes asked for since the start.
    asked: AtomicU64,
}

impl Pool {
    pub(crate) fn new(threads: Option<usize>) -> Self {
        let threads = threads.unwrap_or_else(default_threads).max(1);
        let (queue, jobs) = bounded(threads * QUEUE_PER_THREAD);
        for _ in 0..threads {
            let jobs = jobs.clone();
            std::thread::Builder::new()
                .name("password".to_owned())
                .spawn(move || work(&jobs))
                .expect("a process that cannot start a thread cannot serve");
        }
        Self {
            queue,
            asked: AtomicU64::new(0),
        }
    }

    /// Compares a password with an encoded hash.
    ///
    /// # Errors
    ///
    /// [`Fault::Busy`] if the queue is full.
    pub async fn verify(&self, password: String, encoded: String) -> Result<Verdict, Fault> {
        self.run(move |memory| password::verify_in(memory, &password, &encoded))
            .await
    }

    /// Hashes a password that somebody sets from now on, if it may be one: the only way from a
    /// password in clear to a user's row.
    ///
    /// # Errors
    ///
    /// [`Fault::Busy`] if the queue is full. The inner error is of [`password::check_new`].
    pub async fn hash_new(&self, password: String) -> Result<Result<String, PasswordError>, Fault> {
        match password::check_new(&password) {
            Ok(()) => self.hash(password).await,
            Err(error) => Ok(Err(error)),
        }
    }

    /// Hashes a password that is known to be somebody's already, however short.
    ///
    /// # Errors
    ///
    /// [`Fault::Busy`] if the queue is full. The inner error says that the password is empty or too
    /// long.
    pub async fn hash(&self, password: String) -> Result<Result<String, PasswordError>, Fault> {
        self.run(move |memory| password::hash_new_in(memory, &password))
            .await
    }

    /// How many hashes were asked for since the start: a test counts work instead of timing it.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Keeps one thread busy until what is answered is dropped, so that a test can fill the queue
    /// behind it. Returns when the thread has begun.
    ///
    /// # Panics
    ///
    /// If the queue is already full.
    #[cfg(any(test, feature = "testing"))]
    pub fn hold(&self) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel();
        let (beginning, begun) = std::sync::mpsc::channel::<()>();
        let job: Job = Box::new(move |_| {
            drop(beginning);
            held.recv().unwrap_or_default();
        });
        assert!(self.queue.try_send(job).is_ok(), "room for one job");
        begun.recv().unwrap_or_default();
        release
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move |memory| drop(sender.send(work(memory))));
        self.queue.try_send(job).map_err(|_| Fault::Busy)?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        result
            .await
            .map_err(|_| Fault::Broken("a password thread has stopped".to_owned()))
    }
}

fn default_threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, NonZero::get)
        .saturating_sub(1)
}

fn work(jobs: &Receiver<Job>) {
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "password threads run at normal priority");
    }
    while let Ok(job) = jobs.recv() {
        work_on(job, jobs);
    }
}

/// Does a job and those that follow it closely, in the same memory.
fn work_on(mut job: Job, jobs: &Receiver<Job>) {
    let mut memory = Memory::default();
    loop {
        let hashing = std::panic::AssertUnwindSafe(|| job(&mut memory));
        if std::panic::catch_unwind(hashing).is_err() {
            tracing::error!("a password hash panicked");
        }
        job = match jobs.recv_timeout(MEMORY_KEPT) {
            Ok(next) => next,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        };
    }
}
