//! The workers: started on first use, one expression each at a time, ended when idle or late.
//!
//! Rules: a worker goes back only after a whole conversation; whoever is dropped in the middle of
//! one, late or gone, is killed with its process. A turn is held while a worker computes, never while
//! it waits for an answer: no question that stays open keeps others from theirs.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::frame::{Order, Report, receive, send};
use super::{Call, Facts, Failure, Job, Outcome, worker};

/// So many expressions compute at once.
const WORKERS: usize = 2;
/// So many runs have begun and not ended, by how many others wait for them: each level has places of
/// its own, so that nobody waits for those who wait for them.
const LIVE_MAX: [usize; 4] = [16, 4, 4, 4];
/// So many more may wait.
const WAITING_MAX: usize = 256;
/// So many texts are kept in mind.
const TEXTS_MAX: usize = 1000;
/// A worker that is not heard of for so long is killed; it ends itself much sooner.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// A worker that nobody needs is ended after so long.
const IDLE: Duration = Duration::from_mins(1);

/// How a worker is started.
#[derive(Clone, Debug)]
pub enum Launch {
    /// This program with these words; it then speaks as [`worker::main`] does.
    Program(PathBuf, Vec<String>),
    /// A thread of this process, without any limit: for tests of what expressions mean.
    Thread,
}

impl Launch {
    /// The program that runs now, as a worker.
    pub fn own_program() -> Self {
        let path = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
        Self::Program(path, vec!["expression-worker".to_owned()])
    }
}

/// What an expression is answered: [`Failure::Raised`] is told to it, any other failure ends it.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send + 'a>>;

/// Answers what an expression asks.
pub type Answering<'a> = dyn Fn(Call) -> Answer<'a> + Sync + 'a;

/// All workers.
pub struct Pool {
    launch: Launch,
    idle: Arc<Mutex<VecDeque<(Worker, Instant)>>>,
    free: Semaphore,
    live: [Semaphore; LIVE_MAX.len()],
    /// What is known of texts that were read.
    facts: Mutex<HashMap<Box<str>, Facts>>,
    waiting: AtomicUsize,
}

struct Worker {
    from: Box<dyn AsyncRead + Send + Sync + Unpin>,
    to: Box<dyn AsyncWrite + Send + Sync + Unpin>,
    /// Killed when this is dropped.
    _child: Option<Child>,
}

impl Pool {
    /// No worker yet.
    pub fn new(launch: Launch) -> Self {
        Self {
            launch,
            idle: Arc::default(),
            free: Semaphore::new(WORKERS),
            live: LIVE_MAX.map(Semaphore::new),
            facts: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Reads a text without running it.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn check(&self, source: &str) -> Result<Facts, Failure> {
        let waiting = Waiting::begin(&self.waiting)?;
        let _turn = acquire(&self.free).await?;
        drop(waiting);
        let mut worker = self.worker()?;
        worker.say(&Order::Check(source.to_owned())).await?;
        let Report::Checked(facts) = worker.hear().await? else {
            return Err(Failure::Stopped);
        };
        self.keep(worker);
        facts
    }

    /// What a text depends on, from memory if it was read before.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn facts(&self, source: &str) -> Result<Facts, Failure> {
        if let Some(known) = self.known_facts().get(source) {
            return Ok(*known);
        }
        let read = self.check(source).await?;
        self.remember(source, read);
        Ok(read)
    }

    fn remember(&self, source: &str, read: Facts) {
        let mut known = self.known_facts();
        if known.len() >= TEXTS_MAX {
            known.clear();
        }
        known.insert(source.into(), read);
    }

    fn known_facts(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Facts>> {
        self.facts.lock().expect("no holder of this lock panics")
    }

    /// Runs an expression; `answer` answers what it asks.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn run(&self, job: Job, answer: &Answering<'_>) -> Result<Outcome, Failure> {
        self.run_below(0, job, answer).await
    }

    /// The same for an expression that so many others wait for, one inside the other.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn run_below(
        &self,
        depth: u8,
        job: Job,
        answer: &Answering<'_>,
    ) -> Result<Outcome, Failure> {
        let waiting = Waiting::begin(&self.waiting)?;
        let level = usize::from(depth).min(LIVE_MAX.len() - 1);
        let _place = acquire(&self.live[level]).await?;
        let mut turn = acquire(&self.free).await?;
        drop(waiting);
        let mut worker = self.worker()?;
        worker.say(&Order::Run(Box::new(job))).await?;
        loop {
            match worker.hear().await? {
                Report::Call(call) => {
                    drop(turn);
                    let said = told(answer(call).await)?;
                    turn = acquire(&self.free).await?;
                    worker.say(&Order::Answer(said)).await?;
                }
                Report::Done(outcome) => {
                    self.keep(worker);
                    return outcome;
                }
                Report::Checked(_) => return Err(Failure::Stopped),
            }
        }
    }

