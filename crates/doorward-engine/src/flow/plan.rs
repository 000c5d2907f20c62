//! Which stages a run has, and whether a flow is for this person at all.
//!
//! Rule: a policy that cannot be asked never makes a stage disappear (CVE-2024-47070). Where its
//! answer would decide, the binding's own `failure_result` may keep the stage, else the run refuses.

use super::Refusal;
use crate::access::passes;
use crate::context::Context;
use crate::model::{EngineMode, Flow, PolicyBinding};
use crate::person::Person;
use crate::snapshot::Snapshot;

/// Whether the flow may be begun.
pub(super) fn applies(
    snapshot: &Snapshot,
    ctx: &Context,
    flow: &Flow,
    is_redirected: bool,
) -> Result<(), Refusal> {
    let person = ctx.actor.person();
    let met = match flow.authentication.as_str() {
        "" | "none" => true,
        "require_authenticated" => person.is_some(),
        "require_unauthenticated" => person.is_none(),
        "require_superuser" => person.is_some_and(|person| person.is_superuser),
        "require_redirect" => is_redirected,
        // require_outpost, require_token: nothing of ours meets them yet.
        _ => false,
    };
    let bindings = snapshot.bindings_of(&flow.pk).iter().map(AsRef::as_ref);
    let person = person.map(AsRef::as_ref);
    let allowed = met && passes(bindings, flow.policy_engine_mode, person, ctx.now);
    if allowed {
        Ok(())
    } else {
        Err(Refusal::NotApplicable)
    }
}

/// Whether nobody without a session can run the flow.
pub(super) fn is_for_the_signed_in(flow: &Flow) -> bool {
    matches!(
        flow.authentication.as_str(),
        "require_authenticated" | "require_superuser"
    )
}

/// Whether a stage belongs to a run.
pub(super) fn keeps_stage(
    snapshot: &Snapshot,
    target: &str,
    mode: EngineMode,
    person: Option<&Person>,
    now: i64,
) -> Result<bool, Refusal> {
    let bindings = snapshot.bindings_of(target);
    if passes(bindings.iter().map(AsRef::as_ref), mode, person, now) {
        return Ok(true);
    }
    let kindly: Vec<PolicyBinding> = bindings.iter().map(|one| granted(one)).collect();
    let decided = !passes(kindly.iter(), mode, person, now);
    if decided {
        Ok(false)
    } else {
        Err(Refusal::Undecidable)
    }
}

/// The binding as if its policy had passed.
fn granted(binding: &PolicyBinding) -> PolicyBinding {
    PolicyBinding {
        failure_result: true,
        ..binding.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn binding(policy: bool, failure_result: bool) -> Arc<PolicyBinding> {
        let (policy, group) = if policy {
            (Some("p".into()), None)
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

    #[track_caller]
    fn kept(bindings: Vec<Arc<PolicyBinding>>, expected: &Result<bool, Refusal>) {
        let policy_bindings = [("stage".to_owned(), bindings)].into();
        let snapshot = Snapshot {
            policy_bindings,
            ..Snapshot::default()
        };
        assert_eq!(
            &keeps_stage(&snapshot, "stage", EngineMode::All, None, 0),
            expected
        );
    }

    #[test]
    fn cve_2024_47070_a_policy_that_cannot_be_asked_skips_no_stage() {
        kept(vec![], &Ok(true));
        kept(vec![binding(true, true)], &Ok(true));
        kept(vec![binding(true, false)], &Err(Refusal::Undecidable));
        kept(vec![binding(false, false)], &Ok(false));
        kept(
            vec![binding(false, false), binding(true, false)],
            &Ok(false),
        );
    }

    #[test]
    fn an_unknown_requirement_is_never_met() {
        let snapshot = Snapshot::default();
        let ctx = Context {
            actor: crate::Actor::Anonymous,
            ..Context::system(0)
        };
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
            assert_eq!(
                applies(&snapshot, &ctx, &flow, false).is_ok(),
                met,
                "{word}"
            );
            let redirected = met || word == "require_redirect";
            assert_eq!(
                applies(&snapshot, &ctx, &flow, true).is_ok(),
                redirected,
                "{word}"
            );
        }
    }
}
