//! Families of kinds: providers, stages, policies, property mappings.
//!
//! Owns what all members share by being members: the common address, the scope of names.

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
}
