//! The applications that the embedded outpost guards, found by host.
//!
//! Owns the table, built with each snapshot. Rule: a host is matched by whole labels and its port;
//! the longest domain wins, and a host that nobody claimed belongs to nobody.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::{
    AppHeaders, ENTITLEMENTS, IdentityHeaders, SkipRules, SkipScope, header_value, join_names,
};
use doorward_protocol::host::{self, Host};
use doorward_protocol::redirect::Allowed;
use http::HeaderMap;
use url::Url;

use super::AGENT;
use super::Admitted;
use super::check::admits_nobody;
use super::meter::{Meter, Outcome};
use crate::entitlement::{self, Entitlement};
use crate::model::{Application, ProxyMode, ProxyProvider};
use crate::oauth::Door;
use crate::snapshot::Snapshot;

/// The application behind us, in proxy mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Whether it is asked over TLS.
    pub is_https: bool,
    /// `host` or `host:port`.
    pub authority: String,
    /// Whether its certificate must be right.
    pub verify: bool,
}

impl Upstream {
    /// Reads the internal host; `None` if it is no web address.
    fn read(provider: &ProxyProvider) -> Option<Self> {
        let url = Url::parse(&provider.internal_host).ok()?;
        let is_https = url.scheme() == "https";
        (is_https || url.scheme() == "http").then_some(())?;
        url.host_str()?;
        Some(Self {
            is_https,
            authority: url[url::Position::BeforeHost..url::Position::AfterPort].to_owned(),
            verify: provider.internal_host_ssl_validation,
        })
    }
}

/// One guarded application, everything about it made ready.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
#[derive(Debug)]
pub struct App {
    /// Its provider.
    pub provider: Arc<ProxyProvider>,
    /// The application.
    pub application: Arc<Application>,
    /// Where it lives, or in domain mode where logins land.
    pub external: Url,
    /// Where the outpost finds it, in proxy mode.
    pub upstream: Option<Upstream>,
    /// Where a login may lead back to.
    pub allowed: Allowed,
    /// What is public.
    pub skip: SkipRules,
    /// Name of the app's cookie.
    pub cookie_name: String,
    /// Domain of the app's cookie; `None` keeps it on its host.
    pub cookie_domain: Option<String>,
    /// Whether cookies are for https only.
    pub is_https: bool,
    /// How long an app session lives, in seconds.
    pub validity_s: i64,
    /// What signs its people's tokens, if anything does.
    pub(crate) door: Option<Door>,
    /// What headers say about the application.
    pub headers: AppHeaders,
    entitlements: Vec<Entitlement>,
    /// Whether an allowed decision may be remembered: no binding of it runs out.
    pub is_cacheable: bool,
    /// Whether policies are bound, which may have to wait before they answer.
    pub asks_policies: bool,
    /// Whether one of them may admit requests without a login.
    pub may_admit_nobody: bool,
    meter: Meter,
}

