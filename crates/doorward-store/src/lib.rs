//! What we remember: one file per thing with its struct, its rules, its SQL for both engines.
//!
//! Owns rows, transactions, migrations and the change feed. Leaves every decision to
//! `doorward-engine`. Rule: a race is decided by the write itself (`UPDATE … WHERE … RETURNING`),
//! never by a read before it.

pub mod attempt;
pub mod change;
pub mod client_logo;
pub mod client_registration;
pub mod consent;
pub mod device;
pub mod device_code;
mod error;
pub mod event;
pub mod expiry;
pub mod favourite;
pub mod feed;
pub mod flow_run;
pub mod grant;
pub mod group;
pub mod key_ring;
pub mod list;
pub mod mail;
mod migration;
pub mod old_password;
pub mod one_time;
pub mod pushed_request;
pub mod relying_session;
pub mod reputation;
pub mod resource;
pub mod retired_key;
pub mod sequence;
pub mod session;
pub mod setting;
mod sqlite_writer;
pub mod store;
pub mod subject;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod token;
pub mod trace;
pub mod upn;
pub mod user;
pub mod version;

pub use change::{Change, Committed, Topic};
pub use error::{Result, StoreError};
pub use migration::is_current;
pub use store::{Location, Store, Tx};
