//! Whether a password that is being set is one that the person has had before.
//!
//! Rule: only hashes are compared, a bounded number of them, on the threads that compare passwords;
//! and a person asks so often at most, for they may ask without changing anything.

use doorward_protocol::password::Verdict;
use doorward_store::attempt::Limit;
use doorward_store::{StoreError, Tx, old_password, user};

use super::password::typed;
use super::rule::UniquePassword;
use super::{Question, Ruling};
use crate::engine::Engine;
use crate::policy::Rule;
use crate::snapshot::Snapshot;
use crate::throttle;

/// So many passwords may count: each costs as much as a sign-in.
pub(crate) const HISTORY_MAX: i64 = 24;
/// So many new passwords a person tries in a row, then one a minute.
const TRIES: Limit = Limit {
    free: 10,
    pause_ms: 60 * 1000,
    window_ms: 10 * 60 * 1000,
};
const TOO_OFTEN: &str = "You have tried many new passwords. Wait a minute, then try again.";
const USED: &str = "You have used this password before. Choose another one.";

impl Engine {
    /// Somebody who has no account yet has had no password.
    pub(super) async fn unique_password(
        &self,
        rule: &UniquePassword,
        question: &Question<'_>,
    ) -> Result<Ruling, String> {
        let Some(password) = typed(&rule.password_field, question) else {
            return Ok(Ruling::no("Password not set in context"));
        };
        let Some(person) = question.person else {
            return Ok(Ruling::plain(true));
        };
        if question.is_trial {
            return Err(super::TRIED_OUT.to_owned());
        }
        let counted = self.count_try(person.id, question.ctx.now).await;
        if !counted.map_err(|error| error.to_string())? {
            return Ok(Ruling::no(TOO_OFTEN).with_io());
        }
        let most = rule.num_historical_passwords.clamp(0, HISTORY_MAX);
        let hashes = self.last_passwords(person.id, most).await;
        for hash in hashes.map_err(|error| error.to_string())? {
            let verdict = self.hashes.verify(password.to_owned(), hash).await;
            if let Verdict::Match { .. } = verdict.map_err(|error| error.to_string())? {
                return Ok(Ruling::no(USED).with_io());
            }
        }
        Ok(Ruling::plain(true).with_io())
    }

    /// Sets a new password (encoded hash): the only way to do that to an account that may have one,
    /// so that none is forgotten that a policy asks for.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub(crate) async fn set_password(
        &self,
        tx: &mut Tx,
        user: i64,
        encoded: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let kept = self.snapshot_ref().passwords_kept();
        old_password::keep(tx, user, kept, now).await?;
        user::set_password(tx, user, encoded, now).await.map(drop)
    }

    /// Counts a new password that somebody tries; answers whether it may be looked at.
    async fn count_try(&self, user: i64, now: i64) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let name = format!("new passwords of {user}");
        let until = throttle::count(self, &mut tx, &name, TRIES, now).await?;
        self.commit(tx).await?;
        Ok(until.is_none())
    }

    /// The present hash and those before it, `most` in all.
    async fn last_passwords(&self, user: i64, most: i64) -> Result<Vec<String>, StoreError> {
        let mut tx = self.store.read().await?;
        let present = user::find(&mut tx, user).await?.map(|row| row.password);
        let former = old_password::of_user(&mut tx, user, (most - 1).max(0)).await?;
        let most = usize::try_from(most).unwrap_or_default();
        Ok(present.into_iter().chain(former).take(most).collect())
    }
}

impl Snapshot {
    /// How many former passwords have to be remembered for the policies that there are.
    pub(crate) fn passwords_kept(&self) -> i64 {
        let wanted = self.policies.values().map(|policy| match &policy.rule {
            Rule::UniquePassword(rule) => rule.num_historical_passwords - 1,
            _ => 0,
        });
        wanted.max().unwrap_or_default().clamp(0, HISTORY_MAX - 1)
    }
}
