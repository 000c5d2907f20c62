//! Devices on the wire: their endpoint (RFC 8628 §3.1), and the pages on which people let them in.
//!
//! Rule: nothing is answered for a device but by a form of our own page.

use std::sync::Arc;

use axum::Form;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Response};
use doorward_engine::Person;
use doorward_engine::oauth::{DeviceAnswered, DeviceLooked, DevicePage, DeviceQuestion};
use doorward_engine::session::LiveSession;
use doorward_protocol::forward_auth::component;
use doorward_protocol::oauth::ErrorCode;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde::Deserialize;

use super::token::{Call, no_store};
use super::{DEVICE_AROUND, DEVICE_OPEN, cors};
use crate::csrf::{self, Subject};
use crate::extract::{Asked, Asks, Visitor};
use crate::flow::before_opening;
use crate::pages::{AppAbout, DeviceCode, DeviceConfirm, FieldError, Message};
use crate::refusal::{self, Refusal};
use crate::respond::{Failure, see_other};
use crate::state::AppState;
use crate::user_pages::to_sign_in;

/// Where people type the code.
pub(super) const PAGE: &str = "/device";
/// Where the answer goes.
pub(super) const ANSWER: &str = "/device/answer";
const UNKNOWN: &str =
    "No device waits with this code. Look at the device again, or start anew there.";
/// A device that was refused because there were too many asks again after so many seconds.
const TOO_MANY_WAIT: HeaderValue = HeaderValue::from_static("60");

/// `POST /application/o/device/`
pub(super) async fn begin(
    State(state): State<AppState>,
    asked: Asked,
    headers: HeaderMap,
    call: Call,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let client = call.client(&snapshot).cloned();
    let engine = &state.engine;
    let begun = engine.oauth_device(&snapshot, &asked.ctx, &call.presented, &call.parameters);
    let response = match begun.await {
        Ok(codes) => no_store(Json(codes).into_response()),
        Err(refused) => {
            let is_too_often = refused.is(ErrorCode::SlowDown);
            let mut response = call.refused(refused)?;
            if is_too_often {
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                response.headers_mut().insert(RETRY_AFTER, TOO_MANY_WAIT);
            }
            response
        }
    };
    Ok(cors::allow_named(response, client.as_deref(), &headers))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    code: String,
    done: String,
    passed: String,
}

/// `GET /device`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(query): Asks<Query>,
    visitor: Visitor,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    if let Some(page) = done(&query.done) {
        return Ok(state.pages.respond(&page));
    }
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(
            &uri.path_and_query()
                .map_or(PAGE.to_owned(), ToString::to_string),
        ));
    };
    match opened(&state, &visitor, session, (&query.code, &query.passed)) {
        DevicePage::Open { code, passed } => {
            let page = code_page(&state, person, session, (code, passed));
            Ok(state.pages.respond(&page))
        }
        DevicePage::Run { flow, around } => {
            let next = resuming(DEVICE_AROUND, &around);
            before_opening(&state, &visitor, &headers, &flow, next).await
        }
    }
}

/// Whether codes may be typed here, or the brand's flow comes first.
fn opened(
    state: &AppState,
    visitor: &Visitor,
    session: &LiveSession,
    brought: (&str, &str),
) -> DevicePage {
    let (snapshot, host) = (state.engine.snapshot(), visitor.asked.host_text());
    let engine = &state.engine;
    engine.oauth_device_page(&snapshot, visitor.ctx(), session, &host, brought)
}

/// `GET /device/around/`: the flow around the page, once more.
pub(super) async fn around(
    State(state): State<AppState>,
    Asks(asked): Asks<Open>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (snapshot, ctx) = (state.engine.snapshot(), visitor.ctx());
    let flow = visitor.session.as_deref().and_then(|session| {
        let at = (session, &*visitor.asked.host_text());
        let engine = &state.engine;
        engine.oauth_device_page_flow(&snapshot, ctx, at, &asked.request)
    });
    match flow {
        Some(flow) => {
            let next = resuming(DEVICE_AROUND, &asked.request);
            before_opening(&state, &visitor, &headers, &flow, next).await
        }
        None => Ok(see_other(PAGE)),
    }
}

/// Where a flow is run once more.
fn resuming(path: &str, sealed: &str) -> String {
    format!("{path}?request={}", component(sealed))
}

fn done(word: &str) -> Option<Message> {
    let (title, text) = match word {
        "allowed" => ("Your device is signed in", "You can go back to it now."),
        "denied" => (
            "The device was not let in",
            "Nothing was told to it. If you did not expect the question, somebody else may have \
             sent you the code.",
        ),
        "late" => (
            "This code does not work any more",
            "It was used, or is too old. Start again on the device.",
        ),
        _ => return None,
    };
    Some(Message::new(StatusCode::OK, title, text))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    csrf: String,
    code: String,
    passed: String,
}

