//! On the public address: is somebody signed in, and may they open the application?
//!
//! Rule: the answer to "yes" is a ticket that is stored by its hash, lives a minute, and fits one
//! nonce and one host. It is written in one transaction with its event.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::{CALLBACK_SIGNATURE, OUTPOST_PREFIX, component};
use doorward_protocol::seal::Purpose;
use doorward_store::{StoreError, Tx, one_time};
use serde_json::json;

use super::App;
use super::sealed::{Request, Ticket, open};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::flow::asks_nothing;
use crate::person::Person;
use crate::policy::{Question, Step};
use crate::session::{LiveSession, hash_text};
use crate::snapshot::Snapshot;

/// How long a ticket can be used, Unix milliseconds.
const TICKET_LIFE_MS: i64 = 60_000;

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
    /// They may, once this flow is done; its end grants the ticket.
    Run {
        /// Its slug.
        flow: String,
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

/// Somebody may open an application; what is left is the ticket.
pub(crate) struct Grant {
    app: Arc<App>,
    request: Request,
    /// What policies that a check may not ask have said.
    policies: HashMap<String, bool>,
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
        let Some((app, request)) = self.requested(snapshot, sealed) else {
            return Ok(Authorization::Unknown);
        };
        if request.expires_at <= ctx.now {
            let location = app.restart(&request.target, 0);
            return Ok(Authorization::Restart { location });
        }
        let (Some(session), Some(person)) = (session, ctx.actor.person()) else {
            let flow = snapshot
                .sign_in_flow(app.provider.authentication_flow.as_deref())
                .to_owned();
            return Ok(Authorization::SignIn { flow });
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
        if let Some(first) = before_opening(snapshot, app) {
            return Ok(first);
        }
        let grant = Grant {
            app: Arc::clone(app),
            request,
            policies: verdict.with_io,
        };
        let mut tx = self.store.begin().await?;
        let location = grant.write(self, &mut tx, ctx, &session.id).await?;
        self.commit(tx).await?;
        Ok(Authorization::Granted { location })
    }

    /// The application that a sealed request is for; `None` if it is not ours.
    pub(crate) fn outpost_app<'s>(&self, snapshot: &'s Snapshot, sealed: &str) -> Option<&'s App> {
        let (app, _) = self.requested(snapshot, sealed)?;
        Some(app)
    }

    /// Whether the one who acts may open the application of a sealed request, now.
    pub(crate) async fn outpost_may_open(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        sealed: &str,
    ) -> Option<Grant> {
        let (app, request) = self.requested(snapshot, sealed)?;
        let question = Question::new(snapshot, ctx, Some(ctx.actor.person()?));
        let verdict = self.may_open(&question, &app.application).await;
        (verdict.passing && request.expires_at > ctx.now).then(|| Grant {
            app: Arc::clone(app),
            request,
            policies: verdict.with_io,
        })
    }

    fn requested<'s>(
        &self,
        snapshot: &'s Snapshot,
        sealed: &str,
    ) -> Option<(&'s Arc<App>, Request)> {
        let request = open::<Request>(&self.keys, Purpose::OutpostRequest, "", sealed)?;
        let app = snapshot.outpost.of_provider(request.provider)?;
        Some((app, request))
    }
}

impl App {
    /// uuid of the flow that runs before the application opens.
    pub(crate) fn authorization_flow(&self) -> Option<&str> {
        self.provider.authorization_flow.as_deref()
    }
}

impl Grant {
    /// Writes the ticket and its event; answers the callback on the application's host.
    pub(crate) async fn write(
        self,
        engine: &Engine,
        tx: &mut Tx,
        ctx: &Context,
        session: &str,
    ) -> Result<String, StoreError> {
        let Self {
            app,
            request,
            policies,
        } = self;
        let secret = encoding::random_token(32);
        let origin = app.callback_origin(&app.target(Some(&request.target)));
        let ticket = Ticket {
            session: session.to_owned(),
            provider: request.provider,
            nonce_hash: request.nonce_hash,
            origin: origin.clone(),
            policies,
        };
        let payload = serde_json::to_string(&ticket).expect("texts and numbers serialize");
        let expires_at = ctx.now.saturating_add(TICKET_LIFE_MS);
        let purpose = one_time::Purpose::Ticket;
        one_time::insert(tx, &hash_text(&secret), purpose, &payload, expires_at).await?;
        record(engine, tx, ctx, &app).await?;
        let (start, tries) = (request.start, request.tries);
        // Whoever comes back later has no cookie of this start any more, and begins again with this.
        let target = component(&request.target);
        Ok(format!(
            "{origin}{OUTPOST_PREFIX}callback?{CALLBACK_SIGNATURE}=true&ticket={secret}\
             &start={start}&again={tries}&rd={target}"
        ))
    }
}

async fn record(engine: &Engine, tx: &mut Tx, ctx: &Context, app: &App) -> Result<(), StoreError> {
    let told = json!({ "authorized_application": {
        "pk": &app.application.pk, "name": &app.application.name, "model_name": "application",
        "app": "authentik_core",
    } });
    let action = Action::AuthorizeApplication;
    event::record(engine, tx, ctx, action, "authentik.providers.proxy", told).await
}

/// What comes before an application that somebody may open, if its flow asks anything.
fn before_opening(snapshot: &Snapshot, app: &App) -> Option<Authorization> {
    let Some(flow) = snapshot.flow(app.authorization_flow()?) else {
        // It was deleted a moment ago, and the application with it.
        return Some(Authorization::Unknown);
    };
    (!asks_nothing(snapshot, flow)).then(|| Authorization::Run {
        flow: flow.slug.clone(),
    })
}
