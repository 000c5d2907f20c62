//! Listeners and connections: from a socket to the router and back, and the end of it all.
//!
//! Owns limits of connections (number, head size, timeouts), the peer's address and the draining
//! of requests at the end. Knows nothing of what is served. The rule: a request that was accepted
//! is answered, also when the process is asked to stop.

use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Response;
use futures_util::future::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, UpgradeableConnection};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tower::Service as _;
use tracing::{debug, info, warn};

use doorward_web::Pace;

use crate::config::Listen;

mod patience;

use patience::{Patience, Patient};

/// Heads of requests up to this size are read; larger ones get 431, as do more than 100 fields
/// (hyper's own bound, which costs no allocation).
pub const MAX_HEAD_BYTES: usize = 256 * 1024;

/// How long requests in flight may take once the process is asked to stop.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Puts what the listener knows of a request into its extensions: the peer's address, and the word
/// by which a handler says that it takes long.
pub type PeerLayer = fn(&mut http::Extensions, SocketAddr, &Pace);

/// Answers some requests at once, before the router; `None` leaves a request to it.
pub type Shortcut =
    Arc<dyn Fn(&http::Request<Incoming>, SocketAddr) -> Option<Response> + Send + Sync>;

/// A router and the socket that it answers on.
pub struct Served {
    listener: TcpListener,
    answers: Answers,
}

/// What answers a request: the shortcut if it can, else the router.
#[derive(Clone)]
struct Answers {
    shortcut: Option<Shortcut>,
    router: Router,
}

impl Answers {
    fn to(
        &self,
        mut request: http::Request<Incoming>,
        address: SocketAddr,
        pace: &Pace,
        peer: PeerLayer,
    ) -> impl Future<Output = Result<Response, Infallible>> + use<> {
        let shortcut = self.shortcut.as_ref();
        if let Some(answer) = shortcut.and_then(|shortcut| shortcut(&request, address)) {
            return Either::Left(ready(Ok(answer)));
        }
        peer(request.extensions_mut(), address, pace);
        Either::Right(self.router.clone().call(request))
    }
}

impl Served {
    /// Opens a socket for the router.
    ///
    /// # Errors
    /// The address is in use, not ours, or its port needs privileges; the message says what to do.
    pub async fn bind(address: SocketAddr, router: Router, setting: &str) -> anyhow::Result<Self> {
        let listener = open(address).await.map_err(|error| {
            anyhow::anyhow!(
                "cannot listen on {address}: {error}; {}",
                advice(&error, setting)
            )
        })?;
        let answers = Answers {
            shortcut: None,
            router,
        };
        Ok(Self { listener, answers })
    }

    /// Puts a shortcut before the router.
    #[must_use]
    pub fn with_shortcut(mut self, shortcut: Shortcut) -> Self {
        self.answers.shortcut = Some(shortcut);
        self
    }

    /// Another taker of the same socket's connections, with another router.
    ///
    /// # Errors
    /// The process has no file descriptor left.
    pub fn again(&self, router: Router) -> io::Result<Self> {
        let socket = std::os::fd::AsFd::as_fd(&self.listener).try_clone_to_owned()?;
        let listener = TcpListener::from_std(socket.into())?;
        let answers = Answers {
            shortcut: None,
            router,
        };
        Ok(Self { listener, answers })
    }

    /// What answers on it.
    pub fn router(&self) -> &Router {
        &self.answers.router
    }

    /// The address in use, with the port that the system chose for port 0.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Binds; a host without IPv6 gets all its IPv4 addresses for `[::]`.
async fn open(address: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error) if address.is_ipv6() && address.ip().is_unspecified() && lacks_ipv6(&error) => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        other => other,
    }
}

fn lacks_ipv6(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::AddrNotAvailable
    ) || error.raw_os_error() == Some(97) // EAFNOSUPPORT has no kind of its own.
}

fn advice(error: &io::Error, setting: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another process has that port (another Doorward?): stop it or choose another with {setting}"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("ports below 1024 need privileges: choose one from 1024 on with {setting}")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("this host has no such address: set {setting}, such as :9000 for all")
        }
        _ => format!("check {setting}"),
    }
}

/// Limits shared by every connection of the process.
struct Limits {
    connections: Arc<Semaphore>,
    patience: Patience,
    peer: PeerLayer,
}

