//! Families of kinds: providers, stages, policies, property mappings.
//!
//! Owns what all members share by being members: the common address, the scope of names, the
//! parameters of the common list.

use super::kinds::stage::prompt;
use super::present::application_of;
use super::query::{Filter, Holds, Op};
use super::world::World;
use crate::snapshot::Object;

const NAME: Filter = Filter::exact("name").of(Holds::Text);
const FLAG: Holds = Holds::Bool;

/// Kinds that share their common fields, their names and their integer keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `/providers/all/`
    Provider,
    /// `/stages/all/`
    Stage,
    /// `/policies/all/`
    Policy,
    /// `/propertymappings/all/`
    PropertyMapping,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 4] = [
        Self::Provider,
        Self::Stage,
        Self::Policy,
        Self::PropertyMapping,
    ];

    /// Where the family is listed below `/api/v3/`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Provider => "providers/all",
            Self::Stage => "stages/all",
            Self::Policy => "policies/all",
            Self::PropertyMapping => "propertymappings/all",
        }
    }

    /// The scope in which names are unique.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Stage => "stage",
            Self::Policy => "policy",
            Self::PropertyMapping => "property_mapping",
        }
    }

    /// The schema's name for the fields that all have.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Provider => "Provider",
            Self::Stage => "Stage",
            Self::Policy => "Policy",
            Self::PropertyMapping => "PropertyMapping",
        }
    }

    /// The key's name in addresses.
    pub fn param(self) -> &'static str {
        match self {
            Self::Provider => "id",
            Self::Stage => "stage_uuid",
            Self::Policy => "policy_uuid",
            Self::PropertyMapping => "pm_uuid",
        }
    }

    /// The parameters of the common list.
    pub fn filters(self) -> &'static [Filter] {
        match self {
            Self::Provider => PROVIDERS,
            Self::Stage => STAGES,
            Self::Policy => POLICIES,
            Self::PropertyMapping => MAPPINGS,
        }
    }
}

const PROVIDERS: &[Filter] = &[
    Filter::new("application__isnull", "", Op::Test(has_no_application)).of(FLAG),
    Filter::new("backchannel", "", Op::Test(is_backchannel)).of(FLAG),
];
const STAGES: &[Filter] = &[NAME];
const POLICIES: &[Filter] = &[
    Filter::new("bindings__isnull", "", Op::Test(has_no_binding)).of(FLAG),
    Filter::new("promptstage__isnull", "", Op::Test(has_no_prompt)).of(FLAG),
];
const MAPPINGS: &[Filter] = &[
    NAME,
    Filter::new("managed", "managed", Op::In).of(Holds::Text),
    Filter::new("managed__isnull", "managed", Op::IsNull),
];

/// Whether the last value is yes.
fn is_yes(wanted: &[&str]) -> bool {
    wanted.last() == Some(&"true")
}

/// Whether a provider's having no application is what is wanted.
pub(super) fn has_no_application(object: &Object, world: &World, wanted: &[&str]) -> bool {
    application_of(object, world).is_none() == is_yes(wanted)
}

/// No provider of Doorward is for the back channel alone yet.
fn is_backchannel(_: &Object, _: &World, wanted: &[&str]) -> bool {
    !is_yes(wanted)
}

fn has_no_binding(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let bindings = world.objects("authentik_policies.policybinding");
    let is_bound = bindings
        .iter()
        .any(|one| one.config.get("policy").is_some_and(|id| *id == object.id));
    is_bound != is_yes(wanted)
}

/// Whether no form's answers must pass a policy.
fn has_no_prompt(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let stages = world.objects(prompt::KIND.model).iter();
    let is_used = stages
        .into_iter()
        .any(|stage| prompt::rules_of(stage).any(|id| id == object.id));
    is_used != is_yes(wanted)
}
