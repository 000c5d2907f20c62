//! A reverse proxy asks whether a request may pass.
//!
//! Everything but the hottest path, which is `known`: what has to ask the store, or ends in anything
//! but a pass. Rule: what cannot be read is an error, what is not known is not let in, and no
//! identity header of the request is ever looked at.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use doorward_engine::outpost::{App, Outcome};
use doorward_engine::policy::Step;
use doorward_engine::trace::Failing;
use doorward_engine::{Person, Snapshot};
use doorward_protocol::forward_auth::{
    InBand, OUTPOST_PREFIX, OriginalRequest, Proxy, start_location,
};
use http::StatusCode;
use http::request::Parts;
use tracing::Instrument as _;

use super::answer;
use super::complaint;
use super::door::Door;
use super::known::{in_band, pass, skipped};
use super::traced::Traced;
use super::verdict::{Verdict, Visit};
use crate::extract::{Asked, Peer};
use crate::look::{self, At};
use crate::pages::Message;
use crate::refusal::{self, Refusal};
use crate::respond::problem::Problem;
use crate::respond::{Failure, caught, found};
use crate::shell::{request_id, wants_html};
use crate::state::AppState;

/// A browser may send several cookies of one name; so many are looked at.
pub(super) const COOKIES_MAX: usize = 4;

/// Answers a sub-request of `proxy`.
pub(super) async fn check(state: &AppState, proxy: Proxy, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let reference = request_id();
    let span = tracing::error_span!("check", request.id = &*reference);
    let decided = caught(decide(state, proxy, &parts, &reference));
    let answer = decided.instrument(span).await;
    answer.unwrap_or_else(|failure| {
        let is_page = wants_html(&parts.headers, parts.uri.path());
        failed(state, &reference, is_page, &failure)
    })
}

async fn decide(state: &AppState, proxy: Proxy, parts: &Parts, reference: &Arc<str>) -> Response {
    let started = Instant::now();
    let asked = Asked::read(state, parts, Arc::clone(reference));
    if !is_trusted(state, parts) {
        return complaint::stranger(state, proxy, parts, &asked);
    }
    let read = OriginalRequest::read(proxy, &parts.method, &parts.uri, &parts.headers);
    let original = match read {
        Ok(original) => original,
        Err(error) => return complaint::unreadable(state, proxy, parts, &asked, error),
    };
    let slow = Slow {
        state,
        proxy,
        parts,
        original: &original,
        asked,
    };
    let at = At::read(&parts.uri, &parts.headers);
    let mut seen = slow.asked.clone();
    seen.host = Some(original.host.clone());
    // Boxed: what waits for the store is large, and would be moved about on every check.
    look::within(state, &seen, at, Box::pin(slow.answer(started))).await
}

fn is_trusted(state: &AppState, parts: &Parts) -> bool {
    let peer = parts.extensions.get::<Peer>();
    peer.is_some_and(|peer| state.trusted_proxies.is_trusted(peer.0.ip()))
}

