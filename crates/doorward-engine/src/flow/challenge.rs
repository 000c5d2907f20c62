//! What a run asks, as facts. The JSON executor and the pages are two renderings of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::captcha::AskCaptcha;
use super::consent::AskConsent;
use super::email::AskMail;
use super::identification::AskName;
use super::password::AskPassword;
use super::prompt::AskPrompt;
use super::set_up_app::ForApp;
use super::set_up_email::ForMailbox;
use super::validate::AskDevice;
use crate::oauth::About;

/// One question with everything a page or a client needs to ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The flow it belongs to.
    pub flow: FlowInfo,
    /// Who answers: what was typed, or the person once they are proven. May be empty.
    pub pending_user: String,
    /// What was wrong with the last answer.
    pub mistakes: Vec<Mistake>,
    /// The question.
    pub ask: Ask,
}

/// The flow behind a challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowInfo {
    /// Its slug.
    pub slug: String,
    /// The heading, application and person filled in.
    pub title: String,
    /// `stacked` …
    pub layout: String,
    /// Address of the picture behind its pages; may be empty.
    pub background: String,
    /// `authentication` …
    pub designation: String,
    /// Origins outside that a stage may lead to.
    pub origins: Vec<String>,
    /// Where the person is on the way to.
    pub application: Option<AppInfo>,
}

/// The application that somebody is on the way to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppInfo {
    /// Its name.
    pub name: String,
    /// Where it opens; may be empty.
    pub launch_url: String,
    /// What it says of itself.
    pub about: About,
}

/// Names that somebody can be found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserField {
    /// The address.
    Email,
    /// The user name.
    Username,
    /// The attribute `upn`.
    Upn,
}

impl UserField {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
            Self::Upn => "upn",
        }
    }
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Who are you? Perhaps with the password on the same card.
    Identification(AskName),
    /// The password of [`Challenge::pending_user`].
    Password(AskPassword),
    /// A form of the operator's.
    Prompt(AskPrompt),
    /// Work for a browser, or the box of a service.
    Captcha(AskCaptcha),
    /// A letter with a link is on its way, or can be sent.
    Mail(AskMail),
    /// May an application know something?
    Consent(AskConsent),
    /// A page with a button.
    GoOn {
        /// The stage's name.
        name: String,
    },
    /// Delete the account of whoever is signed in or proven?
    DeleteAccount {
        /// The stage's name.
        name: String,
    },
    /// An authenticator app is set up: its first code.
    App(ForApp),
    /// An address that codes are to be mailed to.
    Mailbox(ForMailbox),
    /// Recovery codes to be written down.
    Codes(Vec<String>),
    /// A device of [`Challenge::pending_user`], or a passkey of whoever is there.
    Device(AskDevice),
    /// A new passkey, made with these options.
    Passkey(Value),
    /// Stay signed in?
    UserLogin,
    /// Sign out? Asked when the request itself may not do it.
    SignOut,
    /// A session of an application has ended.
    SessionEnd,
}

impl Ask {
    /// authentik's name of the challenge, which an answer repeats.
    pub fn component(&self) -> &'static str {
        match self {
            Self::Identification(_) => "ak-stage-identification",
            Self::Password(_) => "ak-stage-password",
            Self::Captcha(_) => "ak-stage-captcha",
            Self::Mail(_) => "ak-stage-email",
            Self::Consent(_) => "ak-stage-consent",
            Self::Prompt(_) => "ak-stage-prompt",
            Self::GoOn { .. } | Self::DeleteAccount { .. } => "ak-stage-dummy",
            Self::App(_) => "ak-stage-authenticator-totp",
            Self::Mailbox(_) => "ak-stage-authenticator-email",
            Self::Codes(_) => "ak-stage-authenticator-static",
            Self::Device(_) => "ak-stage-authenticator-validate",
            Self::Passkey(_) => "ak-stage-authenticator-webauthn",
            Self::UserLogin => "ak-stage-user-login",
            Self::SignOut | Self::SessionEnd => "ak-stage-session-end",
        }
    }
}

