//! The user delete stage: the person's own account ends, after a last question.
//!
//! Rule: never anybody but who is proven or signed in (`user_write::whose`), and never by a page
//! view.

use doorward_store::user;
use serde::Deserialize;

use super::stage::Turn;
use super::user_write::{Whose, whose};
use super::walk::Walk;
use super::{Ask, Refusal, SessionChange};
use crate::engine::Fault;
use crate::resource::write::{Found, Writing};
use crate::resource::{USER, registered};

/// `authentik_stages_user_delete.userdeletestage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserDelete {
    name: String,
}

impl UserDelete {
    /// Always asked, also right after another answer.
    pub(super) fn reach(&self, walk: &Walk<'_>) -> Turn {
        match whose(walk) {
            Ok(Whose::Of(_)) => Turn::Ask(Ask::DeleteAccount {
                name: self.name.clone(),
            }),
            Ok(Whose::New) | Err(_) => Turn::Refuse(Refusal::NotProven),
        }
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let Ok(Whose::Of(id)) = whose(walk) else {
            return Ok(Turn::Refuse(Refusal::NotProven));
        };
        let mut writing = Writing::begin(walk.engine, walk.ctx).await?;
        if let Some(row) = walk.row.take()
            && !row.finish(&mut writing.tx).await?
        {
            return Ok(Turn::Lost);
        }
        let row = user::find(&mut writing.tx, id).await?;
        let Some(row) = row.filter(|row| walk.run.still_counts(row)) else {
            return Ok(Turn::Refuse(Refusal::NotProven));
        };
        // Apps that hear in the browser are known by the session, which goes with the account.
        if let Some(live) = walk
            .visit
            .session
            .as_ref()
            .filter(|live| live.person().id == id)
        {
            let frames = walk.engine.frames_of(&mut writing.tx, &live.id).await?;
            walk.frames.extend(frames);
        }
        match writing
            .remove_found(registered(USER), &Found::User(row))
            .await
        {
            Ok(()) => {}
            Err(crate::resource::Refusal::Fault(fault)) => return Err(fault),
            Err(_) => return Ok(Turn::Refuse(Refusal::NotWritten)),
        }
        writing.commit().await?;
        walk.engine.logout_wanted.notify_one();
        walk.run.forget(true);
        walk.person = None;
        walk.session = SessionChange::SignedOut;
        Ok(Turn::Passed)
    }
}
