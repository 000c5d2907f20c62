//! A reverse proxy asks whether a request may pass.
//!
//! Everything but the hottest path, which is `known`: what has to ask the store, or ends in anything
//! but a pass. Rule: what cannot be read is an error, what is not known is not let in, and no
//! identity header of the request is ever looked at.

use std::time::Instant;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use doorward_engine::outpost::{App, Outcome, Standing};
use doorward_engine::{Person, Snapshot};
use doorward_protocol::cookie;
use doorward_protocol::forward_auth::{
    InBand, OUTPOST_PREFIX, OriginalError, OriginalRequest, Proxy, start_location,
};
use doorward_protocol::host::Host;
use doorward_store::StoreError;
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::answer;
use super::door::Door;
use super::known::{in_band, pass, skipped};
use crate::extract::{Asked, Peer};
use crate::pages::Message;
use crate::respond::Failure;
use crate::respond::problem::Problem;
use crate::shell::request_id;
use crate::state::AppState;

/// A browser may send several cookies of one name; so many are looked at.
pub(super) const COOKIES_MAX: usize = 4;

/// Answers a sub-request of `proxy`.
pub(super) async fn check(state: &AppState, proxy: Proxy, request: Request) -> Response {
    let started = Instant::now();
    let (parts, _) = request.into_parts();
    let now = (state.clock)();
    if !is_trusted(state, &parts) {
        return stranger(&parts);
    }
    let read = OriginalRequest::read(proxy, &parts.method, &parts.uri, &parts.headers);
    let original = match read {
        Ok(original) => original,
        Err(error) => return unreadable(state, proxy, &parts.headers, error),
    };
    let slow = Slow {
        state,
        proxy,
        parts: &parts,
        original: &original,
        now,
    };
    // Boxed: what waits for the store is large, and would be moved about on every check.
    Box::pin(slow.answer(started)).await
}

fn is_trusted(state: &AppState, parts: &Parts) -> bool {
    let peer = parts.extensions.get::<Peer>();
    peer.is_some_and(|peer| state.trusted_proxies.is_trusted(peer.0.ip()))
}

/// Somebody outside the trusted networks: their word about the request counts for nothing.
fn stranger(parts: &Parts) -> Response {
    let peer = parts
        .extensions
        .get::<Peer>()
        .map(|peer| peer.0.ip().to_string());
    let peer = peer.unwrap_or_default();
    tracing::warn!(
        client.address = peer,
        "a check from an address that is not among the trusted proxies (trusted_proxy_cidrs)"
    );
    answer::misconfigured("it asks from an address that is not a trusted proxy")
}

/// An unknown host is 404 also when the rest is missing, as on the outpost's own router.
fn unreadable(
    state: &AppState,
    proxy: Proxy,
    headers: &HeaderMap,
    error: OriginalError,
) -> Response {
    let said = headers
        .get("x-forwarded-host")
        .and_then(|host| host.to_str().ok());
    let host = said.and_then(|host| Host::parse(host).ok());
    let unknown = host.filter(|host| state.engine.snapshot_ref().outpost.find(host).is_none());
    if let (Some(host), OriginalError::Missing(_)) = (unknown, error) {
        return answer::unknown_host(state, Some(&host), false);
    }
    tracing::warn!(proxy = proxy.name(), reason = %error, "a check cannot be read");
    answer::misconfigured(&error.to_string())
}

/// A check that has to ask the store, or ends in anything but a pass.
struct Slow<'a> {
    state: &'a AppState,
    proxy: Proxy,
    parts: &'a Parts,
    original: &'a OriginalRequest<'a>,
    now: i64,
}

impl Slow<'_> {
    async fn answer(&self, started: Instant) -> Response {
        let snapshot = self.state.engine.snapshot();
        let Some(app) = snapshot.outpost.find(&self.original.host) else {
            return self.unknown();
        };
        if let Some(band) = in_band(self.proxy, self.original) {
            return self.in_band(&snapshot, app, band).await;
        }
        let headers = &self.parts.headers;
        let (outcome, response) = match self.standing(&snapshot, app).await {
            Ok(Standing::In(person)) => (Outcome::Allow, pass(app, &person, headers)),
            // Public means for everybody, also for those who may not open the rest.
            _ if app.skip.matches(self.original) => (Outcome::Skip, skipped(app, headers)),
            Ok(Standing::Refused(person)) => {
                (Outcome::Refused, self.refused(&snapshot, app, &person))
            }
            Ok(Standing::Nobody) if self.redirects() => {
                let location = start_location(&app.external, self.original);
                (Outcome::Redirect, answer::redirect(&location))
            }
            Ok(Standing::Nobody) => (Outcome::Deny401, answer::unauthorized(app)),
            Err(error) => (Outcome::Unavailable, self.failed(&error.into())),
        };
        app.observe(outcome, started.elapsed().as_secs_f64());
        response
    }

    /// Nobody is only answered as nobody while the store is there to sign them in.
    async fn standing(&self, snapshot: &Snapshot, app: &App) -> Result<Standing, StoreError> {
        let tokens = cookie::find(&self.parts.headers, &app.cookie_name);
        let tokens: Vec<&str> = tokens.take(COOKIES_MAX).collect();
        let engine = &self.state.engine;
        let standing = engine.standing(snapshot, app, &tokens, self.now).await?;
        if matches!(standing, Standing::Nobody) {
            engine.store_answers(self.now).await?;
        }
        Ok(standing)
    }

    fn redirects(&self) -> bool {
        self.original.navigation && self.proxy.passes_redirects()
    }

    fn refused(&self, snapshot: &Snapshot, app: &App, person: &Person) -> Response {
        let reference = request_id();
        if !self.redirects() {
            return answer::forbidden(&reference);
        }
        let sign_out = format!("{}{OUTPOST_PREFIX}sign_out", app.origin());
        answer::refused(self.state, snapshot, app, person, sign_out, &reference)
    }

    /// nginx turns every status but 401 and 403 into its own 500.
    fn unknown(&self) -> Response {
        if self.proxy == Proxy::Nginx {
            return answer::forbidden(&request_id());
        }
        answer::unknown_host(
            self.state,
            Some(&self.original.host),
            self.original.navigation,
        )
    }

    async fn in_band(&self, snapshot: &Snapshot, app: &App, band: InBand) -> Response {
        let asked = Asked::read(self.state, self.parts, request_id());
        let door = Door {
            state: self.state,
            snapshot,
            app,
            ctx: &asked.ctx,
            host: &self.original.host,
            headers: &self.parts.headers,
            query: self.original.query().unwrap_or_default(),
        };
        let answered = match band {
            InBand::Callback => door.callback().await,
            InBand::SignOut => door.sign_out().await,
            InBand::Start | InBand::Other => door.start().await,
        };
        answered.unwrap_or_else(|failure| self.failed(&failure))
    }

    /// Our own page within two seconds, where the proxy would wait thirty.
    fn failed(&self, failure: &Failure) -> Response {
        let reference = request_id();
        tracing::error!(request.id = &*reference, error = %failure.0, "a check failed on our side");
        let unavailable = failure.status() == StatusCode::SERVICE_UNAVAILABLE;
        match (self.original.navigation, unavailable) {
            (true, true) => self.state.pages.respond(&Message::store_down(&*reference)),
            (true, false) => self.state.pages.respond(&Message::fault(&*reference)),
            (false, true) => Problem::StoreDown.into_response(),
            (false, false) => Problem::Fault(reference.to_string()).into_response(),
        }
    }
}
