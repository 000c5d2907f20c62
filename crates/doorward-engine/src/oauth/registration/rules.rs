//! What an operator allows those who register with a provider.

use serde::Deserialize;
use serde_json::Value;

use crate::context::Context;
use crate::engine::Engine;
use crate::model::EngineMode;
use crate::policy::Question;
use crate::resource::OAUTH2_REGISTRATION;
use crate::snapshot::Snapshot;

/// `authentik_providers_oauth2.oauth2dynamicclientregistration`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::oauth) struct Rules {
    /// Its own uuid.
    #[serde(skip)]
    pub(super) pk: String,
    pub(super) default_application_group: String,
    pub(super) override_authorization_flow: Option<String>,
    pub(super) override_invalidation_flow: Option<String>,
    pub(super) override_property_mappings: Vec<String>,
    pub(super) access_token_validity: String,
    pub(super) refresh_token_validity: String,
    pub(super) allowed_grant_types: Vec<String>,
    pub(super) clients_max: i64,
    policy_engine_mode: EngineMode,
}

impl Rules {
    /// Those of a provider; `None`: nobody registers there.
    pub(in crate::oauth) fn of(snapshot: &Snapshot, provider: i64) -> Option<Self> {
        let all = snapshot.objects(OAUTH2_REGISTRATION).iter();
        let own = all
            .into_iter()
            .find(|one| one.config["provider"] == provider)?;
        let rules = Self::deserialize(Value::Object(own.config.clone()));
        Some(Self {
            pk: own.id.clone(),
            ..rules.ok()?
        })
    }

    /// Whether clients may ask for this way to a token.
    pub(in crate::oauth) fn allows(&self, grant: &str) -> bool {
        let allowed = &self.allowed_grant_types;
        allowed.is_empty() || allowed.iter().any(|one| one == grant)
    }
}

impl Engine {
    /// Whether whoever acts passes what is bound to the permission itself; nothing bound: they do.
    pub(super) async fn may_register(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        rules: &Rules,
    ) -> bool {
        let person = ctx.actor.person().map(|person| &**person);
        let question = Question::new(snapshot, ctx, person);
        let mode = rules.policy_engine_mode;
        self.decide(&question, &rules.pk, mode, true).await.passing
    }
}
