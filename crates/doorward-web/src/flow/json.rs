//! The flow executor: authentik's JSON for its own clients.
//!
//! `api-and-model.md` section 3: a solved challenge that is followed by another one answers 302 to
//! the same address, the end is `xak-flow-redirect`, a refusal `ak-stage-access-denied`, a wrong
//! answer the same challenge with `response_errors`, a fault of ours `ak-stage-flow-error`. The run is
//! kept under the flow's slug, so a client has one run of each flow at a time.

mod envelope;
#[cfg(test)]
mod tests;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::flow::{self, Answer, Kept, Link, Mistake, Next, Start, Step};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue, Uri};
use serde::Deserialize;
use serde_json::Value;

use super::cookies::{self, Jar};
use super::destination::Destination;
use super::html::short;
use super::page::{self, seconds_until};
use crate::csrf;
use crate::extract::{Asks, Visitor};
use crate::respond::problem::Problem;
use crate::respond::{Failure, found};
use crate::state::AppState;

/// The parameter of the executor's address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    query: Option<String>,
}

/// Set-up has a page of its own and no executor.
const ONLY_A_PAGE: &str = "initial-setup";

struct Request<'a> {
    state: &'a AppState,
    visitor: &'a Visitor,
    headers: &'a HeaderMap,
    slug: &'a str,
    uri: &'a Uri,
    to: Destination,
    /// The invitation that the outer address names.
    invitation: Option<String>,
    /// The key of a link in a letter that the outer address names.
    link: Option<String>,
    /// A name to begin with.
    hint: String,
}

/// `GET /api/v3/flows/executor/<slug>/`
pub(super) async fn show(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Asks(asked): Asks<Asked>,
    visitor: Visitor,
    (uri, headers): (Uri, HeaderMap),
) -> Result<Response, Failure> {
    let request = Request::new(&state, &visitor, &headers, &slug, (&uri, &asked)).await?;
    let may_act = !csrf::is_foreign(&state, &visitor.asked, &headers) && !is_navigation(&headers);
    match request.step(None, may_act).await? {
        Some(step) => Ok(request.respond(&step)),
        None => Ok(Problem::NoSuch("Flow").into_response()),
    }
}

/// `POST /api/v3/flows/executor/<slug>/`
pub(super) async fn answer(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Asks(asked): Asks<Asked>,
    visitor: Visitor,
    (uri, headers): (Uri, HeaderMap),
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let Ok(body) = body else {
        return Ok(Problem::BodyTooLarge.into_response());
    };
    let request = Request::new(&state, &visitor, &headers, &slug, (&uri, &asked)).await?;
    if csrf::is_foreign(&state, &visitor.asked, &headers) {
        return Ok(Problem::ForeignRequest.into_response());
    }
    let answer = match read(&headers, &body) {
        Ok(answer) => answer,
        Err(problem) => return Ok(problem.into_response()),
    };
    match request.step(Some(&answer), true).await? {
        Some(step) => Ok(request.respond(&step)),
        None => Ok(Problem::NoSuch("Flow").into_response()),
    }
}

/// A browser that was led here as to a page; such a view changes nothing.
fn is_navigation(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode == "navigate")
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Answer, Problem> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::WrongMediaType(media_type.to_owned()));
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Problem::Unreadable(error.to_string()))?;
    Answer::from_json(value)
        .ok_or_else(|| Problem::field("non_field_errors", "Invalid data. Expected a dictionary."))
}

