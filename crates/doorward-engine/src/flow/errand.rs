//! What a run is for when it stands before an application: the request that its end grants.
//!
//! Rule: the errand is fixed when the run begins: this person, in this session, with this sealed
//! request, in the flow that the application names. Whatever differs at the end grants nothing and
//! goes back to the page that asks, and a run grants once (decision 29).

use doorward_store::{StoreError, Tx, one_time};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::walk::Walk;
use super::{RUN_MS, SessionChange};
use crate::engine::Fault;
use crate::outpost::App;
use crate::session::hash_text;

/// What the end of a run grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Errand {
    /// Who is on the way.
    pub user: i64,
    /// The session that they were signed in with when the run began, or the one that it began for
    /// them.
    pub session: String,
    /// SHA-256 of the sealed request.
    request: String,
}

impl Walk<'_> {
    /// Notes that the run stands before an application, if its flow is the one to be run there.
    pub(super) fn take_errand(&mut self) {
        let Some(sealed) = self.visit.request.as_deref() else {
            return;
        };
        let who = self.ctx.actor.person().zip(self.visit.session.as_ref());
        let Some((person, session)) = who.filter(|_| self.is_before(sealed)) else {
            return;
        };
        self.run.errand = Some(Errand {
            user: person.id,
            session: session.id.to_string(),
            request: hash_text(sealed),
        });
        let told = json!([
            { "id": "profile", "name": "Your name, user name and groups" },
            { "id": "email", "name": "Your email address" },
        ]);
        let context = &mut self.run.context;
        context.insert("consent_permissions".to_owned(), told);
    }

    /// Whether the run's flow is the one before the application that a sealed request names.
    fn is_before(&self, sealed: &str) -> bool {
        let app = self.engine.outpost_app(&self.snapshot, sealed);
        let pk = app.and_then(App::authorization_flow);
        let flow = pk.and_then(|pk| self.snapshot.flow(pk));
        flow.is_some_and(|flow| flow.slug == self.run.flow)
    }

    /// Grants what the run stood before; answers where that leads, or `None` if it cannot be.
    pub(super) async fn grant_errand(&mut self) -> Result<Option<String>, Fault> {
        let errand = self.run.errand.as_ref().filter(|one| self.fits(one));
        let (Some(errand), Some(sealed)) = (errand, self.visit.request.as_deref()) else {
            return Ok(None);
        };
        let session = errand.session.clone();
        let grant = self
            .engine
            .outpost_may_open(&self.snapshot, self.ctx, sealed);
        let Some(grant) = grant.await else {
            return Ok(None);
        };
        let mut tx = self.engine.store.begin().await?;
        if !self.is_first_end(&mut tx).await? {
            return Ok(None);
        }
        self.write_effects(&mut tx).await?;
        let location = grant
            .write(self.engine, &mut tx, self.ctx, &session)
            .await?;
        self.engine.commit(tx).await?;
        Ok(Some(location))
    }

    /// Whether everything is still as it was when the run began.
    fn fits(&self, errand: &Errand) -> bool {
        let session = match &self.session {
            SessionChange::SignedIn(new) => Some(new.session_id.as_str()),
            SessionChange::SignedOut => None,
            SessionChange::Keep => self.visit.session.as_ref().map(|session| &*session.id),
        };
        let person = self.ctx.actor.person().map(|person| person.id);
        let request = self.visit.request.as_deref();
        session == Some(errand.session.as_str())
            && person == Some(errand.user)
            && self.run.proven().is_none_or(|user| user == errand.user)
            && request
                .is_some_and(|sealed| hash_text(sealed) == errand.request && self.is_before(sealed))
    }

    /// Ends the run; answers whether this was the one that ended it. A run in a cookie could be
    /// kept as a copy.
    async fn is_first_end(&mut self, tx: &mut Tx) -> Result<bool, StoreError> {
        if let Some(row) = self.row.take() {
            return row.finish(tx).await;
        }
        if !self.is_resumed {
            return Ok(true);
        }
        let hash = hash_text(&format!("end of {}", self.run.id));
        let until = self.ctx.now.saturating_add(RUN_MS);
        match one_time::insert(tx, &hash, one_time::Purpose::Run, "{}", until).await {
            Err(StoreError::Conflict) => Ok(false),
            other => other.map(|()| true),
        }
    }
}
