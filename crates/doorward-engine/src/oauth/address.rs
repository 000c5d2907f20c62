//! Where the endpoints are: authentik's addresses, with their slashes.
//!
//! Rule: they are made from the public address alone, never from a header.

use serde_json::{Value, json};
use url::Url;

use super::client::Client;
use super::provider::IssuerMode;
use crate::snapshot::{Object, Snapshot};

/// Below the public address.
const ROOT: &str = "application/o/";

/// The endpoints of one client.
#[derive(Clone, Debug)]
pub struct Addresses {
    root: String,
    own: String,
    issuer: String,
}

impl Addresses {
    /// `base` is the public address, `slug` the application's.
    pub(super) fn new(base: &Url, slug: &str, mode: IssuerMode) -> Self {
        let base = format!("{}/", base.as_str().trim_end_matches('/'));
        let root = format!("{base}{ROOT}");
        let own = format!("{root}{slug}/");
        let issuer = match mode {
            IssuerMode::PerProvider => own.clone(),
            IssuerMode::Global => base,
        };
        Self { root, own, issuer }
    }

    /// What tokens call this server.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// One that all clients share, such as `token`.
    pub fn shared(&self, name: &str) -> String {
        format!("{}{name}/", self.root)
    }

    /// One of the application's own, such as `jwks/`.
    pub fn own(&self, rest: &str) -> String {
        format!("{}{rest}", self.own)
    }
}

impl Client {
    /// Its endpoints; `None` while the public address is not known.
    pub fn addresses(&self, base: Option<&Url>) -> Option<Addresses> {
        let mode = self.provider.issuer_mode;
        base.map(|base| Addresses::new(base, &self.issuer_slug, mode))
    }
}

/// Where an app begins a sign-in, told who asks for it (OpenID Connect Core §4): where its
/// application opens that has no address of its own.
pub(crate) fn sign_in_address(provider: &Object, snapshot: &Snapshot) -> Option<String> {
    let uri = provider.config.get("initiate_login_uri")?.as_str()?;
    let mut url = Url::parse(uri).ok()?;
    let client = snapshot.oauth.of_provider(provider.id.parse().ok()?)?;
    let at = client.addresses(snapshot.public_url().as_ref())?;
    url.query_pairs_mut().append_pair("iss", at.issuer());
    Some(url.to_string())
}

/// `OAuth2ProviderSetupURLs`: words of one that has no application yet are empty.
pub(crate) fn setup_urls(
    base: Option<&Url>,
    slug: Option<&str>,
    is_global: bool,
    registers: bool,
) -> Value {
    let mode = if is_global {
        IssuerMode::Global
    } else {
        IssuerMode::PerProvider
    };
    let at = base.map(|base| Addresses::new(base, slug.unwrap_or_default(), mode));
    let shared = |name| at.as_ref().map_or_else(String::new, |at| at.shared(name));
    let own = |rest| {
        let at = at.as_ref().filter(|_| slug.is_some());
        at.map_or_else(String::new, |at| at.own(rest))
    };
    let issuer = at.as_ref().filter(|_| slug.is_some() || is_global);
    json!({
        "issuer": issuer.map_or("", |at| at.issuer()),
        "authorize": shared("authorize"),
        "token": shared("token"),
        "user_info": shared("userinfo"),
        "provider_info": own(".well-known/openid-configuration"),
        "logout": own("end-session/"),
        "jwks": own("jwks/"),
        "dcr_registration": registers.then(|| own("register/")),
    })
}