/// `POST /device`: what waits with this code.
pub(super) async fn look(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    posted: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(PAGE));
    };
    let Form(typed) = posted.unwrap_or_default();
    if !is_ours(&state, &visitor, &headers, session, &typed.csrf) {
        return Ok(state.pages.respond(&Message::foreign_form(PAGE)));
    }
    let page = match opened(&state, &visitor, session, (&typed.code, &typed.passed)) {
        DevicePage::Open { code, passed } => code_page(&state, person, session, (code, passed)),
        DevicePage::Run { .. } => {
            let again = format!("{PAGE}?code={}", component(&typed.code));
            return Ok(see_other(&again));
        }
    };
    let (snapshot, ctx) = (state.engine.snapshot(), visitor.ctx());
    let looked = state
        .engine
        .oauth_device_question(&snapshot, ctx, (person, session), &typed.code)
        .await?;
    Ok(match looked {
        DeviceLooked::Unknown => state.pages.respond(&DeviceCode {
            errors: vec![FieldError::at("code", UNKNOWN)],
            ..page
        }),
        DeviceLooked::TooMany { until } => {
            let wait_s = (until - ctx.now).max(0).div_euclid(1000) + 1;
            state.pages.respond(&DeviceCode {
                wait_s: Some(u32::try_from(wait_s).unwrap_or(u32::MAX)),
                ..page
            })
        }
        DeviceLooked::Waiting(question) => {
            let place = question.address.and_then(|at| snapshot.geo.place(at));
            let place = place.map(|place| place.words()).unwrap_or_default();
            state.pages.respond(&confirm(page, *question, place))
        }
    })
}

fn code_page(
    state: &AppState,
    person: &Person,
    session: &LiveSession,
    (code, passed): (String, String),
) -> DeviceCode {
    DeviceCode {
        account: person.username.to_string(),
        action: PAGE.to_owned(),
        csrf: csrf::issue(&state.engine.keys, Subject::Session(&session.id)),
        code,
        passed,
        errors: Vec::new(),
        wait_s: None,
    }
}

fn confirm(page: DeviceCode, question: DeviceQuestion, place: String) -> DeviceConfirm {
    let address = question.address.map(|address| address.to_string());
    DeviceConfirm {
        account: page.account,
        app_name: question.client.application.name.clone(),
        about: AppAbout::of(&question.client.about()),
        code: question.user_code,
        address: address.unwrap_or_default(),
        place,
        permissions: question.permissions,
        action: ANSWER.to_owned(),
        csrf: page.csrf,
        held: question.held,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answered {
    csrf: String,
    held: String,
    answer: String,
}

/// `POST /device/answer`
pub(super) async fn answer(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    posted: Result<Form<Answered>, FormRejection>,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(PAGE));
    };
    let Form(posted) = posted.unwrap_or_default();
    if !is_ours(&state, &visitor, &headers, session, &posted.csrf) {
        return Ok(state.pages.respond(&Message::foreign_form(PAGE)));
    }
    let (snapshot, ctx) = (state.engine.snapshot(), visitor.ctx());
    let said = (&*posted.held, posted.answer == "allow");
    let engine = &state.engine;
    let answered = engine.oauth_device_answer(&snapshot, ctx, session, said);
    Ok(match answered.await? {
        DeviceAnswered::Allowed => see_other("/device?done=allowed"),
        DeviceAnswered::Denied => see_other("/device?done=denied"),
        DeviceAnswered::Late => see_other("/device?done=late"),
        DeviceAnswered::NoFlow => {
            let page = Message::forbidden(&*ctx.request_id);
            state.pages.respond(&page)
        }
        DeviceAnswered::Run { flow, held } => {
            let next = resuming(DEVICE_OPEN, &held);
            before_opening(&state, &visitor, &headers, &flow, next).await?
        }
        DeviceAnswered::MayNot {
            application,
            verdict,
        } => {
            refusal::log(ctx, &application, person);
            let refusal = Refusal {
                application: &application,
                person,
                steps: &verdict.steps,
                switch_url: None,
                elsewhere: false,
            };
            refusal.page(&state, &snapshot, ctx)
        }
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Open {
    request: String,
}

/// `GET /device/open/`: the flow before the application of a device that somebody agreed to let in,
/// once more.
pub(super) async fn open(
    State(state): State<AppState>,
    Asks(asked): Asks<Open>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (snapshot, ctx) = (state.engine.snapshot(), visitor.ctx());
    let flow = visitor.session.as_deref().and_then(|session| {
        let engine = &state.engine;
        engine.oauth_device_flow(&snapshot, ctx, session, &asked.request)
    });
    match flow {
        Some(flow) => {
            let next = resuming(DEVICE_OPEN, &asked.request);
            before_opening(&state, &visitor, &headers, &flow, next).await
        }
        None => Ok(see_other("/device?done=late")),
    }
}

fn signed_in(visitor: &Visitor) -> Option<(&Arc<Person>, &LiveSession)> {
    let person = visitor.ctx().actor.person()?;
    Some((person, visitor.session.as_deref()?))
}

fn is_ours(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    session: &LiveSession,
    token: &str,
) -> bool {
    let subject = Subject::Session(&session.id);
    csrf::is_ours(state, &visitor.asked, headers, subject, token)
}
