//! The authenticator validation stage: a second proof, a passkey alone, or a proof once more.
//!
//! Rule: what is asked for depends on devices only once the person has proven who they are, so that
//! nobody learns what somebody else has; and a code or passkey that was used is used.

mod code;
mod usable;

use doorward_protocol::duration;
use doorward_protocol::webauthn::Requirement;
use doorward_protocol::webauthn::options::Hint;
use doorward_store::device::DeviceRow;
use serde::Deserialize;
use serde_json::Value;

use self::usable::Usable;
use super::passkey::Terms;
use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal, device, mail_code, passkey};
use crate::authenticator::{Class, Remembered, email};
use crate::engine::Fault;

/// `authentik_stages_authenticator_validate.authenticatorvalidatestage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Validate {
    not_configured_action: NotConfigured,
    device_classes: Vec<Class>,
    /// uuids of stages.
    configuration_stages: Vec<String>,
    last_auth_threshold: String,
    webauthn_user_verification: Requirement,
    webauthn_hints: Vec<Hint>,
    /// AAGUIDs.
    webauthn_allowed_device_types: Vec<String>,
    totp_otp_throttling_factor: f64,
    email_otp_throttling_factor: f64,
    static_otp_throttling_factor: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NotConfigured {
    Skip,
    Deny,
    Configure,
}

impl Default for Validate {
    fn default() -> Self {
        Self {
            not_configured_action: NotConfigured::Skip,
            device_classes: Class::ALL.to_vec(),
            configuration_stages: Vec::new(),
            last_auth_threshold: "seconds=0".to_owned(),
            webauthn_user_verification: Requirement::Preferred,
            webauthn_hints: Vec::new(),
            webauthn_allowed_device_types: Vec::new(),
            totp_otp_throttling_factor: 1.0,
            email_otp_throttling_factor: 1.0,
            static_otp_throttling_factor: 1.0,
        }
    }
}

/// The question which device to prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskDevice {
    /// What the person may use, the last used first.
    pub devices: Vec<DeviceChoice>,
    /// What their browser is asked, if a passkey will do.
    pub passkey: Option<Value>,
    /// What they may set up instead.
    pub configure: Vec<Configure>,
    /// A passkey that was just tried and that nobody has: the browser can forget it.
    pub unknown_credential: Option<String>,
    /// Whether a passkey must say who it is, because nobody else has.
    pub passwordless: bool,
}

/// A device to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceChoice {
    /// What kind.
    pub class: Class,
    /// Its number.
    pub id: i64,
    /// As its owner calls it.
    pub name: String,
    /// Unix milliseconds.
    pub last_used: Option<i64>,
    /// Where codes are mailed, most of it hidden.
    pub hint: Option<String>,
    /// Whether a code is on its way there.
    pub mailed: bool,
}

/// A stage that sets a device up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configure {
    /// uuid.
    pub pk: String,
    /// For people.
    pub name: String,
    /// The blueprint model.
    pub model: String,
}

const WRONG_PASSKEY: &str = "Assertion failed";

