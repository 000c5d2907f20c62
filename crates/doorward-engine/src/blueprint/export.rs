//! What there is as a blueprint, in an order that can be applied.
//!
//! Rule: what is written can be applied to an empty installation and makes the same objects; objects
//! are known by their names, never by keys of this installation, and no secret is in it. Certificates
//! with a private key stay where they are: what uses one finds it by its name.

mod item;
mod order;

use serde_json::Value;
use serde_yaml_ng::{Mapping, Value as Yaml};

use crate::engine::{Engine, Fault};
use crate::resource::field::{Family, Target};
use crate::resource::{self, Kind, Storage, World, dump};
use item::{Item, Items};

const BINDING: &str = "authentik_policies.policybinding";
const STAGE_BINDING: &str = "authentik_flows.flowstagebinding";

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// Everything but sessions, events, tokens, accounts of outposts and blueprints themselves.
    Everything,
    /// One object by its model and its key or name, with its bindings; a flow with its stages.
    One(&'a str, &'a str),
}

/// The YAML of a selection; `None` if there is no such object.
///
/// # Errors
///
/// Only if the database fails.
pub async fn export(engine: &Engine, selection: Selection<'_>) -> Result<Option<String>, Fault> {
    let mut items = read(engine).await?;
    let name = match selection {
        Selection::Everything => {
            items.choose(Item::is_portable);
            "Everything".to_owned()
        }
        Selection::One(model, key) => {
            let Some(first) = items.find(model, key) else {
                return Ok(None);
            };
            let name = items.name(first);
            items.all[first].chosen = true;
            while items.choose_more() {}
            name
        }
    };
    let entries = order::entries(&items);
    let mut document = Mapping::new();
    document.insert("version".into(), 1.into());
    let metadata: Mapping = [("name".into(), name.into())].into_iter().collect();
    document.insert("metadata".into(), metadata.into());
    document.insert("entries".into(), Yaml::Sequence(entries));
    serde_yaml_ng::to_string(&document)
        .map(Some)
        .map_err(|error| Fault::Broken(error.to_string()))
}

async fn read(engine: &Engine) -> Result<Items, Fault> {
    let mut tx = engine.store.read().await?;
    let world = World::of(&engine.snapshot());
    let mut items = Items::default();
    for kind in resource::registry().filter(|kind| is_exported(kind)) {
        for (id, values) in dump::every(&mut tx, kind, &world).await? {
            items.add(Item {
                kind,
                id,
                values,
                chosen: false,
            });
        }
    }
    Ok(items)
}

fn is_exported(kind: &Kind) -> bool {
    let is_lasting = matches!(
        kind.storage,
        Storage::Snapshot | Storage::Users | Storage::Groups
    );
    // What cannot be made by anybody is there anyway.
    is_lasting && kind.verbs.create && kind.model != super::instance::MODEL
}

impl Items {
    fn choose(&mut self, wanted: impl Fn(&Item) -> bool) {
        for item in &mut self.all {
            item.chosen = wanted(item);
        }
    }

    /// Chooses what belongs to what is chosen: bindings on it, and the stages, prompts and policies
    /// that it names. Answers whether there was more.
    fn choose_more(&mut self) -> bool {
        let more: Vec<_> = (0..self.all.len())
            .filter(|index| !self.all[*index].chosen && self.belongs(*index))
            .collect();
        for index in &more {
            self.all[*index].chosen = true;
        }
        !more.is_empty()
    }

    fn belongs(&self, index: usize) -> bool {
        let item = &self.all[index];
        if matches!(item.kind.model, BINDING | STAGE_BINDING) {
            let target = item.values.get("target").and_then(Value::as_str);
            return self
                .all
                .iter()
                .any(|one| one.chosen && Some(one.id.as_str()) == target);
        }
        let is_part = matches!(item.kind.family, Some(Family::Stage | Family::Policy))
            || item.kind.app_label().starts_with("authentik_stages_");
        is_part && self.is_named_by_chosen(index)
    }

    fn is_named_by_chosen(&self, index: usize) -> bool {
        let chosen = self.all.iter().filter(|one| one.chosen);
        chosen
            .flat_map(|one| self.relations(one))
            .any(|(_, target)| target == index)
    }
}

/// Whether a relation may lead to a kind.
fn leads_to(target: Target, kind: &Kind) -> bool {
    resource::world::kinds_of(target).any(|one| one.model == kind.model)
}
