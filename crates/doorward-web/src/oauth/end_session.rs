//! Signing out at an app's wish (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Rule: without a hint of ours a GET ends nothing; it asks, and the answer is a form of our own.

use axum::Form;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FormRejection};
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::broken::{self, Mutant};
use doorward_engine::oauth::{Client, Ended, Ending};
use doorward_protocol::oauth::Parameters;
use http::header::{REFRESH, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde::Deserialize;

use crate::csrf;
use crate::extract::{Asked, Asks, Visitor, session_cookie_ended};
use crate::pages::{Message, Person, SignOutConfirm, SignedOut, SigningOut};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

/// So many seconds apps' pages have to load.
const FRAMES_S: u8 = 3;

/// `GET /application/o/<slug>/end-session/`
pub(super) async fn ask(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Failure> {
    let parameters = Parameters::read(uri.query().unwrap_or_default().as_bytes());
    let Ok(parameters) = parameters else {
        return Ok(state.pages.respond(&unreadable()));
    };
    let snapshot = state.engine.snapshot();
    let session = visitor.session.as_deref();
    let ending = state
        .engine
        .oauth_end_session(&snapshot, visitor.ctx(), &slug, &parameters, session)
        .await?;
    Ok(match ending {
        None => state.pages.respond(&Message::not_found()),
        Some(Ending::Unregistered { client, why }) => {
            let name = &client.application.name;
            let text = format!(
                "“{name}” wants to send you to an address that cannot be used: {why}. Nothing was \
                 ended."
            );
            let title = "This sign-out request is not right";
            let page = Message::new(StatusCode::BAD_REQUEST, title, text);
            let again = format!("/application/o/{slug}/end-session/");
            state.pages.respond(&page.with_next_step("Sign out", again))
        }
        Some(Ending::Ask { client, question }) => state
            .pages
            .respond(&confirm(&slug, &visitor, &client, question)),
        Some(Ending::Done(ended)) => done(&state, &visitor, ended),
    })
}

/// `POST /application/o/<slug>/end-session/`: from an app's page, without our cookie
/// (`SameSite=Lax`), so it goes on as a `GET`.
pub(super) async fn by_form(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        return state.pages.respond(&Message::body_too_large());
    };
    match Parameters::read(&body) {
        Ok(parameters) => {
            let query = parameters.encoded();
            see_other(&format!("/application/o/{slug}/end-session/?{query}"))
        }
        Err(_) => state.pages.respond(&unreadable()),
    }
}

/// The answer to the question. A form that cannot be read answers nothing.
#[derive(Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    scope: String,
}

/// `POST /application/o/<slug>/end-session/confirm/`. The sealed question is the form's token: it
/// names the session that it was asked in.
pub(super) async fn confirmed(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
    choice: Result<Form<Choice>, FormRejection>,
) -> Result<Response, Failure> {
    let choice = choice.map_or_else(|_| Choice::default(), |Form(choice)| choice);
    let again = format!("/application/o/{slug}/end-session/");
    if csrf::is_foreign(&state, &visitor.asked, &headers) {
        return Ok(state.pages.respond(&Message::foreign_form(again)));
    }
    let snapshot = state.engine.snapshot();
    let session = visitor.session.as_deref();
    let everything = choice.scope == "all";
    let ended = state
        .engine
        .oauth_end_confirmed(&snapshot, visitor.ctx(), &choice.csrf, everything, session)
        .await?;
    Ok(match ended {
        Some(ended) => done(&state, &visitor, ended),
        None => state.pages.respond(&Message::foreign_form(again)),
    })
}

fn confirm(slug: &str, visitor: &Visitor, client: &Client, question: String) -> SignOutConfirm {
    let person = visitor.person();
    SignOutConfirm {
        person: person.map(|person| Person::new(&*person.name, &*person.username)),
        app_name: Some(client.application.name.clone()),
        csrf: question,
        action: format!("/application/o/{slug}/end-session/confirm/"),
        central_choice: true,
        back_url: "/if/user/".to_owned(),
        form_action_origin: client.logout_origins(),
    }
}

fn done(state: &AppState, visitor: &Visitor, ended: Ended) -> Response {
    let mut response = match ended.location {
        to if !ended.frames.is_empty() => {
            signing_out(state, ended.frames, to.unwrap_or_else(|| "/".to_owned()))
        }
        Some(location) => see_other(&location),
        None => state.pages.respond(&SignedOut {
            app: (!ended.everything).then(|| ended.client.application.name.clone()),
            apps_url: (!ended.everything).then(|| "/if/user/".to_owned()),
            login_url: "/flows/-/default/authentication/".to_owned(),
        }),
    };
    if ended.everything && !broken::is(Mutant::LogoutKeepsSession) {
        let gone = session_cookie_ended(visitor.asked.is_https);
        response.headers_mut().append(SET_COOKIE, gone);
    }
    response
}

/// What is shown to whoever has signed out: the page with the apps' own, which goes on by itself after a moment.
pub(crate) fn signing_out(state: &AppState, frame_urls: Vec<String>, next_url: String) -> Response {
    let refresh = HeaderValue::from_str(&format!("{FRAMES_S}; url={next_url}"));
    let page = SigningOut {
        frame_urls,
        next_url,
    };
    let mut response = state.pages.respond(&page);
    if let Ok(refresh) = refresh {
        response.headers_mut().insert(REFRESH, refresh);
    }
    response
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Left {
    page: String,
}

/// `GET /if/signing-out/`: the same page for whoever signed out at the flow executor. Late, or made up
/// by somebody else, it leads to our own first page.
pub(super) async fn leaving(
    State(state): State<AppState>,
    Asks(left): Asks<Left>,
    asked: Asked,
) -> Response {
    match state.engine.oauth_left(&left.page, asked.ctx.now) {
        Some(leaving) => signing_out(&state, leaving.frames, leaving.to),
        None => see_other("/"),
    }
}

fn unreadable() -> Message {
    let text = "Something stands in it twice, or it is too long. Nothing was ended.";
    Message::new(
        StatusCode::BAD_REQUEST,
        "This sign-out request is not right",
        text,
    )
}
