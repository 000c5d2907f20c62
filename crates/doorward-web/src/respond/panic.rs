//! A panic in a handler is a fault like any other: an answer with a reference, one line in the log.
//!
//! Owns turning one into a [`Failure`]. Rule: it never ends a connection, on which other answers may
//! still be owed, and its message, which may quote anything, reaches the log only.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use doorward_engine::Fault;
use futures_util::FutureExt as _;

use super::Failure;

/// Runs a handler; `Err` if it panicked.
///
/// Nothing is shared with a handler that another request could find half done: the store rolls a
/// transaction back when it is dropped, and caches take whole values.
///
/// # Errors
///
/// The panic, as our fault.
pub(crate) async fn caught<T>(handler: impl Future<Output = T>) -> Result<T, Failure> {
    let ended = AssertUnwindSafe(handler).catch_unwind().await;
    ended.map_err(|panic| Failure::from(Fault::Broken(format!("panic: {}", message(&*panic)))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_fault_with_its_words_for_the_log() {
        let value = std::hint::black_box(7);
        for (failure, words) in [
            (
                caught(async { assert!(value == 8, "seven") }).await,
                "panic: seven",
            ),
            (
                caught(async { assert!(value == 8, "it is {value}") }).await,
                "panic: it is 7",
            ),
            (
                caught(async { std::panic::panic_any(value) }).await,
                "panic: without words",
            ),
        ] {
            let failure = failure.unwrap_err();
            assert_eq!(failure.0.to_string(), words);
            assert_eq!(failure.status(), http::StatusCode::INTERNAL_SERVER_ERROR);
        }
        assert_eq!(caught(async { value }).await.unwrap(), 7);
    }
}
