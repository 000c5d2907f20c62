//! The password stage: the password of the person who was named before.

use serde::Deserialize;

use super::run::Proof;
use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal, proof};
use crate::engine::Fault;

/// The question for the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskPassword {
    /// Whether the password can be made readable.
    pub show_password: bool,
    /// Whether staying signed in can be chosen here.
    pub remember: bool,
    /// Slug of the flow for those who forgot it.
    pub recovery: Option<String>,
}

/// `authentik_stages_password.passwordstage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Password {
    /// So many wrong passwords end the run.
    failed_attempts_before_cancel: u32,
    pub(super) allow_show_password: bool,
}

impl Default for Password {
    fn default() -> Self {
        Self {
            failed_attempts_before_cancel: 5,
            allow_show_password: false,
        }
    }
}

impl Password {
    /// A run whose password is already proven (on the identification card) passes.
    pub(super) fn reach(&self, walk: &Walk<'_>) -> Turn {
        if walk.run.has(Proof::Password) || walk.run.has(Proof::Passkey) {
            return Turn::Passed;
        }
        if self.has_failed(walk) {
            return Turn::Refuse(Refusal::TooManyFailures);
        }
        Turn::Ask(Ask::Password(AskPassword {
            show_password: self.allow_show_password,
            remember: walk.offers_remember(),
            recovery: walk.recovery_slug(),
        }))
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        if self.has_failed(walk) {
            return Ok(Turn::Refuse(Refusal::TooManyFailures));
        }
        let (password, remember) = match (answer.text("password"), answer.truth("remember_me")) {
            (Ok(""), _) => return Ok(Turn::Wrong(Mistake::Missing("password"))),
            (Ok(password), Ok(remember)) => (password, remember),
            (Err(mistake), _) | (_, Err(mistake)) => return Ok(Turn::Wrong(mistake)),
        };
        walk.run.remember = remember.or(walk.run.remember);
        Ok(
            match proof::password(walk, password, Mistake::WrongPassword).await? {
                Ok(()) => Turn::Passed,
                Err(mistake) => Turn::Wrong(mistake),
            },
        )
    }

    fn has_failed(&self, walk: &Walk<'_>) -> bool {
        walk.run.failures >= self.failed_attempts_before_cancel.max(1)
    }
}
