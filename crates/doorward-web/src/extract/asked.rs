//! When, from where and to which address a request came.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use doorward_engine::{Actor, ClientSource, Context, Person};
use doorward_protocol::host::Host;
use doorward_protocol::trust::ClientAddress;
use http::header::{HOST, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::line::line;
use crate::state::AppState;

/// The address at the other end of the connection; the listener puts it into the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The circumstances of a request, read once.
#[derive(Clone)]
pub struct Asked {
    /// For the engine; nobody acts yet.
    pub ctx: Context,
    /// The other end of the connection.
    pub peer: IpAddr,
    /// Whether its forwarded headers count.
    pub peer_is_trusted: bool,
    /// A trusted proxy named the client in a way that cannot be read.
    pub client_malformed: bool,
    /// Whether the browser used TLS.
    pub is_https: bool,
    /// The host that the browser asked, if it can be read.
    pub host: Option<Host>,
    /// Whoever turns out to ask, for the log line of the request and the look of its pages.
    who: Arc<OnceLock<Arc<Person>>>,
}

fn source(is_trusted: bool, client: ClientAddress, headers: &HeaderMap) -> ClientSource {
    match (is_trusted, client.malformed) {
        (true, true) => ClientSource::Unreadable,
        (true, false) if client.stated => ClientSource::Proxy,
        (true, false) if headers.contains_key("x-forwarded-for") => ClientSource::Claimed,
        _ => ClientSource::Connection,
    }
}

const USER_AGENT_MAX_BYTES: usize = 512;

impl Asked {
    /// Reads a request's head. `request_id` is made by the caller.
    pub fn read(state: &AppState, parts: &Parts, request_id: Arc<str>) -> Self {
        // Without a peer nobody is trusted: a test that forgets it sees what a stranger sees.
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let peer = parts
            .extensions
            .get::<Peer>()
            .map_or(nobody, |peer| peer.0)
            .ip()
            .to_canonical();
        state.saw_peer(peer, &parts.headers);
        let peer_is_trusted = state.trusted_proxies.is_trusted(peer);
        let client = state.trusted_proxies.client_address(peer, &parts.headers);
        let forwarded = |name| {
            peer_is_trusted
                .then(|| header(&parts.headers, name))
                .flatten()
        };
        let ctx = Context {
            now: (state.clock)(),
            client_ip: client.address,
            client_source: source(peer_is_trusted, client, &parts.headers),
            request_id,
            user_agent: user_agent(&parts.headers),
            line: None,
            actor: Actor::Anonymous,
            proven_at: None,
        };
        let host = forwarded("x-forwarded-host").or_else(|| own_host(&parts.headers, &parts.uri));
        Self {
            ctx,
            peer,
            peer_is_trusted,
            client_malformed: client.malformed,
            is_https: forwarded("x-forwarded-proto")
                .is_some_and(|proto| proto.eq_ignore_ascii_case("https")),
            host: host.and_then(|text| Host::parse(text).ok()),
            who: Arc::default(),
        }
    }

    /// The host that is asked, with its port, as brands are looked up; empty if it is none.
    pub fn host_text(&self) -> String {
        let host = self.host.as_ref().map(ToString::to_string);
        host.unwrap_or_default()
    }

    /// The same request with what it asks for, for those whose answer is for this one alone.
    #[must_use]
    pub fn with_line(mut self, parts: &Parts) -> Self {
        self.ctx.line = Some(Arc::new(line(parts, self.host_text())));
        self
    }

    /// The same request, now that it is known who asks.
    #[must_use]
    pub fn acting_as(mut self, person: &Arc<Person>) -> Self {
        // The first one found stays: nobody turns into somebody else within a request.
        self.who.get_or_init(|| Arc::clone(person));
        self.ctx = self.ctx.acting_as(person);
        self
    }

    /// Name of whoever asks, as far as a handler found out; empty for nobody.
    pub fn username(&self) -> &str {
        self.person().map_or("", |person| &person.username)
    }

    /// Whoever asks, as far as a handler found out.
    pub fn person(&self) -> Option<&Person> {
        self.who.get().map(AsRef::as_ref)
    }

    /// `https://host` as the browser sees it, for the first run and for comparing origins.
    pub fn origin(&self) -> Option<String> {
        let host = self.host.as_ref()?;
        Some(format!(
            "{}://{host}",
            if self.is_https { "https" } else { "http" }
        ))
    }
}

/// A header that is there exactly once, as text; anything else is as if it were missing.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    (values.next().is_none()).then_some(value)
}

fn own_host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    uri.authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| header(headers, HOST.as_str()))
}

fn user_agent(headers: &HeaderMap) -> Arc<str> {
    let text = headers
        .get(USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let text = text.unwrap_or_default();
    let end = text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= USER_AGENT_MAX_BYTES);
    text[..end.unwrap_or(text.len())].into()
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or_else(|| Self::read(state, parts, "unrouted".into())))
    }
}
