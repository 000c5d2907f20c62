//! What the product logs while a test runs, on the test's own thread.
//!
//! One subscriber for the whole process, not one for each test: tracing remembers per call site
//! whether anybody listens, and with scoped subscribers a thread without one can be the first to
//! pass a call site and so silence it for the thread that reads.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Once;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

type Text = Rc<RefCell<Vec<u8>>>;

thread_local! {
    /// Where this thread logs to; `None`: nobody reads it.
    static LOGGED: RefCell<Option<Text>> = const { RefCell::new(None) };
    /// Whether every level of this thread is read until its log is closed.
    pub(crate) static WHOLE: Cell<bool> = const { Cell::new(false) };
}

/// Everything that was logged since it was opened.
pub(crate) struct Log {
    text: Text,
}

impl Log {
    /// From now on, until it is dropped.
    pub(crate) fn open() -> Self {
        listen();
        let text = Text::default();
        LOGGED.set(Some(text.clone()));
        Self { text }
    }

    /// The lines that hold `part`.
    pub(crate) fn lines_with(&self, part: &str) -> Vec<String> {
        let bytes = self.text.borrow();
        let text = String::from_utf8_lossy(&bytes);
        let found = text.lines().filter(|line| line.contains(part));
        found.map(str::to_owned).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LOGGED.set(None);
        WHOLE.set(false);
    }
}

/// Makes the process listen; every test that shares it with a reading one may call it first.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(LevelFilter::TRACE)
            .with_writer(|| Thread)
            .finish()
            .with(dynamic_filter_fn(|what, _| {
                *what.level() <= Level::INFO || WHOLE.get()
            }));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    tracing::callsite::rebuild_interest_cache();
}

/// Writes for the thread that logs.
struct Thread;

impl io::Write for Thread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow(|logged| {
            if let Some(text) = logged {
                text.borrow_mut().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
