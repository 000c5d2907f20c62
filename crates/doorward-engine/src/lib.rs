//! What we decide: who somebody is, what they may open, how a sign-in goes on.
//!
//! Owns every decision and the caches that make it quick. Leaves bytes to `doorward-protocol`, rows
//! to `doorward-store`, and HTTP, HTML and the spelling of cookies to `doorward-web`. Rule: after
//! [`Engine::commit`] no answer of this process contradicts what was written.

// The fuzz targets' bodies name this crate.
#[cfg(test)]
extern crate self as doorward_engine;

pub mod access;
pub mod account;
pub mod authenticator;
pub mod blueprint;
pub mod brand;
pub mod breach;
pub mod broken;
pub mod cert_folder;
pub mod context;
mod engine;
pub mod entitlement;
pub mod event;
mod expiry;
pub mod expression;
pub mod first_run;
pub mod flow;
pub mod geo;
mod hearing;
pub mod keys;
pub mod mail;
pub mod media;
pub mod model;
pub mod oauth;
pub mod outpost;
pub mod password;
pub mod person;
pub mod picture;
pub mod policy;
pub mod recipe;
pub mod recovery;
pub mod remote;
pub(crate) mod reputation;
pub mod resource;
pub mod session;
pub mod settings;
pub mod snapshot;
pub mod snippet;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod throttle;
pub mod trace;
mod upkeep;

pub use context::{Actor, ClientSource, Context};
pub use engine::{Engine, Fault};
pub use person::Person;
pub use settings::Settings;
pub use snapshot::{Object, Snapshot};
