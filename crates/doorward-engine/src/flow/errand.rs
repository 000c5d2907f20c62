//! What a run is for when it stands before an application: the request that its end grants.
//!
//! Rule: the errand is fixed when the run begins: this person, in this session, with this sealed
//! request, in the flow that the application names. Whatever differs at the end grants nothing and
//! goes back to the page that asks; so does a run in which nobody agreed where that is insisted on;
//! and a run grants once (decision 29).

use doorward_store::{StoreError, Tx, one_time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::consent::Insist;
use super::walk::Walk;
use super::{Gate, RUN_MS, SessionChange};
use crate::engine::Fault;
use crate::oauth::{DeviceAround, DeviceHeld, Prepared, PreparedDevice, Request};
use crate::outpost;
use crate::session::hash_text;

/// What the end of a run grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Errand {
    /// Who is on the way.
    pub user: i64,
    /// The session that they were signed in with when the run began, or the one that it began for
    /// them.
    pub session: String,
    /// SHA-256 of what the gate was asked.
    request: String,
    /// What the person is asked about; a restart of the flow does not forget it.
    #[serde(default)]
    pub(super) permissions: Value,
}

/// What a gate's page was asked, as far as the flow before it has to know.
struct Behind {
    /// The slug of that flow.
    flow: String,
    /// What the person is asked about.
    permissions: Value,
    insist: Option<Insist>,
}

/// A gate that may be opened.
enum Opened {
    Outpost(outpost::Grant),
    Oauth(Box<Prepared>),
    Device(Box<PreparedDevice>),
    /// Nothing is written; this is where it leads.
    Page(String),
}

impl Gate {
    /// What it was asked, as one text.
    fn text(&self) -> String {
        match self {
            Self::Outpost(sealed) | Self::Device(sealed) | Self::DevicePage(sealed) => {
                sealed.clone()
            }
            Self::Oauth(brought) => brought.text(),
        }
    }
}

