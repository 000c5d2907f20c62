//! A machine on its own behalf (RFC 6749 §4.4), as authentik has it: `client_credentials` and its
//! alias `password`.
//!
//! Owns as whom a client acts: as the provider's own service account, which the first request makes,
//! or as the account whose app password it brings. Rules: a password that signs people in is worth
//! nothing here; the account has to be active and may open the application (CVE-2025-64521);
//! scopes are those of the provider alone (CVE-2024-52287); there is no refresh token.

use std::sync::Arc;

use doorward_protocol::encoding::from_base64;
use doorward_protocol::oauth::{ErrorCode, Parameters, Presented, PresentedError, Scopes};
use doorward_store::event::EventRow;
use doorward_store::{StoreError, Topic, change, grant, user};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::exchange::is_protected;
use super::{Exchange, TokenAnswer, TokenRefusal, answer, not_made};
use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::oauth::api::API_SCOPE;
use crate::oauth::authorize::resources;
use crate::oauth::bearer::{Bearer, BearerRefusal};
use crate::oauth::bound_key::BOUND_KEY;
use crate::oauth::client::Client;
use crate::oauth::grant::{Facts, NewGrant};
use crate::oauth::mint::Wanted;
use crate::oauth::provider::Provider;
use crate::person::Person;
use crate::resource::tables;
use crate::resource::write::Writing;
use crate::session;
use crate::snapshot::Snapshot;

/// What accounts that we make for clients are.
const SERVICE_ACCOUNT: &str = "service_account";
/// The most characters of a user name.
const NAME_CHARS_MAX: usize = 150;

/// As whom a client acts. No `Debug`: it holds a password.
pub(super) enum Acting {
    /// As its provider's own account.
    Itself,
    /// As whoever a live token of a provider speaks of that the client trusts.
    Federated(Box<Bearer>),
    /// As whoever this app password belongs to.
    Holder {
        /// Who.
        name: String,
        /// Their app password.
        key: String,
    },
}

impl Acting {
    /// Whether this server's own API may be opened: by a token that was brought only if that one opens it,
    /// and by an app password, which opens no API itself, only where authentik's way is kept.
    fn may_open_api(&self, client: &Client) -> bool {
        match self {
            Self::Federated(bearer) => bearer.scopes.contains(API_SCOPE),
            Self::Itself => true,
            Self::Holder { .. } => client.provider.compatibility,
        }
    }

    /// In parameters of their own.
    fn in_parameters(parameters: &Parameters) -> Option<Self> {
        let name = parameters.get("username")?.to_owned();
        let key = parameters.get("password").unwrap_or_default().to_owned();
        Some(Self::Holder { name, key })
    }

    /// In place of the secret, for programs that know an id and a secret and nothing else.
    fn in_secret(presented: &Presented) -> Option<Self> {
        let texts = match presented {
            Presented::Basic { secret, raw, .. } => [raw, secret],
            Presented::Post { secret, .. } => [secret, secret],
            Presented::Assertion { .. } | Presented::Named { .. } => return None,
        };
        texts.into_iter().find_map(|text| {
            let text = String::from_utf8(from_base64(text)?).ok()?;
            let (name, key) = text.split_once(':')?;
            Some(Self::Holder {
                name: name.to_owned(),
                key: key.to_owned(),
            })
        })
    }
}

impl Engine {
    /// The client and as whom it acts. An app password proves its holder, so a client that names
    /// itself alone may bring one; a secret that comes along has to be right nevertheless.
    pub(super) async fn machine(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        presented: &Result<Presented, PresentedError>,
        parameters: &Parameters,
    ) -> Result<(Arc<Client>, Acting), TokenRefusal> {
        let given = Acting::in_parameters(parameters);
        if let Ok(Presented::Assertion {
            id: Some(id),
            assertion,
        }) = presented
            && let Some(found) = self.federated(snapshot, ctx, id, assertion).await?
        {
            return Ok(found);
        }
        let in_secret = presented.as_ref().ok().and_then(Acting::in_secret);
        let named = presented.as_ref().ok().and_then(Presented::id);
        let named = named.and_then(|id| snapshot.oauth.named(id)).cloned();
        // Somebody's app password in place of the secret is no guess at the secret.
        if let (Some(client), Some(holder), None, Ok(presented)) =
            (&named, in_secret, &given, presented)
            && (client.is_public() || !client.is_proven_by(presented))
        {
            return Ok((Arc::clone(client), holder));
        }
        let refused = match self.oauth_client(snapshot, ctx, presented).await {
            Ok(client) if !client.is_public() => {
                return Ok((client, given.unwrap_or(Acting::Itself)));
            }
            Ok(_) => TokenRefusal::new(ErrorCode::UnauthorizedClient, NO_SECRET),
            Err(refused) => refused,
        };
        let holder = match (presented, given) {
            (Ok(Presented::Named { .. }), given) => given,
            _ => None,
        };
        named.zip(holder).ok_or(refused)
    }
}

