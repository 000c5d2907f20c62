//! Why a request was let in or not: what a decision leaves behind, in words.
//!
//! Owns what a trace says, how many there may be and where they are kept. Leaves every decision to those
//! who take it: a trace is told what they found. Rules: no secret is ever in one (no cookie, token or
//! query), nothing is written by the request itself, and however many requests come, one cause is one
//! trace with a count.

mod ask;
mod client;
mod door;
mod failing;
mod fix;
mod keep;
mod line;
mod ring;
mod rules;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use ask::{What, WhatIf, instant};
pub use client::{AtClient, ClientOutcome};
pub use door::{AtDoor, PathRule, Seen, SessionFound};
pub use failing::Failing;
pub use fix::{Fix, Mending};
pub use keep::Wanted;
pub use line::{About, Line, Mark, Step};
pub(crate) use ring::Traces;
pub use ring::{Cause, Noted};

/// Which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A reverse proxy asked.
    ForwardAuth,
    /// We carry the application's requests ourselves.
    Proxy,
    /// The application sent the browser to us.
    #[serde(rename = "openid_connect")]
    OpenIdConnect,
}

impl Way {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ForwardAuth => "Sign-in page in front",
            Self::Proxy => "Carried by Doorward",
            Self::OpenIdConnect => "OpenID Connect",
        }
    }
}

/// What a request ended in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody who may.
    Allowed,
    /// Whoever it is: everybody may.
    Public,
    /// Somebody has to sign in first.
    SignIn,
    /// Somebody who may not.
    Refused,
    /// Something is set up wrongly.
    Misconfigured,
    /// The store did not answer.
    Unavailable,
}

impl Outcome {
    /// Every one, for filters.
    pub const ALL: [Self; 6] = [
        Self::Allowed,
        Self::Public,
        Self::SignIn,
        Self::Refused,
        Self::Misconfigured,
        Self::Unavailable,
    ];

    /// As it is stored and stands in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Public => "public",
            Self::SignIn => "sign_in",
            Self::Refused => "refused",
            Self::Misconfigured => "misconfigured",
            Self::Unavailable => "unavailable",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Allowed => "Let in",
            Self::Public => "Open to everybody",
            Self::SignIn => "Sent to sign in",
            Self::Refused => "Refused",
            Self::Misconfigured => "Set up wrongly",
            Self::Unavailable => "Not available",
        }
    }

    /// Whether the request reached the application.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Allowed | Self::Public)
    }
}

/// Whom a trace is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The account's id.
    pub id: i64,
    /// Its login name.
    pub username: String,
}

/// What a decision found, before it has a number and a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which way it came.
    pub way: Way,
    /// What it ended in.
    pub outcome: Outcome,
    /// The application, if one was found.
    pub application: Option<About>,
    /// The person, if one was known.
    pub person: Option<Who>,
    /// The client's address.
    pub client: String,
    /// What was asked for, in short: `sonarr.home.lan/calendar`.
    pub asked: String,
    /// Each question in its order.
    pub lines: Vec<Line>,
}

/// One decision, and all that came to the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The reference of the first request, as its page and the log say it.
    pub id: String,
    /// When the first came, Unix milliseconds.
    pub at: i64,
    /// When the latest came, Unix milliseconds.
    pub last_at: i64,
    /// How many came to the same.
    pub count: u64,
    /// Requests of the same client with other causes that are not told one by one: there were too many.
    #[serde(default)]
    pub untold: u64,
    /// The references of some of them, the first and the latest.
    pub references: Vec<String>,
    /// What was found.
    #[serde(flatten)]
    pub draft: Draft,
}

impl std::ops::Deref for Trace {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}

impl Draft {
    /// As the API and the command line tell it.
    pub fn told(&self) -> Value {
        let mut told = json!(self);
        told["passing"] = json!(self.outcome.is_open());
        told["said"] = json!(self.said());
        told
    }

    /// The sentence of the first thing that went wrong; else the outcome's.
    pub fn said(&self) -> &str {
        let failed = self.lines.iter().find(|line| line.mark == Mark::Fail);
        let line = failed.or_else(|| self.lines.last());
        line.map_or("", |line| &line.words)
    }
}
