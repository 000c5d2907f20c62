//! The pages of a flow: plain forms, each run under its own id in the address.
//!
//! `GET` without `run` begins one and shows it at once; `GET` with `run` shows where it is; `POST`
//! answers, and leads on (303) or shows the form again with what was wrong (422, 429).

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::flow::{self, Answer, Kept, Next, Start, Step};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::cookies::{self, Jar};
use super::destination::Destination;
use super::form;
use super::inspection;
use super::link;
use super::page::{self, Scene};
use super::refused;
use super::stages;
use crate::csrf::{self, Subject};
use crate::extract::{Asks, Visitor, has_moved};
use crate::oauth::signing_out;
use crate::pages::{Inspection, Login, Message};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

/// The parameters of a flow's address.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Asked {
    run: Option<String>,
    next: Option<String>,
    /// An invitation's key.
    itoken: Option<String>,
    /// The same, under its other name.
    token: Option<String>,
    /// The key of a link in a letter.
    flow_token: Option<String>,
    /// A name to begin with.
    login_hint: Option<String>,
    /// Somebody wants to sign in although somebody is.
    switch: Option<String>,
    /// An administrator wants to see what the run holds; for anybody else it means nothing.
    inspector: Option<String>,
}

impl Asked {
    /// The key of the link that is opened; on the pages after it, the run counts.
    fn link(&self) -> Option<&str> {
        self.flow_token.as_deref().filter(|_| self.run.is_none())
    }
}

/// One request to a flow's page.
pub(super) struct Request<'a> {
    pub(super) state: &'a AppState,
    pub(super) visitor: &'a Visitor,
    pub(super) headers: &'a HeaderMap,
    pub(super) slug: &'a str,
    pub(super) to: Destination,
    /// The invitation that the address names.
    invitation: Option<&'a str>,
    /// Whether what the run holds is shown beside the form, if it may be.
    inspects: bool,
}

/// `GET /if/flow/<slug>/`
pub(super) async fn show(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Asks(asked): Asks<Asked>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let request = Request::new(&state, &visitor, &headers, &slug, &asked).await?;
    if let Some(key) = asked.link() {
        return link::show(&request, key).await;
    }
    if let Some(run) = asked.run.as_deref()
        && let Some(step) = request.resume(run, None).await?
    {
        return request.rendered(&step, Some(run), None).await;
    }
    if let Some(next) = request.done_already().filter(|_| asked.switch.is_none()) {
        return Ok(see_other(next));
    }
    let hint = short(asked.login_hint.as_deref().unwrap_or_default());
    let notice = match &asked.run {
        Some(_) => Some(request.expired()),
        None => request.why_here().await?,
    };
    request.begin(&hint, notice).await
}

/// `POST /if/flow/<slug>/`
pub(super) async fn answer(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Asks(asked): Asks<Asked>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let Ok(body) = body else {
        return Ok(state.pages.respond(&Message::body_too_large()));
    };
    let request = Request::new(&state, &visitor, &headers, &slug, &asked).await?;
    let (answer, token) = form::read(&headers, body).await;
    let run = asked.run.clone().unwrap_or_default();
    if csrf::is_foreign(&state, &visitor.asked, &headers) {
        return Ok(request.foreign());
    }
    if let Some(key) = asked.link() {
        return link::answer(&request, key, &token).await;
    }
    if cookies::run(&headers, &run).is_none() {
        return request
            .begin(&typed_name(&answer), Some(request.expired()))
            .await;
    }
    if !csrf::fits(&state.engine.keys, Subject::Run(&run), &token) {
        return Ok(request.foreign());
    }
    match request.resume(&run, Some(&answer)).await? {
        Some(step) => request.answered(&step, Some(&run)).await,
        None => {
            request
                .begin(&typed_name(&answer), Some(request.expired()))
                .await
        }
    }
}