/// What the provider's own account is called. A client that registered itself may change its name as
/// often as it likes, and has one account nevertheless.
fn account_name(provider: &Provider) -> String {
    let registered = provider.issuer_pk.map(|_| &provider.client_id);
    let name = registered.unwrap_or(&provider.name);
    format!("ak-{name}-client_credentials")
}

/// The account of a client that registered itself goes with it; what else has its name stays.
pub(crate) async fn remove_account(
    writing: &mut Writing<'_>,
    config: &Map<String, Value>,
) -> Result<(), StoreError> {
    let provider = Provider::deserialize(Value::Object(config.clone()));
    let Some(provider) = provider.ok().filter(|one| one.issuer_pk.is_some()) else {
        return Ok(());
    };
    let row = user::find_by_username(&mut writing.tx, &account_name(&provider)).await?;
    let Some(row) = row.filter(|row| row.kind == SERVICE_ACCOUNT) else {
        return Ok(());
    };
    let now = writing.ctx.now;
    session::end_all_of(&mut writing.tx, row.id, "", now).await?;
    user::delete(&mut writing.tx, row.id).await?;
    change::record(&mut writing.tx, Topic::User, row.id, now).await
}

const NOT_FOR_IT: &str =
    "The token is of a provider that this client does not trust, or is not meant for it (aud).";
const NOT_AS_THEM: &str = "A token with which somebody acts for another (act), and one of an administrator, proves nobody.";
const TOO_LATE: &str = "The token is too old, was revoked, or is the last of too many that were brought for \
     one another.";
const NO_SECRET: &str = "A public client has no account of its own: send username and password.";
const NOBODY: &str =
    "The user name or the app password is wrong, or this account may not open the application.";

impl Engine {
    /// The client that brings an access token of a provider that it trusts, and whose that is;
    /// `None` if the assertion is none. It has to be meant for the client (`aud`), which authentik
    /// never asks; an app that cannot do that has `compatibility`.
    async fn federated(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        id: &str,
        assertion: &str,
    ) -> Result<Option<(Arc<Client>, Acting)>, TokenRefusal> {
        let Some(client) = snapshot.oauth.named(id) else {
            return Ok(None);
        };
        let bearer = match self.oauth_bearer(snapshot, ctx, assertion).await {
            Ok(bearer) => bearer,
            Err(BearerRefusal::Refused(..)) => return Ok(None),
            Err(BearerRefusal::Fault(fault)) => return Err(fault.into()),
        };
        let trusted = &client.provider.jwt_federation_providers;
        let is_trusted = trusted.contains(&bearer.client.provider.pk);
        let is_for_it = client.provider.compatibility || client.is_meant(snapshot, &bearer.claims);
        if !is_trusted || !is_for_it {
            return Err(TokenRefusal::new(ErrorCode::InvalidGrant, NOT_FOR_IT));
        }
        if bearer.claims.contains_key("act") || is_protected(&bearer.granted.person) {
            return Err(TokenRefusal::new(ErrorCode::InvalidGrant, NOT_AS_THEM));
        }
        Ok(Some((
            Arc::clone(client),
            Acting::Federated(Box::new(bearer)),
        )))
    }
}

fn too_late() -> TokenRefusal {
    TokenRefusal::new(ErrorCode::InvalidGrant, TOO_LATE)
}

