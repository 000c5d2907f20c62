//! Web sockets of a carried application.
//!
//! Owns the two ends once both have changed the protocol. Rule: a tunnel outlives neither the session
//! that opened it nor the person's right to the application by more than about a second.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use doorward_engine::Context;
use doorward_protocol::forward_auth::{OriginalRequest, Scheme};
use doorward_protocol::host::Host;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::sync::OwnedSemaphorePermit;

use super::super::verdict::{Verdict, Visit};
use super::{Carriage, head};
use crate::state::AppState;

/// How often it is asked whether the person may still.
const ASKED_AGAIN: Duration = Duration::from_secs(1);

/// The request that opened a tunnel, to be judged again while it is open.
pub(super) struct Opening {
    state: AppState,
    scheme: Scheme,
    host: Host,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    ctx: Context,
}

impl Opening {
    /// Remembers a request as it came.
    pub(super) fn of(carriage: &Carriage<'_>, parts: &Parts) -> Self {
        Self {
            state: carriage.state.clone(),
            scheme: carriage.scheme(),
            host: carriage.host.clone(),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            ctx: carriage.asked.ctx.clone(),
        }
    }

    /// Whether the same request would be let in now.
    async fn is_still_welcome(&self) -> bool {
        let snapshot = self.state.engine.snapshot();
        let Some(app) = snapshot.outpost.find_carried(&self.host) else {
            return false;
        };
        let (method, uri, headers) = (&self.method, &self.uri, &self.headers);
        let host = self.host.clone();
        let Ok(original) = OriginalRequest::received(self.scheme, host, method, uri, headers)
        else {
            return false;
        };
        let ctx = Context {
            now: (self.state.clock)(),
            ..self.ctx.clone()
        };
        let visit = Visit {
            state: &self.state,
            snapshot: &snapshot,
            app,
            original: &original,
            headers,
            ctx: &ctx,
        };
        matches!(
            visit.verdict().await,
            Ok(Verdict::In(..) | Verdict::Public(_))
        )
    }

    async fn until_unwelcome(&self) {
        loop {
            tokio::time::sleep(ASKED_AGAIN).await;
            if !self.is_still_welcome().await {
                return;
            }
        }
    }
}

/// Answers 101 and carries bytes until one end closes or the person may no longer.
pub(super) fn open(
    opening: Opening,
    mut response: http::Response<Incoming>,
    browser: OnUpgrade,
    permit: OwnedSemaphorePermit,
) -> Response {
    let application = hyper::upgrade::on(&mut response);
    let mut headers = std::mem::take(response.headers_mut());
    head::back(&mut headers, true);
    tokio::spawn(async move {
        tokio::select! {
            () = carry(browser, application) => {}
            () = opening.until_unwelcome() => tracing::info!("a web socket was closed: its session has ended"),
        }
        drop(permit);
    });
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *answer.headers_mut() = headers;
    answer
}

async fn carry(browser: OnUpgrade, application: OnUpgrade) {
    let (browser, application) = match tokio::try_join!(browser, application) {
        Ok((browser, application)) => (browser, application),
        Err(error) => return tracing::debug!(%error, "a web socket did not open"),
    };
    let (mut browser, mut application) = (TokioIo::new(browser), TokioIo::new(application));
    if let Err(error) = copy_bidirectional(&mut browser, &mut application).await {
        tracing::debug!(%error, "a web socket ended early");
    }
}
