//! Why somebody may not open an application, for the page of an administrator who was refused.
//!
//! Owns the sentences. Leaves to `engine::access` which bindings refuse. Rule: whoever is no
//! administrator is told nothing, and no name is told that the person's own record does not hold.

use doorward_engine::model::{EngineMode, PolicyBinding};
use doorward_engine::outpost::App;
use doorward_engine::{Person, Snapshot, access};

/// A sentence for each binding that refuses, and how they are joined.
pub(super) fn reasons(snapshot: &Snapshot, app: &App, person: &Person, now: i64) -> Vec<String> {
    if !person.is_superuser {
        return Vec::new();
    }
    let refusals = access::refusals(snapshot, person, &app.application, now);
    let sentences = refusals.iter().map(|binding| sentence(binding, person));
    let joined = match (refusals.is_empty(), app.application.policy_engine_mode) {
        (true, _) => "Nothing is bound, and applications are closed unless something is.",
        (false, EngineMode::Any) => "One of the bindings has to let the account in; none does.",
        (false, EngineMode::All) => "All of the bindings have to let the account in.",
    };
    sentences.chain([joined.to_owned()]).collect()
}

fn sentence(binding: &PolicyBinding, person: &Person) -> String {
    let order = binding.order;
    match (&binding.group, binding.user, binding.negate) {
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
        (None, None, _) => format!(
            "Binding {order} asks a policy that cannot be evaluated; its failure result is no."
        ),
    }
}
