//! What to paste into the reverse proxy, with the real names in it.
//!
//! Owns the texts for each proxy, made from the files in `deploy/`, which the end-to-end tests load.
//! Leaves showing them to the web. Rule: whatever is shown here works as it is; nothing is offered that
//! no test has loaded into the real proxy or compared with what it has loaded.

mod caddy;
mod nginx;
#[cfg(test)]
mod tests;
mod traefik;

use crate::recipe::Address;

/// Everything that a snippet needs to know.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where people open the application.
    pub app: Address,
    /// Names routers and services; an application's slug.
    pub slug: String,
    /// Where the proxy reaches the application.
    pub upstream: Address,
    /// Where the proxy reaches Doorward.
    pub gateway: Address,
    /// Whether Doorward's cookies are kept from the application (`hide_session_cookie`).
    pub hides_cookies: bool,
    /// Whether the application gets credentials from Doorward (`basic_auth_enabled`).
    pub sends_credentials: bool,
}

/// A proxy that has snippets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Labels of a container.
    TraefikLabels,
    /// Traefik's file provider.
    TraefikFile,
    /// nginx with `auth_request`.
    Nginx,
    /// Caddy with `route`.
    Caddy,
    /// Traefik in Kubernetes.
    Kubernetes,
    /// The advanced field of Nginx Proxy Manager.
    NginxProxyManager,
}

impl Proxy {
    /// In the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::TraefikLabels,
        Self::TraefikFile,
        Self::Nginx,
        Self::Caddy,
        Self::Kubernetes,
        Self::NginxProxyManager,
    ];

    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TraefikLabels => "Traefik, labels",
            Self::TraefikFile => "Traefik, file",
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Kubernetes => "Kubernetes",
            Self::NginxProxyManager => "Nginx Proxy Manager",
        }
    }

    /// As addresses write it.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::TraefikLabels => "traefik-labels",
            Self::TraefikFile => "traefik-file",
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Kubernetes => "kubernetes",
            Self::NginxProxyManager => "nginx-proxy-manager",
        }
    }

    /// The one that an address names.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.slug() == slug)
    }

    /// What to paste, in order.
    pub fn pieces(self, connection: &Connection) -> Vec<Piece> {
        match self {
            Self::TraefikLabels => vec![traefik::labels(connection)],
            Self::TraefikFile => traefik::files(connection),
            Self::Kubernetes => traefik::kubernetes(connection),
            Self::Nginx => nginx::files(connection),
            Self::NginxProxyManager => nginx::manager(connection),
            Self::Caddy => caddy::files(connection),
        }
    }
}

/// A text to be pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The file that it belongs into, or where else.
    pub place: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Whether it is the same for every application, and needed once.
    pub once: bool,
    /// The text.
    pub text: String,
}

/// Where a shipped file says that Doorward listens.
const SHIPPED_AT: &str = "127.0.0.1:9000";

/// A shipped file without the remarks at its beginning.
fn without_remarks(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with('#') || rest.starts_with('\n') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}
