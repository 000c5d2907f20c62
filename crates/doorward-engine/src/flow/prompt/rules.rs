//! The policies that a form's answers must pass.
//!
//! Owns what they are told and how their words reach the form. Rule: an answer passes all of them, and
//! a policy that cannot say anything has not let it pass (CVE-2024-47070).

use serde_json::{Map, Value};

use super::super::Mistake;
use super::super::walk::Walk;
use crate::engine::Fault;
use crate::expression::Kind;
use crate::person::Person;
use crate::policy::{FlowFacts, Question};
use crate::throttle::{self, Attempt, KnownBrowser, Subject};

const NO_WORDS: &str = "These answers are not allowed here.";

/// What `policies` (uuids) have against answers that are right by themselves. A stranger's answers
/// cost us something, so only so many of one address are looked at.
pub(super) async fn broken(
    walk: &Walk<'_>,
    policies: &[String],
    taken: &Map<String, Value>,
) -> Result<Vec<Mistake>, Fault> {
    if policies.is_empty() {
        return Ok(Vec::new());
    }
    let counted = match begin(walk).await? {
        Some(Attempt::Blocked { until }) => return Ok(vec![Mistake::TooMany { until }]),
        Some(Attempt::Allowed(counted)) => Some(counted),
        None => None,
    };
    let person: Option<&Person> = walk.whom().map(AsRef::as_ref);
    let facts = facts(walk, person, taken);
    let question = Question {
        flow: Some(&facts),
        ..Question::new(&walk.snapshot, walk.ctx, person)
    };
    let verdict = walk.engine.decide_listed(&question, policies).await;
    if verdict.passing {
        if let Some(counted) = counted {
            throttle::undo(walk.engine, &counted).await?;
        }
        return Ok(Vec::new());
    }
    let mut messages = verdict.messages;
    if messages.is_empty() {
        messages.push(NO_WORDS.to_owned());
    }
    let messages = messages.into_iter();
    Ok(messages
        .map(|text| Mistake::said("non_field_errors", text))
        .collect())
}

/// Counts a try of somebody whom nobody knows.
async fn begin(walk: &Walk<'_>) -> Result<Option<Attempt>, Fault> {
    if walk.run.proven().is_some() || walk.ctx.actor.person().is_some() {
        return Ok(None);
    }
    let browser = KnownBrowser::default();
    let begun = throttle::begin(walk.engine, walk.ctx, Subject::Nobody, &browser).await?;
    Ok(Some(begun))
}

/// The run as if the answers had been taken already.
pub(super) fn facts(
    walk: &Walk<'_>,
    person: Option<&Person>,
    taken: &Map<String, Value>,
) -> FlowFacts {
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
