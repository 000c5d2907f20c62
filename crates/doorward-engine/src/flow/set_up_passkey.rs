//! Making a passkey, or registering a security key.
//!
//! Rule: what was asked of one person is answered for nobody else.

use doorward_protocol::webauthn::options::{Attachment, Hint};
use doorward_protocol::webauthn::{Credential, Expected, Requirement, register};
use doorward_store::StoreError;
use serde::Deserialize;
use serde_json::Value;

use super::passkey::Asked;
use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal, device};
use crate::authenticator::passkey::{self, Wanted};
use crate::engine::Fault;

/// `authentik_stages_authenticator_webauthn.authenticatorwebauthnstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SetUpPasskey {
    user_verification: Requirement,
    authenticator_attachment: Option<Attachment>,
    resident_key_requirement: Requirement,
    hints: Vec<Hint>,
    /// AAGUIDs.
    device_type_restrictions: Vec<String>,
    /// Zero: any number.
    max_attempts: u32,
}

const FAILED: &str = "Registration failed. Please try again.";
const NOT_ALLOWED: &str = "Invalid device type. Contact your administrator for help.";

impl SetUpPasskey {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let (person, devices) = match device::may_set_up(walk).await? {
            Ok(allowed) => allowed,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let Some(party) = passkey::party(&walk.snapshot) else {
            return Ok(Turn::Refuse(Refusal::NoAddress));
        };
        let challenge = Asked::remembered(walk, Some(person.id)).bytes();
        let wanted = Wanted {
            verification: self.user_verification,
            resident_key: self.resident_key_requirement,
            attachment: self.authenticator_attachment,
            names_model: !self.device_type_restrictions.is_empty(),
            hints: &self.hints,
        };
        let options = passkey::creation(&party, &person, &challenge, &wanted, &devices);
        Ok(Turn::Ask(Ask::Passkey(options)))
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let person = match device::may_set_up(walk).await? {
            Ok((person, _)) => person,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let credential = match self.credential(walk, person.id, answer.object("response")) {
            Ok(credential) => credential,
            Err(why) => return Ok(self.failed(walk, why)),
        };
        let ctx = walk.ctx.acting_as(&person);
        let mut tx = walk.engine.store.begin().await?;
        if !device::is_first(walk, &mut tx, person.id).await? {
            device::note_set_up(walk, person.id);
            return Ok(Turn::Passed);
        }
        let kept = passkey::keep(walk.engine, &mut tx, &ctx, person.id, &credential).await;
        let device = match kept {
            Err(StoreError::Conflict) => return Ok(self.failed(walk, FAILED)),
            other => other?,
        };
        walk.engine.commit(tx).await?;
        device::prove(walk, person.id, device);
        Ok(Turn::Passed)
    }

    fn credential(
        &self,
        walk: &Walk<'_>,
        user: i64,
        answer: Option<Value>,
    ) -> Result<Credential, &'static str> {
        let asked = Asked::of(walk, Some(user));
        let (party, asked) = passkey::party(&walk.snapshot).zip(asked).ok_or(FAILED)?;
        let challenge = asked.bytes();
        let expected = Expected {
            party: &party,
            challenge: &challenge,
            verification: self.user_verification,
        };
        let credential = register(&answer.unwrap_or_default(), expected).map_err(|error| {
            tracing::info!(%error, "a new passkey was refused");
            FAILED
        })?;
        let allowed = &self.device_type_restrictions;
        if allowed.is_empty() || allowed.contains(&credential.aaguid) {
            Ok(credential)
        } else {
            Err(NOT_ALLOWED)
        }
    }

    fn failed(&self, walk: &mut Walk<'_>, why: &str) -> Turn {
        walk.run.failures += 1;
        if self.max_attempts > 0 && walk.run.failures >= self.max_attempts {
            return Turn::Refuse(Refusal::TooManyFailures);
        }
        Turn::Wrong(Mistake::said("response", why))
    }
}
