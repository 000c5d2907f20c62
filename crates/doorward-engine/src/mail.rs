//! Mail: letters wait in the store until one sender has handed each to the SMTP server.
//!
//! Owns what letters say (in values, not words), the queue and when it is tried again. Leaves words
//! and looks to the web's templates and the wire to `smtp`. Rule: a letter is sealed while it waits,
//! as it may carry a link that signs somebody in; one conditional write decides who sends it; it is
//! tried until it is late and never after. A sender that dies between the server's yes and its note
//! sends twice rather than never.

mod queue;
pub mod smtp;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

pub use queue::{Render, Unsent, deliver, post, start};
pub use smtp::{Encryption, Smtp, Undelivered, send};

/// What a letter is about; its word names its templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Mail works.
    Setup,
    /// A link that signs somebody in once, so that they can set a password.
    PasswordReset,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 2] = [Self::Setup, Self::PasswordReset];

    /// authentik's name of the template.
    pub fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// A letter in values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What it is about.
    pub subject: Subject,
    /// The address that it goes to.
    pub to: String,
    /// Who is greeted; may be empty.
    pub name: String,
    /// The login name; may be empty.
    pub username: String,
    /// The link it is about, made from the public address.
    pub url: Option<String>,
    /// After then it is not sent, Unix milliseconds.
    pub expires_at: i64,
}

/// A letter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject line, without secrets.
    pub subject: String,
    /// For every reader.
    pub text: String,
    /// For those that show it.
    pub html: String,
}
