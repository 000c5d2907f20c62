//! The identification stage: who are you, and perhaps the password on the same card.

use doorward_store::StoreError;
use serde::Deserialize;
use serde_json::Value;

use super::captcha::Captcha;
use super::person::{Lookup, is_plausible, shortened};
use super::run::Proof;
use super::stage::{Stage, Turn};
use super::validate::Validate;
use super::walk::Walk;
use super::{Answer, Ask, AskCaptcha, Mistake, Refusal, UserField, passkey, proof};
use crate::engine::Fault;
use crate::reputation;
use crate::throttle::{self, Attempt, Subject};

/// The question for the name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "authentik's settings")]
pub struct AskName {
    /// Names that are understood.
    pub user_fields: Vec<UserField>,
    /// Whether the password is asked as well.
    pub password: bool,
    /// Whether the password can be made readable.
    pub show_password: bool,
    /// Whether staying signed in can be chosen here.
    pub remember: bool,
    /// Slug of the flow for those who have no account.
    pub enrollment: Option<String>,
    /// Slug of the flow for those who forgot their password.
    pub recovery: Option<String>,
    /// authentik's `show_source_labels`.
    pub source_labels: bool,
    /// authentik's `enable_remember_me` (the name, kept by the browser).
    pub remember_name: bool,
    /// Slug of the flow for those who sign in without a password.
    pub passwordless: Option<String>,
    /// What the browser is asked for a passkey, if one will do.
    pub passkey: Option<Value>,
    /// A passkey that was just tried and that nobody has: the browser can forget it.
    pub unknown_credential: Option<String>,
    /// What robots pay for on the same card.
    pub captcha: Option<AskCaptcha>,
}

/// `authentik_stages_identification.identificationstage`
#[derive(Debug, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "authentik's settings")]
pub(super) struct Identification {
    user_fields: Vec<UserField>,
    /// uuid of the password stage whose question stands on this card.
    password_stage: Option<String>,
    case_insensitive_matching: bool,
    /// Whether an unknown name goes on to the next stage like a known one.
    pretend_user_exists: bool,
    /// Whether the next page names the account that was found. Not while unknown names go on too:
    /// it would tell them apart.
    show_matched_user: bool,
    show_source_labels: bool,
    enable_remember_me: bool,
    enrollment_flow: Option<String>,
    recovery_flow: Option<String>,
    /// The flow for those who sign in without a password.
    passwordless_flow: Option<String>,
    /// uuid of the validation stage whose passkeys are taken on this card.
    webauthn_stage: Option<String>,
    /// uuid of the stage whose question for robots stands on this card.
    captcha_stage: Option<String>,
}

impl Default for Identification {
    fn default() -> Self {
        Self {
            user_fields: Vec::new(),
            password_stage: None,
            case_insensitive_matching: true,
            pretend_user_exists: true,
            show_matched_user: true,
            show_source_labels: false,
            enable_remember_me: false,
            enrollment_flow: None,
            recovery_flow: None,
            passwordless_flow: None,
            webauthn_stage: None,
            captcha_stage: None,
        }
    }
}

impl Identification {
    pub(super) fn reach(&self, walk: &mut Walk<'_>) -> Turn {
        let show_password = match self.password(walk) {
            Ok(password) => password,
            Err(refusal) => return Turn::Refuse(refusal),
        };
        let captcha = match self.captcha(walk) {
            Ok(stage) => stage.map(|stage| stage.ask(walk)),
            Err(refusal) => return Turn::Refuse(refusal),
        };
        let passkey = match self.passkeys(walk) {
            Ok(stage) => stage.and_then(|stage| passkey::ask(walk, stage.terms(), &[])),
            Err(refusal) => return Turn::Refuse(refusal),
        };
        Turn::Ask(Ask::Identification(AskName {
            user_fields: self.user_fields.clone(),
            password: show_password.is_some(),
            show_password: show_password.unwrap_or(false),
            remember: walk.offers_remember(),
            enrollment: walk.flow_slug(self.enrollment_flow.as_deref()),
            recovery: walk.recovery(self.recovery_flow.as_deref()),
            source_labels: self.show_source_labels,
            remember_name: self.enable_remember_me,
            passwordless: walk.flow_slug(self.passwordless_flow.as_deref()),
            passkey,
            unknown_credential: walk.unknown_credential.take(),
            captcha,
        }))
    }

    /// The stage whose question for robots is on this card. One that is gone refuses.
    fn captcha(&self, walk: &Walk<'_>) -> Result<Option<Captcha>, Refusal> {
        let Some(pk) = &self.captcha_stage else {
            return Ok(None);
        };
        let stage = walk.snapshot.stages.get(pk);
        match stage.and_then(|stage| Stage::read(stage)) {
            Some(Stage::Captcha(stage)) => Ok(Some(stage)),
            _ => Err(Refusal::UnknownStage),
        }
    }

