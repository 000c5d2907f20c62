//! Owns the processes that a test starts: their log file, waiting until they serve, their end.
//! A process never outlives its value, also when the test panics, and is ended by its own id only.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long anything may take to start, stop or come true on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// Asks until the answer is `Some`, and panics with `what` after [`DEADLINE`].
pub(crate) fn until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    within(DEADLINE, &mut probe).unwrap_or_else(|| panic!("{what}: not within {DEADLINE:?}"))
}

/// Asks until the answer is `Some`, at most for `limit`.
pub(crate) fn within<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        // The pause between two looks of a poll, not a wait for something to have happened.
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// A running program with its output in a file.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both output streams in `log` and no input.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Self {
        let out = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log file");
        let both = out.try_clone().expect("a second handle");
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(both)
            .spawn()
            .unwrap_or_else(|e| panic!("{name} does not start ({e}); scripts/install.sh test"));
        Self {
            child,
            name: name.to_owned(),
            log: log.to_owned(),
        }
    }

    /// Waits until `ready` says so; a process that ends before is a failure that shows its log.
    pub(crate) fn wait_until(&mut self, mut ready: impl FnMut() -> bool) {
        let served = within(DEADLINE, || {
            let ended = self.child.try_wait().expect("a child's state").is_some();
            (ended || ready()).then_some(!ended)
        });
        assert!(
            served == Some(true),
            "{} did not get ready:\n{}",
            self.name,
            self.log()
        );
    }

    /// What it was started as.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Everything the program has written so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Asks the program to finish (SIGTERM) and waits; true when it ended by itself with status 0.
    pub(crate) fn stop(&mut self) -> bool {
        if let Ok(Some(status)) = self.child.try_wait() {
            return status.success();
        }
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).expect("our own child");
        self.ended()
    }

    /// What a Ctrl-C does that whoever started the program passes on: SIGINT, and SIGTERM at once.
    /// True when it ended by itself with status 0.
    pub(crate) fn stop_by_two_signals(&mut self) -> bool {
        let pid = Pid::from_child(&self.child);
        for signal in [Signal::INT, Signal::TERM] {
            kill_process(pid, signal).expect("our own child");
        }
        self.ended()
    }

    /// What Ctrl-C in a terminal does: SIGINT to the program and to all that it started. The program
    /// must lead a process group of its own. True when it ended by itself with status 0.
    pub(crate) fn interrupt(&mut self) -> bool {
        let group = Pid::from_child(&self.child);
        kill_process_group(group, Signal::INT).expect("our own child");
        self.ended()
    }

    fn ended(&mut self) -> bool {
        let ended = within(Duration::from_secs(20), || {
            self.child.try_wait().ok().flatten()
        });
        if ended.is_none() {
            self.child.kill().expect("our own child");
            self.child.wait().expect("our own child");
        }
        ended.is_some_and(|status| status.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A command that sees nothing of the caller's environment but the search path.
pub(crate) fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// The top of the work tree.
pub(crate) fn work_tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the work tree")
}
