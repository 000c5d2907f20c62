//! Codes by mail: an address that somebody reads, and the codes that go there.
//!
//! Owns making, mailing and using a code. Leaves who may ask for one to the steps in `flow`. Rule:
//! of a code only a keyed hash is kept, for the run and the device that it was asked for; it works
//! once and not for long, and only so many are sent.

use std::time::Duration;

use doorward_protocol::encoding::{base64url, random_bytes};
use doorward_protocol::seal::Purpose as Sealing;
use doorward_store::attempt::Limit;
use doorward_store::device::DeviceRow;
use doorward_store::one_time::{self, Purpose};
use doorward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use super::{Class, NewDevice, add, next_id};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::mail::{self, Letter, Purse, Subject, server};
use crate::person::Person;
use crate::settings::{milliseconds, span};
use crate::throttle;

/// What a device is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mailbox {
    /// Where codes go.
    pub email: String,
    /// uuid of the stage that sends them.
    pub stage: String,
}

/// A code, and to whom it goes.
pub(crate) struct NewCode<'a> {
    pub person: &'a Person,
    pub to: &'a Mailbox,
    /// What it is good for, and for nothing else.
    pub about: &'a str,
    /// Whose letters it is one of.
    pub purse: Purse,
}

/// So many codes in a row, then none for a while.
const CODES_MAX: i64 = 5;
const PAUSE: Duration = Duration::from_mins(5);
/// A code lives so long where the setting cannot be read, and so long at most.
const LIFETIME: Duration = Duration::from_mins(30);
const LIFETIME_MAX: Duration = Duration::from_hours(24);

/// The mailbox of a device.
pub(crate) fn mailbox(row: &DeviceRow) -> Option<Mailbox> {
    let is_mail = row.kind == Class::Email.word();
    is_mail.then(|| serde_json::from_str(&row.data).ok())?
}

/// An address as whoever proved a password may see it: `m***@example.org`.
pub(crate) fn masked(address: &str) -> String {
    let (name, host) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = name.chars().next().unwrap_or('*');
    format!("{first}***@{host}")
}

/// Whether a stage has a server to send codes through.
pub(crate) fn can_send(engine: &Engine, stage: &str) -> bool {
    let snapshot = engine.snapshot();
    let stage = snapshot.stages.get(stage);
    server::of_stage(engine, stage.map(AsRef::as_ref)).is_some()
}

/// Mails a code; answers until when to wait if there were too many.
pub(crate) async fn send(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    new: NewCode<'_>,
) -> Result<Option<i64>, Fault> {
    let pause_ms = milliseconds(PAUSE);
    let limit = Limit {
        free: CODES_MAX,
        pause_ms,
        window_ms: pause_ms,
    };
    let name = format!("codes {}", new.person.id);
    if let Some(until) = throttle::count(engine, tx, &name, limit, ctx.now).await? {
        return Ok(Some(until));
    }
    let snapshot = engine.snapshot();
    let stage = snapshot.stages.get(&new.to.stage);
    let said = stage.and_then(|stage| stage.config["token_expiry"].as_str());
    let lifetime = span(said.unwrap_or_default(), LIFETIME).min(LIFETIME_MAX);
    let expires_at = ctx.now.saturating_add(milliseconds(lifetime));
    let letter = Letter {
        subject: Subject::EmailOtp,
        to: new.to.email.clone(),
        name: new.person.name.to_string(),
        username: new.person.username.to_string(),
        url: None,
        code: Some(keep_new(engine, tx, new.about, expires_at).await?),
        stage: stage.map(|stage| stage.pk.clone()),
        template: None,
        written: None,
        expires_at,
    };
    match mail::post(engine, tx, &letter, new.purse, ctx.now).await {
        Ok(()) => Ok(None),
        Err(mail::Unsent::Enough { until, .. }) => Ok(Some(until)),
        Err(mail::Unsent::Fault(fault)) => Err(fault),
        Err(error) => Err(Fault::Broken(error.to_string())),
    }
}

/// A code that is under way nowhere else.
async fn keep_new(
    engine: &Engine,
    tx: &mut Tx,
    about: &str,
    expires_at: i64,
) -> Result<String, StoreError> {
    loop {
        let code = generate();
        let hash = hash(engine, about, &code);
        if one_time::insert_new(tx, &hash, Purpose::EmailCode, "{}", expires_at).await? {
            return Ok(code);
        }
    }
}

/// Six digits.
fn generate() -> String {
    // 4,294,000,000 is the greatest multiple of a million below 2^32: no code is likelier than another.
    loop {
        let number = u32::from_be_bytes(random_bytes());
        if number < 4_294_000_000 {
            return format!("{:06}", number % 1_000_000);
        }
    }
}

fn hash(engine: &Engine, about: &str, code: &str) -> String {
    let text = format!("code by mail {about} {code}");
    base64url(engine.keys.mac(Sealing::Link, text.as_bytes()))
}

/// Uses a code; answers whether it was good.
pub(crate) async fn use_code(
    engine: &Engine,
    tx: &mut Tx,
    about: &str,
    typed: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let code: String = typed.chars().filter(|one| !one.is_whitespace()).collect();
    let hash = hash(engine, about, &code);
    let used = one_time::redeem(tx, &hash, Purpose::EmailCode, now).await?;
    Ok(used.is_some())
}

/// Keeps a mailbox that a code came from; answers its number.
pub(crate) async fn keep(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user: i64,
    mailbox: &Mailbox,
) -> Result<i64, StoreError> {
    let data = serde_json::to_string(mailbox).expect("two texts serialize");
    let id = next_id(tx).await?;
    let new = NewDevice {
        id,
        user,
        class: Class::Email,
        name: "Email",
        data,
        credential: None,
        counter: 0,
    };
    add(engine, tx, ctx, new).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_and_an_address_tells_one_letter() {
        for _ in 0..200 {
            let code = generate();
            assert!(code.len() == 6 && code.bytes().all(|one| one.is_ascii_digit()));
        }
        for (address, shown) in [
            ("mia@example.org", "m***@example.org"),
            ("ö@example.org", "ö***@example.org"),
            ("\"a@b\"@example.org", "\"***@example.org"),
            ("", "****@"),
        ] {
            assert_eq!(masked(address), shown);
        }
    }
}
