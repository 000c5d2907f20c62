//! Clients that register themselves, and change or withdraw that (RFC 7591, RFC 7592).
//!
//! Owns who may register where, and what is made for a client: an application and a provider, through
//! the kernel of resources, in one transaction. Leaves what a client may say to
//! `protocol::oauth::registration`, what is made of that to `plan`, what somebody elsewhere has to
//! confirm to `sector`. Rules: nobody registers anything unless an operator has allowed it for that
//! very provider; a registered client is never trusted more than the provider it registered with; a
//! registration's token opens that one registration, and everything else about it looks alike
//! ([decision 41](../../../../docs/decisions/0041-clients-that-register-themselves.md)).

mod logo;
mod manage;
mod plan;
mod rules;
mod sector;

use doorward_protocol::encoding;
use doorward_protocol::oauth::{AuthMethod, ErrorCode, Metadata, MetadataError};
use doorward_store::client_registration::{self, ClientRegistrationRow};
use serde_json::{Map, Value, json};

use self::plan::Plan;
pub(super) use self::rules::Rules;
use super::bearer::{Bearer, BearerRefusal};
use super::client::Client;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::resource::refusal::Refusal;
use crate::resource::write::Writing;
use crate::resource::{OAUTH2_PROVIDER, registered as kind_of};
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// authentik's word for the right to register clients.
pub(super) const SCOPE: &str = "goauthentik.io/oidc/dcr";
const APPLICATION: &str = "authentik_core.application";
const BINDING: &str = "authentik_policies.policybinding";
/// Scanners of secrets know it by this.
const TOKEN_PREFIX: &str = "doorward_reg_";
const ID_BYTES: usize = 16;

/// A registration as its client may know it (RFC 7591 §3.2.1). No `Debug`: it holds secrets.
pub struct Registered(pub Map<String, Value>);

/// Why there is none.
#[derive(Debug)]
pub enum RegistrationRefusal {
    /// Nothing can be registered here.
    NotOffered,
    /// The access token does not let anybody do this.
    Bearer(BearerRefusal),
    /// The person behind it may not, or there are too many clients.
    Forbidden(&'static str),
    /// What the client says of itself.
    Metadata(MetadataError),
    /// Not the token of this registration, if there is one.
    NotIts,
    /// Ours.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for RegistrationRefusal {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl From<BearerRefusal> for RegistrationRefusal {
    fn from(refusal: BearerRefusal) -> Self {
        Self::Bearer(refusal)
    }
}

impl From<MetadataError> for RegistrationRefusal {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}

/// What the kernel does not take is something that the client said.
impl From<Refusal> for RegistrationRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Fault(fault) => Self::Fault(fault),
            Refusal::Invalid(errors) => {
                let why = format!("It cannot be saved: {}", errors.into_value());
                Self::Metadata(MetadataError::new(why))
            }
            other => Self::Fault(Fault::Broken(format!("a registration: {other:?}"))),
        }
    }
}

