//! How it looks on the wire: routes, extractors, pages, REST, error presentation.
//!
//! Owns HTTP: what is read from a request and how an answer is written. Leaves every decision to
//! `doorward-engine`. Rule: no SQL and no protocol decision here.

mod address;
pub mod api;
pub mod assets;
mod console;
pub mod csrf;
pub mod extract;
mod flow;
mod health;
mod language;
mod look;
pub mod mail;
mod media;
mod oauth;
mod outpost;
pub mod pages;
#[cfg(test)]
mod published;
mod refusal;
pub mod respond;
mod router;
mod setup;
mod shell;
mod state;
pub mod templates;
#[cfg(test)]
mod testing;
mod user_pages;
mod waiting;
pub mod words;

pub use extract::{Pace, Peer};
pub use oauth::at_once;
pub use outpost::known;
pub use router::router;
pub use state::{AppState, Parts};
pub use waiting::waiting;