    /// Whether a robot has paid, where it must; what is wrong otherwise.
    async fn unpaid(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Option<Turn>, Fault> {
        let stage = match self.captcha(walk) {
            Ok(Some(stage)) => stage,
            Ok(None) => return Ok(None),
            Err(refusal) => return Ok(Some(Turn::Refuse(refusal))),
        };
        let checked = stage.check(walk, answer, "captcha_token").await?;
        Ok(checked.err().map(Turn::Wrong))
    }

    /// The stage whose passkeys are taken on this card. One that is gone refuses.
    fn passkeys(&self, walk: &Walk<'_>) -> Result<Option<Validate>, Refusal> {
        let Some(pk) = &self.webauthn_stage else {
            return Ok(None);
        };
        let stage = walk.snapshot.stages.get(pk);
        match stage.and_then(|stage| Stage::read(stage)) {
            Some(Stage::Validate(stage)) => Ok(Some(stage)),
            _ => Err(Refusal::UnknownStage),
        }
    }

    /// A passkey says who it is; what was typed beside it does not count.
    async fn answer_with_passkey(
        &self,
        walk: &mut Walk<'_>,
        answer: &Value,
    ) -> Result<Turn, Fault> {
        let stage = match self.passkeys(walk) {
            Ok(Some(stage)) => stage,
            Ok(None) => return Ok(Turn::Wrong(Mistake::NotProven)),
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        walk.run.identifier.clear();
        let wrong = Mistake::NotProven;
        let done = passkey::alone(walk, answer, stage.terms(), wrong).await?;
        Ok(done.map_or_else(Turn::Wrong, |_| Turn::Passed))
    }

    /// Whether the password is on this card and may be shown. A stage that is gone refuses.
    fn password(&self, walk: &Walk<'_>) -> Result<Option<bool>, Refusal> {
        let Some(pk) = &self.password_stage else {
            return Ok(None);
        };
        match walk
            .snapshot
            .stages
            .get(pk)
            .and_then(|stage| Stage::read(stage))
        {
            Some(Stage::Password(stage)) => Ok(Some(stage.allow_show_password)),
            _ => Err(Refusal::UnknownStage),
        }
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let (name, password) = match (answer.text("uid_field"), answer.text("password")) {
            (Ok(name), Ok(password)) => (name.trim(), password),
            (Err(mistake), _) | (_, Err(mistake)) => return Ok(Turn::Wrong(mistake)),
        };
        match answer.truth("remember_me") {
            Ok(remember) => walk.run.remember = remember.or(walk.run.remember),
            Err(mistake) => return Ok(Turn::Wrong(mistake)),
        }
        if let Some(passkey) = answer.object("passkey") {
            return self.answer_with_passkey(walk, &passkey).await;
        }
        (walk.run.identifier, walk.run.matched) = (shortened(name), None);
        walk.run.lookup = Lookup::new(&self.user_fields, self.case_insensitive_matching);
        match self.password(walk) {
            Err(refusal) => Ok(Turn::Refuse(refusal)),
            _ if name.is_empty() => Ok(Turn::Wrong(Mistake::NoName)),
            Ok(Some(_)) if password.is_empty() => Ok(Turn::Wrong(Mistake::NoPassword)),
            _ if !is_plausible(name) => Ok(Turn::Wrong(Mistake::NotProven)),
            Ok(stage) => match self.unpaid(walk, answer).await? {
                Some(turn) => Ok(turn),
                None if stage.is_some() => prove(walk, name, password).await,
                None => self.name_alone(walk, name).await,
            },
        }
    }

    /// Unknown names go on as well, unless the operator wants to be told at once.
    async fn name_alone(&self, walk: &mut Walk<'_>, name: &str) -> Result<Turn, Fault> {
        name.clone_into(&mut walk.run.identifier);
        if self.pretend_user_exists {
            return Ok(Turn::Passed);
        }
        let browser = throttle::KnownBrowser::default();
        let begun = throttle::begin(walk.engine, walk.ctx, Subject::Nobody, &browser).await?;
        if let Attempt::Blocked { until } = begun {
            return Ok(Turn::Wrong(Mistake::TooMany { until }));
        }
        let mut tx = walk.engine.store.read().await?;
        let Some(found) = walk.run.lookup.find(&mut tx, name).await? else {
            drop(tx);
            note_unknown(walk, name).await?;
            return Ok(Turn::Wrong(Mistake::NotProven));
        };
        walk.run.matched = self.show_matched_user.then_some(found.username);
        Ok(Turn::Passed)
    }
}

/// A name that nobody has counts against its address.
async fn note_unknown(walk: &Walk<'_>, name: &str) -> Result<(), StoreError> {
    let mut tx = walk.engine.store.begin().await?;
    reputation::note(walk.engine, &mut tx, walk.ctx, name, reputation::FAILED).await?;
    walk.engine.commit(tx).await
}

async fn prove(walk: &mut Walk<'_>, name: &str, password: &str) -> Result<Turn, Fault> {
    name.clone_into(&mut walk.run.identifier);
    debug_assert!(
        !walk.run.has(Proof::Password),
        "a passed stage is never asked again"
    );
    Ok(
        match proof::password(walk, password, Mistake::NotProven).await? {
            Ok(()) => Turn::Passed,
            Err(mistake) => Turn::Wrong(mistake),
        },
    )
}
