//! Proxy mode: the outpost carries an application's requests itself (forward-auth.md 5.5).
//!
//! Owns every address on such an application's host but the outpost's own. Who may pass is
//! `verdict`'s matter, what goes through is `head`'s, how it gets there `upstream`'s. Rule: nothing
//! reaches the application before the verdict, and it hears who asks from us alone.

mod head;
mod tunnel;
mod upstream;

pub(crate) use upstream::Upstreams;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doorward_engine::outpost::{Admitted, App, Upstream};
use doorward_engine::policy::Step;
use doorward_engine::trace::Failing;
use doorward_engine::{Person, Snapshot};
use doorward_protocol::forward_auth::{
    InBand, OUTPOST_PREFIX, OriginalRequest, Scheme, start_location,
};
use doorward_protocol::host::Host;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use tracing::Instrument as _;

use super::answer;
use super::door::Door;
use super::traced::Traced;
use super::verdict::{Offered, Proof, Verdict, Visit};
use crate::extract::Asked;
use crate::pages::Message;
use crate::refusal::{self, Refusal};
use crate::respond::{Failure, caught, found};
use crate::shell::request_id;
use crate::state::AppState;

/// Takes the requests for applications that the outpost carries; the router gets all others.
pub(crate) async fn carry(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let carries = state.engine.snapshot_ref().outpost.carries();
    if !carries || request.uri().path().starts_with(OUTPOST_PREFIX) {
        return next.run(request).await;
    }
    let snapshot = state.engine.snapshot();
    let (parts, body) = request.into_parts();
    let asked = Asked::read(&state, &parts, request_id());
    let host = asked.host.clone();
    let found = host.and_then(|host| Some((snapshot.outpost.find_carried(&host)?, host)));
    let Some((app, host)) = found.map(|(app, host)| (Arc::clone(app), host)) else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let Some(upstream) = &app.upstream else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let span = tracing::error_span!("carry", request.id = &*asked.ctx.request_id);
    let carriage = Carriage {
        state: &state,
        snapshot: &snapshot,
        app: &app,
        upstream,
        asked: &asked,
        host: &host,
    };
    let answered = caught(Box::pin(carriage.answer(parts, body)))
        .instrument(span)
        .await;
    answered.unwrap_or_else(|failure| carriage.failed(&failure, false))
}

/// One request for an application that is carried.
struct Carriage<'a> {
    state: &'a AppState,
    snapshot: &'a Snapshot,
    app: &'a App,
    upstream: &'a Upstream,
    asked: &'a Asked,
    host: &'a Host,
}

