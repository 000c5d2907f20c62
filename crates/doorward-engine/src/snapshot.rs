//! The whole configuration as one immutable value, swapped whole.
//!
//! Owns reading objects from the store and the indexes that decisions use. Rule: a request takes one
//! snapshot and sees one consistent configuration, whatever is saved meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use doorward_protocol::seal::Keys;
use doorward_store::retired_key::{self, RetiredKeyRow};
use doorward_store::{Store, StoreError, resource, setting};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;

use crate::brand::Sheet;
use crate::geo::Geo;
use crate::model::{
    Application, Brand, EMBEDDED_OUTPOST, Flow, FlowStageBinding, Outpost, PolicyBinding,
    ProxyProvider, Stage,
};
use crate::oauth::Clients;
use crate::outpost::AppTable;
use crate::picture::{SHOWN_BY, media_names};
use crate::policy::Policy;
use crate::resource::Family;
use crate::settings::Settings;

mod system;

/// One configuration object of any kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The blueprint model, e.g. `authentik_core.application`.
    pub kind: String,
    /// Primary key as text.
    pub id: String,
    /// authentik's field names.
    pub config: Map<String, Value>,
    /// Grows with each save.
    pub version: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

/// The configuration at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Grows with each load in this process; decisions are cached under it.
    pub generation: u64,
    /// A uuid made on the first start; `uid` is derived from it.
    pub install_id: String,
    /// The public address, if it is known.
    pub base_url: Option<Url>,
    /// Whether the first admin has been made, ever.
    pub setup_done: bool,
    /// Places and networks.
    pub geo: Arc<Geo>,
    /// Every setting row, parsed.
    pub settings: HashMap<String, Value>,
    pub(crate) objects: HashMap<String, Vec<Arc<Object>>>,
    pub(crate) by_id: HashMap<(String, String), Arc<Object>>,
    /// By uuid.
    pub applications: HashMap<String, Arc<Application>>,
    /// uuid of the application, by its provider.
    pub application_of_provider: HashMap<i64, Arc<Application>>,
    /// By integer key.
    pub proxy_providers: HashMap<i64, Arc<ProxyProvider>>,
    /// By slug.
    pub flows: HashMap<String, Arc<Flow>>,
    /// Slug of a flow by its uuid.
    pub flow_slugs: HashMap<String, String>,
    /// By flow uuid, in order.
    pub stage_bindings: HashMap<String, Vec<Arc<FlowStageBinding>>>,
    /// By uuid.
    pub stages: HashMap<String, Arc<Stage>>,
    /// By uuid.
    pub policies: HashMap<String, Arc<Policy>>,
    /// By target, in order, enabled ones only.
    pub policy_bindings: HashMap<String, Vec<Arc<PolicyBinding>>>,
    /// All outposts.
    pub outposts: Vec<Arc<Outpost>>,
    /// All brands.
    pub brands: Vec<Arc<Brand>>,
    /// Media that anybody may see, because something shows them.
    pub(crate) shown_media: HashSet<String>,
    /// By the brand's uuid, for those with colors of their own.
    pub(crate) sheets: HashMap<String, Sheet>,
    /// Keys that signed for a provider and do so no more.
    pub(crate) retired_keys: HashMap<i64, Vec<RetiredKeyRow>>,
    /// The clients of OAuth and OpenID Connect.
    pub oauth: Clients,
    /// The applications that the embedded outpost guards.
    pub outpost: AppTable,
}

/// Names of settings that the engine reads.
pub mod names {
    /// The installation's uuid.
    pub const INSTALL_ID: &str = "install_id";
    /// Present from the moment the first admin exists, for ever.
    pub const SETUP_DONE: &str = "setup_done";
    /// The public address.
    pub const BASE_URL: &str = "base_url";
    /// authentik's system settings, one object.
    pub const SYSTEM: &str = "system";
}