/// Serves until `stop` turns true, then finishes what is in flight (at most [`DRAIN`]).
pub async fn serve(
    listeners: Vec<Served>,
    limits: &Listen,
    peer: PeerLayer,
    stop: watch::Receiver<bool>,
) {
    let limits = Arc::new(Limits {
        connections: Arc::new(Semaphore::new(
            limits.max_connections.clamp(1, Semaphore::MAX_PERMITS),
        )),
        patience: Patience {
            head: limits.header_timeout,
            idle: limits.idle_timeout,
        },
        peer,
    });
    let (open, mut all_closed) = mpsc::channel(1);
    let mut loops = tokio::task::JoinSet::new();
    for served in listeners {
        loops.spawn(accept_until(
            served,
            Arc::clone(&limits),
            Open {
                stop: stop.clone(),
                _open: open.clone(),
            },
        ));
    }
    while loops.join_next().await.is_some() {}
    drop(open);
    if tokio::time::timeout(DRAIN, all_closed.recv())
        .await
        .is_err()
    {
        warn!(
            "some requests were not finished within {} seconds",
            DRAIN.as_secs()
        );
    }
}

/// What each connection holds: it hears of the stop, and while one is held the process waits.
#[derive(Clone)]
struct Open {
    stop: watch::Receiver<bool>,
    _open: mpsc::Sender<()>,
}

impl Open {
    /// Returns once the process is to stop.
    async fn stopped(&mut self) {
        stopped(&mut self.stop).await;
    }
}

async fn accept_until(served: Served, limits: Arc<Limits>, mut open: Open) {
    loop {
        let held = open.clone();
        tokio::select! {
            () = open.stopped() => return,
            () = accept_one(&served, &limits, held) => {}
        }
    }
}

/// Returns once the flag is true, or when nobody can set it any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        debug!("the stop signal is gone");
    }
}

async fn accept_one(served: &Served, limits: &Arc<Limits>, open: Open) {
    let permit = Arc::clone(&limits.connections).acquire_owned().await;
    match served.listener.accept().await {
        Ok((stream, address)) => {
            let connection = converse(stream, address, served.answers.clone(), limits, open);
            tokio::spawn(async move {
                connection.await;
                drop(permit);
            });
        }
        Err(error) if is_about_one_connection(&error) => {}
        Err(error) => {
            // Out of file descriptors or memory: connections that end will free some.
            warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// One connection from its first byte to its last.
fn converse(
    stream: TcpStream,
    address: SocketAddr,
    answers: Answers,
    limits: &Limits,
    open: Open,
) -> impl Future<Output = ()> + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY was refused");
    }
    let patient = Patient::new(stream);
    let pulse = patient.pulse();
    let (at_work, peer, patience) = (pulse.clone(), limits.peer, limits.patience);
    let service = service_fn(move |request: http::Request<Incoming>| {
        at_work.request_begins();
        let answer = answers.to(request, address, at_work.pace(), peer);
        let at_work = at_work.clone();
        async move {
            let answer = answer.await;
            at_work.request_ends();
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(patient), service)
        .with_upgrades();
    let shut_down = |one: Pin<&mut _>| UpgradeableConnection::graceful_shutdown(one);
    see_through(
        connection,
        shut_down,
        async move { pulse.runs_out(patience).await },
        open,
    )
}

/// Drives a connection to its end, until it is given up; once the process is to stop it is shut down
/// between two requests.
async fn see_through<C>(
    connection: C,
    shut_down: impl FnOnce(Pin<&mut C>),
    given_up: impl Future<Output = ()>,
    mut open: Open,
) where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = given_up => return debug!("a connection was given up"),
        () = open.stopped() => {
            shut_down(connection.as_mut());
            connection.await
        }
    };
    if let Err(error) = outcome {
        debug!(%error, "a connection ended early");
    }
}

/// Two signals within this time are one wish: Ctrl-C reaches a whole group of processes, and then
/// whoever started them passes it on.
const ONE_WISH: Duration = Duration::from_secs(1);

/// Turns `stop` true at SIGTERM or SIGINT; a second one, a moment later, ends the process at once.
///
/// # Errors
/// The system does not let us listen for signals.
pub fn stop_on_signal(stop: watch::Sender<bool>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        let mut asked: Option<Instant> = None;
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                _ = hang_up.recv() => {
                    info!("SIGHUP is ignored: restart Doorward to read the configuration again");
                    continue;
                }
            };
            match asked {
                None => info!("{name}: finishing requests in flight"),
                Some(asked) if asked.elapsed() < ONE_WISH => {}
                Some(_) => {
                    info!("{name} again: stopping without waiting");
                    end_now();
                }
            }
            asked.get_or_insert_with(Instant::now);
            stop.send_replace(true);
        }
    });
    Ok(())
}

#[expect(
    clippy::exit,
    reason = "the operator asked twice; what is in flight is given up"
)]
fn end_now() {
    std::process::exit(130);
}

#[cfg(test)]
mod tests;
