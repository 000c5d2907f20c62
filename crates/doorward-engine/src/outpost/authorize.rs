//! On the public address: is somebody signed in, and may they open the application?
//!
//! Rule: the answer to "yes" is a ticket that is stored by its hash, lives a minute, and fits one
//! nonce and one host. It is written in one transaction with its event.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::{CALLBACK_SIGNATURE, OUTPOST_PREFIX, component};
use doorward_protocol::seal::Purpose;
use doorward_store::one_time;
use serde_json::json;

use super::App;
use super::sealed::{Request, Ticket, open};
use crate::brand::FlowUse;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::person::Person;
use crate::policy::{Question, Step};
use crate::session::{LiveSession, hash_text};
use crate::snapshot::Snapshot;

/// How long a ticket can be used, Unix milliseconds.
const TICKET_LIFE_MS: i64 = 60_000;
/// The flow that signs people in when nothing else is said.
const DEFAULT_FLOW: &str = "default-authentication-flow";

/// What the authorize page answers.
pub enum Authorization {
    /// Nobody is signed in: this flow asks.
    SignIn {
        /// Its slug.
        flow: String,
    },
    /// Somebody who may not open it.
    Refused {
        /// The application.
        app: Arc<App>,
        /// Who.
        person: Arc<Person>,
        /// What each binding said.
        steps: Vec<Step>,
    },
    /// They may; the ticket is in the address.
    Granted {
        /// The callback on the application's host.
        location: String,
    },
    /// Too late: it begins again there.
    Restart {
        /// The start on the application's host.
        location: String,
    },
    /// Not a request of ours.
    Unknown,
}

impl Engine {
    /// Answers a sealed request of the outpost.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn outpost_authorize(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        session: Option<&LiveSession>,
        sealed: &str,
    ) -> Result<Authorization, Fault> {
        let request = open::<Request>(&self.keys, Purpose::OutpostRequest, "", sealed);
        let Some(request) = request else {
            return Ok(Authorization::Unknown);
        };
        let Some(app) = snapshot.outpost.of_provider(request.provider) else {
            return Ok(Authorization::Unknown);
        };
        if request.expires_at <= ctx.now {
            return Ok(Authorization::Restart {
                location: app.restart(&request.target, 0),
            });
        }
        let (Some(session), Some(person)) = (session, ctx.actor.person()) else {
            return Ok(Authorization::SignIn {
                flow: sign_in_flow(snapshot, app),
            });
        };
        let question = Question::new(snapshot, ctx, Some(person));
        let verdict = self.may_open(&question, &app.application).await;
        if !verdict.passing {
            return Ok(Authorization::Refused {
                app: Arc::clone(app),
                person: Arc::clone(person),
                steps: verdict.steps,
            });
        }
        let location = self
            .grant(ctx, app, session, request, verdict.with_io)
            .await?;
        Ok(Authorization::Granted { location })
    }

    async fn grant(
        &self,
        ctx: &Context,
        app: &App,
        session: &LiveSession,
        request: Request,
        policies: HashMap<String, bool>,
    ) -> Result<String, Fault> {
        let secret = encoding::random_token(32);
        let origin = app.callback_origin(&app.target(Some(&request.target)));
        let ticket = Ticket {
            session: session.id.to_string(),
            provider: request.provider,
            nonce_hash: request.nonce_hash,
            origin: origin.clone(),
            policies,
        };
        let payload = serde_json::to_string(&ticket).expect("texts and numbers serialize");
        let expires_at = ctx.now.saturating_add(TICKET_LIFE_MS);
        let mut tx = self.store.begin().await?;
        let purpose = one_time::Purpose::Ticket;
        one_time::insert(&mut tx, &hash_text(&secret), purpose, &payload, expires_at).await?;
        let told = json!({ "authorized_application": {
            "pk": &app.application.pk, "name": &app.application.name, "model_name": "application",
            "app": "authentik_core",
        } });
        let action = Action::AuthorizeApplication;
        event::record(
            self,
            &mut tx,
            ctx,
            action,
            "authentik.providers.proxy",
            told,
        )
        .await?;
        self.commit(tx).await?;
        let (start, tries) = (request.start, request.tries);
        // Whoever comes back later has no cookie of this start any more, and begins again with this.
        let target = component(&request.target);
        Ok(format!(
            "{origin}{OUTPOST_PREFIX}callback?{CALLBACK_SIGNATURE}=true&ticket={secret}\
             &start={start}&again={tries}&rd={target}"
        ))
    }
}

/// The provider's own flow, else the one of the brand of the public address, else the default one.
fn sign_in_flow(snapshot: &Snapshot, app: &App) -> String {
    let own = app.provider.authentication_flow.as_deref();
    if let Some(flow) = own.and_then(|pk| snapshot.flow(pk)) {
        return flow.slug.clone();
    }
    let host = snapshot.public_host();
    let chosen = snapshot.default_flow(&host, FlowUse::Authentication);
    chosen.unwrap_or(DEFAULT_FLOW).to_owned()
}
