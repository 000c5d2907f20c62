//! The policies that a form's answers must pass.
//!
//! Owns what they are told and how their words reach the form. Rule: an answer passes all of them, and
//! a policy that cannot say anything has not let it pass (CVE-2024-47070).

use serde_json::{Map, Value};

use super::super::Mistake;
use super::super::walk::Walk;
use super::said;
use crate::expression::Kind;
use crate::person::Person;
use crate::policy::{FlowFacts, Question, Ruling};

const NO_WORDS: &str = "These answers are not allowed here.";
const FAILED: &str = "A rule could not be evaluated.";

/// What `policies` (uuids) have against answers that are right by themselves.
pub(super) async fn broken(
    walk: &Walk<'_>,
    policies: &[String],
    taken: &Map<String, Value>,
) -> Vec<Mistake> {
    let visitor = walk.ctx.actor.person();
    let visitor = visitor.filter(|_| walk.run.identifier.is_empty());
    let person: Option<&Person> = walk.person.as_ref().or(visitor).map(AsRef::as_ref);
    let facts = facts(walk, person, taken);
    let question = Question {
        flow: Some(&facts),
        ..Question::new(&walk.snapshot, walk.ctx, person)
    };
    let mut mistakes = Vec::new();
    for pk in policies {
        mistakes.extend(words(walk, &question, pk).await);
    }
    mistakes
}

/// The run as if the answers had been taken already.
fn facts(walk: &Walk<'_>, person: Option<&Person>, taken: &Map<String, Value>) -> FlowFacts {
    let mut facts = walk.run.facts(&walk.flow, person);
    let mut data = walk.prompt_data();
    data.extend(taken.clone());
    facts.context.retain(|(key, ..)| key != "prompt_data");
    let data = Value::Object(data);
    facts
        .context
        .push(("prompt_data".to_owned(), Kind::Json, data));
    facts
}

async fn words(walk: &Walk<'_>, question: &Question<'_>, pk: &str) -> Vec<Mistake> {
    let ruling = match walk.snapshot.policies.get(pk) {
        Some(policy) => walk.engine.rule_on(question, policy).await,
        None => Err("the policy is gone".to_owned()),
    };
    let messages = match ruling {
        Ok(Ruling { passing: true, .. }) => return Vec::new(),
        Ok(ruling) if ruling.messages.is_empty() => vec![NO_WORDS.to_owned()],
        Ok(ruling) => ruling.messages,
        Err(reason) => {
            tracing::warn!(
                policy = pk,
                reason,
                "a rule for answers cannot be evaluated"
            );
            vec![FAILED.to_owned()]
        }
    };
    let mistakes = messages
        .into_iter()
        .map(|text| said("non_field_errors", text, "invalid"));
    mistakes.collect()
}