impl App {
    /// Reads a provider and its application; `Err` says in a few words why it cannot be served.
    fn new(
        snapshot: &Snapshot,
        outpost: &str,
        provider: &Arc<ProxyProvider>,
    ) -> Result<Self, String> {
        let application = snapshot.application_of_provider.get(&provider.pk);
        let application = Arc::clone(application.ok_or("no application uses it")?);
        let external = Url::parse(&provider.external_host).map_err(|error| error.to_string())?;
        let host = external.host_str().and_then(|host| Host::parse(host).ok());
        let host = host.ok_or("its external host is no web address")?;
        let is_domain = provider.mode == ProxyMode::ForwardDomain;
        let upstream = match provider.mode {
            ProxyMode::Proxy => {
                let upstream = Upstream::read(provider);
                Some(upstream.ok_or("its internal host is no web address")?)
            }
            ProxyMode::ForwardSingle | ProxyMode::ForwardDomain => None,
        };
        let cookie_domain = provider
            .cookie_domain
            .trim()
            .trim_start_matches('.')
            .to_owned();
        let validity = doorward_protocol::duration::parse(&provider.access_token_validity);
        let validity_s = validity.map_or(86_400, |span| span.as_seconds());
        let bindings = snapshot.bindings_of(&application.pk);
        let door = Door::of(snapshot, provider.pk);
        Ok(Self {
            upstream,
            allowed: allowed(&external, is_domain, &cookie_domain),
            skip: skip(provider, is_domain),
            cookie_name: cookie_name(&provider.client_id),
            cookie_domain: (is_domain && host.is_under(&cookie_domain)).then_some(cookie_domain),
            is_https: external.scheme() == "https",
            validity_s: validity_s.clamp(1, 400 * 86_400),
            headers: app_headers(outpost, provider, &application, door.as_ref()),
            door,
            entitlements: entitlement::of_application(snapshot, &application.pk),
            is_cacheable: !bindings.iter().any(|one| one.expiring),
            asks_policies: bindings.iter().any(|one| one.policy.is_some()),
            may_admit_nobody: bindings.iter().any(|one| admits_nobody(snapshot, one)),
            meter: Meter::new(outpost, provider),
            provider: Arc::clone(provider),
            application,
            external,
        })
    }

    /// Scheme, host and port of the address, without a slash at the end.
    pub fn origin(&self) -> &str {
        self.external[..url::Position::BeforePath].trim_end_matches('/')
    }

    /// What the application is told about somebody.
    pub fn write_headers(&self, admitted: &Admitted, now: i64, headers: &mut HeaderMap) {
        let person = &*admitted.person;
        self.headers.write(person.headers(), &admitted.jwt, headers);
        if self.entitlements.is_empty() {
            return;
        }
        let held = self.entitlements.iter();
        let held = held.filter(|one| one.is_held_by(person, now));
        let names = join_names(held.map(|one| &*one.name));
        headers.insert(ENTITLEMENTS, header_value(&names));
    }

    /// Counts a finished check.
    pub fn observe(&self, outcome: Outcome, seconds: f64) {
        self.meter.observe(outcome, seconds);
    }

    fn host(&self) -> Option<(String, Option<u16>)> {
        let name = Host::parse(self.external.host_str()?).ok()?.name;
        Some((name, self.external.port()))
    }
}

fn allowed(external: &Url, is_domain: bool, cookie_domain: &str) -> Allowed {
    let external = external.clone();
    if is_domain {
        let cookie_domain = cookie_domain.to_owned();
        return Allowed::Domain {
            external,
            cookie_domain,
        };
    }
    Allowed::Single { external }
}

/// A field that cannot be read makes nothing public.
fn skip(provider: &ProxyProvider, is_domain: bool) -> SkipRules {
    let scope = if is_domain {
        SkipScope::WholeUrl
    } else {
        SkipScope::Path
    };
    SkipRules::parse(&provider.skip_path_regex, scope).unwrap_or_else(|errors| {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            provider = provider.name,
            reason = first,
            "public paths cannot be read"
        );
        SkipRules::none(scope)
    })
}

/// `authentik_proxy_` and the first eight hex digits of SHA-256(client id).
fn cookie_name(client_id: &str) -> String {
    let hash = encoding::hex(encoding::sha256(client_id.as_bytes()));
    format!("authentik_proxy_{}", &hash[..8])
}

fn app_headers(
    outpost: &str,
    provider: &ProxyProvider,
    application: &Application,
    door: Option<&Door>,
) -> AppHeaders {
    AppHeaders::new(&IdentityHeaders {
        meta_jwks: door.map_or("", |door| &door.jwks),
        meta_outpost: outpost,
        meta_provider: &provider.name,
        meta_app: &application.slug,
        meta_version: AGENT,
        ..IdentityHeaders::default()
    })
}

fn at<'a>(hosts: &'a HashMap<String, Vec<AtPort>>, host: &Host) -> Option<&'a Arc<App>> {
    let port = host.port.filter(|port| !matches!(port, 80 | 443));
    let ports = hosts.get(&host.name)?;
    let found = ports.iter().find(|(known, _)| *known == port);
    found.map(|(_, app)| app)
}

