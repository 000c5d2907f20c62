//! Passkeys on a page: what a browser is asked, and what its answer proves.
//!
//! Rule: without a name a passkey counts only after its owner was verified (by PIN, finger or
//! face): it stands for name, password and second factor at once.

use doorward_protocol::encoding::{base64url, from_base64url, random_bytes};
use doorward_protocol::webauthn::options::Hint;
use doorward_protocol::webauthn::{Expected, Requirement};
use doorward_store::device::DeviceRow;
use doorward_store::user;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::run::Proof;
use super::walk::Walk;
use super::{Mistake, device};
use crate::authenticator::Remembered;
use crate::authenticator::passkey::{self, Unfit, Whose};
use crate::engine::Fault;
use crate::throttle::{self, Attempt, KnownBrowser, Subject};

/// What a stage remembers of a question to a browser.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    /// base64url; a new one when the stage is reached, kept while it is asked again.
    pub challenge: String,
    /// Whom a new passkey is for: whoever signs in meanwhile gets another question.
    #[serde(default)]
    pub user: Option<i64>,
}

impl Asked {
    /// The challenge under way, or a new one.
    pub(super) fn remembered(walk: &mut Walk<'_>, user: Option<i64>) -> Self {
        Self::of(walk, user).unwrap_or_else(|| {
            let challenge = base64url(random_bytes::<32>());
            let asked = Self { challenge, user };
            device::remember(walk, &asked);
            asked
        })
    }

    /// The challenge under way, if it is for this person.
    pub(super) fn of(walk: &Walk<'_>, user: Option<i64>) -> Option<Self> {
        device::remembered(walk).filter(|asked: &Self| asked.user == user)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        from_base64url(&self.challenge).unwrap_or_default()
    }
}

/// How a stage wants passkeys to be used.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub verification: Requirement,
    pub hints: &'a [Hint],
    pub allowed: &'a [String],
}

/// What a browser is asked; of no devices, any passkey for us. `None` while our address is unknown.
pub(super) fn ask(walk: &mut Walk<'_>, terms: Terms<'_>, devices: &[&DeviceRow]) -> Option<Value> {
    let party = passkey::party(&walk.snapshot)?;
    let challenge = Asked::remembered(walk, None).bytes();
    let verification = verification(terms, devices.is_empty());
    let devices = devices.iter().copied();
    Some(passkey::request(
        &party,
        &challenge,
        verification,
        terms.hints,
        devices,
    ))
}

fn verification(terms: Terms<'_>, is_alone: bool) -> Requirement {
    if is_alone {
        Requirement::Required
    } else {
        terms.verification
    }
}

/// Checks an answer of the owner's, of whom something else is proven; answers the device.
pub(super) async fn second(
    walk: &mut Walk<'_>,
    owner: i64,
    answer: &Value,
    terms: Terms<'_>,
) -> Result<Option<i64>, Fault> {
    let whose = Whose::Owner(owner, terms.allowed);
    let used = checked(walk, answer, terms.verification, whose).await?;
    Ok(used.map(|row| row.id))
}

async fn checked(
    walk: &mut Walk<'_>,
    answer: &Value,
    verification: Requirement,
    whose: Whose<'_>,
) -> Result<Option<DeviceRow>, Fault> {
    let asked: Option<Asked> = device::remembered(walk);
    let (Some(party), Some(asked)) = (passkey::party(&walk.snapshot), asked) else {
        return Ok(None);
    };
    let challenge = asked.bytes();
    let expected = Expected {
        party: &party,
        challenge: &challenge,
        verification,
    };
    let now = walk.ctx.now;
    Ok(
        match passkey::use_answer(walk.engine, now, answer, expected, whose).await? {
            Ok(row) => Some(row),
            Err(Unfit::Unknown(credential)) => {
                walk.unknown_credential = Some(credential);
                None
            }
            Err(Unfit::Refused) => None,
        },
    )
}

/// Signs in with a passkey alone; `wrong` is what a failure is called on this stage.
pub(super) async fn alone(
    walk: &mut Walk<'_>,
    answer: &Value,
    terms: Terms<'_>,
    wrong: Mistake,
) -> Result<Result<DeviceRow, Mistake>, Fault> {
    let browser = KnownBrowser::default();
    let counted = match throttle::begin(walk.engine, walk.ctx, Subject::Nobody, &browser).await? {
        Attempt::Blocked { until } => return Ok(Err(Mistake::TooMany { until })),
        Attempt::Allowed(counted) => counted,
    };
    let whose = Whose::Anybody(terms.allowed);
    let used = checked(walk, answer, Requirement::Required, whose).await?;
    let account = match &used {
        Some(row) => account(walk, row.user_id).await?,
        None => None,
    };
    let (Some(row), Some(account)) = (used, account) else {
        device::note_failure(walk, "webauthn").await?;
        return Ok(Err(wrong));
    };
    walk.counted = Some(counted);
    walk.run.identifier = account.username;
    walk.run.matched = None;
    walk.run
        .prove(row.user_id, Proof::Passkey, account.password_changed_at);
    walk.run.devices.push(Remembered {
        user: row.user_id,
        device: row.id,
        at: walk.ctx.now,
    });
    walk.run.stage_state = None;
    Ok(Ok(row))
}

/// The active account; where somebody else was named before, nobody.
async fn account(walk: &Walk<'_>, id: i64) -> Result<Option<user::UserRow>, Fault> {
    let mut tx = walk.engine.store.read().await?;
    let account = user::find(&mut tx, id).await?.filter(|row| row.is_active);
    let name = &walk.run.identifier;
    let named = match name.as_str() {
        "" => None,
        name => walk.run.lookup.find(&mut tx, name).await?,
    };
    let is_named = name.is_empty() || named.is_some_and(|named| named.id == id);
    Ok(account.filter(|_| is_named))
}
