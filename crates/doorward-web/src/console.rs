//! The operators' pages below `/if/admin/`: who may enter, how a form is taken, how a page is answered.
//!
//! Owns the way in and out; each page stands in its own file. Leaves what somebody may see and change to
//! `engine::resource`. Rule: a page changes nothing, and whatever changes something takes a [`Sent`], which
//! is a form of ours from the session that it was shown in.

mod applications;
mod chart;
mod events;
mod home;
mod invite;
mod objects;
mod old_links;
mod parts;
mod search;
mod sentence;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use doorward_engine::resource::{self, Errors, Kind, Params, Refusal};
use doorward_engine::session::LiveSession;
use doorward_engine::{Context, Person};
use http::StatusCode;
use http::request::Parts;
use serde_json::Value;
use url::form_urlencoded;

use crate::csrf::{self, Subject};
use crate::extract::Visitor;
use crate::look;
use crate::pages::{self, CSRF_FIELD, FieldError, Frame, Message, Page, Section};
use crate::respond::Failure;
use crate::state::AppState;
use crate::user_pages::{here, to_sign_in};

/// So many fields a form may have.
const FIELDS_MAX: usize = 4000;

/// These pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .merge(applications::routes())
        .merge(home::routes())
        .merge(invite::routes())
        .merge(events::routes())
        .merge(search::routes())
        .merge(why::routes())
        .merge(old_links::routes())
        .merge(objects::routes())
        .merge(parts::routes())
}

/// Somebody who may enter the console.
pub(crate) struct Operator {
    /// Who.
    pub(crate) person: Arc<Person>,
    /// The session that they are here with.
    pub(crate) session: Arc<LiveSession>,
    /// The rest of the request.
    pub(crate) visitor: Visitor,
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, state).await;
        let visitor = visitor.map_err(IntoResponse::into_response)?;
        let (Some(person), Some(session)) = (visitor.person(), visitor.session.clone()) else {
            return Err(to_sign_in(&here(&parts.uri)));
        };
        if !person.is_superuser {
            let page = Message::forbidden(&*visitor.ctx().request_id);
            return Err(state.pages.respond(&page));
        }
        Ok(Self {
            person,
            session,
            visitor,
        })
    }
}

impl Operator {
    /// The context for the engine.
    pub(crate) fn ctx(&self) -> &Context {
        self.visitor.ctx()
    }

    /// What surrounds their page in `section`.
    pub(crate) fn frame(&self, state: &AppState, section: Section) -> Frame {
        let person = pages::Person::new(&*self.person.name, &*self.person.username);
        let subject = Subject::Session(&self.session.id);
        Frame::new(person, section, csrf::issue(&state.engine.keys, subject))
    }

    /// A query of a list, as the kernel takes it.
    pub(crate) fn params<const N: usize>(&self, query: [(&str, &str); N]) -> Params {
        let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        Params {
            query: query.map(pair).into(),
            session: Some(self.session.id.to_string()),
        }
    }
}

/// A form of ours: from an operator, in the session that it was shown in, within bounds.
pub(crate) struct Sent {
    /// Who sent it.
    pub(crate) operator: Operator,
    /// Its fields in order; one may be there several times.
    pub(crate) fields: Vec<(String, String)>,
}

impl FromRequest<AppState> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let operator = Operator::from_request_parts(&mut parts, state).await?;
        let (headers, path) = (parts.headers.clone(), parts.uri.path().to_owned());
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let body = body.map_err(|_| state.pages.respond(&Message::body_too_large()))?;
        let fields = form_urlencoded::parse(&body).into_owned();
        let fields: Vec<_> = fields.take(FIELDS_MAX + 1).collect();
        if fields.len() > FIELDS_MAX {
            return Err(state.pages.respond(&Message::body_too_large()));
        }
        let sent = Self { operator, fields };
        let subject = Subject::Session(&sent.operator.session.id);
        let (asked, token) = (&sent.operator.visitor.asked, sent.get(CSRF_FIELD));
        if !csrf::is_ours(state, asked, &headers, subject, token) {
            return Err(state.pages.respond(&Message::foreign_form(path)));
        }
        Ok(sent)
    }
}

impl Sent {
    /// The last value of a field; empty if it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let named = self.fields.iter().rfind(|(one, _)| one == name);
        named.map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(one, _)| one == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// The kind with this model.
///
/// # Errors
///
/// [`Refusal::NotFound`] for a model that is not of the registry.
pub(crate) fn kind_of(model: &str) -> Result<&'static Kind, Refusal> {
    resource::kind(model).ok_or(Refusal::NotFound { model: "" })
}

/// The objects of a list's answer.
pub(crate) fn results(page: &Value) -> &[Value] {
    let results = page["results"].as_array();
    results.map(Vec::as_slice).unwrap_or_default()
}

/// Messages beside those of the fields that a form shows; the others above them.
pub(crate) fn beside(errors: &Errors, shown: &[&str]) -> Vec<FieldError> {
    let at = |(place, message): (String, String)| {
        let field = place.split('.').next().unwrap_or_default();
        if shown.contains(&field) {
            FieldError::at(field, message)
        } else {
            FieldError::form(message)
        }
    };
    errors.sentences().into_iter().map(at).collect()
}

/// Answers with a page of the console. It speaks English (decision 51).
pub(crate) fn answer<P: Page>(state: &AppState, page: &P) -> Response {
    state.pages.respond_as(page, &look::current().in_english())
}

/// Answers with why the engine did not do what was asked, where no form can say it.
pub(crate) fn refused(state: &AppState, operator: &Operator, refusal: Refusal) -> Response {
    let page = match refusal {
        Refusal::NotAuthenticated => return to_sign_in(Section::Home.url()),
        Refusal::Forbidden => Message::forbidden(&*operator.ctx().request_id),
        Refusal::NotFound { .. } | Refusal::InvalidPage => Message::not_found(),
        Refusal::NotAllowed => Message::wrong_method(),
        Refusal::Invalid(errors) => Message::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "That did not work",
            errors.to_string(),
        ),
        Refusal::Fault(fault) => return Failure::from(fault).into_response(),
    };
    let back = page.with_next_step("Back to the administration", Section::Home.url());
    answer(state, &back)
}