/// The flow before an application opens, begun for whoever asks at `next`: straight on where it asks
/// nothing, else its first page.
pub(crate) async fn before_opening(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    slug: &str,
    next: String,
) -> Result<Response, Failure> {
    let asked = Asked {
        next: Some(next),
        ..Asked::default()
    };
    let request = Request::new(state, visitor, headers, slug, &asked).await?;
    request.begin("", None).await
}

/// The browser on its way to `next`, for a flow that may not ask anything, and the application there.
pub(crate) async fn silent_visit(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    next: &str,
) -> Result<(flow::Visit, Option<String>), Failure> {
    let to = Destination::read(state, visitor, Some(next)).await?;
    let visit = cookies::visit(state, visitor, headers, &to, false);
    Ok((visit, to.application))
}

impl<'a> Request<'a> {
    async fn new(
        state: &'a AppState,
        visitor: &'a Visitor,
        headers: &'a HeaderMap,
        slug: &'a str,
        asked: &'a Asked,
    ) -> Result<Self, Failure> {
        let to = Destination::read(state, visitor, asked.next.as_deref()).await?;
        Ok(Self {
            state,
            visitor,
            headers,
            slug,
            to,
            invitation: asked.itoken.as_deref().or(asked.token.as_deref()),
            inspects: asked.inspector.is_some(),
        })
    }

    /// Where somebody goes on to who came back (the browser's button, a second tab) to a sign-in
    /// that is behind them.
    fn done_already(&self) -> Option<&str> {
        self.visitor.session.as_ref()?;
        let snapshot = self.state.engine.snapshot();
        let mut flows = snapshot.flows.values();
        let flow = flows.find(|flow| flow.slug == self.slug)?;
        let next = self.to.next.as_deref()?;
        (flow.designation == "authentication").then_some(next)
    }