impl<'a> Request<'a> {
    async fn new(
        state: &'a AppState,
        visitor: &'a Visitor,
        headers: &'a HeaderMap,
        slug: &'a str,
        (uri, asked): (&'a Uri, &Asked),
    ) -> Result<Self, Failure> {
        let query = asked.query.as_deref().unwrap_or_default();
        let inner = url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
        let inner: Vec<_> = inner.into_owned().collect();
        let said = |key: &str| inner.iter().find(|(name, _)| name == key);
        let said = |key: &str| said(key).map(|(_, value)| value.as_str());
        let to = Destination::read(state, visitor, said("next")).await?;
        let invitation = said("itoken").or(said("token")).map(str::to_owned);
        let link = said("flow_token").map(str::to_owned);
        let hint = short(said("login_hint").unwrap_or_default());
        Ok(Self {
            state,
            visitor,
            headers,
            slug,
            uri,
            to,
            invitation,
            link,
            hint,
        })
    }

    /// Goes on with the run under this slug, else begins one. An answer without a run answers the
    /// first challenge of a new one, as authentik's does.
    async fn step(&self, answer: Option<&Answer>, may_act: bool) -> Result<Option<Step>, Failure> {
        if self.slug == ONLY_A_PAGE {
            return Ok(None);
        }
        let (engine, ctx) = (&self.state.engine, self.visitor.ctx());
        let visit = cookies::visit(self.state, self.visitor, self.headers, &self.to, may_act);
        if let Some(step) = self.follow(&visit).await? {
            return Ok(Some(step));
        }
        if let Some(cookie) = cookies::run(self.headers, self.slug) {
            let held = Kept {
                slug: self.slug,
                handle: self.slug,
                cookie,
            };
            if let Some(step) = flow::resume(engine, ctx, &visit, held, answer).await? {
                return Ok(Some(step));
            }
        }
        let start = Start {
            slug: self.slug,
            handle: Some(self.slug),
            application: self.to.application.as_deref(),
            identifier: &self.hint,
            invitation: self.invitation.as_deref(),
        };
        let Some(begun) = flow::begin(engine, ctx, &visit, start).await? else {
            return Ok(None);
        };
        let cookie = begun.run.as_ref().and_then(|held| held.cookie.as_deref());
        let (Some(answer), Some(cookie)) = (answer, cookie) else {
            return Ok(Some(begun));
        };
        let held = Kept {
            slug: self.slug,
            handle: self.slug,
            cookie,
        };
        let answered = flow::resume(engine, ctx, &visit, held, Some(answer)).await?;
        Ok(Some(answered.unwrap_or(begun)))
    }

    /// Goes on by the link that the outer address names, while it counts. Only our own pages' scripts
    /// use one: a view of the executor's address spends nothing.
    async fn follow(&self, visit: &flow::Visit) -> Result<Option<Step>, Failure> {
        let Some(key) = self.link.as_deref().filter(|_| visit.may_act) else {
            return Ok(None);
        };
        let link = Link {
            slug: self.slug,
            key,
            handle: Some(self.slug),
        };
        let (engine, ctx) = (&self.state.engine, self.visitor.ctx());
        Ok(flow::follow(engine, ctx, visit, link).await?)
    }

    fn respond(&self, step: &Step) -> Response {
        let mut jar = Jar::new(self.visitor.asked.is_https);
        if step.run.is_none() || step.slug != self.slug {
            jar.drop_run(self.slug);
        }
        match &step.run {
            None => {}
            Some(held) => {
                if let Some(cookie) = &held.cookie
                    && let Err(error) = jar.keep_run(self.headers, &step.slug, cookie)
                {
                    tracing::error!(%error, "a run does not fit its cookie");
                }
            }
        }
        jar.proven_device(step.proven_device.as_ref());
        jar.session(self.state, &step.session);
        jar.with(self.rendered(step))
    }

    fn rendered(&self, step: &Step) -> Response {
        match &step.next {
            Next::Show(_) if step.slug != self.slug => {
                let next = self.to.next.as_deref();
                json(&envelope::redirect(&page::address(&step.slug, None, next)))
            }
            Next::Show(challenge) => {
                if let Some(Mistake::TooMany { until }) = challenge.mistakes.first() {
                    let wait_s = seconds_until(*until, self.visitor.ctx().now);
                    return Problem::TooMany(wait_s).into_response();
                }
                if step.solved && challenge.mistakes.is_empty() {
                    return self.itself();
                }
                json(&envelope::challenge(challenge, &self.cancel_url()))
            }
            Next::Redirect(_) | Next::SignedOut { .. } if self.to.is_refused => json(
                &envelope::denied("Invalid next URL", "", self.slug, &self.cancel_url()),
            ),
            Next::Redirect(to) => json(&envelope::redirect(to)),
            Next::SignedOut { to, frames } => {
                let to = to.as_deref().unwrap_or("/");
                json(&envelope::redirect(&self.after_signing_out(to, frames)))
            }
            Next::Refused(refusal, info) => {
                let user = self.visitor.person();
                let user = user.as_ref().map_or("", |person| &*person.username);
                json(&envelope::denied(
                    refusal.message(),
                    user,
                    &info.title,
                    &self.cancel_url(),
                ))
            }
        }
    }

    /// Apps that hear of it in the browser are framed by a page of ours: the contract has no frames
    /// for them in a redirect.
    fn after_signing_out(&self, to: &str, frames: &[String]) -> String {
        if frames.is_empty() {
            return to.to_owned();
        }
        let now = self.visitor.ctx().now;
        self.state.engine.oauth_leaving(frames, to, now)
    }

    /// 302 to the same address with the same query.
    fn itself(&self) -> Response {
        let here = self.uri.path_and_query().map_or("/", |here| here.as_str());
        found(here)
    }

    fn cancel_url(&self) -> String {
        page::cancel_url(self.to.next.as_deref())
    }
}

/// What a client is told of a fault: as a challenge, with 200, as authentik does.
pub(crate) fn fault(reference: &str) -> Response {
    json(&envelope::fault(reference))
}

fn json(value: &Value) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    (headers, value.to_string()).into_response()
}
