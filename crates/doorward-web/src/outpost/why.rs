//! Why somebody may not open an application, for the page of an administrator who was refused.
//!
//! Owns the sentences. Leaves to `engine::policy` what each binding said. Rule: whoever is no
//! administrator is told nothing, and no name is told that the person's own record does not hold.

use doorward_engine::model::{Application, EngineMode, PolicyBinding};
use doorward_engine::policy::Step;
use doorward_engine::{Person, Snapshot};

/// A sentence for each binding that refuses, and how they are joined.
pub(crate) fn reasons(
    snapshot: &Snapshot,
    application: &Application,
    person: &Person,
    steps: &[Step],
) -> Vec<String> {
    if !person.is_superuser {
        return Vec::new();
    }
    let refusing = steps.iter().filter(|step| !step.passing);
    let sentences: Vec<_> = refusing
        .map(|step| sentence(snapshot, step, person))
        .collect();
    let joined = match (sentences.is_empty(), application.policy_engine_mode) {
        (true, _) => "Nothing is bound, and applications are closed unless something is.",
        (false, EngineMode::Any) => "One of the bindings has to let the account in; none does.",
        (false, EngineMode::All) => "All of the bindings have to let the account in.",
    };
    sentences.into_iter().chain([joined.to_owned()]).collect()
}

fn sentence(snapshot: &Snapshot, step: &Step, person: &Person) -> String {
    let PolicyBinding {
        order,
        group,
        user,
        negate,
        ..
    } = &*step.binding;
    match (group, user, negate) {
        (Some(_), _, false) => {
            format!("Binding {order} lets in a group of which this account is no member.")
        }
        (Some(group), _, true) => {
            let own = person.groups.iter().find(|own| *own.id == **group);
            let name = own.map(|own| &*own.name).unwrap_or_default();
            format!("Binding {order} keeps out the members of “{name}”.")
        }
        (None, Some(_), false) => format!("Binding {order} lets in another account."),
        (None, Some(_), true) => format!("Binding {order} keeps out this account."),
        (None, None, _) => of_policy(snapshot, step),
    }
}

fn of_policy(snapshot: &Snapshot, step: &Step) -> String {
    let policy = step.binding.policy.as_ref();
    let policy = policy.and_then(|pk| snapshot.policies.get(pk));
    let name = policy.map_or("", |policy| &policy.name);
    let order = step.binding.order;
    match &step.failure {
        Some(failure) => format!(
            "Binding {order} asks the policy “{name}”, which failed ({failure}); its failure result is no."
        ),
        None => format!("Binding {order} asks the policy “{name}”, which says no."),
    }
}
