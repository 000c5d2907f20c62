//! Mail: letters wait in the store until one sender has handed each to the SMTP server.
//!
//! Owns what letters say (in values, not words), the queue and when it is tried again. Leaves words
//! and looks to the web's templates, which server a stage has to `server`, how many one mailbox gets
//! to `bound` and the wire to `smtp`. Rule: a letter is sealed while it waits,
//! as it may carry a link that signs somebody in; one conditional write decides who sends it; it is
//! tried until it is late and never after. A sender that dies between the server's yes and its note
//! sends twice rather than never.

pub(crate) mod bound;
mod queue;
pub(crate) mod server;
pub mod smtp;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use bound::Purse;
pub(crate) use queue::{LINE_MAX_CHARS, post, post_counted};
pub use queue::{Render, Unsent, deliver, start};
pub use server::Dress;
pub(crate) use smtp::is_address;
pub use smtp::{Encryption, Smtp, Undelivered, send};

/// The end of what has none.
pub const NEVER: i64 = i64::MAX;

/// What a letter is about; its word names its templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Mail works.
    Setup,
    /// A link that signs somebody in once, so that they can set a password.
    PasswordReset,
    /// A link that confirms the address of a new account.
    AccountConfirmation,
    /// A code to be typed.
    EmailOtp,
    /// A link for somebody who may make an account.
    Invitation,
    /// What an expression says.
    Message,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 6] = [
        Self::Setup,
        Self::PasswordReset,
        Self::AccountConfirmation,
        Self::EmailOtp,
        Self::Invitation,
        Self::Message,
    ];

    /// authentik's name of the template.
    pub fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::PasswordReset => "password_reset",
            Self::AccountConfirmation => "account_confirmation",
            Self::EmailOtp => "email_otp",
            Self::Invitation => "invitation",
            Self::Message => "message",
        }
    }

    /// The subject whose template is called so, as authentik writes it: `email/setup.html`. A stage
    /// has no message of its own.
    pub fn of_template(name: &str) -> Option<Self> {
        let word = name.strip_prefix("email/")?.strip_suffix(".html")?;
        let mut stages = Self::ALL.into_iter().filter(|one| *one != Self::Message);
        stages.find(|subject| subject.word() == word)
    }
}

/// A letter in values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What it is about.
    pub subject: Subject,
    /// The address that it goes to; empty: it is for nobody, and is dropped where others are sent.
    pub to: String,
    /// Who is greeted; may be empty.
    pub name: String,
    /// The login name; may be empty.
    pub username: String,
    /// The link it is about, made from the public address.
    pub url: Option<String>,
    /// The code it is about.
    #[serde(default)]
    pub code: Option<String>,
    /// uuid of the stage that sends it: its server, its template and its subject line count.
    #[serde(default)]
    pub stage: Option<String>,
    /// A template that was asked for, `email/invitation.html`.
    #[serde(default)]
    pub template: Option<String>,
    /// What an expression wrote; only in a message.
    #[serde(default)]
    pub written: Option<Written>,
    /// After then it is not sent, Unix milliseconds; [`NEVER`] if what it is about has no end.
    pub expires_at: i64,
}

/// What an expression wrote into its letter.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The subject line.
    pub line: String,
    /// The text; without one the letter's template says everything.
    pub body: Option<String>,
    /// What the template is told, by name.
    pub values: Map<String, Value>,
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

impl std::fmt::Debug for Letter {
    /// Without what signs somebody in.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (subject, to) = (self.subject.word(), &self.to);
        write!(formatter, "Letter({subject}, {to})")
    }
}
