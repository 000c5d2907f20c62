//! The user logout stage: ends the browser's session, and with it those of the applications.
//!
//! Rule: a plain page view never signs anybody out.

use serde::Deserialize;
use serde_json::json;

use super::stage::Turn;
use super::walk::Walk;
use super::{Ask, SessionChange};
use crate::engine::Fault;
use crate::event::{self, Action};
use crate::session;

/// `authentik_stages_user_logout.userlogoutstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserLogout {}

impl UserLogout {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        if walk.visit.session.is_some() && !walk.visit.may_act {
            return Ok(Turn::Ask(Ask::SignOut));
        }
        self.answer(walk).await
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        if let Some(live) = &walk.visit.session {
            let mut tx = walk.engine.store.begin().await?;
            walk.frames = walk.engine.frames_of(&mut tx, &live.id).await?;
            session::end(&mut tx, &live.id, walk.ctx.now).await?;
            let ctx = walk.ctx.acting_as(&live.person());
            let app = "authentik.stages.user_logout";
            event::record(walk.engine, &mut tx, &ctx, Action::Logout, app, json!({})).await?;
            walk.engine.commit(tx).await?;
            walk.engine.logout_wanted.notify_one();
        }
        walk.session = SessionChange::SignedOut;
        Ok(Turn::Passed)
    }
}
