//! What the fuzz target of expressions does with its bytes; see `bodies.rs`.

use doorward_engine::expression::{Failure, read_here};

/// Operators' texts: reading one never panics, and an error is at a place of the text.
pub(crate) fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Err(Failure::Syntax { line, column, .. }) = read_here(text) {
        assert!(line >= 1 && column >= 1);
        let lines = text.split('\n').count();
        assert!(
            usize::try_from(line).is_ok_and(|line| line <= lines + 1),
            "{line} of {lines}"
        );
    }
}
