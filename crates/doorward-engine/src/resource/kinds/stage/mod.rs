//! The stages that Doorward can run, one file each: their fields and what is checked before a save.
//!
//! Owns the descriptions. What stages do stands in `flow`. Rule: a kind that is not listed here
//! cannot be made.

mod authenticator;
mod identification;
mod password;
mod user_login;
mod user_logout;

use crate::resource::field::Target;
use crate::resource::kind::Kind;

/// Any flow.
const FLOW: Target = Target::Kind("authentik_flows.flow");

/// Every kind of stage, in the order of the OpenAPI file.
pub(crate) static ALL: &[&Kind] = &[
    &authenticator::STATIC,
    &authenticator::TOTP,
    &authenticator::VALIDATE,
    &authenticator::WEBAUTHN,
    &authenticator::DEVICE_TYPES,
    &identification::KIND,
    &password::KIND,
    &user_login::KIND,
    &user_logout::KIND,
];
