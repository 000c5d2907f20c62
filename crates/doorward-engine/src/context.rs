//! Who asks, from where, and when: taken once per request and passed on.

use std::net::IpAddr;
use std::sync::Arc;

use crate::person::Person;

/// The circumstances of one request or job.
#[derive(Clone)]
pub struct Context {
    /// The instant of the request, Unix milliseconds.
    pub now: i64,
    /// The client's address, after trusted proxies were taken off.
    pub client_ip: IpAddr,
    /// How that address is known.
    pub client_source: ClientSource,
    /// Named in logs, events and error pages.
    pub request_id: Arc<str>,
    /// The browser's own words, bounded to 512 bytes.
    pub user_agent: Arc<str>,
    /// What was asked for. Not in a check, whose answer is remembered for other addresses, too.
    pub line: Option<Arc<Line>>,
    /// Who acts.
    pub actor: Actor,
    /// When they proved who they are, Unix milliseconds, if it was in the session that asks.
    pub proven_at: Option<i64>,
}

/// What a request asks for, without whatever signs somebody in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// `GET`
    pub method: String,
    /// `/if/flow/default-authentication-flow/`
    pub path: String,
    /// As the browser asked it; empty if it cannot be read.
    pub host: String,
    /// Its parameters without secrets, in order.
    pub query: Vec<(String, String)>,
    /// Its headers without secrets: `X-Device`.
    pub headers: Vec<(String, String)>,
}

/// How the client's address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSource {
    /// It is the other end of the connection.
    Connection,
    /// A trusted proxy stated it.
    Proxy,
    /// It stands first in a list of what all looks like trusted proxies, where a client can put its
    /// own word.
    Claimed,
    /// A trusted proxy stated something that cannot be read: it is the proxy's own.
    Unreadable,
    /// An outpost that proved who it is stated it: whoever stands at its own door.
    Outpost,
}

/// Who acts.
#[derive(Clone)]
pub enum Actor {
    /// Nobody has proven anything.
    Anonymous,
    /// A person, by session or API token.
    Person(Arc<Person>),
    /// The program itself: defaults, command line, clean-up.
    System,
}

impl Context {
    /// The context of a job of the program itself.
    pub fn system(now: i64) -> Self {
        Self {
            now,
            client_ip: IpAddr::from([127, 0, 0, 1]),
            client_source: ClientSource::Connection,
            request_id: "system".into(),
            user_agent: "".into(),
            line: None,
            actor: Actor::System,
            proven_at: None,
        }
    }

    /// The same request, acting as `person`.
    #[must_use]
    pub fn acting_as(&self, person: &Arc<Person>) -> Self {
        Self {
            actor: Actor::Person(Arc::clone(person)),
            ..self.clone()
        }
    }
}

impl Actor {
    /// The person, if one acts.
    pub fn person(&self) -> Option<&Arc<Person>> {
        match self {
            Self::Person(person) => Some(person),
            Self::Anonymous | Self::System => None,
        }
    }

    /// Whether everything is allowed to them.
    pub fn is_superuser(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Person(person) => person.is_superuser,
            Self::System => true,
        }
    }
}