/// A check that has to ask the store, or ends in anything but a pass.
struct Slow<'a> {
    state: &'a AppState,
    proxy: Proxy,
    parts: &'a Parts,
    original: &'a OriginalRequest<'a>,
    asked: Asked,
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
        let (outcome, response) = self.decided(&snapshot, app).await;
        app.observe(outcome, started.elapsed().as_secs_f64());
        if self.proxy == Proxy::NginxPage && matches!(outcome, Outcome::Allow | Outcome::Skip) {
            return answer::changed_meanwhile(self.state, &self.original.to_string());
        }
        response
    }

    async fn decided(&self, snapshot: &Snapshot, app: &App) -> (Outcome, Response) {
        let headers = &self.parts.headers;
        let visit = Visit {
            state: self.state,
            snapshot,
            app,
            original: self.original,
            headers,
            ctx: &self.asked.ctx,
        };
        let verdict = match visit.verdict().await {
            Ok(verdict) => verdict,
            Err(error) => {
                self.seen().failing(snapshot, Failing::Unavailable(app));
                return (Outcome::Unavailable, self.failed(&error.into()));
            }
        };
        let response = match &verdict {
            Verdict::In(admitted, _) => pass(app, admitted, headers, self.asked.ctx.now),
            Verdict::Public(_) => skipped(app, headers),
            Verdict::Refused(person, steps) => self.refused(snapshot, app, person, steps),
            Verdict::Nobody(..) if self.redirects() => {
                found(&start_location(&app.external, self.original))
            }
            Verdict::Nobody(offered, _) => answer::unauthorized(app, *offered),
        };
        let traced = self.seen();
        traced.door(&visit, &verdict, response.status()).await;
        (verdict.outcome(self.redirects()), response)
    }

    fn seen(&self) -> Traced<'_> {
        Traced::check(
            self.state,
            &self.asked,
            self.proxy,
            self.original,
            self.parts,
        )
    }

    fn redirects(&self) -> bool {
        self.original.navigation && self.proxy.passes_answers()
    }

    fn refused(
        &self,
        snapshot: &Snapshot,
        app: &App,
        person: &Arc<Person>,
        steps: &[Step],
    ) -> Response {
        let ctx = self.asked.ctx.acting_as(person);
        refusal::log(&ctx, &app.application, person);
        if !self.redirects() {
            return answer::forbidden(&ctx.request_id);
        }
        self.state.engine.outpost_refused(&ctx, app);
        let sign_out = format!("{}{OUTPOST_PREFIX}sign_out", app.origin());
        let refusal = Refusal {
            application: &app.application,
            person,
            steps,
            switch_url: Some(sign_out),
            elsewhere: true,
        };
        refusal.page(self.state, snapshot, &ctx)
    }

    /// `auth_request` turns every status but 401 and 403 into its own 500.
    fn unknown(&self) -> Response {
        let host = &self.original.host;
        complaint::unknown_host(self.state, &self.asked.ctx, host);
        let snapshot = self.state.engine.snapshot();
        self.seen().failing(&snapshot, Failing::UnknownHost(host));
        if self.proxy == Proxy::Nginx {
            return answer::forbidden(&self.asked.ctx.request_id);
        }
        answer::unknown_host(self.state, Some(host), self.original.navigation)
    }

    async fn in_band(&self, snapshot: &Snapshot, app: &App, band: InBand) -> Response {
        let door = Door {
            state: self.state,
            snapshot,
            app,
            ctx: &self.asked.ctx,
            host: &self.original.host,
            headers: &self.parts.headers,
            query: self.original.query().unwrap_or_default(),
        };
        let answered = match band {
            InBand::Callback => door.callback().await,
            InBand::SignOut => door.sign_out().await,
            InBand::Start | InBand::Other => door.start().await,
        };
        let response = answered.unwrap_or_else(|failure| self.failed(&failure));
        self.shown_not_passed(response)
    }

    /// To a proxy that asks whether a request may pass, any 2xx says yes: a page of ours is never one.
    fn shown_not_passed(&self, mut response: Response) -> Response {
        if self.proxy != Proxy::NginxPage && response.status().is_success() {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        response
    }

    fn failed(&self, failure: &Failure) -> Response {
        let reference = &self.asked.ctx.request_id;
        failed(self.state, reference, self.original.navigation, failure)
    }
}

/// Our own page within two seconds, where the proxy would wait thirty.
pub(super) fn failed(
    state: &AppState,
    reference: &str,
    is_page: bool,
    failure: &Failure,
) -> Response {
    tracing::error!(request.id = reference, error = %failure.0, "a check failed on our side");
    let unavailable = failure.status() == StatusCode::SERVICE_UNAVAILABLE;
    match (is_page, unavailable) {
        (true, true) => state.pages.respond(&Message::store_down(reference)),
        (true, false) => state.pages.respond(&Message::fault(reference)),
        (false, true) => Problem::StoreDown.into_response(),
        (false, false) => Problem::Fault(reference.to_owned()).into_response(),
    }
}