    fn worker(&self) -> Result<Worker, Failure> {
        let mut idle = self.idle.lock().expect("no holder of this lock panics");
        if let Some((worker, _)) = idle.pop_back() {
            return Ok(worker);
        }
        let started = match &self.launch {
            Launch::Program(path, words) => start_process(path, words),
            Launch::Thread => start_thread(),
        };
        started.map_err(|error| Failure::Unavailable(error.to_string()))
    }

    fn keep(&self, worker: Worker) {
        let mut idle = self.idle.lock().expect("no holder of this lock panics");
        if idle.len() >= WORKERS {
            return;
        }
        idle.push_back((worker, Instant::now()));
        let idle = Arc::downgrade(&self.idle);
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            if let Some(idle) = idle.upgrade() {
                let mut idle = idle.lock().expect("no holder of this lock panics");
                idle.retain(|(_, since)| since.elapsed() < IDLE);
            }
        });
    }
}

async fn acquire(places: &Semaphore) -> Result<SemaphorePermit<'_>, Failure> {
    let place = places.acquire().await;
    place.map_err(|error| Failure::Unavailable(error.to_string()))
}

fn told(answer: Result<Value, Failure>) -> Result<Result<Value, String>, Failure> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Raised(text)) => Ok(Err(text)),
        Err(ends) => Err(ends),
    }
}

/// Counts somebody who waits, as long as they do.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Result<Self, Failure> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            return Err(Failure::Busy);
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Worker {
    async fn say(&mut self, order: &Order) -> Result<(), Failure> {
        let said = tokio::time::timeout(SILENCE_MAX, send(&mut self.to, order)).await;
        said.map_err(|_| Failure::Stopped)?
            .map_err(|error| gone(&error))
    }

    async fn hear(&mut self) -> Result<Report, Failure> {
        let heard = tokio::time::timeout(SILENCE_MAX, receive(&mut self.from)).await;
        heard
            .map_err(|_| Failure::Stopped)?
            .map_err(|error| gone(&error))
    }
}

/// A worker that is not there any more has ended itself over this expression.
fn gone(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset => Failure::Stopped,
        _ => Failure::Unavailable(error.to_string()),
    }
}

/// Nothing of this process is passed on: no environment, no directory, no file.
fn start_process(path: &PathBuf, words: &[String]) -> io::Result<Worker> {
    let mut child = Command::new(path)
        .args(words)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || io::Error::other("a pipe is missing");
    let to = child.stdin.take().ok_or_else(missing)?;
    let from = child.stdout.take().ok_or_else(missing)?;
    Ok(Worker {
        from: Box::new(from),
        to: Box::new(to),
        _child: Some(child),
    })
}

fn start_thread() -> io::Result<Worker> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    let writer = theirs.try_clone()?;
    let serving = std::thread::Builder::new().stack_size(64 * 1024 * 1024);
    serving.spawn(move || worker::serve(theirs, writer, None))?;
    ours.set_nonblocking(true)?;
    let (from, to) = tokio::net::UnixStream::from_std(ours)?.into_split();
    Ok(Worker {
        from: Box::new(from),
        to: Box::new(to),
        _child: None,
    })
}
