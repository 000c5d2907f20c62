//! The address that an account of a decision is asked about.
//!
//! Owns reading it, and which application it leads to. Leaves the account to `explain`. Rule: it is
//! read as a check reads a browser's request, so that the account and the check agree.

use std::str::FromStr;
use std::sync::Arc;

use doorward_protocol::forward_auth::{OriginalRequest, Scheme};
use doorward_protocol::host::Host;
use thiserror::Error;
use url::{Position, Url};

use crate::model::Application;
use crate::outpost::App;
use crate::snapshot::Snapshot;

/// An address of an application behind the reverse proxy.
#[derive(Clone, Debug)]
pub struct Address {
    scheme: Scheme,
    host: Host,
    url: Url,
}

/// Nothing can be said about the address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It cannot be read, or is not one of the web.
    #[error("this is no web address (https://…)")]
    Unreadable,
    /// It leads to nobody.
    #[error("no application is guarded at {0}")]
    Unguarded(String),
    /// It leads to another application than the one that was named.
    #[error("{url} belongs to the application {owner}, not to {named}")]
    Elsewhere {
        /// The address, without its query.
        url: String,
        /// Slug of the application that it leads to.
        owner: String,
        /// Slug of the one that was named.
        named: String,
    },
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::Unreadable)?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(AddressError::Unreadable),
        };
        let host = Host::parse(&url[Position::BeforeHost..Position::AfterPort]);
        let host = host.map_err(|_| AddressError::Unreadable)?;
        Ok(Self { scheme, host, url })
    }
}

impl Address {
    /// The application that it leads to.
    ///
    /// # Errors
    ///
    /// [`AddressError::Unguarded`].
    pub fn application(&self, snapshot: &Snapshot) -> Result<Arc<Application>, AddressError> {
        self.app(snapshot).map(|app| Arc::clone(&app.application))
    }

    /// The guarded application, which has to be the one that was named.
    pub(super) fn app_of<'a>(
        &self,
        snapshot: &'a Snapshot,
        named: &Application,
    ) -> Result<&'a Arc<App>, AddressError> {
        let app = self.app(snapshot)?;
        if app.application.pk == named.pk {
            return Ok(app);
        }
        Err(AddressError::Elsewhere {
            url: self.shown(),
            owner: app.application.slug.clone(),
            named: named.slug.clone(),
        })
    }

    /// Whether the provider lets everybody at it.
    pub(crate) fn is_public(&self, app: &App) -> bool {
        app.skip.matches(&OriginalRequest {
            scheme: self.scheme,
            host: self.host.clone(),
            path_and_query: &self.url[Position::BeforePath..Position::AfterQuery],
            method: "GET",
            navigation: true,
            preflight: false,
        })
    }

    /// Whose it is.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    fn app<'a>(&self, snapshot: &'a Snapshot) -> Result<&'a Arc<App>, AddressError> {
        let found = snapshot.outpost.at_door(&self.host);
        found.ok_or_else(|| AddressError::Unguarded(self.shown()))
    }

    /// No query and no user name: both may hold secrets.
    pub(crate) fn shown(&self) -> String {
        let path = self.url.path();
        format!("{}://{}{path}", self.scheme.as_str(), self.host)
    }
}
