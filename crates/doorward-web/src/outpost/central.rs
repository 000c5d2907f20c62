//! The outpost's two pages on the public address: may this person open the application, and do
//! they want to leave it?
//!
//! Rule: what a page may do is sealed into its address; nothing in the query is believed without.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use doorward_engine::Snapshot;
use doorward_engine::outpost::{Authorization, Leaving};
use doorward_protocol::forward_auth::component;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::traced;
use crate::csrf;
use crate::extract::{Asked, Asks, Visitor, session_cookie_ended};
use crate::flow::before_opening;
use crate::pages::{Message, Person, SignOutConfirm};
use crate::refusal::{self, Refusal};
use crate::respond::{Failure, found, see_other};
use crate::state::AppState;

const AUTHORIZE: &str = "/application/proxy/authorize/";
const SIGN_OUT: &str = "/application/proxy/sign-out/";

/// What the outpost sealed for this page. An address that cannot be read holds nothing.
#[derive(Default, Deserialize)]
pub(super) struct Sealed {
    #[serde(default)]
    request: String,
}

/// `GET /application/proxy/authorize/`
pub(super) async fn authorize(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    Asks(sealed): Asks<Sealed>,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let session = visitor.session.as_deref();
    let answered = state
        .engine
        .outpost_authorize(&snapshot, visitor.ctx(), session, &sealed.request)
        .await?;
    let reference = &*visitor.ctx().request_id;
    let here = format!("{AUTHORIZE}?request={}", sealed.request);
    Ok(match answered {
        Authorization::SignIn { flow } => {
            let path = format!("/if/flow/{flow}/?next={}", component(&here));
            found(&absolute(&snapshot, &path))
        }
        Authorization::Refused { app, person, steps } => {
            let path = format!(
                "/flows/-/default/authentication/?switch=1&next={}",
                component(&here)
            );
            let switch = absolute(&snapshot, &path);
            refusal::log(visitor.ctx(), &app.application, &person);
            state.engine.outpost_refused(visitor.ctx(), &app);
            traced::refused(&state, &visitor.asked, &snapshot, &app, (&person, &steps)).await;
            let refusal = Refusal {
                application: &app.application,
                person: &person,
                steps: &steps,
                switch_url: Some(switch),
                elsewhere: true,
            };
            refusal.page(&state, &snapshot, visitor.ctx())
        }
        Authorization::Run { flow } => {
            return before_opening(&state, &visitor, &headers, &flow, here).await;
        }
        Authorization::Granted { location } | Authorization::Restart { location } => {
            found(&location)
        }
        Authorization::Unknown => state.pages.respond(&broken(reference)),
    })
}

/// `GET /application/proxy/sign-out/`: asks, and ends nothing.
pub(super) async fn ask(
    State(state): State<AppState>,
    asked: Asked,
    Asks(sealed): Asks<Sealed>,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let leaving = state
        .engine
        .outpost_leaving(&snapshot, &sealed.request, asked.ctx.now);
    let Some(leaving) = leaving else {
        return Ok(state.pages.respond(&broken(&asked.ctx.request_id)));
    };
    let person = state.engine.outpost_leaver(&leaving, asked.ctx.now).await?;
    Ok(state.pages.respond(&SignOutConfirm {
        person: person.map(|person| Person::new(&*person.name, &*person.username)),
        app_name: Some(leaving.app.application.name.clone()),
        csrf: sealed.request,
        action: SIGN_OUT.to_owned(),
        central_choice: true,
        back_url: format!("{}/", leaving.origin()),
        form_action_origin: Some(leaving.origin().to_owned()),
    }))
}

/// The answer to the question. A form that cannot be read answers nothing.
#[derive(Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    scope: String,
}

/// `POST /application/proxy/sign-out/`. The sealed request is the form's token: only the browser
/// with the app's cookie got it, and it ends that browser's sessions alone.
pub(super) async fn leave(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    choice: Result<Form<Choice>, FormRejection>,
) -> Result<Response, Failure> {
    let choice = choice.map_or_else(|_| Choice::default(), |Form(choice)| choice);
    let snapshot = state.engine.snapshot();
    let leaving = state
        .engine
        .outpost_leaving(&snapshot, &choice.csrf, asked.ctx.now);
    let Some(leaving) = leaving.filter(|_| !csrf::is_foreign(&state, &asked, &headers)) else {
        return Ok(state
            .pages
            .respond(&Message::foreign_form(absolute(&snapshot, "/if/user/"))));
    };
    left(&state, &asked, &leaving, choice.scope == "all").await
}

async fn left(
    state: &AppState,
    asked: &Asked,
    leaving: &Leaving,
    everything: bool,
) -> Result<Response, Failure> {
    let left = state
        .engine
        .outpost_left(&asked.ctx, leaving, everything)
        .await?;
    let mut response = see_other(&left.location);
    if left.everything {
        response
            .headers_mut()
            .append(SET_COOKIE, session_cookie_ended(asked.is_https));
    }
    Ok(response)
}

/// An address on the public host.
fn absolute(snapshot: &Snapshot, path: &str) -> String {
    let public = snapshot.public_url().and_then(|url| url.join(path).ok());
    public.map_or_else(|| path.to_owned(), String::from)
}

/// A sealed request that does not open: the person goes back and opens the application again.
fn broken(reference: &str) -> Message {
    let text = "The link is too old or was cut off. Open the application again.";
    Message::new(
        StatusCode::BAD_REQUEST,
        "This link does not work any more",
        text,
    )
    .with_reference(reference)
}
