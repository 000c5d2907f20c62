//! The clients: every provider that an application uses, made ready.
//!
//! Owns the table, built with each snapshot. Rule: a provider without an application is no client,
//! and one that cannot be read is left out with a line that says why.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use doorward_protocol::jose::VerifyingKey;
use doorward_protocol::oauth::{Presented, Scopes};
use doorward_protocol::redirect::registered::{RedirectUse, RegisteredUri, UriRefusal};
use doorward_protocol::seal::{Keys, Purpose};
use serde_json::Value;

use super::assertion::client_keys;
use super::claims::ScopeMapping;
use super::document::Documents;
use super::door::PROXY_PROVIDER;
use super::github;
use super::inherited::Inheritance;
use super::keys::{KeySet, Opener};
use super::pairs::{PAIR, Pairs};
use super::pairwise::Sector;
use super::provider::{ClientType, Provider};
use crate::model::Application;
use crate::person::Person;
use crate::resource::OAUTH2_PROVIDER;
use crate::resource::registered_uri;
use crate::snapshot::{Object, Snapshot};

/// One client. `Debug` shows nothing secret.
pub struct Client {
    /// Its settings.
    pub provider: Provider,
    /// What it opens.
    pub application: Arc<Application>,
    /// The slug that its issuer is named by.
    pub(super) issuer_slug: String,
    /// What the provider opens whose name it uses, if that is another.
    pub(super) issuer_application: Option<Arc<Application>>,
    /// Whose names for people it has, if they are not everybody's.
    pub(super) sector: Option<Sector>,
    secret: String,
    pub(super) redirect_uris: Vec<RegisteredUri>,
    pub(super) scopes: Vec<ScopeMapping>,
    pub(super) keys: KeySet,
    /// What its own assertions are verified with.
    pub(super) own_keys: Vec<VerifyingKey>,
    pub(super) documents: Documents,
    /// Its own account, once it has acted as it.
    pub(super) account: ArcSwapOption<Person>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Client")
            .field("id", &self.provider.client_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    fn new(
        snapshot: &Snapshot,
        opener: &mut Opener<'_>,
        inheritance: &Inheritance,
        object: &Object,
        secret: &str,
    ) -> Result<Self, String> {
        let provider = inheritance.settled(Provider::read(object)?);
        let application = snapshot.application_of_provider.get(&provider.pk);
        let application = Arc::clone(application.ok_or("no application uses it")?);
        let redirect_uris = registered_uris(&provider);
        let issuer_application = issuer_application(snapshot, &provider)?;
        let named_by = issuer_application.as_ref().unwrap_or(&application);
        let issuer_slug = named_by.slug.clone();
        let sector = Sector::of(&provider, opener.keys)?;
        Ok(Self {
            issuer_slug,
            issuer_application,
            sector,
            own_keys: client_keys(&provider.client_keys).unwrap_or_default(),
            keys: KeySet::read(
                snapshot,
                opener,
                &provider,
                inheritance.registered_with(provider.pk),
                secret,
            )?,
            redirect_uris,
            scopes: ScopeMapping::all(snapshot, &provider.property_mappings),
            application,
            secret: secret.to_owned(),
            documents: Documents::default(),
            account: ArcSwapOption::empty(),
            provider,
        })
    }

    /// How it names itself.
    pub fn id(&self) -> &str {
        &self.provider.client_id
    }

    /// Whether it speaks for itself, not in the name of the provider that it registered with.
    pub fn is_issuer(&self) -> bool {
        self.provider.issuer_pk.is_none()
    }

    /// What it proves itself with, for itself alone.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether it cannot keep a secret.
    pub fn is_public(&self) -> bool {
        self.provider.client_type == ClientType::Public
    }

    /// Whether what came along proves that it is this client. A public one proves nothing, and has
    /// nothing to prove it with (oidc.md 6.3 number 6).
    pub(super) fn is_proven_by(&self, presented: &Presented) -> bool {
        match presented {
            Presented::Basic { .. } | Presented::Post { .. } if !self.is_public() => {
                presented.has_secret(&self.secret)
            }
            Presented::Post { .. } => self.provider.compatibility,
            Presented::Named { .. } => self.is_public(),
            // An empty password beside the name says no more than the name.
            Presented::Basic { raw, .. } => raw.is_empty() || self.provider.compatibility,
            Presented::Assertion { .. } => false,
        }
    }

    /// Whether its tokens may be for this resource.
    pub(super) fn has_resource(&self, resource: &str) -> bool {
        let listed = self.provider.resources.lines().map(str::trim);
        listed.into_iter().any(|one| one == resource)
    }

    /// Whether pages of this origin are its own: those of its registered addresses.
    pub fn has_origin(&self, origin: &str) -> bool {
        let mut uris = self.redirect_uris.iter().filter_map(RegisteredUri::address);
        uris.any(|uri| {
            let url = url::Url::parse(uri).ok();
            url.is_some_and(|url| url.origin().ascii_serialization() == origin && origin != "null")
        })
    }

    /// The origins to which somebody may be sent who has signed out, with blanks between them.
    pub fn logout_origins(&self) -> Option<String> {
        let uris = self.redirect_uris.iter();
        let uris = uris.filter(|uri| uri.purpose == RedirectUse::Logout);
        let origins = uris.filter_map(|uri| {
            let url = url::Url::parse(uri.address()?).ok()?;
            Some(url.origin().ascii_serialization()).filter(|origin| origin != "null")
        });
        let all: Vec<_> = origins.collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    /// Whether it may go this way to a token.
    pub fn may(&self, grant_type: &str) -> bool {
        self.provider
            .grant_types
            .iter()
            .any(|one| one == grant_type)
    }

    /// Those of these scopes that it can be granted.
    pub(super) fn known(&self, scopes: &Scopes) -> Scopes {
        let has_githubs = self.has_githubs_scopes();
        scopes.only(|word| {
            let is_githubs = has_githubs && github::is_scope(word);
            word == "openid" || self.scope(word).is_some() || is_githubs
        })
    }

    /// GitHub's say who somebody is, whatever the operator lists: nothing for a client that
    /// registered itself, nor for one that is to know people by a name of its own.
    fn has_githubs_scopes(&self) -> bool {
        self.is_issuer() && !self.is_pairwise()
    }

    /// Whether it is told other names for people than others are.
    pub(super) fn is_pairwise(&self) -> bool {
        self.sector.is_some()
    }

    /// What people are asked about when it wants these scopes: words and sentences.
    pub(crate) fn permissions(&self, scopes: &Scopes) -> Vec<(&str, &str)> {
        let known = self
            .scopes
            .iter()
            .filter(|one| !one.description.is_empty() && scopes.contains(&one.scope_name));
        let known = known.map(|scope| (&*scope.scope_name, &*scope.description));
        let of_github = github::permissions(scopes).filter(|_| self.has_githubs_scopes());
        known.chain(of_github).collect()
    }

    /// What a scope stands for.
    pub(super) fn scope(&self, word: &str) -> Option<&ScopeMapping> {
        self.scopes.iter().find(|one| one.scope_name == word)
    }
}

/// That of the provider whose name it uses, if that is another.
fn issuer_application(
    snapshot: &Snapshot,
    provider: &Provider,
) -> Result<Option<Arc<Application>>, String> {
    let Some(issuer) = provider.issuer_pk else {
        return Ok(None);
    };
    let application = snapshot.application_of_provider.get(&issuer);
    let application = application.ok_or("no application uses the provider whose name it uses")?;
    Ok(Some(Arc::clone(application)))
}

/// Every client.
#[derive(Debug, Default)]
pub struct Clients {
    /// By what they name themselves.
    named: HashMap<String, Arc<Client>>,
    /// By their applications' slugs.
    of_applications: HashMap<String, Arc<Client>>,
    of_providers: HashMap<i64, Arc<Client>>,
    /// Proxy providers, which sign what a guarded application is told.
    doors: HashMap<i64, Arc<Client>>,
    /// What every provider's client proves itself with, also of those that no application uses.
    secrets: Secrets,
}

/// By provider. `Debug` shows none.
#[derive(Default)]
struct Secrets(HashMap<String, String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets")
    }
}

/// The addresses that count. One that may not be registered any more is left out, not all of them.
fn registered_uris(provider: &Provider) -> Vec<RegisteredUri> {
    let read = |entry: &Value| {
        let read = registered_uri(entry, provider.compatibility);
        let told = |why: &UriRefusal| {
            tracing::warn!(provider = provider.pk, %why, "a redirect address is left out");
        };
        read.inspect_err(told).ok()
    };
    provider.redirect_uris.iter().filter_map(read).collect()
}

fn opened_secret(object: &Object, keys: &Keys) -> String {
    let about = format!("{OAUTH2_PROVIDER}.client_secret");
    let sealed = object.config.get("client_secret").and_then(Value::as_str);
    let opened = keys.open(
        Purpose::AtRest,
        about.as_bytes(),
        sealed.unwrap_or_default(),
    );
    let text = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.unwrap_or_default()
}

impl Clients {
    /// Reads them all.
    pub(crate) fn build(snapshot: &Snapshot, keys: &Keys) -> Self {
        let mut all = Self::default();
        let providers = snapshot.objects(OAUTH2_PROVIDER);
        let doors = snapshot.objects(PROXY_PROVIDER);
        if providers.is_empty() && doors.is_empty() {
            return all;
        }
        let pairs = Pairs::read(snapshot.objects(PAIR));
        let mut opener = Opener::new(keys, &pairs);
        let inheritance = Inheritance::read(providers);
        for object in providers {
            let secret = opened_secret(object, keys);
            let client = Client::new(snapshot, &mut opener, &inheritance, object, &secret);
            all.secrets.0.insert(object.id.clone(), secret);
            match client {
                Ok(client) => all.add(Arc::new(client)),
                Err(why) => {
                    tracing::warn!(
                        provider = object.id,
                        why,
                        "an OAuth2 provider is not served"
                    );
                }
            }
        }
        // Why one of them is not served, the outpost says.
        for object in doors {
            if let Ok(client) = Client::new(snapshot, &mut opener, &inheritance, object, "") {
                all.doors.insert(client.provider.pk, Arc::new(client));
            }
        }
        all
    }

