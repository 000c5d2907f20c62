//! What the worker's process may cost, and its end when it costs more.
//!
//! Owns the limits of the operating system and the watch over processor time and memory. Rule: the
//! watch counts the time that the worker itself has used, so that a busy machine ends nobody's
//! expression, and the limits are taken before the first text is read.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// Processor time of one run.
const RUN_MS: u64 = 120;
/// Memory beyond what the process needs by itself.
const MEMORY_MAX_BYTES: u64 = 96 * 1024 * 1024;
/// Address space, which allocators reserve generously.
const ADDRESS_SPACE_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Nothing runs.
const IDLE: u64 = u64::MAX;
const PAGE_BYTES: u64 = 4096;

/// Ends the process when a run costs too much.
#[derive(Clone)]
pub(super) struct Watch {
    /// Processor time at the beginning of the run, or [`IDLE`].
    since_ms: Arc<AtomicU64>,
}

impl Watch {
    /// Gives up every right that an expression does not need, and begins to watch.
    ///
    /// # Errors
    ///
    /// If the system refuses; then nothing may run.
    pub(super) fn begin() -> std::io::Result<Self> {
        let memory = File::open("/proc/self/statm")?;
        let watch = Self {
            since_ms: Arc::new(AtomicU64::new(IDLE)),
        };
        let looking = watch.clone();
        let base = resident_bytes(&memory)?;
        std::thread::Builder::new().spawn(move || looking.look(&memory, base))?;
        drop_rights()?;
        Ok(watch)
    }

    /// A run begins.
    pub(super) fn start(&self) {
        self.since_ms.store(used_ms(), Ordering::Release);
    }

    /// It is over.
    pub(super) fn stop(&self) {
        self.since_ms.store(IDLE, Ordering::Release);
    }

    /// Nothing of the interpreter is worth unwinding.
    fn look(&self, memory: &File, base: u64) {
        loop {
            std::thread::sleep(LOOK_EVERY);
            let since = self.since_ms.load(Ordering::Acquire);
            if since == IDLE {
                continue;
            }
            let large = resident_bytes(memory).is_ok_and(|now| now > base + MEMORY_MAX_BYTES);
            if large || used_ms().saturating_sub(since) > RUN_MS {
                std::process::exit(65);
            }
        }
    }
}

/// No new file, socket or process, no core file.
fn drop_rights() -> std::io::Result<()> {
    let limits = [
        (Resource::As, ADDRESS_SPACE_BYTES),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
        (Resource::Nproc, 0),
    ];
    for (resource, most) in limits {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

fn used_ms() -> u64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let whole = u64::try_from(used.tv_sec).unwrap_or(0) * 1000;
    whole + u64::try_from(used.tv_nsec).unwrap_or(0) / 1_000_000
}

fn resident_bytes(memory: &File) -> std::io::Result<u64> {
    let mut text = [0; 128];
    let length = memory.read_at(&mut text, 0)?;
    let text = std::str::from_utf8(&text[..length]).unwrap_or_default();
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse::<u64>().ok());
    Ok(pages.unwrap_or(0) * PAGE_BYTES)
}