impl Snapshot {
    /// Reads everything.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn load(
        store: &Store,
        keys: &Keys,
        settings: &Settings,
        generation: u64,
    ) -> Result<Self, StoreError> {
        let mut tx = store.read().await?;
        let rows = resource::all(&mut tx).await?;
        let facts = setting::all(&mut tx).await?;
        let retired = retired_key::all(&mut tx).await?;
        let mut snapshot = Self {
            generation,
            geo: Arc::clone(&settings.geo),
            ..Self::default()
        };
        snapshot.read_settings(facts);
        snapshot.base_url = settings
            .base_url
            .clone()
            .or_else(|| snapshot.setting_url(names::BASE_URL));
        rows.into_iter()
            .filter_map(parse)
            .for_each(|object| snapshot.add(object));
        snapshot.index();
        for row in retired {
            let of_provider = snapshot.retired_keys.entry(row.provider_id);
            of_provider.or_default().push(row);
        }
        snapshot.oauth = Clients::build(&snapshot, keys);
        snapshot.outpost = AppTable::build(&snapshot);
        Ok(snapshot)
    }

    /// Every object of a kind, oldest first.
    pub fn objects(&self, kind: &str) -> &[Arc<Object>] {
        self.objects.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Every kind that has objects.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// One object.
    pub fn object(&self, kind: &str, id: &str) -> Option<&Arc<Object>> {
        self.by_id.get(&(kind.to_owned(), id.to_owned()))
    }

    /// The flow with this uuid.
    pub fn flow(&self, pk: &str) -> Option<&Arc<Flow>> {
        self.flow_slugs
            .get(pk)
            .and_then(|slug| self.flows.get(slug))
    }

    /// The outpost inside this process.
    pub fn embedded_outpost(&self) -> Option<&Arc<Outpost>> {
        self.outposts
            .iter()
            .find(|outpost| outpost.managed.as_deref() == Some(EMBEDDED_OUTPOST))
    }

    /// The enabled bindings on an object, in order.
    pub fn bindings_of(&self, target: &str) -> &[Arc<PolicyBinding>] {
        self.policy_bindings.get(target).map_or(&[], Vec::as_slice)
    }

    /// The public address: of the embedded outpost's `authentik_host` if set, else the general one.
    pub fn public_url(&self) -> Option<Url> {
        let host = self
            .embedded_outpost()
            .and_then(|outpost| outpost.config["authentik_host"].as_str());
        host.filter(|text| !text.is_empty())
            .and_then(|text| Url::parse(text).ok())
            .or_else(|| self.base_url.clone())
    }

    /// The host of the public address; empty if it is not known.
    pub fn public_host(&self) -> String {
        let url = self.public_url();
        url.as_ref()
            .and_then(Url::host_str)
            .unwrap_or_default()
            .to_owned()
    }

    fn setting_url(&self, name: &str) -> Option<Url> {
        self.settings
            .get(name)
            .and_then(Value::as_str)
            .and_then(|text| Url::parse(text).ok())
    }

    fn read_settings(&mut self, facts: Vec<(String, String)>) {
        for (name, text) in facts {
            match serde_json::from_str(&text) {
                Ok(value) => drop(self.settings.insert(name, value)),
                Err(error) => tracing::error!(setting = name, %error, "a setting cannot be read"),
            }
        }
        self.setup_done = self.settings.contains_key(names::SETUP_DONE);
        let install_id = self.settings.get(names::INSTALL_ID).and_then(Value::as_str);
        self.install_id = install_id.unwrap_or_default().to_owned();
    }

    pub(crate) fn add(&mut self, object: Object) {
        let object = Arc::new(object);
        self.by_id.insert(
            (object.kind.clone(), object.id.clone()),
            Arc::clone(&object),
        );
        self.objects
            .entry(object.kind.clone())
            .or_default()
            .push(object);
    }

    pub(crate) fn index(&mut self) {
        self.applications = self.typed("authentik_core.application", |one: &Application| {
            one.pk.clone()
        });
        self.application_of_provider = self
            .applications
            .values()
            .filter_map(|one| Some((one.provider?, Arc::clone(one))))
            .collect();
        self.proxy_providers = self.typed(
            "authentik_providers_proxy.proxyprovider",
            |one: &ProxyProvider| one.pk,
        );
        self.flows = self.typed("authentik_flows.flow", |one: &Flow| one.slug.clone());
        self.flow_slugs = self
            .flows
            .values()
            .map(|one| (one.pk.clone(), one.slug.clone()))
            .collect();
        self.outposts = self.typed_list("authentik_outposts.outpost");
        self.brands = self.typed_list("authentik_brands.brand");
        let sheet = |brand: &Arc<Brand>| Some((brand.brand_uuid.clone(), brand.sheet()?));
        self.sheets = self.brands.iter().filter_map(sheet).collect();
        self.shown_media = self.media_names().collect();
        self.index_bindings();
        self.index_stages();
        self.index_policies();
    }

    fn media_names(&self) -> impl Iterator<Item = String> {
        SHOWN_BY.into_iter().flat_map(|(kind, field)| {
            let objects = self.objects(kind).iter();
            let texts = objects.filter_map(move |object| object.config.get(field)?.as_str());
            texts.flat_map(media_names)
        })
    }

    fn index_bindings(&mut self) {
        for binding in self.typed_list::<FlowStageBinding>("authentik_flows.flowstagebinding") {
            self.stage_bindings
                .entry(binding.target.clone())
                .or_default()
                .push(binding);
        }
        self.stage_bindings
            .values_mut()
            .for_each(|list| list.sort_by_key(|one| one.order));
        for binding in self.typed_list::<PolicyBinding>("authentik_policies.policybinding") {
            if binding.enabled {
                self.policy_bindings
                    .entry(binding.target.clone())
                    .or_default()
                    .push(binding);
            }
        }
        self.policy_bindings
            .values_mut()
            .for_each(|list| list.sort_by_key(|one| one.order));
    }

    fn index_stages(&mut self) {
        let stages = self
            .objects
            .values()
            .flatten()
            .filter(|one| one.kind.starts_with("authentik_stages_"));
        self.stages = stages
            .map(|one| (one.id.clone(), Arc::new(stage(one))))
            .collect();
    }

    fn index_policies(&mut self) {
        let is_policy = |one: &&Arc<Object>| registered_family(&one.kind) == Some(Family::Policy);
        let policies = self.objects.values().flatten().filter(is_policy);
        self.policies = policies
            .map(|one| (one.id.clone(), Arc::new(Policy::read(one))))
            .collect();
    }

    fn typed<T: DeserializeOwned, K: std::hash::Hash + Eq>(
        &self,
        kind: &str,
        key: impl Fn(&T) -> K,
    ) -> HashMap<K, Arc<T>> {
        self.typed_list::<T>(kind)
            .into_iter()
            .map(|one| (key(&one), one))
            .collect()
    }

    fn typed_list<T: DeserializeOwned>(&self, kind: &str) -> Vec<Arc<T>> {
        self.objects(kind)
            .iter()
            .filter_map(|object| typed_object(object))
            .collect()
    }
}

fn registered_family(kind: &str) -> Option<Family> {
    crate::resource::kind(kind)?.family
}

fn typed_object<T: DeserializeOwned>(object: &Object) -> Option<Arc<T>> {
    match T::deserialize(Value::Object(object.config.clone())) {
        Ok(typed) => Some(Arc::new(typed)),
        Err(error) => {
            tracing::error!(kind = object.kind, id = object.id, %error, "an object cannot be read and is left out");
            None
        }
    }
}

fn stage(object: &Object) -> Stage {
    Stage {
        pk: object.id.clone(),
        kind: object.kind.clone(),
        name: object
            .config
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        config: Value::Object(object.config.clone()),
    }
}

/// The stored text with its primary key added, or nothing (and one error line) if it is not an object.
fn parse(row: resource::ResourceRow) -> Option<Object> {
    let config: Map<String, Value> = match serde_json::from_str(&row.config) {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(kind = row.kind, id = row.id, %error, "an object cannot be read and is left out");
            return None;
        }
    };
    Some(Object {
        kind: row.kind,
        id: row.id,
        config,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
