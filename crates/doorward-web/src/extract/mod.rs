//! What handlers learn of a request before they decide anything.
//!
//! [`Asked`]: the instant, the client, the address it was sent to. [`Visitor`]: who it comes from.
//! [`Asks`]: its query. [`Pace`]: how much time it may take.
//! Rule: forwarded headers count only from a trusted peer, and nothing here ever reads an identity
//! header.

mod asked;
mod asks;
mod line;
mod outpost;
mod pace;
mod peers;
mod visitor;

pub use asked::{Asked, Peer};
pub(crate) use asks::Asks;
pub use pace::{Pace, Underway};
pub(crate) use peers::PeersNamed;
pub(crate) use visitor::has_moved;
pub use visitor::{SESSION_COOKIE, Visitor, session_cookie, session_cookie_ended};