impl Validate {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let Some(owner) = device::owner(walk) else {
            return Ok(self.ask_anybody(walk));
        };
        Ok(match self.usable(walk, owner).await? {
            Usable::Own(rows) if self.is_spared(walk, owner, &rows) => Turn::Passed,
            Usable::Own(rows) | Usable::First(rows) => {
                mail_code::send_unasked(walk, owner, &rows).await?;
                Turn::Ask(Ask::Device(self.question(walk, &rows)))
            }
            Usable::NoAddress => Turn::Refuse(Refusal::NoAddress),
            Usable::UsedUp => Turn::Refuse(Refusal::CodesUsedUp),
            Usable::Nothing => self.nothing_there(walk),
        })
    }

    /// Nobody is proven: only a passkey can say who it is.
    fn ask_anybody(&self, walk: &mut Walk<'_>) -> Turn {
        if !self.device_classes.contains(&Class::Webauthn) {
            return Turn::Refuse(Refusal::NotProven);
        }
        let passkey = passkey::ask(walk, self.terms(), &[]);
        if passkey.is_none() {
            return Turn::Refuse(Refusal::NoAddress);
        }
        Turn::Ask(Ask::Device(AskDevice {
            passkey,
            unknown_credential: walk.unknown_credential.take(),
            passwordless: true,
            ..AskDevice::default()
        }))
    }

    fn nothing_there(&self, walk: &mut Walk<'_>) -> Turn {
        match self.not_configured_action {
            NotConfigured::Skip => Turn::Passed,
            NotConfigured::Deny => Turn::Refuse(Refusal::NoDevice),
            NotConfigured::Configure => match &*self.configurable(walk) {
                [] => Turn::Refuse(Refusal::NoDevice),
                [only] => Turn::Detour(only.pk.clone()),
                several => Turn::Ask(Ask::Device(AskDevice {
                    configure: several.to_vec(),
                    ..AskDevice::default()
                })),
            },
        }
    }

    fn configurable(&self, walk: &Walk<'_>) -> Vec<Configure> {
        let stages = self.configuration_stages.iter();
        let stages = stages.filter_map(|pk| walk.snapshot.stages.get(pk));
        let stages = stages.map(|stage| Configure {
            pk: stage.pk.clone(),
            name: stage.config["friendly_name"]
                .as_str()
                .filter(|name| !name.is_empty())
                .unwrap_or(&stage.name)
                .to_owned(),
            model: stage.kind.clone(),
        });
        stages.collect()
    }

    fn question(&self, walk: &mut Walk<'_>, rows: &[DeviceRow]) -> AskDevice {
        let keys: Vec<_> = rows.iter().filter(|row| row.credential.is_some()).collect();
        let passkey = if keys.is_empty() {
            None
        } else {
            passkey::ask(walk, self.terms(), &keys)
        };
        let choices = rows.iter().filter_map(|row| choice(row, walk.run.mailed));
        let mut choices: Vec<_> = choices.collect();
        choices.sort_by_key(|one| std::cmp::Reverse(one.last_used));
        AskDevice {
            devices: choices,
            passkey,
            unknown_credential: walk.unknown_credential.take(),
            ..AskDevice::default()
        }
    }

    fn counts(&self, class: Class) -> bool {
        self.device_classes.contains(&class)
    }

    /// How this stage wants passkeys to be used.
    pub(super) fn terms(&self) -> Terms<'_> {
        Terms {
            verification: self.webauthn_user_verification,
            hints: &self.webauthn_hints,
            allowed: &self.webauthn_allowed_device_types,
        }
    }

    fn threshold_ms(&self) -> i64 {
        let span = duration::parse(&self.last_auth_threshold);
        span.map_or(0, |span| span.as_seconds().max(0).saturating_mul(1000))
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let passkey = answer.object("webauthn");
        let (code, stage) = match (answer.text("code"), answer.text("selected_stage")) {
            (Ok(code), Ok(stage)) => (code.trim(), stage),
            (Err(mistake), _) | (_, Err(mistake)) => return Ok(Turn::Wrong(mistake)),
        };
        let Some(owner) = device::owner(walk) else {
            return self.answer_of_anybody(walk, passkey).await;
        };
        let (devices, is_own) = match self.usable(walk, owner).await? {
            Usable::Own(rows) => (rows, true),
            Usable::First(rows) => (rows, false),
            Usable::NoAddress => return Ok(Turn::Refuse(Refusal::NoAddress)),
            Usable::UsedUp => return Ok(Turn::Refuse(Refusal::CodesUsedUp)),
            Usable::Nothing => return Ok(self.chosen(walk, stage)),
        };
        if let Some(selected) = answer.object("selected_challenge") {
            return self.selected(walk, owner, &devices, &selected).await;
        }
        let has_keys = devices.iter().any(|row| row.credential.is_some());
        let proven = match passkey {
            Some(passkey) if has_keys => {
                let allowed = if is_own { self.terms().allowed } else { &[] };
                self.prove_passkey(walk, owner, &passkey, allowed).await?
            }
            _ if code.is_empty() => Err(Mistake::said("non_field_errors", "Empty response")),
            _ => self.prove_code(walk, owner, &devices, code).await?,
        };
        Ok(match proven {
            Err(mistake) => Turn::Wrong(mistake),
            Ok(device) if is_own => self.passed(walk, owner, device),
            Ok(device) => {
                device::prove(walk, owner, device);
                self.nothing_there(walk)
            }
        })
    }

    async fn answer_of_anybody(
        &self,
        walk: &mut Walk<'_>,
        answer: Option<Value>,
    ) -> Result<Turn, Fault> {
        let wrong = Mistake::said("non_field_errors", WRONG_PASSKEY);
        let Some(answer) = answer.filter(|_| self.counts(Class::Webauthn)) else {
            return Ok(Turn::Wrong(Mistake::said(
                "non_field_errors",
                "Empty response",
            )));
        };
        let done = passkey::alone(walk, &answer, self.terms(), wrong).await?;
        Ok(match done {
            Ok(row) => self.passed(walk, row.user_id, row.id),
            Err(mistake) => Turn::Wrong(mistake),
        })
    }

    /// Which of several devices is to be set up.
    fn chosen(&self, walk: &mut Walk<'_>, stage: &str) -> Turn {
        let configures = matches!(self.not_configured_action, NotConfigured::Configure);
        let named = self.configurable(walk);
        match named.into_iter().find(|one| configures && one.pk == stage) {
            Some(one) => Turn::Detour(one.pk),
            None => self.nothing_there(walk),
        }
    }

    /// A code is to be mailed to one of the owner's mailboxes; the question stays. Choosing another
    /// device asks nothing of us.
    async fn selected(
        &self,
        walk: &mut Walk<'_>,
        owner: i64,
        devices: &[DeviceRow],
        selected: &Value,
    ) -> Result<Turn, Fault> {
        let id = selected["device_uid"].as_str();
        let wants =
            |row: &&DeviceRow| row.kind == Class::Email.word() && id == Some(&row.id.to_string());
        if let Some(row) = devices.iter().find(wants)
            && let Err(mistake) = mail_code::send(walk, owner, row).await?
        {
            return Ok(Turn::Wrong(mistake));
        }
        Ok(Turn::Ask(Ask::Device(self.question(walk, devices))))
    }

    /// Answers the device.
    async fn prove_passkey(
        &self,
        walk: &mut Walk<'_>,
        owner: i64,
        answer: &Value,
        allowed: &[String],
    ) -> Result<Result<i64, Mistake>, Fault> {
        let counted = match device::count(walk, owner, 1).await? {
            Ok(counted) => counted,
            Err(mistake) => return Ok(Err(mistake)),
        };
        let terms = Terms {
            allowed,
            ..self.terms()
        };
        if let Some(device) = passkey::second(walk, owner, answer, terms).await? {
            walk.counted = Some(counted);
            return Ok(Ok(device));
        }
        device::note_failure(walk, Class::Webauthn.word()).await?;
        Ok(Err(Mistake::said("webauthn", WRONG_PASSKEY)))
    }

    /// The proof is in the run; in the browser, too, where it spares the next question.
    fn passed(&self, walk: &mut Walk<'_>, user: i64, device: i64) -> Turn {
        device::prove(walk, user, device);
        let (threshold_ms, at) = (self.threshold_ms(), walk.ctx.now);
        if threshold_ms > 0 {
            let proven = Remembered { user, device, at };
            walk.device_proven = Some((proven, threshold_ms / 1000));
        }
        Turn::Passed
    }
}

fn choice(row: &DeviceRow, mailed: Option<i64>) -> Option<DeviceChoice> {
    Some(DeviceChoice {
        hint: email::mailbox(row).map(|one| email::masked(&one.email)),
        mailed: mailed == Some(row.id),
        class: Class::of(&row.kind)?,
        id: row.id,
        name: row.name.clone(),
        last_used: row.last_used_at,
    })
}
