//! What surrounds every request: its id, its log line, its measure, and the words for our faults.
//!
//! Rule: no header value, query or body is ever logged; a fault is logged here and nowhere else, and
//! whatever is logged while a request is answered carries its id.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use tracing::Instrument as _;

use crate::extract::Asked;
use crate::flow;
use crate::look::{self, At};
use crate::pages::Message;
use crate::respond::problem::Problem;
use crate::respond::{Failure, caught};
use crate::state::AppState;

/// authentik's name for the request id.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-authentik-id");

/// Runs a request inside the shell.
pub(crate) async fn shell(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (mut parts, body) = request.into_parts();
    let asked = Asked::read(&state, &parts, request_id());
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let telling = Telling::of(&parts.headers, &path);
    let at = At::read(&parts.uri, &parts.headers);
    parts.extensions.insert(asked.clone());
    // At the highest level, so that a log of errors alone names the request as well.
    let span = tracing::error_span!("request", request.id = &*asked.ctx.request_id);
    let answering = async {
        let handled = caught(next.run(Request::from_parts(parts, body))).await;
        let mut response = handled.unwrap_or_else(IntoResponse::into_response);
        match response.extensions_mut().remove::<Failure>() {
            Some(failure) => worded(&state, &asked, &failure, telling),
            None => response,
        }
    };
    let mut response = look::within(&state, &asked, at, answering)
        .instrument(span)
        .await;
    if let Ok(id) = HeaderValue::from_str(&asked.ctx.request_id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    let status = response.status().as_u16();
    tracing::info!(
        http.method = %method, http.path = loggable(&path), http.status = status, client.address = %asked.ctx.client_ip,
        user.name = asked.username(),
        request.id = &*asked.ctx.request_id, duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// A path segment after these is a secret.
const SECRET_PATHS: [&str; 2] = [
    "/recovery/use-token/",
    "/api/v3/stages/invitation/invitations/",
];

fn loggable(path: &str) -> &str {
    SECRET_PATHS
        .iter()
        .find(|prefix| path.starts_with(**prefix))
        .map_or(path, |prefix| prefix)
}

/// Where a fault is told.
#[derive(Clone, Copy)]
enum Telling {
    /// On a page.
    Page,
    /// As a challenge of the flow executor, whose clients know nothing else.
    Challenge,
    /// In the API's JSON.
    Problem,
}

impl Telling {
    fn of(headers: &HeaderMap, path: &str) -> Self {
        if wants_html(headers, path) {
            Self::Page
        } else if path.starts_with("/api/v3/flows/executor/") {
            Self::Challenge
        } else {
            Self::Problem
        }
    }
}

fn worded(state: &AppState, asked: &Asked, failure: &Failure, telling: Telling) -> Response {
    let reference = &*asked.ctx.request_id;
    let unavailable = failure.status() == StatusCode::SERVICE_UNAVAILABLE;
    tracing::error!(
        request.id = reference,
        error = &*failure.0 as &dyn Error,
        "a request failed on our side"
    );
    match (telling, unavailable) {
        (Telling::Page, true) => state.pages.respond(&Message::store_down(reference)),
        (Telling::Page, false) => state.pages.respond(&Message::fault(reference)),
        (_, true) => Problem::StoreDown.into_response(),
        (Telling::Challenge, false) => flow::fault(reference),
        (Telling::Problem, false) => Problem::Fault(reference.to_owned()).into_response(),
    }
}

/// Whether a fault is told in a page rather than in JSON.
pub(crate) fn wants_html(headers: &HeaderMap, path: &str) -> bool {
    let accepts = headers
        .get(ACCEPT)
        .is_some_and(|accept| accept.as_bytes().windows(9).any(|at| at == b"text/html"));
    accepts && !path.starts_with("/api/")
}

/// Unique in this process's life and, by its random head, among processes. 24 hex digits.
pub(crate) fn request_id() -> Arc<str> {
    static HEAD: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let head = HEAD.get_or_init(|| u32::from_le_bytes(doorward_protocol::encoding::random_bytes()));
    format!("{head:08x}{:016x}", COUNT.fetch_add(1, Ordering::Relaxed)).into()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use doorward_protocol::trust::TrustedProxies;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::Parts;
    use crate::pages::Pages;
    use crate::testing::Log;

    async fn broken() -> &'static str {
        assert!(std::hint::black_box(false), "the hinge is off");
        "never"
    }

    async fn creaking() -> &'static str {
        tracing::warn!("the hinge creaks");
        "open"
    }

    /// A server on loopback whose `/broken` panics; the connection to it.
    async fn connected() -> (TcpStream, doorward_store::testing::TestStore) {
        let store = doorward_store::testing::sqlite().await;
        let state = AppState::new(Parts {
            engine: doorward_engine::testing::engine(&store.store).await,
            pages: Pages::new(None),
            trusted_proxies: TrustedProxies::default(),
            clock: || doorward_engine::testing::NOW,
        });
        let router = Router::new()
            .route("/broken", get(broken))
            .route("/fine", get(async || "fine"))
            .route("/creaking", get(creaking))
            .layer(from_fn_with_state(state, shell));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        (TcpStream::connect(address).await.unwrap(), store)
    }

    /// One answer on a connection that stays open: head and body.
    async fn ask(stream: &mut TcpStream, path: &str, accept: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut chunk).await.unwrap();
            assert_ne!(count, 0, "the connection ended");
            bytes.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head.to_lowercase();
            let (_, length) = length.split_once("content-length: ").unwrap();
            if body.len() >= length.lines().next().unwrap().parse().unwrap() {
                return text;
            }
        }
    }

    fn reference(answer: &str) -> String {
        let head = answer.to_lowercase();
        let (_, id) = head.split_once("x-authentik-id: ").expect("a reference");
        id.lines().next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn what_is_logged_while_answering_carries_the_reference_of_the_answer() {
        let log = Log::open();
        let (mut stream, _store) = connected().await;
        for _ in 0..2 {
            let id = reference(&ask(&mut stream, "/creaking", "*/*").await);
            let lines = log.lines_with("the hinge creaks");
            let ours: Vec<_> = lines.iter().filter(|line| line.contains(&id)).collect();
            assert_eq!(ours.len(), 1, "{id} in {lines:?}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_with_the_reference_of_its_log_line_and_keeps_the_connection() {
        let log = Log::open();
        let (mut stream, _store) = connected().await;
        for (accept, words) in [
            ("text/html", "Something went wrong on our side"),
            ("application/json", "{\"detail\":"),
        ] {
            let answer = ask(&mut stream, "/broken", accept).await;
            assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
            assert!(!answer.contains("hinge"), "{answer}");
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            let id = reference(&answer);
            assert!(body.contains(words) && body.contains(&id), "{body}");
            let lines = log.lines_with(&id);
            assert!(lines[0].contains("the hinge is off"), "{lines:?}");
        }
        let answer = ask(&mut stream, "/fine", "*/*").await;
        assert!(answer.ends_with("\r\n\r\nfine"), "{answer}");
    }
}