    fn add(&mut self, client: Arc<Client>) {
        self.named
            .insert(client.id().to_owned(), Arc::clone(&client));
        let slug = client.application.slug.clone();
        self.of_applications.insert(slug, Arc::clone(&client));
        self.of_providers.insert(client.provider.pk, client);
    }

    /// What a provider's client proves itself with, for those alone who may see it.
    pub(crate) fn secret_of(&self, provider: &str) -> &str {
        self.secrets.0.get(provider).map_or("", String::as_str)
    }

    /// The client that names itself so.
    pub fn named(&self, id: &str) -> Option<&Arc<Client>> {
        self.named.get(id)
    }

    /// Whether pages of this origin are any client's own.
    pub fn has_origin(&self, origin: &str) -> bool {
        let mut all = self.named.values();
        all.any(|client| client.has_origin(origin))
    }

    /// The client of the application with this slug.
    pub fn of_application(&self, slug: &str) -> Option<&Arc<Client>> {
        self.of_applications.get(slug)
    }

    /// Whose keys the application with this slug publishes.
    pub fn signing_for(&self, slug: &str) -> Option<&Arc<Client>> {
        let mut doors = self.doors.values();
        self.of_application(slug)
            .or_else(|| doors.find(|client| client.application.slug == slug))
    }

    /// A proxy provider.
    pub(crate) fn door(&self, pk: i64) -> Option<&Arc<Client>> {
        self.doors.get(&pk)
    }

    /// The client that uses this one's name and names itself so.
    pub(super) fn registered_with(&self, issuer: &Client, id: &str) -> Option<&Arc<Client>> {
        let named = self.named(id);
        named.filter(|one| one.provider.issuer_pk == Some(issuer.provider.pk))
    }

    /// The client of the provider with this name.
    pub(crate) fn called(&self, name: &str) -> Option<&Arc<Client>> {
        let mut all = self.of_providers.values();
        all.find(|client| client.provider.name == name)
    }

    /// The client of a provider.
    pub fn of_provider(&self, pk: i64) -> Option<&Arc<Client>> {
        self.of_providers.get(&pk)
    }
}
