//! What an expression may depend on, found by the names it mentions.
//!
//! Rule: a name that could mean more than it shows (`getattr`, `globals`) counts as everything.

use serde::{Deserialize, Serialize};

/// What an answer depends on besides the person and the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// It asks the server or the network for more: never inside a check.
    pub does_io: bool,
    /// It reads the clock: its answer is not kept.
    pub reads_time: bool,
    /// It reads where the request came from or what it says: its answer is not kept.
    pub reads_request: bool,
}

const IO: &[&str] = &[
    "ak_call_policy",
    "ak_create_event",
    "ak_create_jwt",
    "ak_create_jwt_raw",
    "ak_send_email",
    "ak_user_by",
    "ak_user_has_authenticator",
    "objects",
    "requests",
    "resolve_dns",
    "reverse_dns",
];
const TIME: &[&str] = &["date", "datetime", "now", "time", "timezone", "today"];
const REQUEST: &[&str] = &[
    "COOKIES",
    "GET",
    "META",
    "POST",
    "ak_client_ip",
    "asn",
    "client_ip",
    "geoip",
    "headers",
    "http_request",
    "request_id",
];
/// Attributes that ask the server; as a text these are common words.
const IO_ATTRIBUTES: &[&str] = &[
    "app_entitlements",
    "app_entitlements_attributes",
    "check_password",
    "users",
];
const ANYTHING: &[&str] = &[
    "__dict__", "eval", "exec", "getattr", "globals", "locals", "vars",
];

impl Facts {
    /// Everything: of a text that could not be read.
    pub const ALL: Self = Self {
        does_io: true,
        reads_time: true,
        reads_request: true,
    };

    /// Adds what a mentioned name means.
    pub(crate) fn mention(&mut self, name: &str) {
        if ANYTHING.contains(&name) {
            *self = Self::ALL;
        }
        self.does_io |= IO.contains(&name);
        self.reads_time |= TIME.contains(&name);
        self.reads_request |= REQUEST.contains(&name);
    }

    /// Adds what an attribute means.
    pub(crate) fn mention_attribute(&mut self, name: &str) {
        self.mention(name);
        self.does_io |= IO_ATTRIBUTES.contains(&name);
    }

    /// Whether the same person gets the same answer a moment later.
    pub fn is_lasting(self) -> bool {
        !(self.does_io || self.reads_time || self.reads_request)
    }
}
