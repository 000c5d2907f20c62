//! A run as the panel beside a flow's page tells it.
//!
//! Leaves who may see it, and what is kept out of it, to `doorward_engine::flow`.

use doorward_engine::flow::Inspection;
use doorward_engine::{Snapshot, resource};
use serde_json::Value;

use crate::pages::{self, Inspected, InspectionStep, StepState};

/// What `run` holds, in words; `close_url` is where the panel is not.
pub(super) fn page(snapshot: &Snapshot, run: &Inspection, close_url: String) -> pages::Inspection {
    let done = run.done.iter().map(|pk| (pk, StepState::Done));
    let now = run.left.iter().take(1).map(|pk| (pk, StepState::Now));
    let next = run.left.iter().skip(1).map(|pk| (pk, StepState::Next));
    let all = done.chain(now).chain(next);
    pages::Inspection {
        steps: all
            .filter_map(|(pk, how)| step(snapshot, pk, how))
            .collect(),
        context: known(&run.context),
        session_id: run.id.clone(),
        close_url,
    }
}

fn step(snapshot: &Snapshot, binding: &str, how: StepState) -> Option<InspectionStep> {
    let mut bindings = snapshot.stage_bindings.values().flatten();
    let binding = bindings.find(|one| one.pk == binding)?;
    let stage = snapshot.stages.get(&binding.stage)?;
    let kind = resource::kind(&stage.kind);
    Some(InspectionStep {
        name: stage.name.clone(),
        kind: kind.map_or_else(String::new, |kind| kind.verbose.to_owned()),
        state: how,
    })
}

/// What is not there is not told.
fn known(context: &Value) -> Vec<Inspected> {
    let pairs = context.as_object().into_iter().flatten();
    let told = pairs.filter(|(_, value)| !value.is_null() && **value != "");
    let told = told.map(|(name, value)| Inspected {
        name: name.clone(),
        value: value.to_string(),
    });
    told.collect()
}
