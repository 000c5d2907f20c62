//! Which stages a run has, and whether a flow is for this person at all.
//!
//! Rule: a policy that cannot be asked never makes a stage disappear (CVE-2024-47070). Where its
//! answer would decide, the binding's own `failure_result` may keep the stage, else the run refuses.

use super::Refusal;
use crate::engine::Engine;
use crate::model::{EngineMode, Flow};
use crate::policy::combine::{Reading, combine};
use crate::policy::{Question, Step, Verdict};
use crate::snapshot::Snapshot;

/// How somebody came to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// Another flow led here.
    Redirect,
    /// By a link that works once, or by an invitation to this very flow.
    Token,
    /// Through an outpost, at its own door.
    Outpost,
}

/// Whether the flow may be begun.
pub(super) async fn applies(
    engine: &Engine,
    question: &Question<'_>,
    flow: &Flow,
    entrances: &[Entrance],
) -> Result<(), Refusal> {
    if !meets(question, flow, entrances) {
        return Err(Refusal::NotApplicable);
    }
    let mode = flow.policy_engine_mode;
    let verdict = engine.decide(question, &flow.pk, mode, true).await;
    match (verdict.passing, &*verdict.messages) {
        (true, _) => Ok(()),
        (false, []) => Err(Refusal::NotApplicable),
        (false, said) => Err(Refusal::Denied(said.join(" "))),
    }
}

/// Whether running a flow for somebody who is signed in would ask and decide nothing.
pub(crate) fn asks_nothing(snapshot: &Snapshot, flow: &Flow) -> bool {
    let is_met = matches!(
        flow.authentication.as_str(),
        "" | "none" | "require_authenticated"
    );
    let has_stages = snapshot.stage_bindings.contains_key(&flow.pk);
    is_met && !has_stages && snapshot.bindings_of(&flow.pk).is_empty()
}

/// Whether nobody without a session can run the flow.
pub(super) fn is_for_the_signed_in(flow: &Flow) -> bool {
    matches!(
        flow.authentication.as_str(),
        "require_authenticated" | "require_superuser"
    )
}

fn meets(question: &Question<'_>, flow: &Flow, entrances: &[Entrance]) -> bool {
    let person = question.person;
    match flow.authentication.as_str() {
        "" | "none" => true,
        "require_authenticated" => person.is_some(),
        "require_unauthenticated" => person.is_none(),
        "require_superuser" => person.is_some_and(|person| person.is_superuser),
        "require_redirect" => entrances.contains(&Entrance::Redirect),
        "require_outpost" => entrances.contains(&Entrance::Outpost),
        "require_token" => entrances.contains(&Entrance::Token),
        _ => false,
    }
}

/// Whether a stage belongs to a run.
pub(super) async fn keeps_stage(
    engine: &Engine,
    question: &Question<'_>,
    target: &str,
    mode: EngineMode,
) -> Result<Verdict, Refusal> {
    let verdict = engine.decide(question, target, mode, true).await;
    if !verdict.passing && kindly(&verdict.steps, mode) {
        return Err(Refusal::Undecidable);
    }
    Ok(verdict)
}

/// Whether it would pass if every policy that failed had said yes.
fn kindly(steps: &[Step], mode: EngineMode) -> bool {
    let reading = |step: &Step| match (&step.binding.policy, &step.failure) {
        (None, _) => Reading::Fixed(step.passing),
        (Some(_), Some(_)) => Reading::Asked(true),
        (Some(_), None) => Reading::Asked(step.passing),
    };
    let readings: Vec<_> = steps.iter().map(reading).collect();
    combine(&readings, mode).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::PolicyBinding;
    use crate::testing::every_engine;
    use crate::{Actor, Context};

    fn binding(policy: bool, failure_result: bool) -> Arc<PolicyBinding> {
        let (policy, group) = if policy {
            (Some("gone".into()), None)
        } else {
            (None, Some("g".into()))
        };
        Arc::new(PolicyBinding {
            policy,
            group,
            failure_result,
            enabled: true,
            ..PolicyBinding::default()
        })
    }

    fn anonymous() -> Context {
        Context {
            actor: Actor::Anonymous,
            ..Context::system(0)
        }
    }

    #[tokio::test]
    async fn cve_2024_47070_a_policy_that_cannot_be_asked_skips_no_stage() {
        for (engine, _store) in every_engine().await {
            let kept = async |bindings: Vec<Arc<PolicyBinding>>| {
                let policy_bindings = [("stage".to_owned(), bindings)].into();
                let snapshot = Snapshot {
                    policy_bindings,
                    ..Snapshot::default()
                };
                let ctx = anonymous();
                let question = Question::new(&snapshot, &ctx, None);
                let kept = keeps_stage(&engine, &question, "stage", EngineMode::All).await;
                kept.map(|verdict| verdict.passing)
            };
            assert_eq!(kept(vec![]).await, Ok(true));
            assert_eq!(kept(vec![binding(true, true)]).await, Ok(true));
            let undecidable = Err(Refusal::Undecidable);
            assert_eq!(kept(vec![binding(true, false)]).await, undecidable);
            assert_eq!(kept(vec![binding(false, false)]).await, Ok(false));
            let both = vec![binding(false, false), binding(true, false)];
            assert_eq!(kept(both).await, Ok(false));
        }
    }

    #[test]
    fn an_unknown_requirement_is_never_met() {
        let (snapshot, ctx) = (Snapshot::default(), anonymous());
        let question = Question::new(&snapshot, &ctx, None);
        for (word, met) in [
            ("none", true),
            ("require_unauthenticated", true),
            ("require_authenticated", false),
            ("require_superuser", false),
            ("require_redirect", false),
            ("require_outpost", false),
            ("require_token", false),
            ("require_something_new", false),
        ] {
            let flow = Flow {
                authentication: word.into(),
                ..Flow::default()
            };
            assert_eq!(meets(&question, &flow, &[]), met, "{word}");
            for (entrance, opens) in [
                (Entrance::Redirect, "require_redirect"),
                (Entrance::Outpost, "require_outpost"),
                (Entrance::Token, "require_token"),
            ] {
                let met = met || word == opens;
                assert_eq!(meets(&question, &flow, &[entrance]), met, "{word}");
            }
        }
    }
}
