//! What somebody may do in an application, by names that the application knows.
//!
//! Owns who holds an entitlement. As in authentik people and groups that are bound to it count, each
//! for itself, and policies do not. Rule: what nothing is bound to is held by nobody.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::access::{counts, says};
use crate::model::PolicyBinding;
use crate::person::{Person, merge};
use crate::snapshot::Snapshot;

/// The blueprint model.
pub(crate) const MODEL: &str = "authentik_core.applicationentitlement";

/// One entitlement of an application.
#[derive(Clone, Debug)]
pub struct Entitlement {
    /// uuid.
    pub pk: String,
    /// What the application calls it.
    pub name: String,
    /// What holding it says besides.
    pub attributes: Map<String, Value>,
    bindings: Vec<Arc<PolicyBinding>>,
}

impl Entitlement {
    /// Whether somebody holds it.
    pub fn is_held_by(&self, person: &Person, now: i64) -> bool {
        let counting = self.bindings.iter().filter(|one| counts(one, now));
        person.is_active
            && counting
                .into_iter()
                .any(|one| says(one, Some(person)) == Some(true))
    }
}

/// Those of an application, by name.
pub fn of_application(snapshot: &Snapshot, application: &str) -> Vec<Entitlement> {
    let objects = snapshot.objects(MODEL).iter();
    let own = objects.filter(|object| {
        object
            .config
            .get("app")
            .is_some_and(|app| app == application)
    });
    let read = own.map(|object| Entitlement {
        pk: object.id.clone(),
        name: text(object.config.get("name")),
        attributes: match object.config.get("attributes") {
            Some(Value::Object(attributes)) => attributes.clone(),
            _ => Map::new(),
        },
        bindings: snapshot.bindings_of(&object.id).to_vec(),
    });
    let mut all: Vec<_> = read.collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// The names of those that somebody holds.
pub fn names(snapshot: &Snapshot, application: &str, person: &Person, now: i64) -> Vec<String> {
    let all = of_application(snapshot, application).into_iter();
    let held = all.filter(|one| one.is_held_by(person, now));
    held.map(|one| one.name).collect()
}

/// What they say together; later ones win.
pub fn merged<'a>(held: impl Iterator<Item = &'a Entitlement>) -> Map<String, Value> {
    let mut all = Map::new();
    for one in held {
        merge(&mut all, one.attributes.clone());
    }
    all
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
