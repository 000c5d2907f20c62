//! The embedded outpost: which application a host belongs to, who may pass, how a login travels
//! from the application to the public address and back.
//!
//! Owns the table of guarded applications, the decision of a check, the sealed values and the
//! one-time ticket of a login, the end of an app session. Leaves headers, cookies and pages to the
//! web. Rule: a check writes nothing that its answer waits for, a ticket has one winner, and a target that
//! [`redirect::approve`](doorward_protocol::redirect::approve) refused is never followed.

mod arrive;
mod authorize;
mod check;
mod credentials;
mod destination;
pub(crate) mod jwt;
mod leave;
pub(crate) mod meter;
pub(crate) mod sealed;
mod start;
mod table;
mod tell;

pub use arrive::{Arrival, Callback};
pub use authorize::Authorization;
pub(crate) use authorize::Grant;
pub(crate) use check::patient;
pub use check::{Admitted, Missing, Standing};
pub use destination::Destination;
pub use leave::{Leaving, Left};
pub use meter::{
    Aside, Outcome, Return, Unanswered, count_return, count_unanswered, observe_aside,
};
pub use start::{START_COOKIE_LIFE_S, Started};
pub use table::{App, AppTable, Upstream};
pub use tell::Misconfiguration;
pub(crate) use tell::Told;

/// How often a login restarts by itself before a person is asked.
pub const MAX_RESTARTS: u8 = 2;

/// What the outpost calls itself in `X-authentik-meta-version`.
pub const AGENT: &str = "goauthentik.io/outpost/2026.8.3";

/// The version in [`AGENT`].
const VERSION: &str = "2026.8.3";
