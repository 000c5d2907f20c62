//! Somebody answers whether a device is let in.

use std::sync::Arc;

use doorward_store::device_code;
use doorward_store::grant::TokenKind;
use doorward_store::{StoreError, Tx};

use super::question::Held;
use super::{DEVICE_CODE, DeviceFacts};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::flow::asks_nothing;
use crate::model::Application;
use crate::oauth::authorize::{record, signed_in};
use crate::oauth::client::Client;
use crate::oauth::grant::{self, Facts, NewGrant};
use crate::policy::Verdict;
use crate::session::LiveSession;
use crate::snapshot::Snapshot;

/// Where the browser goes after the answer.
const DONE: &str = "/device?done=allowed";
const LATE: &str = "/device?done=late";

/// What an answer led to.
pub enum DeviceAnswered {
    /// The device is let in.
    Allowed,
    /// It is not.
    Denied,
    /// It was answered before, is late, or was never shown to this person.
    Late,
    /// This person may not open the application.
    MayNot {
        /// Which.
        application: Arc<Application>,
        /// What its bindings said.
        verdict: Verdict,
    },
    /// Without its flow nobody has said yes.
    NoFlow,
    /// The flow before the application asks something first.
    Run {
        /// Its slug.
        flow: String,
        /// What the flow's end opens.
        held: String,
    },
}

/// A device that is let in as soon as it is written down.
pub(crate) struct PreparedDevice {
    client: Arc<Client>,
    grant: NewGrant,
    hash: String,
    expires_at: i64,
}