impl Carriage<'_> {
    fn scheme(&self) -> Scheme {
        if self.asked.is_https {
            Scheme::Https
        } else {
            Scheme::Http
        }
    }

    async fn answer(&self, parts: Parts, body: axum::body::Body) -> Response {
        let started = Instant::now();
        let scheme = self.scheme();
        let (method, uri, headers) = (&parts.method, &parts.uri, &parts.headers);
        let original = OriginalRequest::received(scheme, self.host.clone(), method, uri, headers);
        let Ok(original) = original else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        if let Some(band) = in_band(&original) {
            return self.in_band(band, &original, &parts).await;
        }
        if head::went_round(headers, self.app) {
            return self.goes_round();
        }
        let navigation = original.navigation;
        let visit = Visit {
            state: self.state,
            snapshot: self.snapshot,
            app: self.app,
            original: &original,
            headers,
            ctx: &self.asked.ctx,
        };
        let verdict = match visit.verdict().await {
            Ok(verdict) => verdict,
            Err(error) => {
                let failing = Failing::Unavailable(self.app);
                self.traced(&original, headers)
                    .failing(self.snapshot, failing);
                return self.failed(&error.into(), navigation);
            }
        };
        let traced = self.traced(&original, headers);
        traced
            .door(&visit, &verdict, status(&verdict, navigation))
            .await;
        let seconds = started.elapsed().as_secs_f64();
        self.app.observe(verdict.outcome(navigation), seconds);
        match verdict {
            Verdict::Refused(person, steps) => self.refused(&person, navigation, &steps),
            Verdict::Nobody(offered, _) => self.nobody(offered, &original),
            Verdict::In(admitted, proof) => {
                let page = navigation.then(|| original.to_string());
                let visitor = Some((&admitted, proof));
                self.through(parts, body, visitor, page).await
            }
            Verdict::Public(_) => {
                let page = navigation.then(|| original.to_string());
                self.through(parts, body, None, page).await
            }
        }
    }

    fn traced<'t>(&'t self, original: &'t OriginalRequest<'_>, headers: &HeaderMap) -> Traced<'t> {
        Traced::carried(self.state, self.asked, original, headers)
    }

    async fn through(
        &self,
        parts: Parts,
        body: axum::body::Body,
        visitor: Option<(&Admitted, Proof)>,
        page: Option<String>,
    ) -> Response {
        match upstream::ask(self, parts, body, visitor).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(
                    application = self.app.application.slug,
                    upstream = self.upstream.authority,
                    error = %error,
                    "an application does not answer"
                );
                self.unreachable(page)
            }
        }
    }

    /// Wrong credentials are told, not led round: a client that sent them follows no login page.
    fn nobody(&self, offered: Offered, original: &OriginalRequest<'_>) -> Response {
        let start = || start_location(&self.app.external, original);
        match (original.navigation, offered) {
            (true, Offered::Nothing) => found(&start()),
            (true, Offered::WrongCredentials) => self.wrong_credentials(start()),
            (false, _) => answer::unauthorized(self.app, offered),
        }
    }

    fn wrong_credentials(&self, start: String) -> Response {
        let text = "The request carried a user name with an app password, or a token, and they do \
                    not fit. Use an app password that is still valid, or sign in.";
        let title = "These credentials are not right";
        let page = Message::new(StatusCode::UNAUTHORIZED, title, text);
        let mut response = self
            .state
            .pages
            .respond(&page.with_next_step("Sign in", start));
        answer::challenge(&mut response, Offered::WrongCredentials);
        response
    }

    fn refused(&self, person: &Arc<Person>, navigation: bool, steps: &[Step]) -> Response {
        let ctx = self.asked.ctx.acting_as(person);
        refusal::log(&ctx, &self.app.application, person);
        if !navigation {
            return answer::forbidden(&ctx.request_id);
        }
        self.state.engine.outpost_refused(&ctx, self.app);
        let sign_out = format!("{}{OUTPOST_PREFIX}sign_out", self.app.origin());
        let refusal = Refusal {
            application: &self.app.application,
            person,
            steps,
            switch_url: Some(sign_out),
            elsewhere: true,
        };
        refusal.page(self.state, self.snapshot, &ctx)
    }

    async fn in_band(
        &self,
        band: InBand,
        original: &OriginalRequest<'_>,
        parts: &Parts,
    ) -> Response {
        let door = Door {
            state: self.state,
            snapshot: self.snapshot,
            app: self.app,
            ctx: &self.asked.ctx,
            host: self.host,
            headers: &parts.headers,
            query: original.query().unwrap_or_default(),
        };
        let answered = match band {
            InBand::Callback => door.callback().await,
            InBand::SignOut => door.sign_out().await,
            InBand::Start | InBand::Other => door.start().await,
        };
        answered.unwrap_or_else(|failure| self.failed(&failure, original.navigation))
    }

    /// The internal host leads back to us.
    fn goes_round(&self) -> Response {
        tracing::error!(
            application = self.app.application.slug,
            upstream = self.upstream.authority,
            "the internal host of a provider leads back to Doorward"
        );
        let text = format!(
            "The internal host of {} is Doorward itself. An administrator has to set it to the \
             address of the application.",
            self.app.application.name
        );
        let title = "The application leads back here";
        let page = Message::new(StatusCode::LOOP_DETECTED, title, text);
        self.state
            .pages
            .respond(&page.with_reference(&*self.asked.ctx.request_id))
    }

    /// `page` is the address to try again, for a person.
    fn unreachable(&self, page: Option<String>) -> Response {
        let reference = &*self.asked.ctx.request_id;
        let Some(address) = page else {
            let body = serde_json::json!({
                "detail": "The application does not answer.", "reference": reference,
            });
            return answer::small(StatusCode::BAD_GATEWAY, &body);
        };
        let text = format!(
            "You are signed in, but {} could not be reached. If this stays so, tell whoever runs it.",
            self.app.application.name
        );
        let page = Message::new(
            StatusCode::BAD_GATEWAY,
            "The application does not answer",
            text,
        );
        let page = page.with_next_step("Try again", address);
        self.state.pages.respond(&page.with_reference(reference))
    }

    fn failed(&self, failure: &Failure, is_page: bool) -> Response {
        super::check::failed(self.state, &self.asked.ctx.request_id, is_page, failure)
    }
}

/// What the answer of a verdict will be.
fn status(verdict: &Verdict, navigation: bool) -> StatusCode {
    match verdict {
        Verdict::In(..) | Verdict::Public(_) => StatusCode::OK,
        Verdict::Refused(..) => StatusCode::FORBIDDEN,
        Verdict::Nobody(Offered::Nothing, _) if navigation => StatusCode::FOUND,
        Verdict::Nobody(..) => StatusCode::UNAUTHORIZED,
    }
}

/// The outpost's signatures on any path of the application.
fn in_band(original: &OriginalRequest<'_>) -> Option<InBand> {
    InBand::recognize(original.path_and_query).filter(|found| *found != InBand::Other)
}