/// What was wrong with an answer. None says whether an account exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing was typed as the name.
    NoName,
    /// Nothing was typed as the password beside the name.
    NoPassword,
    /// Name and password do not fit (or the account may not sign in; the same answer).
    NotProven,
    /// The password alone does not fit; the same reservation.
    WrongPassword,
    /// Too many tries: not before this instant (Unix milliseconds).
    TooMany {
        /// When the next try is allowed.
        until: i64,
    },
    /// The answer is for another question.
    WrongComponent,
    /// A field is missing.
    Missing(&'static str),
    /// A field is not text.
    NotText(&'static str),
    /// A field is not a truth value.
    NotTruth(&'static str),
    /// What a stage itself says about one of its fields, in words that people and clients are shown.
    Said {
        /// The field.
        field: String,
        /// The sentence.
        text: String,
        /// authentik's word for it, often `invalid`.
        code: &'static str,
    },
}

impl Mistake {
    /// Something to say about one field, `invalid` in authentik's word for it.
    pub(super) fn said(field: &str, text: impl Into<String>) -> Self {
        Self::coded(field, text, "invalid")
    }

    /// The same with another word.
    pub(super) fn coded(field: &str, text: impl Into<String>, code: &'static str) -> Self {
        Self::Said {
            field: field.to_owned(),
            text: text.into(),
            code,
        }
    }
}

/// Why a run ends without its aim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The flow is not for this person in this state.
    NotApplicable,
    /// Too many wrong passwords in one run.
    TooManyFailures,
    /// The account may not sign in (any more), or its password has changed meanwhile.
    Inactive,
    /// Nobody has proven who they are.
    NotProven,
    /// A stage of a kind that this version does not know, or that is gone.
    UnknownStage,
    /// Nobody can go on without a device, and the person has none that counts.
    NoDevice,
    /// Passkeys need our public address to have a name.
    NoAddress,
    /// The one factor of the person is a list of codes, and all of them are used up.
    CodesUsedUp,
    /// A proxy of ours says where somebody is in a form that nobody can read.
    UnreadableAddress,
    /// Letters cannot be sent here.
    NoMail,
    /// A link is for another account than the one that is signed in.
    SomebodyElse,
    /// The person must sign in anew before they change what they sign in with.
    Stale,
    /// A policy decides about a stage and cannot be asked.
    Undecidable,
    /// More was filled in than a run may hold.
    TooMuch,
    /// A stage or policy says no, in its own words; they may be none.
    Denied(String),
    /// There is no invitation that counts here and now.
    NoInvitation,
    /// The account could not be written: a name that is taken by now, for example.
    NotWritten,
    /// A source is to say who it is, and none can be asked.
    NoSource,
    /// The flow makes a new account, and somebody is signed in.
    SignedInAlready,
}

impl Refusal {
    /// The message in authentik's words where it has some.
    pub fn message(&self) -> &str {
        match self {
            Self::NotApplicable => "Flow does not apply to current user.",
            Self::TooManyFailures | Self::Inactive | Self::NotProven => "Failed to authenticate.",
            Self::Denied(words) => words,
            Self::NoInvitation => "Invalid invite/invite not found",
            Self::NotWritten => "Failed to update user. Please try again later.",
            Self::SignedInAlready => "You are signed in already. Sign out to make another account.",
            Self::NoSource => "The source of this step cannot sign anybody in.",
            Self::TooMuch => "More was filled in than this flow can keep.",
            Self::NoDevice => "No (allowed) MFA authenticator configured.",
            Self::NoAddress => "Passkeys need a public address with a host name.",
            Self::CodesUsedUp => "All recovery codes are used up. Ask an administrator.",
            Self::UnreadableAddress => "A proxy tells the address of the client wrongly.",
            Self::NoMail => "Mail cannot be sent here. Ask an administrator.",
            Self::SomebodyElse => {
                "This link is for another account than the one that is signed in."
            }
            Self::Stale => "Sign in again before you change how you sign in.",
            Self::UnknownStage | Self::Undecidable => {
                "This flow cannot be carried out. Ask an administrator to look at it."
            }
        }
    }
}
