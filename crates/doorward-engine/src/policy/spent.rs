//! What one evaluation has used up of what it may.
//!
//! Rule: a policy that another one asks spends from the same purse.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::expression::Failure;

/// So often one evaluation asks the server for anything.
pub(super) const CALLS_MAX: usize = 50;
/// So many letters one evaluation sends.
pub(super) const LETTERS_MAX: usize = 20;
/// So many passwords one evaluation checks: each costs as much as a sign-in.
const PASSWORDS_MAX: usize = 1;

/// So many tokens one evaluation hands out.
const TOKENS_MAX: usize = 5;

/// What was spent.
#[derive(Debug, Default)]
pub struct Spent {
    calls: AtomicUsize,
    letters: AtomicUsize,
    passwords: AtomicUsize,
    tokens: AtomicUsize,
}

impl Spent {
    /// An error ends the evaluation, which could go on asking for ever.
    pub(super) fn call(&self) -> Result<(), Failure> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= CALLS_MAX {
            return Err(Failure::Insistent(CALLS_MAX));
        }
        Ok(())
    }

    pub(super) fn letters(&self, count: usize) -> Result<(), String> {
        let sent = self.letters.fetch_add(count, Ordering::Relaxed);
        if sent.saturating_add(count) > LETTERS_MAX {
            return Err(format!("an expression sends at most {LETTERS_MAX} letters"));
        }
        Ok(())
    }

    pub(super) fn has_written(&self) -> bool {
        self.letters.load(Ordering::Relaxed) > 0 || self.tokens.load(Ordering::Relaxed) > 0
    }

    pub(super) fn token(&self) -> Result<(), String> {
        if self.tokens.fetch_add(1, Ordering::Relaxed) >= TOKENS_MAX {
            return Err(format!(
                "an expression hands out at most {TOKENS_MAX} tokens"
            ));
        }
        Ok(())
    }

    pub(super) fn password(&self) -> Result<(), String> {
        if self.passwords.fetch_add(1, Ordering::Relaxed) >= PASSWORDS_MAX {
            return Err("an expression checks one password".to_owned());
        }
        Ok(())
    }
}
