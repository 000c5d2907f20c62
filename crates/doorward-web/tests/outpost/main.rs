//! The embedded outpost over HTTP, in memory: forward-auth.md sections 19 and 20 as section 25
//! changes them. "AUTHZ" of section 19 reads "302 to `start?rd=<original>`".

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends by panicking and tells why"
)]

mod answer;
mod attacks;
mod before_opening;
mod browser;
mod checks;
mod jwt;
mod kit;
mod leaving;
#[path = "../../src/testing.rs"]
mod log;
mod logins;
mod lured;
mod moved;
mod nginx;
mod options;
mod places;
mod policies;
mod shortcut;
mod slow_store;
mod standing;
mod told;
mod traces;
