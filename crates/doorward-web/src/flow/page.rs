//! What all pages of a flow share: addresses, the scene around a challenge, how a run ends.

use axum::response::Response;
use doorward_engine::flow::Refusal;
use http::StatusCode;
use url::form_urlencoded::Serializer;

use super::destination::Destination;
use crate::extract::Visitor;
use crate::pages::{Message, SignedOut};
use crate::state::AppState;

/// What a challenge is shown with.
pub(super) struct Scene<'a> {
    pub state: &'a AppState,
    pub visitor: &'a Visitor,
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    pub to: &'a Destination,
    pub notice: Option<&'static str>,
}

impl Scene<'_> {
    /// Where a run is given up.
    pub(super) fn give_up(&self) -> String {
        let next = self.to.next.as_deref();
        cancel_url(next.filter(|_| !self.is_before_opening()))
    }

    /// Where whoever is taken for somebody else goes.
    pub(super) fn not_you(&self) -> String {
        match self.to.next.as_deref() {
            Some(next) if self.is_before_opening() => sign_in_again(next),
            _ => self.give_up(),
        }
    }

    /// Whether the way on would only begin the same run again.
    fn is_before_opening(&self) -> bool {
        self.to.request.is_some() && self.visitor.session.is_some()
    }
}

/// The address of a flow's page.
pub(crate) fn address(slug: &str, run: Option<&str>, next: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(run) = run {
        query.append_pair("run", run);
    }
    if let Some(next) = next {
        query.append_pair("next", next);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/if/flow/{slug}/{mark}{query}")
}

/// The address at which somebody who is signed in signs in as somebody else.
pub(super) fn switching_address(slug: &str, next: Option<&str>) -> String {
    let address = address(slug, None, next);
    let mark = if next.is_some() { "&" } else { "?" };
    format!("{address}{mark}switch=1")
}

/// Where somebody who is signed in proves who they are once more.
pub(crate) fn sign_in_again(next: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("switch", "1")
        .append_pair("next", next)
        .finish();
    format!("/flows/-/default/authentication/?{query}")
}

/// Where a run is given up: back to its start.
pub(super) fn cancel_url(next: Option<&str>) -> String {
    match next {
        Some(next) => {
            let query = Serializer::new(String::new())
                .append_pair("next", next)
                .finish();
            format!("/flows/-/cancel/?{query}")
        }
        None => "/flows/-/cancel/".to_owned(),
    }
}

/// Whole seconds, at least one.
pub(super) fn seconds_until(until: i64, now: i64) -> u32 {
    u32::try_from((until.saturating_sub(now) + 999) / 1000)
        .unwrap_or(0)
        .max(1)
}

/// The page after signing out of everything.
pub(super) fn signed_out(state: &AppState) -> Response {
    let login_url = "/flows/-/default/authentication/".to_owned();
    state.pages.respond(&SignedOut {
        app: None,
        apps_url: None,
        login_url,
    })
}

/// The page of a run that ended without its aim.
pub(super) fn refused(
    state: &AppState,
    visitor: &Visitor,
    refusal: &Refusal,
    again: &str,
) -> Response {
    let is_signed_in = visitor.session.is_some();
    let (title, text) = match refusal {
        Refusal::NoDevice if is_signed_in => (refusal_words(refusal).0, SET_ONE_UP),
        _ => refusal_words(refusal),
    };
    let page =
        Message::new(StatusCode::FORBIDDEN, title, text).with_reference(&*visitor.ctx().request_id);
    let page = match refusal {
        Refusal::Stale => page.with_next_step("Sign in", sign_in_again(again)),
        Refusal::NoDevice if is_signed_in => page.with_next_step("Set one up", "/if/user/devices/"),
        Refusal::SomebodyElse => page.with_next_step("Sign out", "/flows/-/default/invalidation/"),
        _ => page.with_next_step("Start again", again),
    };
    state.pages.respond(&page)
}

/// For whoever can help themselves.
const SET_ONE_UP: &str =
    "It is asked for here, and you have none that counts. Set one up, then come back.";

/// What a refusal means for the person.
fn refusal_words(refusal: &Refusal) -> (&'static str, &str) {
    match refusal {
        Refusal::NotApplicable => (
            "This page is not for you right now",
            "It does not apply to how you are signed in.",
        ),
        Refusal::Denied(words) if words.is_empty() => (
            "You cannot go on here",
            "An administrator has decided so. Ask them if you think that this is wrong.",
        ),
        Refusal::Denied(words) => ("You cannot go on here", words),
        Refusal::NoInvitation => (
            "This invitation does not work",
            "It is too old, was used already, or is for something else. Ask for a new one.",
        ),
        Refusal::NotWritten => (
            "Your account was not saved",
            "Perhaps the name was taken a moment ago. Start again.",
        ),
        Refusal::NoSource => (
            "You cannot go on here",
            "Somebody else would have to say who you are, and cannot be asked. Tell an administrator.",
        ),
        Refusal::SignedInAlready => (
            "You are signed in already",
            "This makes a new account. Sign out first if that is what you want.",
        ),
        Refusal::TooMuch => (
            "That was too much",
            "More was filled in than these steps can keep. Start again with less.",
        ),
        Refusal::TooManyFailures | Refusal::Inactive | Refusal::NotProven => (
            "You are not signed in",
            "Too many answers did not fit. Start again.",
        ),
        Refusal::NoDevice => (
            "You need a second way to confirm that it is you",
            "This sign-in asks for one, and you have none that counts here. An administrator can help.",
        ),
        Refusal::NoAddress => (
            "Passkeys do not work here yet",
            "They need a public address with a name. An administrator can set it.",
        ),
        Refusal::CodesUsedUp => (
            "Your recovery codes are used up",
            "You have no other way to confirm that it is you. An administrator can help.",
        ),
        Refusal::UnreadableAddress => (
            "It cannot be told where you are",
            "This sign-in stays in one place, and a proxy on the way says yours in a form that cannot be read. Tell an administrator.",
        ),
        Refusal::NoMail => (
            "No letter can be sent",
            "Mail is not set up here. Ask an administrator for help.",
        ),
        Refusal::SomebodyElse => (
            "Somebody else is signed in here",
            "This link is for another account. Sign out, then open the link again.",
        ),
        Refusal::Stale => (
            "Sign in once more",
            "Before you change how you sign in, confirm that it is really you.",
        ),
        Refusal::UnknownStage | Refusal::Undecidable => (
            "Signing in is not possible this way",
            "One of the steps cannot be carried out. Tell an administrator the reference below.",
        ),
    }
}