impl Exchange<'_> {
    pub(super) async fn credentials(&self, acting: Acting) -> Result<TokenAnswer, TokenRefusal> {
        // What proves itself each time needs no refresh token, and there is no code that a key is for.
        let scopes = self.client.asked_scopes(self.parameters)?;
        let scopes = scopes.only(|word| match word {
            "offline_access" | BOUND_KEY => false,
            API_SCOPE => acting.may_open_api(self.client),
            _ => true,
        });
        let resources = resources(self.client, self.parameters)
            .map_err(|why| TokenRefusal::new(ErrorCode::InvalidTarget, why))?;
        let mut brought = None;
        let person = match acting {
            Acting::Itself => self.own_account().await?,
            Acting::Federated(bearer) => {
                let person = Arc::clone(&bearer.granted.person);
                brought = Some(bearer);
                Some(person)
            }
            Acting::Holder { name, key } => {
                let now = self.ctx.now;
                self.engine.owner_of(&key, Some(&name), now).await?
            }
        };
        let person = person.ok_or_else(|| TokenRefusal::new(ErrorCode::InvalidGrant, NOBODY))?;
        if !self.may_open(&person, &scopes).await {
            return Err(TokenRefusal::new(ErrorCode::InvalidGrant, NOBODY));
        }
        let brought = brought.as_deref();
        let links = brought.map_or(Some(0), |bearer| bearer.granted.facts.next_links());
        let facts = Facts {
            resources,
            links: links.ok_or_else(too_late)?,
            ..Facts::default()
        };
        let mut grant = NewGrant::new(self.client, &person, None, &scopes, facts, self.ctx.now);
        if let Some(bearer) = brought {
            grant.end_with_session_of(&bearer.granted.row);
        }
        self.granted_at_once(&person, grant, &scopes, brought).await
    }

    /// How long what is issued lives: not beyond the end of a token that was brought for it.
    fn lives_ms(&self, brought: Option<&Bearer>) -> Result<Option<i64>, TokenRefusal> {
        let Some(bearer) = brought else {
            return Ok(None);
        };
        let left_ms = bearer.expires_at - self.ctx.now;
        let lives_ms = self.client.access_ms().min(left_ms);
        if lives_ms < 1000 {
            return Err(too_late());
        }
        Ok(Some(lives_ms))
    }

    /// Makes and stores an access token, and an ID token if that was asked for, below a new grant. One
    /// that began with a token ends with that.
    async fn granted_at_once(
        &self,
        person: &Arc<Person>,
        mut grant: NewGrant,
        scopes: &Scopes,
        brought: Option<&Bearer>,
    ) -> Result<TokenAnswer, TokenRefusal> {
        let wanted = Wanted {
            lives_ms: self.lives_ms(brought)?,
            ..self.wanted(scopes)
        };
        let (engine, granted) = (self.engine, grant.about(person));
        let minted = engine.mint(self.snapshot, self.ctx, self.client, &granted, wanted);
        let minted = minted.await?;
        let access = minted.access.as_ref().ok_or_else(not_made)?;
        let (token, event) = (access.row(&grant.row), self.told(person, scopes));
        grant.row.live_until(token.expires_at);
        let mut tx = engine.store.begin().await?;
        if let Some(bearer) = brought
            && !bearer.hold(&mut tx, self.ctx.now).await?
        {
            return Err(too_late());
        }
        grant.issue(&mut tx, &token, &event).await?;
        if let Some(bearer) = brought {
            grant::tie(&mut tx, &grant.row.id, bearer.token).await?;
        }
        self.spend_proof(&mut tx).await?;
        engine.commit(tx).await?;
        Ok(answer(minted, scopes, None)?)
    }

    fn told(&self, person: &Arc<Person>, scopes: &Scopes) -> EventRow {
        let ctx = self.ctx.acting_as(person);
        let told = json!({
            "auth_method": "token",
            "auth_method_args": { "provider": self.client.provider.name, "scopes": scopes.to_string() },
        });
        let app = "authentik.providers.oauth2";
        event::row(self.engine, &ctx, Action::Login.word(), app, told)
    }

    /// The provider's own account; once it has acted, its record says itself when it is another.
    async fn own_account(&self) -> Result<Option<Arc<Person>>, TokenRefusal> {
        let known = self.client.account.load_full();
        let known = known.filter(|_| self.engine.is_within_grace(self.ctx.now));
        if let Some(known) = known.filter(|known| !known.is_stale()) {
            return Ok(Some(known));
        }
        let account = self.found_account().await?;
        self.client.account.store(account.clone());
        Ok(account)
    }

    /// The same from the store; the first request makes it. Another account that happens to have its
    /// name is not taken over.
    async fn found_account(&self) -> Result<Option<Arc<Person>>, TokenRefusal> {
        let name = account_name(&self.client.provider);
        if name.chars().count() > NAME_CHARS_MAX {
            let why = "The provider's name is too long for the name of its service account.";
            return Err(TokenRefusal::new(ErrorCode::InvalidGrant, why));
        }
        let id = match self.account_named(&name).await? {
            Some(id) => id,
            None => match self.make_account(&name).await {
                // Another request has just made it: now it is found.
                Err(StoreError::Conflict) => self.make_account(&name).await?,
                made => made?,
            },
        };
        let person = self.engine.person(id).await?;
        Ok(person.filter(|person| &*person.kind == SERVICE_ACCOUNT))
    }

    async fn account_named(&self, name: &str) -> Result<Option<i64>, StoreError> {
        let mut tx = self.engine.store.read().await?;
        let row = user::find_by_username(&mut tx, name).await?;
        Ok(row.map(|row| row.id))
    }

    /// Makes it, unless it is there by now, in this or another process.
    async fn make_account(&self, name: &str) -> Result<i64, StoreError> {
        let application = &self.client.application;
        let values = json!({
            "username": name,
            "name": format!("Autogenerated user from application {} (client credentials)", application.name),
            "is_active": true, "groups": [], "email": "", "type": SERVICE_ACCOUNT,
            "path": format!("goauthentik.io/apps/{}", application.slug),
            "attributes": { "goauthentik.io/user/generated": true },
        });
        let values = values.as_object().cloned().unwrap_or_else(Map::new);
        let mut tx = self.engine.store.begin().await?;
        // On SQLite writers share a commit: what a reader cannot see yet is seen here.
        if let Some(row) = user::find_by_username(&mut tx, name).await? {
            self.engine.commit(tx).await?;
            return Ok(row.id);
        }
        let id = tables::user::insert(&mut tx, self.ctx, &values).await?;
        let told = json!({ "model": {
            "pk": id, "app": "authentik_core", "model_name": "user", "name": name,
        } });
        let (action, app) = (Action::ModelCreated, "authentik.core");
        event::record(self.engine, &mut tx, self.ctx, action, app, told).await?;
        self.engine.commit(tx).await?;
        Ok(id)
    }
}
