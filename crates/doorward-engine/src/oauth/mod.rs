//! The OAuth 2 and OpenID Connect provider: who may be told what about whom, and on whose behalf.
//!
//! Owns the clients, what a request to authorize leads to, grants with the codes and tokens that hang
//! on them, and what tokens say. Leaves words and signatures to `protocol::oauth` and
//! `protocol::jose`, rows to `store::grant`, HTTP to `web::oauth`. Rules: an answer goes only where
//! the client has registered; a code and a refresh token are used by one conditional write; whatever
//! is used twice takes its whole grant with it
//! ([decision 33](../../../../docs/decisions/0033-grants.md)).

mod about;
mod address;
mod api;
mod assertion;
mod authorize;
mod bearer;
mod bindings;
mod bound_key;
mod claims;
mod client;
mod device;
mod discovery;
mod document;
mod door;
mod github;
mod grant;
mod guess;
mod handed;
mod inherited;
mod inspect;
mod keys;
mod logout;
mod mint;
mod mismatch;
pub(crate) mod pairs;
mod pairwise;
mod preview;
mod proof;
mod provider;
mod published_keys;
mod registration;
mod remembered;
mod retire;
mod subject;
mod token;
mod userinfo;
mod webfinger;
mod wished;

pub use about::About;
pub(crate) use address::{setup_urls, sign_in_address};
pub use api::ApiRefusal;
pub(crate) use assertion::client_keys;
pub(crate) use authorize::Prepared;
pub use authorize::{
    Answer, Asked, Authorization, Brought, NotBrought, PageRefusal, PushedAnswer, Request,
    Unanswerable, answered_by_page, destination,
};
pub use bearer::{At, Bearer, BearerRefusal, Scheme, Shown};
pub use client::{Client, Clients};
pub(crate) use device::{Around as DeviceAround, Held as DeviceHeld, PreparedDevice};
pub use device::{DeviceAnswer, DeviceAnswered, DeviceLooked, DevicePage, DeviceQuestion};
pub use document::Document;
pub(crate) use door::{Come, Door};
pub(crate) use guess::Unguessed;
pub(crate) use handed::Handed;
pub use logout::{Ended, Ending, LEAVING, Leaving};
pub use mismatch::{Allowed, Compared};
pub(crate) use pairwise::sector;
pub use proof::proof_algorithms;
pub(crate) use published_keys::PublishedKeys;
pub use registration::{Registered, RegistrationRefusal};
pub(crate) use remembered::Tokens;
pub(crate) use retire::{Signers, settle};
pub(crate) use token::remove_account;
pub use token::{TokenAnswer, TokenRefusal};
pub use webfinger::webfinger;

/// Milliseconds of a span that an administrator wrote down; at least a second.
pub(crate) fn span_ms(text: &str, otherwise_s: u64) -> i64 {
    let otherwise = std::time::Duration::from_secs(otherwise_s);
    crate::settings::milliseconds(crate::settings::span(text, otherwise))
}
