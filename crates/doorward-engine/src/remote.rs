//! Asking servers elsewhere over HTTP, for what an operator has named.
//!
//! Owns the connections: over TLS with the system's roots. Rule: every answer is bounded in time and
//! size, no redirect is followed, and an address comes from the configuration alone, never from a
//! request. What somebody else has named is asked by `guard` alone.

mod guard;

pub use guard::Guarded;

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderName, HeaderValue, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// A question is bounded as a whole.
const CONNECTING: Connecting = Connecting {
    patience: None,
    idle_max: 4,
};

/// A client with its connections, for bodies of one kind.
pub type Connections<B> = Client<HttpsConnector<HttpConnector>, B>;

/// How much of a server's time and words are taken.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From the connection to the last byte.
    pub patience: Duration,
    /// Bytes of the answer.
    pub most: usize,
}

/// The connections, made when the first server is asked.
#[derive(Default)]
pub struct Remote {
    connections: OnceLock<Connections<Full<Bytes>>>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// Of the first line.
    pub status: u16,
    /// Whole.
    pub body: Bytes,
}

impl Remote {
    /// Asks for a page.
    ///
    /// # Errors
    ///
    /// Why there is no answer, without the address.
    pub async fn get(
        &self,
        address: &str,
        headers: &[(&'static str, &'static str)],
        bounds: Bounds,
    ) -> Result<Answer, String> {
        let mut request = Request::get(address);
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            request = request.header(name, HeaderValue::from_static(value));
        }
        let request = request.body(Full::default());
        self.ask(request.map_err(|error| error.to_string())?, bounds)
            .await
    }

    /// Asks anything.
    ///
    /// # Errors
    ///
    /// Why there is no answer, without the address.
    pub async fn ask(
        &self,
        request: Request<Full<Bytes>>,
        bounds: Bounds,
    ) -> Result<Answer, String> {
        let connections = || client(CONNECTING, verified());
        let connections = self.connections.get_or_init(connections);
        asked(connections, request, bounds).await
    }
}

/// One question and its whole answer, within bounds.
async fn asked<C>(
    connections: &Client<C, Full<Bytes>>,
    mut request: Request<Full<Bytes>>,
    bounds: Bounds,
) -> Result<Answer, String>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let name = HeaderValue::from_static("Doorward");
    request.headers_mut().insert(USER_AGENT, name);
    let asked = async {
        let answer = connections.request(request).await;
        let answer = answer.map_err(|error| whole(&error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), bounds.most)
            .collect()
            .await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        Ok(Answer { status, body })
    };
    let asked = tokio::time::timeout(bounds.patience, asked).await;
    asked.unwrap_or_else(|_| {
        let seconds = bounds.patience.as_secs();
        Err(format!("no answer within {seconds} seconds"))
    })
}

/// How connections to other servers are made and kept.
#[derive(Clone, Copy, Debug)]
pub struct Connecting {
    /// How long a server may take to accept one; `None`: as long as the whole question may take.
    pub patience: Option<Duration>,
    /// So many unused ones to one server are kept.
    pub idle_max: usize,
}

/// A client over HTTP/1.1, with `tls` where an address says so.
pub fn client<B>(connecting: Connecting, tls: ClientConfig) -> Connections<B>
where
    B: BodyExt + Send,
    B::Data: Send,
{
    over(HttpConnector::new(), connecting, tls)
}

/// The same by connections that find their way themselves.
fn over<B, R>(
    mut tcp: HttpConnector<R>,
    connecting: Connecting,
    tls: ClientConfig,
) -> Client<HttpsConnector<HttpConnector<R>>, B>
where
    B: BodyExt + Send,
    B::Data: Send,
    HttpsConnector<HttpConnector<R>>: Connect + Clone,
{
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(connecting.patience);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(connecting.idle_max)
        .build(connector)
}

/// Certificates are checked against the roots of the system, where operators put their own.
pub fn verified() -> ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the system's certificates cannot be read");
    }
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::error!("the system has no root certificates: nobody is reached over TLS");
    }
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// An error with everything that caused it.
pub fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
