//! The user login stage: begins the session, in one commit with everything that belongs to it.
//!
//! Rule: nobody without a proof in this run, and nobody who is inactive at this very moment
//! (CVE-2025-53942).

use std::time::Duration;

use doorward_protocol::duration;
use doorward_store::{StoreError, Tx, session as session_rows};
use serde::Deserialize;
use serde_json::json;

use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal, SessionChange, SignedIn};
use crate::context::{ClientSource, Context};
use crate::engine::Fault;
use crate::event::{self, Action};
use crate::reputation;
use crate::session::{self, Binding, NetworkBinding, NewSession, PlaceBinding};
use crate::settings::SessionLifetime;

/// `authentik_stages_user_login.userloginstage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct UserLogin {
    /// `hours=8`; zero: until the browser is closed.
    session_duration: String,
    /// Added when the person wants to stay signed in; zero: not offered.
    remember_me_offset: String,
    /// How long the browser is known as its owner's.
    remember_device: String,
    terminate_other_sessions: bool,
    network_binding: NetworkBinding,
    geoip_binding: PlaceBinding,
}

impl Default for UserLogin {
    fn default() -> Self {
        Self {
            session_duration: "seconds=0".to_owned(),
            remember_me_offset: "seconds=0".to_owned(),
            remember_device: "days=30".to_owned(),
            terminate_other_sessions: false,
            network_binding: NetworkBinding::NoBinding,
            geoip_binding: PlaceBinding::NoBinding,
        }
    }
}

impl UserLogin {
    /// Whether staying signed in can be chosen.
    pub(super) fn offers_remember(&self) -> bool {
        seconds(&self.remember_me_offset) > 0
    }

    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let Some(user) = walk.run.proven() else {
            return Ok(Turn::Refuse(Refusal::NotProven));
        };
        if self.offers_remember() && walk.run.remember.is_none() {
            return Ok(Turn::Ask(Ask::UserLogin));
        }
        self.sign_in(walk, user).await
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let Some(user) = walk.run.proven() else {
            return Ok(Turn::Refuse(Refusal::NotProven));
        };
        match answer.truth("remember_me") {
            Ok(Some(remember)) => walk.run.remember = Some(remember),
            Ok(None) => return Ok(Turn::Wrong(Mistake::Missing("remember_me"))),
            Err(mistake) => return Ok(Turn::Wrong(mistake)),
        }
        self.sign_in(walk, user).await
    }

    async fn sign_in(&self, walk: &mut Walk<'_>, user: i64) -> Result<Turn, Fault> {
        if self.binding(walk).is_some() && walk.ctx.client_source == ClientSource::Unreadable {
            return Ok(Turn::Refuse(Refusal::UnreadableAddress));
        }
        // Read before the transaction begins: nobody waits for a second connection while holding one.
        let person = walk.engine.person(user).await?;
        let ctx = person.map_or(walk.ctx.clone(), |person| walk.ctx.acting_as(&person));
        let mut tx = walk.engine.store.begin().await?;
        if let Some(run) = &walk.row
            && !run.finish(&mut tx).await?
        {
            walk.row = None;
            return Ok(Turn::Lost);
        }
        let Some(new) = self.write(walk, &ctx, &mut tx, user).await? else {
            return Ok(Turn::Refuse(Refusal::Inactive));
        };
        walk.row = None;
        walk.engine.commit(tx).await?;
        self.signed_in(walk, user, new).await
    }

    /// Session, counters, stronger hash and event: everything a sign-in leaves behind. Answers the
    /// session's id and secret, or `None` if the person may no longer.
    async fn write(
        &self,
        walk: &mut Walk<'_>,
        ctx: &Context,
        tx: &mut Tx,
        user: i64,
    ) -> Result<Option<(String, String)>, Fault> {
        let replaces = self.replaces(walk, tx).await?;
        let new = NewSession {
            user_id: user,
            password_changed_at: walk.run.password_of,
            auth_method: walk.run.auth_method(),
            lifetime: self.lifetime(walk),
            replaces: replaces.as_deref(),
        };
        let Some((row, sid)) = session::begin(tx, walk.ctx, new).await? else {
            return Ok(None);
        };
        if let Some(binding) = self.binding(walk) {
            session::bind(tx, &row.id, &binding).await?;
        }
        if self.terminate_other_sessions {
            session::end_all_of(tx, user, &row.id, walk.ctx.now).await?;
        }
        walk.write_effects(tx).await?;
        if let Some(person) = ctx.actor.person() {
            let name = &person.username;
            reputation::note(walk.engine, tx, ctx, name, reputation::WORKED).await?;
        }
        let context = json!({ "auth_method": walk.run.auth_method(), "flow": walk.run.flow });
        event::record(
            walk.engine,
            tx,
            ctx,
            Action::Login,
            "authentik.stages.user_login",
            context,
        )
        .await?;
        Ok(Some((row.id, sid)))
    }

    /// Where the new session has to stay.
    fn binding(&self, walk: &Walk<'_>) -> Option<Binding> {
        let (network, place) = (self.network_binding, self.geoip_binding);
        Binding::new(
            &walk.engine.settings.geo,
            network,
            place,
            walk.ctx.client_ip,
        )
    }

    /// The browser's former session, if it is still there: whoever signs in again, as themselves
    /// or as somebody else, gets a new one (CVE-2026-7507).
    async fn replaces(&self, walk: &Walk<'_>, tx: &mut Tx) -> Result<Option<String>, StoreError> {
        let Some(former) = &walk.visit.session else {
            return Ok(None);
        };
        let row = session_rows::find(tx, &former.id, walk.ctx.now).await?;
        Ok(row.map(|row| row.id))
    }

    async fn signed_in(
        &self,
        walk: &mut Walk<'_>,
        user: i64,
        (session_id, sid): (String, String),
    ) -> Result<Turn, Fault> {
        let Some(person) = walk.engine.person(user).await? else {
            return Ok(Turn::Refuse(Refusal::Inactive));
        };
        if let Some(errand) = walk.run.errand.as_mut().filter(|one| one.user == user) {
            errand.session.clone_from(&session_id);
        }
        let browser = walk.visit.browser.with(user).seal(&walk.engine.keys);
        let max_age_s = Some(self.kept_s(walk)).filter(|kept| *kept > 0);
        walk.session = SessionChange::SignedIn(SignedIn {
            session_id,
            sid,
            uid: person.uid.to_string(),
            max_age_s,
            browser,
            browser_max_age_s: seconds(&self.remember_device),
        });
        Ok(Turn::Passed)
    }

    /// Seconds that the person asked to stay signed in; zero: until the browser is closed.
    fn kept_s(&self, walk: &Walk<'_>) -> i64 {
        let remembered = if walk.run.remember == Some(true) {
            &*self.remember_me_offset
        } else {
            ""
        };
        seconds(&self.session_duration) + seconds(remembered)
    }

    /// A stage that says how long wins over the general lifetime, used or not.
    fn lifetime(&self, walk: &Walk<'_>) -> SessionLifetime {
        match u64::try_from(self.kept_s(walk)) {
            Ok(kept @ 1..) => {
                let kept = Duration::from_secs(kept);
                SessionLifetime {
                    idle: kept,
                    absolute: kept,
                }
            }
            _ => walk.engine.settings.session,
        }
    }
}

/// Whole seconds of authentik's spelling; what cannot be read, or is negative, is none.
fn seconds(text: &str) -> i64 {
    duration::parse(text).map_or(0, |span| span.as_seconds().max(0))
}
