//! What a client says of itself to the people who are asked for something in its name (OpenID Connect
//! Registration 1.0 §2).
//!
//! Rule: only addresses of the web, and no picture but the one that is kept here.

use serde_json::Value;
use url::Url;

use super::client::Client;
use crate::broken::{self, Mutant};

/// It. Addresses, each of which may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Whether it registered itself, so that no operator has looked at what it says.
    pub is_registered: bool,
    /// Its picture: a path of ours.
    pub logo: Option<String>,
    /// `client_uri`
    pub website: Option<Url>,
    /// `policy_uri`
    pub policy: Option<Url>,
    /// `tos_uri`
    pub terms: Option<Url>,
}

impl About {
    /// Whether there is anything to be shown.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

impl Client {
    /// What it says of itself.
    pub fn about(&self) -> About {
        let said = &self.provider.client_metadata;
        let is_registered = !self.is_issuer();
        let logo = said["logo_uri"].as_str();
        let logo = logo.filter(|_| is_registered && !broken::is(Mutant::LogoHidden));
        About {
            is_registered,
            logo: logo.map(|_| format!("/application/o/{}/logo/", self.application.slug)),
            website: page(&said["client_uri"]),
            policy: page(&said["policy_uri"]).filter(|_| !broken::is(Mutant::PolicyHidden)),
            terms: page(&said["tos_uri"]).filter(|_| !broken::is(Mutant::TermsHidden)),
        }
    }
}

fn page(said: &Value) -> Option<Url> {
    let url = Url::parse(said.as_str()?).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && url.has_host()).then_some(url)
}