impl Engine {
    /// Answers for the device that `held` was made for.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn oauth_device_answer(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        session: &LiveSession,
        (held, allow): (&str, bool),
    ) -> Result<DeviceAnswered, Fault> {
        let Some(held) = self.held_by(ctx, &session.id, held) else {
            return Ok(DeviceAnswered::Late);
        };
        if !allow {
            return self.deny(&held, ctx.now).await;
        }
        let Some(client) = held.client(snapshot) else {
            return Ok(DeviceAnswered::Late);
        };
        let scopes = client.known(&held.scopes());
        let verdict = self.may_use(snapshot, ctx, client, &scopes, DEVICE_CODE);
        let verdict = verdict.await;
        if !verdict.passing {
            let application = Arc::clone(&client.application);
            return Ok(DeviceAnswered::MayNot {
                application,
                verdict,
            });
        }
        let flow = client.provider.authorization_flow.as_deref();
        let flow = flow.and_then(|pk| snapshot.flow(pk));
        let Some(flow) = flow else {
            return Ok(DeviceAnswered::NoFlow);
        };
        if !asks_nothing(snapshot, flow) {
            let flow = flow.slug.clone();
            let held = Held {
                is_agreed: true,
                ..held
            };
            let held = held.seal(self);
            return Ok(DeviceAnswered::Run { flow, held });
        }
        self.allow(snapshot, ctx, session, &held).await
    }

    async fn allow(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        session: &LiveSession,
        held: &Held,
    ) -> Result<DeviceAnswered, Fault> {
        let at = (&*session.id, session.created_at);
        let Some(prepared) = self.prepare_device(snapshot, ctx, held, at).await? else {
            return Ok(DeviceAnswered::Late);
        };
        let mut tx = self.store.begin().await?;
        if !prepared.write(self, &mut tx, ctx).await? {
            return Ok(DeviceAnswered::Late);
        }
        self.commit(tx).await?;
        Ok(DeviceAnswered::Allowed)
    }

    /// Which application the flow before a device's stands before, and its slug; `None` if nobody
    /// agreed to let the device in.
    pub fn oauth_device_application(&self, snapshot: &Snapshot, held: &str) -> Option<String> {
        // Whether it is late is asked where the flow begins and where it ends.
        let held = Held::open(self, held, i64::MIN).filter(|held| held.is_agreed)?;
        Some(held.client(snapshot)?.application.pk.clone())
    }

    /// The flow to be run for a device that somebody agreed to let in.
    pub fn oauth_device_flow(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        session: &LiveSession,
        held: &str,
    ) -> Option<String> {
        let held = self.held_by(ctx, &session.id, held)?;
        let client = held.client(snapshot).filter(|_| held.is_agreed)?;
        let flow = snapshot.flow(client.provider.authorization_flow.as_deref()?)?;
        Some(flow.slug.clone())
    }

    /// What the end of that flow opens, if everything is still so that it may.
    pub(crate) async fn oauth_device_may_open(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        held: &str,
        session: (&str, i64),
    ) -> Result<Option<PreparedDevice>, Fault> {
        let held = self.held_by(ctx, session.0, held);
        let Some(held) = held.filter(|held| held.is_agreed) else {
            return Ok(None);
        };
        let Some(client) = held.client(snapshot) else {
            return Ok(None);
        };
        let scopes = client.known(&held.scopes());
        let verdict = self.may_use(snapshot, ctx, client, &scopes, DEVICE_CODE);
        if !verdict.await.passing {
            return Ok(None);
        }
        self.prepare_device(snapshot, ctx, &held, session).await
    }

    /// What was shown to this very person in this very session.
    fn held_by(&self, ctx: &Context, session: &str, held: &str) -> Option<Held> {
        let person = ctx.actor.person()?;
        let held = Held::open(self, held, ctx.now)?;
        (held.user == person.id && held.session == session).then_some(held)
    }

    async fn deny(&self, held: &Held, now: i64) -> Result<DeviceAnswered, Fault> {
        let mut tx = self.store.begin().await?;
        let is_first = device_code::answer(&mut tx, &held.code, false, now).await?;
        self.commit(tx).await?;
        Ok(if is_first {
            DeviceAnswered::Denied
        } else {
            DeviceAnswered::Late
        })
    }

    async fn prepare_device(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        held: &Held,
        (session, began): (&str, i64),
    ) -> Result<Option<PreparedDevice>, Fault> {
        let mut tx = self.store.read().await?;
        let row = device_code::find(&mut tx, &held.code).await?;
        drop(tx);
        let found = row.zip(held.client(snapshot)).zip(ctx.actor.person());
        let Some(((row, client), person)) = found else {
            return Ok(None);
        };
        let asked: DeviceFacts = serde_json::from_str(&row.facts).unwrap_or_default();
        let facts = Facts {
            resources: asked.resources,
            ..signed_in(self, session, began, ctx.now).await?
        };
        let scopes = client.known(&held.scopes());
        let grant = NewGrant::new(client, person, Some(session), &scopes, facts, ctx.now);
        Ok(Some(PreparedDevice {
            client: Arc::clone(client),
            grant,
            hash: row.hash,
            expires_at: row.expires_at,
        }))
    }
}

impl PreparedDevice {
    /// Lets the device in; answers whether nobody has answered before.
    async fn write(self, engine: &Engine, tx: &mut Tx, ctx: &Context) -> Result<bool, StoreError> {
        if !device_code::answer(tx, &self.hash, true, ctx.now).await? {
            return Ok(false);
        }
        self.grant.insert(tx).await?;
        let kind = TokenKind::Device;
        let scopes = &self.grant.row.scopes;
        let lives = (ctx.now, self.expires_at.saturating_sub(ctx.now));
        let row = grant::token_row(&self.grant.row, kind, "", scopes, "{}".to_owned(), lives);
        let row = doorward_store::grant::GrantTokenRow {
            hash: self.hash,
            ..row
        };
        grant::insert(tx, &self.grant.row, &row).await?;
        let scopes = self.grant.scopes();
        record(engine, tx, ctx, &self.client, &scopes).await?;
        Ok(true)
    }

    /// The same at the end of a flow.
    pub(crate) async fn write_location(
        self,
        engine: &Engine,
        tx: &mut Tx,
        ctx: &Context,
    ) -> Result<String, StoreError> {
        let is_first = self.write(engine, tx, ctx).await?;
        Ok(if is_first { DONE } else { LATE }.to_owned())
    }
}