/// An application on one port of a host; no port is the default one.
type AtPort = (Option<u16>, Arc<App>);

/// Every guarded application by host and by domain.
#[derive(Debug, Default)]
pub struct AppTable {
    hosts: HashMap<String, Vec<AtPort>>,
    carried: HashMap<String, Vec<AtPort>>,
    domains: HashMap<String, Arc<App>>,
    by_provider: HashMap<i64, Arc<App>>,
}

impl AppTable {
    /// Reads the providers of the embedded outpost that have an application.
    pub(crate) fn build(snapshot: &Snapshot) -> Self {
        let mut table = Self::default();
        let Some(outpost) = snapshot.embedded_outpost() else {
            return table;
        };
        let mut providers: Vec<_> = outpost.providers.iter().collect();
        providers.sort_unstable();
        providers.dedup();
        for pk in providers {
            let Some(provider) = snapshot.proxy_providers.get(pk) else {
                continue;
            };
            match App::new(snapshot, &outpost.name, provider) {
                Ok(app) => table.add(Arc::new(app)),
                Err(reason) => {
                    tracing::warn!(provider = provider.name, reason, "a provider is not served");
                }
            }
        }
        table
    }

    fn add(&mut self, app: Arc<App>) {
        self.by_provider.insert(app.provider.pk, Arc::clone(&app));
        let Some((name, port)) = app.host() else {
            return;
        };
        // What the outpost carries itself never passes a check of another proxy.
        let hosts = if app.upstream.is_some() {
            &mut self.carried
        } else {
            &mut self.hosts
        };
        let ports = hosts.entry(name).or_default();
        if ports.iter().any(|(taken, _)| *taken == port) {
            tracing::error!(
                provider = app.provider.name,
                "another provider has the same host"
            );
        } else {
            ports.push((port, Arc::clone(&app)));
        }
        if let Allowed::Domain { cookie_domain, .. } = &app.allowed
            && let Ok(domain) = Host::parse(cookie_domain)
        {
            self.domains.entry(domain.name).or_insert(app);
        }
    }

    /// The application that a proxy's check about this host is about.
    ///
    /// A host of its own needs the same port (a default port is no port); a domain takes any.
    pub fn find(&self, host: &Host) -> Option<&Arc<App>> {
        at(&self.hosts, host).or_else(|| self.find_domain(&host.name))
    }

    /// The application on this host whose requests come through the outpost (proxy mode).
    pub fn find_carried(&self, host: &Host) -> Option<&Arc<App>> {
        at(&self.carried, host)
    }

    /// The application whose logins start and end on this host, however its requests travel.
    pub fn at_door(&self, host: &Host) -> Option<&Arc<App>> {
        self.find_carried(host).or_else(|| self.find(host))
    }

    /// Whether any application is carried.
    pub fn carries(&self) -> bool {
        !self.carried.is_empty()
    }

    /// From the longest name to the shortest, so that the longest domain wins.
    fn find_domain(&self, name: &str) -> Option<&Arc<App>> {
        if self.domains.is_empty() {
            return None;
        }
        let tails = name.match_indices('.').map(|(at, _)| &name[at + 1..]);
        std::iter::once(name)
            .chain(tails)
            .find_map(|tail| self.domains.get(tail))
    }

    /// The application of a provider.
    pub fn of_provider(&self, pk: i64) -> Option<&Arc<App>> {
        self.by_provider.get(&pk)
    }

    /// Whether a name lies under a domain that is guarded, for the set-up's hints.
    pub fn covers(&self, name: &str) -> bool {
        self.domains
            .keys()
            .any(|domain| host::is_under(name, domain))
    }

    /// How many applications are guarded.
    pub fn len(&self) -> usize {
        self.by_provider.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.by_provider.is_empty()
    }
}
