//! A registered client looks at what it is, changes that, or goes (RFC 7592).

use doorward_protocol::encoding;
use doorward_protocol::oauth::{Metadata, MetadataError};
use doorward_store::client_registration::{self, ClientRegistrationRow};
use doorward_store::grant;
use serde_json::{Map, Value};

use super::plan::Plan;
use super::rules::Rules;
use super::{APPLICATION, Registered, RegistrationRefusal, logo};
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::Engine;
use crate::oauth::client::Client;
use crate::resource::write::{Found, Writing};
use crate::resource::{OAUTH2_PROVIDER, registered as kind_of};
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// A registration whose token came along.
pub(super) struct Holding<'a> {
    row: ClientRegistrationRow,
    client: &'a Client,
    token: &'a str,
}

impl Engine {
    /// RFC 7592 §2.1
    ///
    /// # Errors
    ///
    /// [`RegistrationRefusal`].
    pub async fn oauth_registration(
        &self,
        snapshot: &Snapshot,
        client_id: &str,
        token: Option<&str>,
    ) -> Result<Registered, RegistrationRefusal> {
        let held = match self.holding(snapshot, client_id, token).await {
            Err(RegistrationRefusal::NotIts) if broken::is(Mutant::RegistrationOpen) => {
                return Ok(Registered(Map::new()));
            }
            held => held?,
        };
        self.registered(&held.row, held.token)
    }

    /// RFC 7592 §2.2: what is not said any more is not so any more.
    ///
    /// # Errors
    ///
    /// [`RegistrationRefusal`].
    pub async fn oauth_reregister(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        client_id: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<Registered, RegistrationRefusal> {
        let held = self.holding(snapshot, client_id, token).await?;
        let metadata = Metadata::read(body)?;
        held.check_itself(&metadata)?;
        let parent = snapshot.oauth.of_provider(held.row.parent_id);
        let parent = parent.ok_or(RegistrationRefusal::NotOffered)?;
        let rules = Rules::of(snapshot, held.row.parent_id);
        let rules = rules.ok_or(RegistrationRefusal::NotOffered)?;
        let mut plan = Plan::new(snapshot, parent, &rules, metadata)?;
        self.check_sector(&plan.metadata).await?;
        let logo = self.fetch_logo(&plan.metadata).await;
        plan.show(logo);
        self.change_client(ctx, held, &plan).await
    }

    async fn change_client(
        &self,
        ctx: &Context,
        held: Holding<'_>,
        plan: &Plan,
    ) -> Result<Registered, RegistrationRefusal> {
        let pk = held.row.provider_id;
        let mut writing = Writing::begin(self, ctx).await?;
        if !client_registration::save(&mut writing.tx, pk, &plan.text(), ctx.now).await? {
            return Err(RegistrationRefusal::NotIts);
        }
        logo::keep(&mut writing.tx, pk, plan.logo(), ctx.now).await?;
        if plan.is_elsewhere(held.client.is_pairwise(), &held.row.metadata) {
            grant::delete_of_provider(&mut writing.tx, pk, ctx.now).await?;
        }
        let body = Value::Object(plan.changing(held.client.id()));
        let kind = kind_of(OAUTH2_PROVIDER);
        writing.amend(kind, &pk.to_string(), &body).await?;
        let body = Value::Object(plan.application_changing());
        let application = &held.client.application.pk;
        let kind = kind_of(APPLICATION);
        writing.amend(kind, application, &body).await?;
        writing.commit().await?;
        let row = ClientRegistrationRow {
            metadata: plan.text(),
            ..held.row
        };
        self.registered(&row, held.token)
    }

    /// RFC 7592 §2.3: the client is gone, with everything that it was granted.
    ///
    /// # Errors
    ///
    /// [`RegistrationRefusal`].
    pub async fn oauth_unregister(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        client_id: &str,
        token: Option<&str>,
    ) -> Result<(), RegistrationRefusal> {
        let held = self.holding(snapshot, client_id, token).await?;
        if broken::is(Mutant::RegistrationStays) {
            return Ok(());
        }
        let pk = held.row.provider_id.to_string();
        let mut writing = Writing::begin(self, ctx).await?;
        for (model, id) in [
            (APPLICATION, &held.client.application.pk),
            (OAUTH2_PROVIDER, &pk),
        ] {
            // Somebody else may have been faster.
            if let Some(object) = writing.world.object(model, id).cloned() {
                let row = Found::Object(object);
                writing.remove_found(kind_of(model), &row).await?;
            }
        }
        Ok(writing.commit().await?)
    }

    /// The registration that a token opens, if it is that of the client that an address names.
    async fn holding<'a>(
        &self,
        snapshot: &'a Snapshot,
        client_id: &str,
        token: Option<&'a str>,
    ) -> Result<Holding<'a>, RegistrationRefusal> {
        let token = token.ok_or(RegistrationRefusal::NotIts)?;
        let mut tx = self.store.read().await?;
        let row = client_registration::find(&mut tx, &hash_text(token)).await?;
        drop(tx);
        let row = row.ok_or(RegistrationRefusal::NotIts)?;
        let client = snapshot.oauth.of_provider(row.provider_id);
        let client = client.filter(|client| client.id() == client_id);
        let client = client.ok_or(RegistrationRefusal::NotIts)?;
        Ok(Holding { row, client, token })
    }
}

impl Holding<'_> {
    /// RFC 7592 §2.2: a change names the client, and its secret only as it is.
    fn check_itself(&self, said: &Metadata) -> Result<(), MetadataError> {
        if said.client_id.as_deref() != Some(self.client.id()) {
            return Err(MetadataError::new("client_id must be the client's own."));
        }
        let secret = said.client_secret.as_deref();
        let own = self.client.secret().as_bytes();
        let is_its = |said: &str| encoding::constant_time_eq(said.as_bytes(), own);
        if secret.is_none_or(is_its) {
            return Ok(());
        }
        let why = "client_secret must be the client's own, or missing.";
        Err(MetadataError::new(why))
    }
}
