//! Policies that something lists by itself instead of by bindings: the rules of a form's answers.
//!
//! Rule: each must pass; one that fails to answer, or is gone, has not passed.

use std::sync::Arc;

use super::combine::combine;
use super::{MESSAGES_MAX, Question, Verdict};
use crate::engine::Engine;
use crate::model::{EngineMode, PolicyBinding};

/// Seconds that each may take.
const TIMEOUT_S: u64 = 30;

impl Engine {
    /// What all of these policies (uuids) say.
    pub(crate) async fn decide_listed(
        &self,
        question: &Question<'_>,
        policies: &[String],
    ) -> Verdict {
        let mut verdict = Verdict::begin();
        let mut readings = Vec::new();
        for pk in policies {
            let binding = Arc::new(PolicyBinding {
                pk: pk.clone(),
                policy: Some(pk.clone()),
                enabled: true,
                timeout: TIMEOUT_S,
                ..PolicyBinding::default()
            });
            readings.push(self.read(question, &binding, &mut verdict).await);
        }
        verdict.passing = combine(&readings, EngineMode::All).unwrap_or(true);
        verdict.messages.truncate(MESSAGES_MAX);
        verdict
    }
}
