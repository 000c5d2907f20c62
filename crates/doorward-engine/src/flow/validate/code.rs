//! A typed code: of an app, of a list, or by mail.
//!
//! Rule: the guess is counted before it is looked at, and a code that is right is used in the commit
//! that says so.

use doorward_store::device::DeviceRow;

use super::Validate;
use crate::authenticator::{Class, app, codes};
use crate::engine::Fault;
use crate::flow::walk::Walk;
use crate::flow::{Mistake, device, mail_code};
use crate::throttle;

const WRONG_CODE: &str =
    "Invalid Token. Please ensure the time on your device is accurate and try again.";

impl Validate {
    /// Answers the device.
    pub(super) async fn prove_code(
        &self,
        walk: &mut Walk<'_>,
        owner: i64,
        devices: &[DeviceRow],
        code: &str,
    ) -> Result<Result<i64, Mistake>, Fault> {
        let (class, factor) = self.class_of(walk, code);
        let counted = match device::count(walk, owner, slower(factor)).await? {
            Ok(counted) => counted,
            Err(mistake) => return Ok(Err(mistake)),
        };
        let of = |class: Class| -> Vec<_> {
            let rows = devices.iter().filter(|row| row.kind == class.word());
            rows.collect()
        };
        let rows = of(class);
        let hashed = match class {
            Class::Static => codes::candidates(walk.engine, &rows, code).await?,
            _ => Vec::new(),
        };
        let mut tx = walk.engine.store.begin().await?;
        let used = if class == Class::Static {
            codes::use_first(&mut tx, &hashed, walk.ctx.now).await?
        } else {
            let apps = of(Class::Totp);
            let used = app::use_code(walk.engine, &mut tx, &apps, code, walk.ctx.now).await?;
            match used {
                None => mail_code::use_code(walk, &mut tx, &of(Class::Email), code).await?,
                used => used,
            }
        };
        let Some(device) = used else {
            drop(tx);
            device::note_failure(walk, class.word()).await?;
            return Ok(Err(Mistake::said("code", WRONG_CODE)));
        };
        throttle::give_back(walk.engine, &mut tx, &counted).await?;
        walk.engine.commit(tx).await?;
        Ok(Ok(device))
    }

    /// What a typed code may be, and how much slower it is guessed. Recovery codes always have a
    /// letter, codes of apps and by mail never.
    fn class_of(&self, walk: &Walk<'_>, code: &str) -> (Class, f64) {
        let is_digits = code
            .chars()
            .all(|one| one.is_ascii_digit() || one.is_whitespace());
        let app = self.totp_otp_throttling_factor;
        match (is_digits, walk.run.mailed) {
            (false, _) => (Class::Static, self.static_otp_throttling_factor),
            (true, Some(_)) => (Class::Email, app.max(self.email_otp_throttling_factor)),
            (true, None) => (Class::Totp, app),
        }
    }
}

/// A stage's factor in whole numbers; it never makes guessing faster.
fn slower(factor: f64) -> u32 {
    let bounded = factor.clamp(1.0, 100.0).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 100"
    )]
    let slower = bounded as u32;
    slower
}
