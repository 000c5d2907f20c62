//! A code that is mailed in a step, and its use: for one device in one run.
//!
//! Rule: a code is good where it was asked for; the run remembers the device that it went for.

use doorward_store::Tx;
use doorward_store::device::{self as rows, DeviceRow};

use super::Mistake;
use super::walk::Walk;
use crate::authenticator::{Class, email};
use crate::engine::Fault;
use crate::mail::Purse;

const NO_MAIL: &str = "No code can be mailed right now.";

/// Mails a code to one of the owner's mailboxes, unless there were too many.
pub(super) async fn send(
    walk: &mut Walk<'_>,
    owner: i64,
    row: &DeviceRow,
) -> Result<Result<(), Mistake>, Fault> {
    let person = walk.engine.person(owner).await?;
    let (Some(person), Some(to)) = (person, email::mailbox(row)) else {
        return Ok(Ok(()));
    };
    if !email::can_send(walk.engine, &to.stage) {
        return Ok(Err(Mistake::said("non_field_errors", NO_MAIL)));
    }
    let new = email::NewCode {
        person: &person,
        to: &to,
        about: &about(walk, row.id),
        purse: Purse::Own(owner),
    };
    let mut tx = walk.engine.store.begin().await?;
    if let Some(until) = email::send(walk.engine, &mut tx, walk.ctx, new).await? {
        return Ok(Err(Mistake::TooMany { until }));
    }
    walk.engine.commit(tx).await?;
    walk.run.mailed = Some(row.id);
    Ok(Ok(()))
}

/// Who has nothing but mailboxes need not ask for a code; if there were too many, that is told when
/// they do.
pub(super) async fn send_unasked(
    walk: &mut Walk<'_>,
    owner: i64,
    devices: &[DeviceRow],
) -> Result<(), Fault> {
    let only_mail = devices.iter().all(|row| row.kind == Class::Email.word());
    if only_mail && walk.run.mailed.is_none() && walk.solved() {
        drop(send(walk, owner, &devices[0]).await?);
    }
    Ok(())
}

/// Uses the code that was mailed in this step for one of these devices; answers which.
pub(super) async fn use_code(
    walk: &Walk<'_>,
    tx: &mut Tx,
    devices: &[&DeviceRow],
    code: &str,
) -> Result<Option<i64>, Fault> {
    let mailed = walk.run.mailed;
    let Some(row) = devices.iter().find(|row| Some(row.id) == mailed) else {
        return Ok(None);
    };
    let about = about(walk, row.id);
    if !email::use_code(walk.engine, tx, &about, code, walk.ctx.now).await? {
        return Ok(None);
    }
    rows::note_use(tx, row.id, walk.ctx.now).await?;
    Ok(Some(row.id))
}

/// What a mailed code is good for.
fn about(walk: &Walk<'_>, device: i64) -> String {
    format!("{} {device}", walk.run.id)
}
