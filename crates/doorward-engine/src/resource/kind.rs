//! One kind of resource: where it is, what its fields are, how it is found, what is special.
//!
//! Owns the description. Rule: adding a kind is one file with one [`Kind`] and its entry in the
//! registry; the kernel is not touched.

use serde_json::{Map, Value};

use super::field::{Family, Field};
pub use super::query::{Filter, Holds, Op};
use super::validate::Draft;
use super::world::World;
use crate::authenticator::Class;
use crate::entitlement;
use crate::snapshot::Object;
use doorward_store::grant::TokenKind;

/// What the primary key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pk {
    /// A uuid v4.
    Uuid,
    /// An integer of a sequence.
    Integer,
}

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In the `resources` table and, whole, in the snapshot.
    Snapshot,
    /// In `users`.
    Users,
    /// In `groups`.
    Groups,
    /// In `tokens`.
    Tokens,
    /// In `sessions`.
    Sessions,
    /// In `user_consents`.
    Consents,
    /// In `grant_tokens`, one kind of them.
    Grants(TokenKind),
    /// In `events`.
    Events,
    /// In `reputation`.
    Reputation,
    /// In `devices`, one class of them.
    Devices(Class),
}

/// Which of the seven operations a kind has besides list, retrieve and used-by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verbs {
    /// POST on the list.
    pub create: bool,
    /// PUT and PATCH.
    pub update: bool,
    /// DELETE.
    pub delete: bool,
}

impl Verbs {
    /// All of them.
    pub const ALL: Self = Self {
        create: true,
        update: true,
        delete: true,
    };
    /// Only DELETE.
    pub const DELETE: Self = Self {
        create: false,
        update: false,
        delete: true,
    };
}

/// A natural key: its field and its value, normalised.
pub type NaturalKey = (&'static str, String);

/// A field by which a list can be ordered or searched: its API name and, for tables, its column.
pub type Column = (&'static str, &'static str);

/// One kind.
pub struct Kind {
    /// The blueprint model, e.g. `authentik_core.application`.
    pub model: &'static str,
    /// Below `/api/v3/`, e.g. `core/applications`.
    pub path: &'static str,
    /// What the key is.
    pub pk: Pk,
    /// The key's name in answers.
    pub pk_field: &'static str,
    /// The field that addresses name, usually the key.
    pub lookup: &'static str,
    /// The name of that place in the OpenAPI paths.
    pub param: &'static str,
    /// The schema's name.
    pub schema: &'static str,
    /// For people, e.g. `Proxy Provider`.
    pub verbose: &'static str,
    /// For people, several.
    pub plural: &'static str,
    /// One sentence for the list of types.
    pub description: &'static str,
    /// authentik's form element.
    pub component: &'static str,
    /// The family, if it is in one.
    pub family: Option<Family>,
    /// Where objects live.
    pub storage: Storage,
    /// What can be done.
    pub verbs: Verbs,
    /// Every field, common ones first.
    pub fields: &'static [Field],
    /// What `search` looks into.
    pub search: &'static [Column],
    /// Parameters of the list.
    pub filters: &'static [Filter],
    /// Parameters that say yes or no to a part of the answer or to a wider list.
    pub flags: &'static [&'static str],
    /// What `ordering` may name.
    pub ordering: &'static [Column],
    /// The order when nobody says, e.g. `-created`.
    pub default_order: &'static str,
    /// Fields that together must be unique.
    pub unique_together: &'static [&'static [&'static str]],
    /// Checks and completes a whole object before it is saved.
    pub check: fn(&mut Draft<'_>),
    /// Texts that are expressions if a flag says so: text and flag.
    pub expressions_if: &'static [(&'static str, &'static str)],
    /// Secrets, and the fields that say where each of them is sent.
    pub sent_to: &'static [(&'static str, &'static [&'static str])],
    /// Adds what answers show beyond the stored fields.
    pub present: fn(&Object, &World, &mut Map<String, Value>),
    /// Extra natural keys (field, value) that only one object may have.
    pub keys: fn(&Map<String, Value>) -> Vec<NaturalKey>,
}

impl Kind {
    /// A snapshot kind with a uuid and nothing else said; the rest by struct update.
    pub const BASE: Self = Self {
        model: "",
        path: "",
        pk: Pk::Uuid,
        pk_field: "pk",
        lookup: "pk",
        param: "id",
        schema: "",
        verbose: "",
        plural: "",
        description: "",
        component: "",
        family: None,
        storage: Storage::Snapshot,
        verbs: Verbs::ALL,
        fields: &[],
        search: &[],
        filters: &[],
        flags: &[],
        ordering: &[],
        default_order: "name",
        unique_together: &[],
        check: |_| {},
        expressions_if: &[],
        sent_to: &[],
        present: |_, _, _| {},
        keys: |_| Vec::new(),
    };

    /// A stage: named within the family, addressed by `stage_uuid`.
    pub const STAGE: Self = Self {
        param: "stage_uuid",
        family: Some(Family::Stage),
        search: &[("name", "name")],
        ordering: &[("name", "name")],
        ..Self::BASE
    };

    /// A policy: named within the family, addressed by `policy_uuid`.
    pub const POLICY: Self = Self {
        param: "policy_uuid",
        family: Some(Family::Policy),
        search: &[("name", "name")],
        ordering: &[("name", "name")],
        ..Self::BASE
    };

    /// The field with this key.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// `authentik_core` of `authentik_core.application`.
    pub fn app_label(&self) -> &'static str {
        self.model
            .split_once('.')
            .map_or(self.model, |(app, _)| app)
    }

    /// `application` of `authentik_core.application`.
    pub fn model_name(&self) -> &'static str {
        self.model
            .split_once('.')
            .map_or(self.model, |(_, model)| model)
    }

    /// The module that events name, e.g. `authentik.core`.
    pub fn event_app(&self) -> String {
        self.app_label().replacen('_', ".", 1)
    }

    /// The scope in which a field's values are unique.
    pub fn scope(&self, field: &str) -> &'static str {
        match self.family {
            Some(family) if field == "name" => family.scope(),
            _ => self.model,
        }
    }

    /// Whether policies can be bound to its objects.
    pub fn is_bindable(&self) -> bool {
        // An entitlement's bindings count each for itself.
        self.field("policy_engine_mode").is_some() || self.model == entitlement::MODEL
    }
}
