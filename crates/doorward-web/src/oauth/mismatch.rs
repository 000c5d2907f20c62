//! A request whose address is not registered: a page for everybody, and for whoever may change the
//! client one that says what differs and allows the address by one click.
//!
//! Rule: only a form of ours allows anything, in the session that it was shown in, right after
//! signing in.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use doorward_engine::authenticator::is_recent;
use doorward_engine::oauth::{Client, Compared};
use doorward_engine::resource::Refusal;
use doorward_engine::session::LiveSession;
use doorward_protocol::oauth::Parameters;
use doorward_protocol::redirect::difference::Part;
use doorward_protocol::redirect::registered::UriRefusal;
use http::{HeaderMap, StatusCode};

use super::AUTHORIZE;
use super::authorize::NOT_RIGHT;
use crate::csrf::{self, Subject};
use crate::extract::Visitor;
use crate::flow::sign_in_again;
use crate::pages::{CSRF_FIELD, Marked, Message, Mismatch, OtherAddress};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

/// Where the page's form goes.
pub(super) const ALLOW: &str = "/application/o/authorize/allow/";

/// The page; the operator is told through an event.
pub(super) fn page(
    state: &AppState,
    visitor: &Visitor,
    client: &Client,
    (sent, why): (&str, &UriRefusal),
    parameters: &Parameters,
) -> Response {
    let ctx = visitor.ctx();
    if state.engine.oauth_mismatch(ctx, client, sent, why) {
        tracing::warn!(
            request.id = &*ctx.request_id, application = client.application.slug, %why,
            "a client asked to be answered at an address that it has not registered"
        );
    }
    let snapshot = state.engine.snapshot();
    let may_allow = state.engine.oauth_may_allow(&snapshot, ctx, client);
    match visitor.session.as_deref() {
        Some(session) if may_allow && *why == UriRefusal::Unregistered => {
            let page = compared(state, visitor, session, client, (sent, parameters));
            state.pages.respond(&page)
        }
        _ => {
            let told = may_allow.then_some(sent);
            let page = refused(client, told, why).with_reference(&*ctx.request_id);
            state.pages.respond(&page)
        }
    }
}

/// For those who may not change it, and where there is nothing to compare.
fn refused(client: &Client, sent: Option<&str>, why: &UriRefusal) -> Message {
    let name = &client.application.name;
    let text = match why {
        UriRefusal::Unregistered => format!(
            "“{name}” asked to be answered at an address that is not registered for it. Nothing was \
             sent there. Tell an administrator the reference below."
        ),
        why => format!(
            "“{name}” asked to be answered at an address that cannot be used: {why}. Nothing was sent \
             there."
        ),
    };
    let text = match sent.filter(|sent| !sent.is_empty()) {
        Some(sent) => format!("{text} The address was: {sent}"),
        None => text,
    };
    Message::new(StatusCode::BAD_REQUEST, NOT_RIGHT, text)
}

fn compared(
    state: &AppState,
    visitor: &Visitor,
    session: &LiveSession,
    client: &Client,
    (sent, parameters): (&str, &Parameters),
) -> Mismatch {
    let ctx = visitor.ctx();
    let all = client.compared(sent);
    let nearest = all.first().and_then(|one| one.difference.as_ref());
    let is_recent = is_recent(session, ctx.now);
    let proposed = (sent, parameters);
    let propose = || state.engine.oauth_propose(ctx, session, client, proposed);
    let again = || sign_in_again(&format!("{AUTHORIZE}?{}", parameters.encoded()));
    let parts = nearest.map(|one| one.parts.iter());
    Mismatch {
        app_name: client.application.name.clone(),
        sent: nearest.map_or_else(|| Marked::plain(sent), |one| Marked::of(one.sent)),
        nearest: nearest.map(|one| Marked::of(one.registered)),
        differs: parts.into_iter().flatten().copied().map(word).collect(),
        others: others(&all[usize::from(nearest.is_some())..]),
        proposal: is_recent.then(propose).flatten(),
        action: ALLOW.to_owned(),
        csrf: csrf::issue(&state.engine.keys, Subject::Session(&session.id)),
        sign_in_again_url: (!is_recent).then(again),
        reference_id: ctx.request_id.to_string(),
    }
}

fn others(compared: &[Compared<'_>]) -> Vec<OtherAddress> {
    let one = |one: &Compared<'_>| OtherAddress {
        address: one.registered.to_owned(),
        is_expression: one.difference.is_none(),
    };
    compared.iter().map(one).collect()
}

fn word(part: Part) -> String {
    let word = match part {
        Part::Scheme => "the scheme (what stands before ://)",
        Part::Host => "the host",
        Part::Port => "the port",
        Part::Path => "the path",
        Part::TrailingSlash => "the slash at its end",
        Part::Query => "the query (what follows the ?)",
        Part::Case => "capital letters",
    };
    word.to_owned()
}

/// `POST /application/o/authorize/allow/`
pub(super) async fn allow(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let field = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(&body);
        let found = pairs.find(|(name, _)| name == wanted);
        found.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let late = || state.pages.respond(&Message::foreign_form("/if/admin/"));
    let Some(session) = visitor.session.as_deref() else {
        return Ok(late());
    };
    let (subject, token) = (Subject::Session(&session.id), field(CSRF_FIELD));
    if !csrf::is_ours(&state, &visitor.asked, &headers, subject, &token) {
        return Ok(late());
    }
    if !is_recent(session, visitor.ctx().now) {
        return Ok(see_other(&sign_in_again("/if/admin/")));
    }
    let proposal = field("proposal");
    let allowed = state.engine.oauth_allow(visitor.ctx(), session, &proposal);
    match allowed.await {
        Ok(Some(allowed)) => Ok(state.pages.respond(&done(&allowed))),
        Ok(None) => Ok(late()),
        Err(refusal) => no(&state, &visitor, refusal),
    }
}

fn done(allowed: &doorward_engine::oauth::Allowed) -> Message {
    let text = format!(
        "“{}” may be answered at {} from now on.",
        allowed.application, allowed.address
    );
    let again = format!("{AUTHORIZE}?{}", allowed.request);
    Message::new(StatusCode::OK, "The address is allowed", text)
        .with_next_step("Go on to the application", again)
}

fn no(state: &AppState, visitor: &Visitor, refusal: Refusal) -> Result<Response, Failure> {
    let reference = &*visitor.ctx().request_id;
    let page = match refusal {
        Refusal::Fault(fault) => return Err(fault.into()),
        Refusal::Invalid(_) => {
            let text = "The provider cannot be saved with it. Look at the provider's settings.";
            Message::new(StatusCode::BAD_REQUEST, NOT_RIGHT, text)
        }
        _ => Message::forbidden(reference),
    };
    Ok(state.pages.respond(&page))
}
