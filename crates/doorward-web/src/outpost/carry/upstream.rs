//! Asking the application behind us.
//!
//! Owns the connections: reused, over TLS where the provider says so, with the system's roots. Rule:
//! an address comes from the provider alone, never from the request.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use doorward_engine::outpost::{Admitted, Upstream};
use doorward_engine::remote::{Connecting, Connections, client, verified, whole};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::sync::Semaphore;

use super::super::verdict::Proof;
use super::tunnel::{self, Opening};
use super::{Carriage, head};
use crate::extract::{Pace, Underway};

mod unverified;

/// An application accepts a connection soon, and is asked by many at once.
const CONNECTING: Connecting = Connecting {
    patience: Some(Duration::from_secs(5)),
    idle_max: 32,
};
/// So many web sockets are open at once.
const TUNNELS_MAX: usize = 4096;

/// The connections to all applications, made when the first one is carried.
pub(crate) struct Upstreams {
    verified: OnceLock<Connections<Body>>,
    unverified: OnceLock<Connections<Body>>,
    tunnels: Arc<Semaphore>,
}

impl Default for Upstreams {
    fn default() -> Self {
        Self {
            verified: OnceLock::new(),
            unverified: OnceLock::new(),
            tunnels: Arc::new(Semaphore::new(TUNNELS_MAX)),
        }
    }
}

impl Upstreams {
    fn of(&self, upstream: &Upstream) -> &Connections<Body> {
        if upstream.verify {
            self.verified.get_or_init(|| client(CONNECTING, verified()))
        } else {
            self.unverified
                .get_or_init(|| client(CONNECTING, unverified::config()))
        }
    }
}

/// Why an application did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreachable {
    /// Its address cannot be asked.
    #[error("the address cannot be asked: {0}")]
    Address(#[from] http::Error),
    /// It does not answer, or not in HTTP.
    #[error("{}", whole(.0))]
    Silent(#[from] hyper_util::client::legacy::Error),
    /// It switches protocols although the browser cannot.
    #[error("it changed the protocol unasked")]
    Switch,
    /// Too many web sockets are open.
    #[error("{TUNNELS_MAX} web sockets are open")]
    Full,
}

/// Sends a request on and answers what comes back.
pub(super) async fn ask(
    carriage: &Carriage<'_>,
    mut parts: Parts,
    body: Body,
    visitor: Option<(&Admitted, Proof)>,
) -> Result<Response, Unreachable> {
    let underway = parts
        .extensions
        .remove::<Pace>()
        .unwrap_or_default()
        .begin();
    let switch = parts.extensions.remove::<OnUpgrade>();
    let opening = head::wants_websocket(&parts.headers).then(|| Opening::of(carriage, &parts));
    head::onward(&mut parts.headers, carriage.app, carriage.asked, visitor);
    let asked = request(carriage.upstream, parts, body)?;
    let connections = carriage.state.upstreams().of(carriage.upstream);
    let response = connections.request(asked).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(answered(response, underway));
    }
    let (browser, opening) = switch.zip(opening).ok_or(Unreachable::Switch)?;
    let tunnels = Arc::clone(&carriage.state.upstreams().tunnels);
    let permit = tunnels.try_acquire_owned().map_err(|_| Unreachable::Full)?;
    Ok(tunnel::open(opening, response, browser, permit))
}

fn request(upstream: &Upstream, parts: Parts, body: Body) -> Result<Request<Body>, http::Error> {
    let scheme = if upstream.is_https {
        Scheme::HTTPS
    } else {
        Scheme::HTTP
    };
    let path = parts.uri.path_and_query().cloned();
    let uri = Uri::builder()
        .scheme(scheme)
        .authority(Authority::try_from(upstream.authority.as_str())?)
        .path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
        .build()?;
    let mut asked = Request::new(body);
    *asked.method_mut() = parts.method;
    *asked.uri_mut() = uri;
    *asked.version_mut() = Version::HTTP_11;
    *asked.headers_mut() = parts.headers;
    Ok(asked)
}

fn answered(response: http::Response<Incoming>, underway: Underway) -> Response {
    let (mut parts, body) = response.into_parts();
    head::back(&mut parts.headers, false);
    parts.version = Version::HTTP_11;
    Response::from_parts(parts, Body::new(underway.around(body)))
}
