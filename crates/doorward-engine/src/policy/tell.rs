//! What policies tell: that one failed, and what expressions want recorded.
//!
//! Rule: a bounded number, once in ten minutes for each cause, and no answer waits for it.

use serde_json::{Value, json};

use super::Question;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::model::PolicyBinding;

const SOURCE: &str = "authentik.policies";
/// Longer words are cut.
const ACTION_MAX_CHARS: usize = 50;

impl Engine {
    pub(super) fn tell_policy_failure(
        &self,
        question: &Question<'_>,
        binding: &PolicyBinding,
        failure: &str,
    ) {
        tracing::warn!(binding = binding.pk, failure, "a policy could not answer");
        if self
            .told
            .admits("policy failure", binding.pk.clone(), question.ctx.now)
        {
            let told = json!({
                "message": failure, "binding": { "pk": binding.pk, "order": binding.order },
                "policy": binding.policy, "result": binding.failure_result,
            });
            self.record_later(question, Action::PolicyException.word().to_owned(), told);
        }
    }

    pub(super) fn tell_custom(&self, question: &Question<'_>, action: &str, told: Value) {
        let plain = |one: &char| one.is_ascii_alphanumeric() || *one == '_';
        let action: String = action
            .chars()
            .filter(plain)
            .take(ACTION_MAX_CHARS)
            .collect();
        let who = question.person.map_or(0, |person| person.id);
        if self
            .told
            .admits("expression", format!("{action} {who}"), question.ctx.now)
        {
            self.record_later(question, format!("custom_{action}"), told);
        }
    }

    fn record_later(&self, question: &Question<'_>, action: String, told: Value) {
        let (engine, ctx) = (self.clone(), question.ctx.clone());
        tokio::spawn(async move {
            let written = async {
                let mut tx = engine.store.begin().await?;
                event::record_as(&engine, &mut tx, &ctx, &action, SOURCE, told).await?;
                engine.commit(tx).await
            };
            if let Err(error) = written.await {
                tracing::debug!(%error, "an event of a policy was not written");
            }
        });
    }
}
