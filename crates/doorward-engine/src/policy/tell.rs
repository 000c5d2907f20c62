//! What policies tell: that one failed, and what expressions want recorded.
//!
//! Rule: a bounded number, once in ten minutes for each cause, no answer waits for it, and a trial
//! leaves none.

use serde_json::{Value, json};

use super::{Policy, Question, Ruling};
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
        if self.may_tell(question, "policy failure", || binding.pk.clone()) {
            let told = json!({
                "message": failure, "binding": { "pk": binding.pk, "order": binding.order },
                "policy": binding.policy, "result": binding.failure_result,
            });
            self.record_later(question, Action::PolicyException.word().to_owned(), told);
        }
    }

    /// A text of an operator's that is no policy's has failed; `name` says which.
    pub(crate) fn tell_text_failure(&self, question: &Question<'_>, name: &str, told: Value) {
        tracing::warn!(name, "an expression could not be evaluated");
        if self.may_tell(question, "text failure", || name.to_owned()) {
            let action = Action::PropertyMappingException.word().to_owned();
            self.record_later(question, action, told);
        }
    }

    /// What a policy said, if its operator wants that written down: each time, but inside a check
    /// and about strangers only once in a while.
    pub(super) fn tell_execution(
        &self,
        question: &Question<'_>,
        binding: &PolicyBinding,
        ruling: &Ruling,
    ) {
        let policy = binding.policy.as_ref();
        let policy = policy.and_then(|pk| question.snapshot.policies.get(pk));
        let Some(policy) = policy.filter(|policy| policy.execution_logging && !question.is_trial)
        else {
            return;
        };
        let who = question.person.map_or(0, |person| person.id);
        let is_often = question.at_login.is_some() || question.ctx.actor.person().is_none();
        let cause = || format!("{} {who} {}", binding.pk, ruling.passing);
        if !is_often || self.may_tell(question, "policy execution", cause) {
            let told = execution(question, binding, policy, ruling);
            self.record_later(question, Action::PolicyExecution.word().to_owned(), told);
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
        if self.may_tell(question, "expression", || format!("{action} {who}")) {
            self.record_later(question, format!("custom_{action}"), told);
        }
    }

    /// Whether something is to be written down now.
    fn may_tell(
        &self,
        question: &Question<'_>,
        kind: &'static str,
        cause: impl FnOnce() -> String,
    ) -> bool {
        !question.is_trial && self.told.admits(kind, cause(), question.ctx.now)
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

/// As authentik writes it.
fn execution(
    question: &Question<'_>,
    binding: &PolicyBinding,
    policy: &Policy,
    ruling: &Ruling,
) -> Value {
    let person = question
        .person
        .map(|person| json!({ "pk": person.id, "username": &*person.username }));
    let object = question.application.map(|application| {
        json!({
            "app": "authentik_core", "model_name": "application", "pk": application.pk,
            "name": application.name,
        })
    });
    json!({
        "message": "Policy Execution",
        "policy_uuid": policy.pk.replace('-', ""),
        "policy": policy.name,
        "binding": {
            "app": "authentik_policies", "model_name": "policybinding", "pk": binding.pk,
            "order": binding.order,
        },
        "request": { "user": person, "obj": object, "flow": question.flow.map(|flow| &flow.slug) },
        "result": { "passing": ruling.passing, "messages": ruling.messages },
    })
}