impl Walk<'_> {
    /// Notes that the run stands before an application, if its flow is the one to be run there.
    pub(super) fn take_errand(&mut self) {
        let Some(gate) = self.visit.gate.as_ref() else {
            return;
        };
        let who = self.ctx.actor.person().zip(self.visit.session.as_ref());
        let Some((person, session)) = who else {
            return;
        };
        let Some(told) = self.behind(gate).filter(|told| told.flow == self.run.flow) else {
            return;
        };
        self.run.errand = Some(Errand {
            user: person.id,
            session: session.id.to_string(),
            request: hash_text(&gate.text()),
            permissions: told.permissions.clone(),
        });
        self.run.insist = told.insist;
        // Policies see it, too.
        let context = &mut self.run.context;
        context.insert("consent_permissions".to_owned(), told.permissions);
    }

    /// What stands behind a gate.
    fn behind(&self, gate: &Gate) -> Option<Behind> {
        match gate {
            Gate::Outpost(sealed) => {
                let app = self.engine.outpost_app(&self.snapshot, sealed)?;
                Some(Behind {
                    flow: self.slug_of(app.authorization_flow()?)?,
                    permissions: json!([
                        { "id": "profile", "name": "Your name, user name and groups" },
                        { "id": "email", "name": "Your email address" },
                    ]),
                    insist: None,
                })
            }
            Gate::Oauth(brought) => {
                let request = Request::asked(&self.snapshot, brought)?;
                let flow = request.client.provider.authorization_flow.as_deref()?;
                let told = |(id, name): (String, String)| json!({ "id": id, "name": name });
                let permissions = request.permissions().into_iter().map(told);
                Some(Behind {
                    flow: self.slug_of(flow)?,
                    permissions: permissions.collect(),
                    insist: request.insists(),
                })
            }
            Gate::Device(sealed) => {
                let held = DeviceHeld::open(self.engine, sealed, self.ctx.now)?;
                let client = held.client(&self.snapshot)?;
                let flow = client.provider.authorization_flow.as_deref()?;
                let told = |(id, name): (&str, &str)| json!({ "id": id, "name": name });
                let scopes = held.scopes();
                Some(Behind {
                    flow: self.slug_of(flow)?,
                    permissions: client.permissions(&scopes).into_iter().map(told).collect(),
                    insist: None,
                })
            }
            Gate::DevicePage(sealed) => Some(Behind {
                flow: DeviceAround::open(self.engine, sealed, self.ctx.now)?.flow,
                permissions: json!([]),
                insist: None,
            }),
        }
    }

    fn slug_of(&self, pk: &str) -> Option<String> {
        Some(self.snapshot.flow(pk)?.slug.clone())
    }

    /// Grants what the run stood before; answers where that leads, or `None` if it cannot be.
    pub(super) async fn grant_errand(&mut self) -> Result<Option<String>, Fault> {
        let errand = self.run.errand.as_ref().filter(|one| self.fits(one));
        let (Some(errand), Some(gate)) = (errand, self.visit.gate.as_ref()) else {
            return Ok(None);
        };
        let session = errand.session.clone();
        let Some(opened) = self.opened(gate, &session).await? else {
            return Ok(None);
        };
        let mut tx = self.engine.store.begin().await?;
        if !self.is_first_end(&mut tx).await? {
            return Ok(None);
        }
        self.write_effects(&mut tx).await?;
        let (engine, ctx) = (self.engine, self.ctx);
        let location = match opened {
            Opened::Outpost(grant) => grant.write(engine, &mut tx, ctx, &session).await?,
            Opened::Oauth(prepared) => {
                let written = prepared.write_location(engine, &mut tx, ctx).await?;
                let Some(location) = written else {
                    return Ok(None);
                };
                location
            }
            Opened::Device(prepared) => prepared.write_location(engine, &mut tx, ctx).await?,
            Opened::Page(location) => location,
        };
        self.engine.commit(tx).await?;
        Ok(Some(location))
    }

    /// What is behind the gate, if it may be opened, now.
    async fn opened(&self, gate: &Gate, session: &str) -> Result<Option<Opened>, Fault> {
        let (engine, snapshot, ctx) = (self.engine, &self.snapshot, self.ctx);
        match gate {
            Gate::Outpost(sealed) => {
                let grant = engine.outpost_may_open(snapshot, ctx, sealed).await;
                Ok(grant.map(Opened::Outpost))
            }
            Gate::Device(sealed) => {
                let began = self.began(session);
                let prepared =
                    engine.oauth_device_may_open(snapshot, ctx, sealed, (session, began));
                Ok(prepared
                    .await?
                    .map(|prepared| Opened::Device(Box::new(prepared))))
            }
            Gate::DevicePage(sealed) => {
                let location = engine.oauth_device_page_opened(ctx, sealed, session);
                Ok(location.map(Opened::Page))
            }
            Gate::Oauth(brought) => {
                let began = self.began(session);
                let prepared = engine.oauth_may_open(snapshot, ctx, brought, (session, began));
                Ok(prepared
                    .await?
                    .map(|prepared| Opened::Oauth(Box::new(prepared))))
            }
        }
    }

    /// When the session began: now, if this run began it.
    fn began(&self, session: &str) -> i64 {
        let before = self.visit.session.as_ref();
        let began = before.filter(|one| *one.id == *session);
        began.map_or(self.ctx.now, |one| one.created_at)
    }

    /// Whether everything is still as it was when the run began.
    fn fits(&self, errand: &Errand) -> bool {
        let session = match &self.session {
            SessionChange::SignedIn(new) => Some(new.session_id.as_str()),
            SessionChange::SignedOut => None,
            SessionChange::Keep => self.visit.session.as_ref().map(|session| &*session.id),
        };
        let person = self.ctx.actor.person().map(|person| person.id);
        let gate = self.visit.gate.as_ref();
        let is_before = |gate: &Gate| {
            self.behind(gate)
                .is_some_and(|told| told.flow == self.run.flow)
        };
        session == Some(errand.session.as_str())
            && person == Some(errand.user)
            && self.run.proven().is_none_or(|user| user == errand.user)
            && !self.run.owes_consent()
            && gate.is_some_and(|gate| hash_text(&gate.text()) == errand.request && is_before(gate))
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
