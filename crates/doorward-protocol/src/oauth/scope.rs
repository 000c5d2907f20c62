//! Scopes: words with a blank between them (RFC 6749 §3.3).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const BYTES_MAX: usize = 2048;
const COUNT_MAX: usize = 100;

/// Why a list of scopes is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// More than 2048 bytes or 100 words.
    #[error("The scope is too long.")]
    TooLong,
    /// A character that no scope has.
    #[error("The scope holds a character that is not allowed.")]
    Malformed,
}

/// Scopes in the order in which they were asked for, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads the words of a parameter.
    ///
    /// # Errors
    ///
    /// [`ScopeError`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > BYTES_MAX {
            return Err(ScopeError::TooLong);
        }
        let good = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
        let mut all = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if !word.chars().all(good) {
                return Err(ScopeError::Malformed);
            }
            all.add(word);
        }
        if all.0.len() > COUNT_MAX {
            return Err(ScopeError::TooLong);
        }
        Ok(all)
    }

    /// Adds one at the end, unless it is there.
    pub fn add(&mut self, word: &str) {
        if !self.contains(word) {
            self.0.push(word.to_owned());
        }
    }

    /// Whether this one is there.
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|one| one == word)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether each of these is in `others`.
    pub fn is_within(&self, others: &Self) -> bool {
        self.iter().all(|one| others.contains(one))
    }

    /// Those that `keep` wants.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(
            self.iter()
                .filter(|one| keep(one))
                .map(str::to_owned)
                .collect(),
        )
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_word_by_word_rfc_6749_3_3() {
        let read = Scopes::parse("openid  email openid").unwrap();
        assert_eq!(read.to_string(), "openid email");
        assert!(read.is_within(&Scopes::parse("email openid profile").unwrap()));
        assert!(!Scopes::parse("profile").unwrap().is_within(&read));
        for bad in ["open\"id", "a\\b", "ä", "a\tb", "a\nb"] {
            assert_eq!(Scopes::parse(bad), Err(ScopeError::Malformed), "{bad:?}");
        }
        assert_eq!(Scopes::parse(&"a".repeat(2049)), Err(ScopeError::TooLong));
        let many: Vec<_> = (0..=COUNT_MAX).map(|at| format!("s{at}")).collect();
        assert_eq!(Scopes::parse(&many.join(" ")), Err(ScopeError::TooLong));
    }
}
