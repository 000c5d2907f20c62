//! The page of a run that ended without its aim: why, and what to do next.

use axum::response::Response;
use doorward_engine::flow::Refusal;
use http::StatusCode;

use super::page::sign_in_again;
use crate::extract::Visitor;
use crate::pages::Message;
use crate::state::AppState;

/// A title, and a sentence that says what to do.
type Words<'a> = (&'static str, &'a str);

const NOT_APPLICABLE: Words<'_> = (
    "This page is not for you right now",
    "It does not apply to how you are signed in.",
);
const DENIED: Words<'_> = (
    "You cannot go on here",
    "An administrator has decided so. Ask them if you think that this is wrong.",
);
const NO_INVITATION: Words<'_> = (
    "This invitation does not work",
    "It is too old, was used already, or is for something else. Ask for a new one.",
);
const NOT_WRITTEN: Words<'_> = (
    "Your account was not saved",
    "Perhaps the name was taken a moment ago. Start again.",
);
const NO_SOURCE: Words<'_> = (
    "You cannot go on here",
    "Somebody else would have to say who you are, and cannot be asked. Tell an administrator.",
);
const SIGNED_IN_ALREADY: Words<'_> = (
    "You are signed in already",
    "This makes a new account. Sign out first if that is what you want.",
);
const TOO_MUCH: Words<'_> = (
    "That was too much",
    "More was filled in than these steps can keep. Start again with less.",
);
const NOT_PROVEN: Words<'_> = (
    "You are not signed in",
    "Too many answers did not fit. Start again.",
);
const NO_DEVICE: Words<'_> = (
    "You need a second way to confirm that it is you",
    "This sign-in asks for one, and you have none that counts here. An administrator can help.",
);
/// For whoever can help themselves.
const SET_ONE_UP: &str =
    "It is asked for here, and you have none that counts. Set one up, then come back.";
const NO_ADDRESS: Words<'_> = (
    "Passkeys do not work here yet",
    "They need a public address with a name. An administrator can set it.",
);
const CODES_USED_UP: Words<'_> = (
    "Your recovery codes are used up",
    "You have no other way to confirm that it is you. An administrator can help.",
);
const UNREADABLE_ADDRESS: Words<'_> = (
    "It cannot be told where you are",
    "This sign-in stays in one place, and a proxy on the way says yours in a form that cannot be read. Tell an administrator.",
);
const NO_MAIL: Words<'_> = (
    "No letter can be sent",
    "Mail is not set up here. Ask an administrator for help.",
);
const SOMEBODY_ELSE: Words<'_> = (
    "Somebody else is signed in here",
    "This link is for another account. Sign out, then open the link again.",
);
const STALE: Words<'_> = (
    "Sign in once more",
    "Before you change how you sign in, confirm that it is really you.",
);
const UNDECIDABLE: Words<'_> = (
    "Signing in is not possible this way",
    "One of the steps cannot be carried out. Tell an administrator the reference below.",
);

/// The page; `again` is where the run began.
pub(super) fn page(
    state: &AppState,
    visitor: &Visitor,
    refusal: &Refusal,
    again: &str,
) -> Response {
    let is_signed_in = visitor.session.is_some();
    let (title, text) = match refusal {
        Refusal::NoDevice if is_signed_in => (NO_DEVICE.0, SET_ONE_UP),
        _ => words(refusal),
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

/// What a refusal means for the person.
fn words(refusal: &Refusal) -> Words<'_> {
    match refusal {
        Refusal::NotApplicable => NOT_APPLICABLE,
        Refusal::Denied(words) if words.is_empty() => DENIED,
        Refusal::Denied(words) => (DENIED.0, words),
        Refusal::NoInvitation => NO_INVITATION,
        Refusal::NotWritten => NOT_WRITTEN,
        Refusal::NoSource => NO_SOURCE,
        Refusal::SignedInAlready => SIGNED_IN_ALREADY,
        Refusal::TooMuch => TOO_MUCH,
        Refusal::TooManyFailures | Refusal::Inactive | Refusal::NotProven => NOT_PROVEN,
        Refusal::NoDevice => NO_DEVICE,
        Refusal::NoAddress => NO_ADDRESS,
        Refusal::CodesUsedUp => CODES_USED_UP,
        Refusal::UnreadableAddress => UNREADABLE_ADDRESS,
        Refusal::NoMail => NO_MAIL,
        Refusal::SomebodyElse => SOMEBODY_ELSE,
        Refusal::Stale => STALE,
        Refusal::UnknownStage | Refusal::Undecidable => UNDECIDABLE,
    }
}
