//! The stages that Doorward can run, one file each: their fields and what is checked before a save.
//!
//! Owns the descriptions. What stages do stands in `flow`. Rule: a kind that is not listed here
//! cannot be made.

mod authenticator;
mod captcha;
mod consent;
mod deny;
mod dummy;
mod email;
mod identification;
mod invitation;
mod password;
pub(crate) mod prompt;
mod redirect;
mod source;
mod user_delete;
mod user_login;
mod user_logout;
mod user_write;

use crate::resource::field::Target;
use crate::resource::kind::Kind;

/// Any flow.
pub(super) const FLOW: Target = Target::Kind("authentik_flows.flow");

/// Every kind of stage, in the order of the OpenAPI file.
pub(crate) static ALL: &[&Kind] = &[
    &captcha::KIND,
    &consent::KIND,
    &deny::KIND,
    &dummy::KIND,
    &email::KIND,
    &authenticator::EMAIL,
    &authenticator::STATIC,
    &authenticator::TOTP,
    &authenticator::VALIDATE,
    &authenticator::WEBAUTHN,
    &authenticator::DEVICE_TYPES,
    &identification::KIND,
    &invitation::INVITATION,
    &invitation::KIND,
    &password::KIND,
    &prompt::PROMPT,
    &prompt::KIND,
    &redirect::KIND,
    &source::KIND,
    &user_delete::KIND,
    &user_login::KIND,
    &user_logout::KIND,
    &user_write::KIND,
];