    /// What whoever was signed out by us is told.
    async fn why_here(&self) -> Result<Option<&'static str>, Failure> {
        let now = self.visitor.ctx().now;
        let moved =
            self.visitor.session.is_none() && has_moved(self.state, self.headers, now).await?;
        Ok(moved.then_some(Login::MOVED))
    }

    /// What is said about a page from before.
    fn expired(&self) -> &'static str {
        let snapshot = self.state.engine.snapshot();
        let flow = snapshot.flows.get(self.slug);
        match flow.map(|flow| &*flow.designation) {
            Some("authentication") => Login::EXPIRED,
            _ => "This page was open too long, so nothing was sent. Please start again.",
        }
    }

    async fn begin(&self, name: &str, notice: Option<&'static str>) -> Result<Response, Failure> {
        let visit = self.visit(false);
        let start = Start {
            slug: self.slug,
            handle: None,
            application: self.to.application.as_deref(),
            identifier: name,
            invitation: self.invitation,
        };
        let step = flow::begin(&self.state.engine, self.visitor.ctx(), &visit, start).await?;
        let Some(step) = step else {
            return Ok(self.state.pages.respond(&Message::not_found()));
        };
        self.rendered(&step, None, notice).await
    }

    async fn resume(&self, run: &str, answer: Option<&Answer>) -> Result<Option<Step>, Failure> {
        let Some(cookie) = cookies::run(self.headers, run) else {
            return Ok(None);
        };
        let visit = self.visit(answer.is_some());
        let held = Kept {
            slug: self.slug,
            handle: run,
            cookie,
        };
        let ctx = self.visitor.ctx();
        Ok(flow::resume(&self.state.engine, ctx, &visit, held, answer).await?)
    }

    pub(super) fn visit(&self, may_act: bool) -> flow::Visit {
        cookies::visit(self.state, self.visitor, self.headers, &self.to, may_act)
    }

    /// After a form: on to the next page, or the same form with what was wrong.
    pub(super) async fn answered(
        &self,
        step: &Step,
        run: Option<&str>,
    ) -> Result<Response, Failure> {
        let Next::Show(challenge) = &step.next else {
            return self.rendered(step, run, None).await;
        };
        if !challenge.mistakes.is_empty() {
            return self.rendered(step, run, None).await;
        }
        let page = step
            .run
            .as_ref()
            .map_or_else(String::new, |held| self.address(step, &held.id));
        let jar = self.jar(step, run);
        Ok(jar.with(see_other(&page)))
    }

    async fn rendered(
        &self,
        step: &Step,
        run: Option<&str>,
        notice: Option<&'static str>,
    ) -> Result<Response, Failure> {
        let inspection = self.inspection(step).await?;
        let jar = self.jar(step, run);
        let response = match &step.next {
            Next::Show(challenge) => {
                let id = step.run.as_ref().map_or("", |held| &held.id);
                let scene = Scene {
                    state: self.state,
                    visitor: self.visitor,
                    action: self.address(step, id),
                    csrf: csrf::issue(&self.state.engine.keys, Subject::Run(id)),
                    to: &self.to.through(&challenge.flow.origins),
                    notice,
                    inspection: inspection.as_ref(),
                };
                stages::page(&scene, challenge)
            }
            Next::SignedOut { to, frames } if !frames.is_empty() => {
                let to = to.as_deref().unwrap_or("/");
                signing_out(self.state, frames.clone(), to.to_owned())
            }
            Next::Redirect(to) | Next::SignedOut { to: Some(to), .. } => see_other(to),
            Next::SignedOut { to: None, .. } => page::signed_out(self.state),
            Next::Refused(refusal, _) => {
                refused::page(self.state, self.visitor, refusal, &self.again())
            }
        };
        Ok(jar.with(response))
    }

    /// What the run holds, if that is wanted and may be seen.
    async fn inspection(&self, step: &Step) -> Result<Option<Inspection>, Failure> {
        let ctx = self.visitor.ctx();
        let held = step.run.as_ref().filter(|_| self.inspects);
        let Some(held) = held.filter(|_| flow::may_inspect(&ctx.actor)) else {
            return Ok(None);
        };
        let former = cookies::run(self.headers, &held.id);
        let kept = held.cookie.as_deref().or(former).map(|cookie| Kept {
            slug: &step.slug,
            handle: &held.id,
            cookie,
        });
        let Some(kept) = kept else { return Ok(None) };
        let run = flow::inspect(&self.state.engine, ctx, kept).await?;
        Ok(run.map(|run| inspection::page(&self.state.engine.snapshot(), &run, self.again())))
    }

    /// A run that moved to another id leaves its old cookie behind.
    fn jar(&self, step: &Step, run: Option<&str>) -> Jar {
        let mut jar = Jar::new(self.visitor.asked.is_https);
        let kept = step.run.as_ref().map(|held| held.id.as_str());
        if let Some(run) = run.filter(|run| kept != Some(*run)) {
            jar.drop_run(run);
        }
        if let Some(held) = &step.run
            && let Some(cookie) = &held.cookie
            && let Err(error) = jar.keep_run(self.headers, &held.id, cookie)
        {
            tracing::error!(%error, "a run does not fit its cookie");
        }
        jar.proven_device(step.proven_device.as_ref());
        jar.session(self.state, &step.session);
        jar
    }

    fn address(&self, step: &Step, run: &str) -> String {
        let inspects = self.inspects.then_some("&inspector");
        let address = page::address(&step.slug, Some(run), self.to.next.as_deref());
        address + inspects.unwrap_or_default()
    }

    pub(super) fn again(&self) -> String {
        page::address(self.slug, None, self.to.next.as_deref())
    }

    pub(super) fn foreign(&self) -> Response {
        self.state
            .pages
            .respond(&Message::foreign_form(self.again()))
    }
}

/// The name in a form that came too late: typed, or carried along on the password's page.
fn typed_name(answer: &Answer) -> String {
    let field = |name: &str| answer.fields.get(name).and_then(Value::as_str);
    let name = field("uid_field")
        .or_else(|| field("username"))
        .unwrap_or_default();
    short(name)
}

/// No longer than a name.
pub(super) fn short(name: &str) -> String {
    name.chars()
        .filter(|one| !one.is_control())
        .take(150)
        .collect()
}
