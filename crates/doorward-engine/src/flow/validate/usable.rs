//! Which devices of somebody a validation stage can ask for, and whether it has to.
//!
//! Rule: a stage is satisfied by a device of its own classes and models alone; what was proven
//! elsewhere, in this run or in this browser, counts only as long as the stage itself says.

use doorward_store::device::DeviceRow;

use super::{NotConfigured, Validate};
use crate::authenticator::{self, Class, passkey};
use crate::engine::Fault;
use crate::flow::run::Proof;
use crate::flow::walk::Walk;

/// What there is to ask for.
pub(super) enum Usable {
    /// Devices that satisfy the stage.
    Own(Vec<DeviceRow>),
    /// None that does, and these others: one of them is proven before another is set up
    /// (GHSA-qgqp-xh8r-v73r).
    First(Vec<DeviceRow>),
    /// Only passkeys, while our public address has no name.
    NoAddress,
    /// A list of codes that are all used up, and no other: its owner has a second factor all the
    /// same, and whoever knows only the password is not let on.
    UsedUp,
    /// No device that matters here.
    Nothing,
}

impl Validate {
    pub(super) async fn usable(&self, walk: &Walk<'_>, owner: i64) -> Result<Usable, Fault> {
        let all = authenticator::of_user(walk.engine, owner).await?;
        let mut rows = authenticator::usable(walk.engine, &all).await?;
        let mut usable_ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        usable_ids.sort_unstable();
        // Whoever came by a link in a letter shows nothing more by a code in another.
        rows.retain(|row| row.kind != Class::Email.word() || !walk.run.has(Proof::Mail));
        let (own, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| self.fits(row));
        let has_address = passkey::party(&walk.snapshot).is_some();
        let can_ask = |row: &DeviceRow| has_address || row.credential.is_none();
        let askable = |rows: Vec<DeviceRow>| rows.into_iter().filter(can_ask).collect::<Vec<_>>();
        let is_spent = |row: &DeviceRow| usable_ids.binary_search(&row.id).is_err();
        let has_spent = all.iter().any(|row| self.fits(row) && is_spent(row));
        let sets_up = matches!(self.not_configured_action, NotConfigured::Configure);
        let (rows, kind): (_, fn(Vec<DeviceRow>) -> Usable) = if !own.is_empty() {
            (askable(own), Usable::Own)
        } else if sets_up && Self::must_prove_first(walk) && !others.is_empty() {
            (askable(others), Usable::First)
        } else if has_spent && (!sets_up || Self::must_prove_first(walk)) {
            return Ok(Usable::UsedUp);
        } else {
            return Ok(Usable::Nothing);
        };
        Ok(if rows.is_empty() {
            Usable::NoAddress
        } else {
            kind(rows)
        })
    }

    /// Whether the stage takes this device.
    fn fits(&self, row: &DeviceRow) -> bool {
        Class::of(&row.kind).is_some_and(|class| {
            let is_key = class == Class::Webauthn;
            self.counts(class)
                && (!is_key || passkey::is_allowed(row, &self.webauthn_allowed_device_types))
        })
    }

    /// Whether whoever signs in here has shown nothing yet but what they know.
    fn must_prove_first(walk: &Walk<'_>) -> bool {
        let run = &walk.run;
        run.proven().is_some() && !run.has(Proof::Device) && !run.has(Proof::Passkey)
    }

    /// Whether the owner of `rows` need not be asked: a passkey of theirs has said who they are, or
    /// one of these was proven within the stage's time.
    pub(super) fn is_spared(&self, walk: &Walk<'_>, owner: i64, rows: &[DeviceRow]) -> bool {
        let (run, now) = (&walk.run, walk.ctx.now);
        let keys = rows.iter().filter(|row| row.credential.is_some());
        let keys: Vec<_> = keys.cloned().collect();
        let by_key = run
            .devices
            .iter()
            .any(|one| one.spares(owner, &keys, i64::MAX, now));
        let mut lately = run.devices.iter().chain(&walk.visit.proven_device);
        (run.has(Proof::Passkey) && by_key)
            || lately.any(|one| one.spares(owner, rows, self.threshold_ms(), now))
    }
}
