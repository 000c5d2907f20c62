//! How often a name or an address has failed to sign in of late.
//!
//! Rule: nothing is written while a policy is asked, and an address that nobody can read is an
//! error, never a good one.

use doorward_store::reputation;

use super::rule::Reputation;
use super::{Question, Ruling, readable_address};
use crate::engine::Engine;
use crate::reputation::name;
use crate::throttle::network;

impl Engine {
    /// Passes when the scores that match the address or the name are at most the threshold: of those
    /// who have failed too often.
    pub(super) async fn reputation(
        &self,
        rule: &Reputation,
        question: &Question<'_>,
    ) -> Result<Ruling, String> {
        let address = if rule.check_ip {
            Some(network(readable_address(question)?).to_string())
        } else {
            None
        };
        let sum = async {
            let mut tx = self.store.read().await?;
            let about = match question.named().filter(|_| rule.check_username) {
                Some(typed) => Some(name(&mut tx, &self.keys, typed).await?),
                None => None,
            };
            let now = question.ctx.now;
            reputation::sum(&mut tx, address.as_deref(), about.as_ref(), now).await
        };
        let sum = sum.await.map_err(|error| error.to_string())?;
        Ok(Ruling::plain(sum <= rule.threshold).with_io())
    }
}
