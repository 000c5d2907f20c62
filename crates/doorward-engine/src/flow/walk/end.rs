//! The last step of a run: where it leads, or why it ends.
//!
//! Rule: a run ends once, and what its end grants is written in the same transaction.

use super::Walk;
use crate::engine::Fault;
use crate::flow::{Ask, Next, Refusal, SessionChange, Step, invitation};
use crate::resource::write::Writing;

impl Walk<'_> {
    pub(super) async fn finish(&mut self) -> Result<Step, Fault> {
        if self.run.invited && !self.answers {
            // Whoever only looks (a preview of the link) uses up no invitation.
            let name = self.flow.name.clone();
            return self.pause(Ask::GoOn { name }, Vec::new()).await;
        }
        if self.run.invited && !self.spend_invitation().await? {
            return self.refuse(Refusal::NoInvitation).await;
        }
        if self.run.errand.is_some() && self.leave_for.is_none() {
            if let Some(to) = self.grant_errand().await? {
                return Ok(self.step(Next::Redirect(to), None));
            }
            if !self.is_resumed {
                // The page that asks would only begin it again.
                return self.refuse(Refusal::Undecidable).await;
            }
        }
        if let Some(row) = self.row.take() {
            let mut tx = self.engine.store.begin().await?;
            if !row.finish(&mut tx).await? {
                return Ok(self.lose());
            }
            self.engine.commit(tx).await?;
        }
        let next = || self.visit.next.clone().or_else(|| self.run.next.clone());
        let to = self.leave_for.take().or_else(next);
        let next = match self.session {
            SessionChange::SignedOut => Next::SignedOut {
                to,
                frames: std::mem::take(&mut self.frames),
            },
            _ => Next::Redirect(to.unwrap_or_else(|| "/".to_owned())),
        };
        Ok(self.step(next, None))
    }

    /// An invitation is used at the end of its flow, if nothing on the way needed it.
    async fn spend_invitation(&mut self) -> Result<bool, Fault> {
        let mut writing = Writing::begin(self.engine, self.ctx).await?;
        let is_spent = invitation::spend(self, &mut writing).await?;
        if is_spent {
            writing.commit().await?;
        }
        Ok(is_spent)
    }

    pub(super) async fn refuse(&mut self, refusal: Refusal) -> Result<Step, Fault> {
        tracing::info!(
            flow = self.run.flow,
            ?refusal,
            "a flow ended without its aim"
        );
        if let Some(row) = self.row.take() {
            let mut tx = self.engine.store.begin().await?;
            row.finish(&mut tx).await?;
            self.engine.commit(tx).await?;
        }
        Ok(self.step(Next::Refused(refusal, Box::new(self.info())), None))
    }

    /// authentik's rule for a flow that is not for this person.
    pub(in crate::flow) fn not_applicable(&mut self, refusal: Refusal) -> Step {
        let signed_in = self.ctx.actor.person().is_some();
        let next = self.visit.next.clone();
        let to = match (&*self.flow.designation, &*self.flow.denied_action) {
            ("authentication", _) if signed_in => Some(next.unwrap_or_else(|| "/".to_owned())),
            (_, "continue") => Some(next.unwrap_or_else(|| "/".to_owned())),
            (_, "message_continue") => next,
            _ => None,
        };
        // The page that an application's flow leads back to would only begin it again.
        let to = to.filter(|_| self.run.errand.is_none());
        let refused = |walk: &Self| Next::Refused(refusal, Box::new(walk.info()));
        let next = to.map_or_else(|| refused(self), Next::Redirect);
        self.step(next, None)
    }
}
