//! Deciding: each binding of a target in its order, and what all of them come to.
//!
//! Owns timeouts, negation and failures. Leaves what a policy says to `answer`. Rule: whatever fails
//! is the binding's `failure_result`, and inside a check nothing with I/O is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::combine::{Reading, combine};
use super::{Lasting, MESSAGES_MAX, Question, Ruling, Verdict};
use crate::access::{counts, is_open_by_default, says};
use crate::engine::Engine;
use crate::model::{Application, EngineMode, PolicyBinding};

/// A binding may wait so long at most, whatever it says.
const TIMEOUT_MAX_S: u64 = 60;
/// What the person is told; what went wrong is for the operator.
const FAILED: &str = "A rule could not be evaluated.";

impl Engine {
    /// What the bindings on `target` say; `empty` if there are none.
    pub async fn decide(
        &self,
        question: &Question<'_>,
        target: &str,
        mode: EngineMode,
        empty: bool,
    ) -> Verdict {
        let mut verdict = Verdict::begin();
        let mut readings = Vec::new();
        let bindings = question.snapshot.bindings_of(target).iter();
        for binding in bindings.filter(|one| counts(one, question.ctx.now)) {
            readings.push(self.read(question, binding, &mut verdict).await);
        }
        verdict.passing = combine(&readings, mode).unwrap_or(empty);
        verdict.messages.truncate(MESSAGES_MAX);
        verdict
    }

    /// Whether the question's person may open `application`; a disabled account may not.
    pub async fn may_open(&self, question: &Question<'_>, application: &Application) -> Verdict {
        if question.person.is_some_and(|person| !person.is_active) {
            return Verdict::begin();
        }
        let question = Question {
            application: Some(application),
            ..*question
        };
        let empty = is_open_by_default(question.snapshot);
        let mode = application.policy_engine_mode;
        self.decide(&question, &application.pk, mode, empty).await
    }

    pub(super) async fn read(
        &self,
        question: &Question<'_>,
        binding: &Arc<PolicyBinding>,
        verdict: &mut Verdict,
    ) -> Reading {
        if binding.expiring {
            verdict.lasting = Lasting::Never;
        }
        if let Some(passing) = says(binding, question.person) {
            verdict.step(binding, passing, Vec::new(), None);
            return Reading::Fixed(passing);
        }
        let (begun, known) = (Instant::now(), verdict.steps.len());
        let ruling = self.ask(question, binding).await;
        let reading = Reading::Asked(self.note(question, binding, ruling, verdict));
        if let Some(step) = verdict.steps.get_mut(known) {
            step.took_us = u64::try_from(begun.elapsed().as_micros()).ok();
        }
        reading
    }

    /// Writes down what a policy said, and what that means.
    fn note(
        &self,
        question: &Question<'_>,
        binding: &Arc<PolicyBinding>,
        ruling: Result<Asked, String>,
        verdict: &mut Verdict,
    ) -> bool {
        match ruling {
            Ok(Asked::AtLogin(Some(passing))) => {
                verdict.step(binding, passing, Vec::new(), None);
                passing
            }
            Ok(Asked::AtLogin(None)) => {
                verdict.needs_login = true;
                verdict.lasting = Lasting::Never;
                false
            }
            Ok(Asked::Now(ruling)) => {
                self.tell_execution(question, binding, &ruling);
                verdict.take(binding, ruling)
            }
            Err(failure) => {
                self.tell_policy_failure(question, binding, &failure);
                verdict
                    .with_io
                    .insert(binding.pk.clone(), binding.failure_result);
                verdict.lasting = Lasting::Never;
                let messages = vec![FAILED.to_owned()];
                verdict.step(binding, binding.failure_result, messages, Some(failure));
                binding.failure_result
            }
        }
    }

    /// Asks a policy, as long as its binding waits.
    async fn ask(&self, question: &Question<'_>, binding: &PolicyBinding) -> Result<Asked, String> {
        let pk = binding.policy.as_deref().unwrap_or_default();
        let policy = question.snapshot.policies.get(pk);
        let policy = policy.ok_or("the policy does not exist any more")?;
        if let Some(results) = question.at_login
            && self.may_do_io(&policy.rule).await
        {
            return Ok(Asked::AtLogin(results.get(&binding.pk).copied()));
        }
        let patience = Duration::from_secs(binding.timeout.clamp(1, TIMEOUT_MAX_S));
        let asked = tokio::time::timeout(patience, self.rule_on(question, policy)).await;
        asked
            .unwrap_or_else(|_| Err(format!("no answer within {} seconds", patience.as_secs())))
            .map(Asked::Now)
    }
}

enum Asked {
    /// It answered.
    Now(Ruling),
    /// It may not be asked here; what it said at the login, if it was asked then.
    AtLogin(Option<bool>),
}
