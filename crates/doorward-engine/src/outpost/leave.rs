//! Signing out of an application.
//!
//! Rule: a GET ends nothing. What may be ended is sealed into the address of the question, so the
//! answer can only end the sessions of the browser that asked.

use std::sync::Arc;

use doorward_protocol::forward_auth::OUTPOST_PREFIX;
use doorward_protocol::host::Host;
use doorward_protocol::redirect::Allowed;
use doorward_protocol::seal::Purpose;
use doorward_store::{StoreError, Topic, change, session};
use serde_json::json;

use super::App;
use super::check::patient;
use super::sealed::{Exit, open, seal};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::person::Person;
use crate::session::{end, hash_text};
use crate::snapshot::Snapshot;

/// How long the question stands, in milliseconds.
const QUESTION_LIFE_MS: i64 = 600_000;

/// Somebody about to sign out.
pub struct Leaving {
    /// The application.
    pub app: Arc<App>,
    exit: Exit,
}

/// Somebody who has.
pub struct Left {
    /// The page on the application's host that takes the cookie away.
    pub location: String,
    /// Whether the central session ended too.
    pub everything: bool,
}

impl Leaving {
    /// Where the person came from: scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.exit.origin
    }
}

impl App {
    /// The origin of one of the application's hosts, which the table has matched.
    fn origin_at(&self, host: &Host) -> String {
        match self.allowed {
            Allowed::Domain { .. } => format!("{}://{host}", self.external.scheme()),
            Allowed::Single { .. } | Allowed::SameOrigin { .. } => self.origin().to_owned(),
        }
    }
}

impl Engine {
    /// The address of the question for whoever brings one of these cookies; `None` if none of them
    /// is a live session here.
    ///
    /// # Errors
    ///
    /// If the database fails, or does not answer within two seconds.
    pub async fn outpost_leave(
        &self,
        snapshot: &Snapshot,
        app: &App,
        host: &Host,
        tokens: &[&str],
        now: i64,
    ) -> Result<Option<String>, StoreError> {
        patient(self.question(snapshot, app, host, tokens, now)).await
    }

    async fn question(
        &self,
        snapshot: &Snapshot,
        app: &App,
        host: &Host,
        tokens: &[&str],
        now: i64,
    ) -> Result<Option<String>, StoreError> {
        let Some(public) = snapshot.public_url() else {
            return Ok(None);
        };
        for token in tokens {
            let Some(live) = self.app_session(token, now).await? else {
                continue;
            };
            if live.provider_id != app.provider.pk {
                continue;
            }
            let exit = Exit {
                provider: app.provider.pk,
                token_hash: hash_text(token),
                session: live.session.id.to_string(),
                origin: app.origin_at(host),
                expires_at: now.saturating_add(QUESTION_LIFE_MS),
            };
            let request = seal(&self.keys, Purpose::OutpostRequest, "exit", &exit);
            let origin = public[..url::Position::BeforePath].trim_end_matches('/');
            return Ok(Some(format!(
                "{origin}/application/proxy/sign-out/?request={request}"
            )));
        }
        Ok(None)
    }

    /// Opens the question's address; `None` if it is not ours or too old.
    pub fn outpost_leaving(&self, snapshot: &Snapshot, sealed: &str, now: i64) -> Option<Leaving> {
        let exit: Exit = open(&self.keys, Purpose::OutpostRequest, "exit", sealed)?;
        let app = Arc::clone(snapshot.outpost.of_provider(exit.provider)?);
        (exit.expires_at > now).then_some(Leaving { app, exit })
    }

    /// Who is about to leave, if their session still counts.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn outpost_leaver(
        &self,
        leaving: &Leaving,
        now: i64,
    ) -> Result<Option<Arc<Person>>, StoreError> {
        let mut tx = self.store.read().await?;
        let row = session::find(&mut tx, &leaving.exit.session, now).await?;
        drop(tx);
        match row {
            Some(row) => self.person(row.user_id).await,
            None => Ok(None),
        }
    }

    /// Ends the app's session, and with `everything` the central one with all its apps.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn outpost_left(
        &self,
        ctx: &Context,
        leaving: &Leaving,
        everything: bool,
    ) -> Result<Left, Fault> {
        let exit = &leaving.exit;
        let ctx = match self.outpost_leaver(leaving, ctx.now).await? {
            Some(person) => ctx.acting_as(&person),
            None => ctx.clone(),
        };
        let mut tx = self.store.begin().await?;
        session::delete_app(&mut tx, &exit.token_hash).await?;
        if everything {
            end(&mut tx, &exit.session, ctx.now).await?;
        } else {
            // Whoever holds the central session reads it again, and finds this app's gone.
            change::record(&mut tx, Topic::Session, &exit.session, ctx.now).await?;
        }
        let told =
            json!({ "application": &leaving.app.application.name, "everything": everything });
        event::record(
            self,
            &mut tx,
            &ctx,
            Action::Logout,
            "authentik.providers.proxy",
            told,
        )
        .await?;
        self.commit(tx).await?;
        let (origin, done) = (&exit.origin, if everything { "all" } else { "app" });
        let location = format!("{origin}{OUTPOST_PREFIX}sign_out?done={done}");
        Ok(Left {
            location,
            everything,
        })
    }
}
