//! How an answer looks on the wire: [`html`] for people, [`problem`] for the API.
//!
//! Leaves to others: what the answer is. Each presentation is one file; nothing else in the crate
//! writes their headers.

mod failure;
mod gzip;
pub mod html;
mod panic;
pub mod problem;
mod redirect;

pub use failure::Failure;
pub(crate) use gzip::compress;
pub(crate) use panic::caught;
pub(crate) use redirect::{found, see_other};
