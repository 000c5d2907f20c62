//! Who looks at their own pages, and what they send from there.
//!
//! Rule: whatever changes something takes a [`Given`], which is a form of ours from the session that it was
//! shown in.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use doorward_engine::authenticator::is_recent;
use doorward_engine::resource::Refusal;
use doorward_engine::session::LiveSession;
use doorward_engine::{Context, Person};
use http::request::Parts;
use url::form_urlencoded;

use super::{here, shown, to_sign_in};
use crate::csrf::{self, Subject};
use crate::extract::Visitor;
use crate::flow::sign_in_again;
use crate::pages::{self, CSRF_FIELD, Message, Nav};
use crate::respond::Failure;
use crate::state::AppState;

/// So many fields a form may have.
const FIELDS_MAX: usize = 64;

/// Somebody who is signed in.
pub(super) struct Own {
    /// Who.
    pub(super) person: Arc<Person>,
    /// The session that they are here with.
    pub(super) session: Arc<LiveSession>,
    /// The rest of the request.
    pub(super) visitor: Visitor,
}

impl FromRequestParts<AppState> for Own {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, state).await;
        let visitor = visitor.map_err(IntoResponse::into_response)?;
        match (visitor.person(), visitor.session.clone()) {
            (Some(person), Some(session)) => Ok(Self {
                person,
                session,
                visitor,
            }),
            _ => Err(to_sign_in(&here(&parts.uri))),
        }
    }
}

impl Own {
    /// The context for the engine.
    pub(super) fn ctx(&self) -> &Context {
        self.visitor.ctx()
    }

    /// Who it is, for the head of the page.
    pub(super) fn shown(&self) -> pages::Person {
        shown(&self.person)
    }

    /// The links in the head of the page.
    pub(super) fn nav(&self) -> Nav {
        Nav::new(self.person.is_superuser)
    }

    /// The token for the page's forms.
    pub(super) fn csrf(&self, state: &AppState) -> String {
        csrf::issue(&state.engine.keys, Subject::Session(&self.session.id))
    }

    /// Where to sign in once more before what wants a recent proof; nothing if that was just done.
    pub(super) fn sign_in_again_url(&self, path: &str) -> Option<String> {
        (!is_recent(&self.session, self.ctx().now)).then(|| sign_in_again(path))
    }
}

/// A form of ours, within bounds.
pub(super) struct Given {
    /// Who sent it.
    pub(super) own: Own,
    fields: Vec<(String, String)>,
}

impl FromRequest<AppState> for Given {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let own = Own::from_request_parts(&mut parts, state).await?;
        let (headers, path) = (parts.headers.clone(), parts.uri.path().to_owned());
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let body = body.map_err(|_| state.pages.respond(&Message::body_too_large()))?;
        let fields = form_urlencoded::parse(&body).into_owned();
        let fields = fields.take(FIELDS_MAX).collect();
        let given = Self { own, fields };
        let (asked, token) = (&given.own.visitor.asked, given.get(CSRF_FIELD));
        let subject = Subject::Session(&given.own.session.id);
        if !csrf::is_ours(state, asked, &headers, subject, token) {
            return Err(state.pages.respond(&Message::foreign_form(path)));
        }
        Ok(given)
    }
}

impl Given {
    /// A field without blanks around it; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        let named = self.fields.iter().find(|(one, _)| one == name);
        named.map_or("", |(_, value)| value.trim())
    }
}

/// Answers with why the engine did not do what was asked.
pub(super) fn refused(state: &AppState, own: &Own, path: &str, refusal: Refusal) -> Response {
    let page = match refusal {
        Refusal::NotAuthenticated => return to_sign_in(path),
        Refusal::NotFound { .. } | Refusal::InvalidPage => Message::not_found(),
        Refusal::Fault(fault) => return Failure::from(fault).into_response(),
        Refusal::Forbidden | Refusal::NotAllowed | Refusal::Invalid(_) => {
            Message::forbidden(&*own.ctx().request_id)
        }
    };
    state.pages.respond(&page)
}