impl Engine {
    /// Registers a client with the provider of the application `slug`.
    ///
    /// # Errors
    ///
    /// [`RegistrationRefusal`].
    pub async fn oauth_register(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        slug: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<Registered, RegistrationRefusal> {
        let parent = snapshot.oauth.of_application(slug);
        let parent = parent.ok_or(RegistrationRefusal::NotOffered)?;
        let rules = Rules::of(snapshot, parent.provider.pk);
        let rules = rules.ok_or(RegistrationRefusal::NotOffered)?;
        let bearer = self
            .registrar(snapshot, ctx, parent, token.unwrap_or_default())
            .await?;
        let ctx = ctx.acting_as(&bearer.granted.person);
        self.check_bindings(snapshot, &ctx, parent, &rules, &bearer)
            .await?;
        let metadata = Metadata::read(body)?;
        let mut plan = Plan::new(snapshot, parent, &rules, metadata)?;
        self.check_sector(&plan.metadata).await?;
        let logo = self.fetch_logo(&plan.metadata).await;
        plan.show(logo);
        self.make_client(&ctx, parent, &rules, &plan).await
    }

    /// Whoever has a token of the provider itself with the scope for it.
    async fn registrar(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        parent: &Client,
        token: &str,
    ) -> Result<Bearer, BearerRefusal> {
        let bearer = self.oauth_bearer(snapshot, ctx, token).await?;
        let is_meant = bearer.client.provider.pk == parent.provider.pk
            && bearer.claims.get("aud") == Some(&json!(parent.id()));
        if !is_meant {
            let why = "The access token is not for this provider.";
            return Err(BearerRefusal::Refused(ErrorCode::InvalidToken, why));
        }
        if !bearer.scopes.contains(SCOPE) {
            let why = "The access token was not granted the scope goauthentik.io/oidc/dcr.";
            return Err(BearerRefusal::Refused(ErrorCode::InsufficientScope, why));
        }
        Ok(bearer)
    }

    /// Those of the application and those of the permission to register, asked now.
    async fn check_bindings(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        parent: &Client,
        rules: &Rules,
        bearer: &Bearer,
    ) -> Result<(), RegistrationRefusal> {
        let opens = self.may_use(snapshot, ctx, parent, &bearer.scopes, SCOPE);
        let may = opens.await.passing && self.may_register(snapshot, ctx, rules).await;
        let why = "This account may not register clients here.";
        may.then_some(()).ok_or(RegistrationRefusal::Forbidden(why))
    }

    async fn make_client(
        &self,
        ctx: &Context,
        parent: &Client,
        rules: &Rules,
        plan: &Plan,
    ) -> Result<Registered, RegistrationRefusal> {
        let id = encoding::hex(encoding::random_bytes::<ID_BYTES>());
        let token = format!("{TOKEN_PREFIX}{}", encoding::random_token(32));
        let mut writing = Writing::begin(self, ctx).await?;
        // Writers of the configuration come one after the other, so this stays true.
        let registered = client_registration::count(&mut writing.tx, parent.provider.pk).await?;
        if registered >= rules.clients_max {
            let why = "As many clients are registered here as may be.";
            return Err(RegistrationRefusal::Forbidden(why));
        }
        let body = plan.provider(&id);
        let made = writing
            .insert(kind_of(OAUTH2_PROVIDER), &body, None)
            .await?;
        let provider_id = made.parse().map_err(|_| broken("a provider's key"))?;
        let body = plan.application(&id, provider_id);
        let made = writing.insert(kind_of(APPLICATION), &body, None).await?;
        copy_bindings(&mut writing, &parent.application.pk, &made).await?;
        let row = ClientRegistrationRow {
            provider_id,
            parent_id: parent.provider.pk,
            token_hash: hash_text(&token),
            metadata: plan.text(),
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        client_registration::insert(&mut writing.tx, &row).await?;
        logo::keep(&mut writing.tx, provider_id, plan.logo(), ctx.now).await?;
        writing.commit().await?;
        self.registered(&row, &token)
    }

    /// What its client may know of a registration, as it is now.
    fn registered(
        &self,
        row: &ClientRegistrationRow,
        token: &str,
    ) -> Result<Registered, RegistrationRefusal> {
        let snapshot = self.snapshot();
        let client = snapshot.oauth.of_provider(row.provider_id);
        let client = client.ok_or_else(|| broken("a registered client that is not served"))?;
        let at = client.addresses(snapshot.public_url().as_ref());
        let at = at.ok_or_else(|| broken("the public address is not known"))?;
        let metadata: Metadata =
            serde_json::from_str(&row.metadata).map_err(|_| broken("a registration"))?;
        let has_secret = metadata.method().is_ok_and(AuthMethod::has_secret);
        let told = serde_json::to_value(&metadata).map_err(|_| broken("a registration"))?;
        let mut told = told.as_object().cloned().unwrap_or_default();
        told.insert("client_id".into(), json!(client.id()));
        told.insert("client_id_issued_at".into(), json!(row.created_at / 1000));
        if has_secret {
            told.insert("client_secret".into(), json!(client.secret()));
            told.insert("client_secret_expires_at".into(), json!(0));
        }
        let place = at.own(&format!("register/{}/", client.id()));
        told.insert("registration_client_uri".into(), json!(place));
        told.insert("registration_access_token".into(), json!(token));
        client.tell_addresses(&mut told);
        client.tell_strictness(&mut told);
        Ok(Registered(told))
    }
}

impl Client {
    /// The provider that it registered with may have become stricter since.
    fn tell_strictness(&self, told: &mut Map<String, Value>) {
        let provider = &self.provider;
        let insists = [
            (
                "dpop_bound_access_tokens",
                provider.dpop_bound_access_tokens,
            ),
            (
                "require_pushed_authorization_requests",
                provider.require_pushed_authorization_requests,
            ),
        ];
        for (name, _) in insists.into_iter().filter(|(_, insists)| *insists) {
            told.insert(name.to_owned(), json!(true));
        }
        if self.is_pairwise() {
            told.insert("subject_type".to_owned(), json!("pairwise"));
        }
    }

    /// An operator may have changed them since.
    fn tell_addresses(&self, told: &mut Map<String, Value>) {
        for (name, purpose) in plan::ADDRESSES {
            let own = self.redirect_uris.iter();
            let own = own.filter(|uri| uri.purpose == purpose);
            let own: Vec<_> = own.filter_map(|uri| uri.address()).collect();
            if !own.is_empty() || told.contains_key(name) {
                told.insert(name.to_owned(), json!(own));
            }
        }
    }
}

/// Whoever may not open the one may not open the other.
async fn copy_bindings(writing: &mut Writing<'_>, from: &str, to: &str) -> Result<(), Refusal> {
    let all = writing.world.objects(BINDING).iter();
    let bound: Vec<_> = all
        .filter(|one| one.config["target"] == from)
        .map(|one| one.config.clone())
        .collect();
    for mut binding in bound {
        binding.insert("target".into(), json!(to));
        let body = Value::Object(binding);
        writing.insert(kind_of(BINDING), &body, None).await?;
    }
    Ok(())
}

fn broken(what: &str) -> RegistrationRefusal {
    RegistrationRefusal::Fault(Fault::Broken(what.to_owned()))
}
