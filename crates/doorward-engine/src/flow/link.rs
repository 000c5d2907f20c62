//! Links in letters: a run that waits for whoever reads the mail, under a key that works once.
//!
//! Owns what a link holds and whether it still counts. Leaves the letter to `email`. Rule: only the
//! key's hash is stored, beside the run sealed for it; a link is spent by one conditional write and
//! by no page view, and it is worth nothing once its person has another password or another address,
//! or may not sign in.

use doorward_protocol::encoding;
use doorward_protocol::seal::Purpose as Sealing;
use doorward_store::one_time::{self, Purpose};
use doorward_store::user::{self, UserRow};
use doorward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use super::run::Run;
use super::walk::Walk;
use super::{Answer, Next, RUN_MS, Refusal, Step, Visit};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::hash_text;

/// What a link holds.
#[derive(Serialize, Deserialize)]
struct Ticket {
    run: Run,
    /// Whose; nobody's where the letter went to nobody.
    user: Option<i64>,
    /// When the password was set that the link stands in for.
    password_changed_at: i64,
    /// The address it was mailed to.
    email: String,
    /// The account may be closed still if it is as the run left it that made it.
    opens: Option<i64>,
}

/// A link that somebody has opened and that is about to be spent.
pub(super) struct Opened {
    hash: String,
    ticket: Ticket,
}

/// The address of a link, as the browser asks for it.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// The flow.
    pub slug: &'a str,
    /// The key.
    pub key: &'a str,
    /// Under which name the browser keeps the run; `None`: under the run's own id.
    pub handle: Option<&'a str>,
}

/// Makes a link for the run as it is; answers its key. With no `row` it looks the same and is worth
/// nothing.
pub(super) async fn make(
    walk: &Walk<'_>,
    tx: &mut Tx,
    row: Option<&UserRow>,
    expires_at: i64,
) -> Result<String, StoreError> {
    let key = encoding::random_token(32);
    let hash = hash_text(&key);
    let mut run = walk.run.clone();
    if run.proven().is_none() {
        run = run.without_what_strangers_said();
    }
    run.stage_state = None;
    let ticket = Ticket {
        opens: row.filter(|row| run.made(row)).map(|row| row.version),
        run,
        user: row.map(|row| row.id),
        password_changed_at: row.map_or(0, |row| row.password_changed_at),
        email: row.map(|row| row.email.clone()).unwrap_or_default(),
    };
    let clear = serde_json::to_string(&ticket).expect("texts, numbers and lists serialize");
    let keys = &walk.engine.keys;
    let sealed = keys.seal(Sealing::FlowRun, hash.as_bytes(), clear.as_bytes());
    one_time::insert(tx, &hash, Purpose::FlowLink, &sealed, expires_at).await?;
    Ok(key)
}

impl Opened {
    /// The link with this key, if it counts now; nothing is spent.
    async fn find(engine: &Engine, ctx: &Context, key: &str) -> Result<Option<Self>, Fault> {
        let hash = hash_text(key);
        let mut tx = engine.store.read().await?;
        let found = one_time::find_live(&mut tx, &hash, Purpose::FlowLink, ctx.now).await?;
        let opened = found.and_then(|sealed| {
            let keys = &engine.keys;
            let clear = keys.open(Sealing::FlowRun, hash.as_bytes(), &sealed).ok()?;
            let ticket = serde_json::from_slice(&clear).ok()?;
            Some(Self { hash, ticket })
        });
        let Some(opened) = opened else {
            return Ok(None);
        };
        let is_good = opened.holder(&mut tx).await?.is_some();
        Ok(is_good.then_some(opened))
    }

    /// Whom it proves, if they are as they were when it was mailed.
    async fn holder(&self, tx: &mut Tx) -> Result<Option<UserRow>, StoreError> {
        let Some(id) = self.ticket.user else {
            return Ok(None);
        };
        let row = user::find(tx, id).await?;
        Ok(row.filter(|row| {
            (row.is_active || self.ticket.opens == Some(row.version))
                && row.password_changed_at == self.ticket.password_changed_at
                && row.email == self.ticket.email
        }))
    }

    /// Spends it; answers whom it proves, or `None` if another request was first or they have changed.
    pub(super) async fn spend(&self, tx: &mut Tx, now: i64) -> Result<Option<UserRow>, StoreError> {
        let spent = one_time::redeem(tx, &self.hash, Purpose::FlowLink, now).await?;
        match spent {
            Some(_) => self.holder(tx).await,
            None => Ok(None),
        }
    }
}

/// The title of the flow that a link goes on with, if it counts now; nothing is spent.
///
/// # Errors
///
/// A [`Fault`] of ours.
pub async fn peek(engine: &Engine, ctx: &Context, link: Link<'_>) -> Result<Option<String>, Fault> {
    let opened = Opened::find(engine, ctx, link.key).await?;
    let is_here = |opened: &Opened| opened.ticket.run.flow == link.slug;
    let snapshot = engine.snapshot();
    let flow = opened
        .filter(is_here)
        .and_then(|_| snapshot.flows.get(link.slug));
    Ok(flow.map(|flow| flow.title.clone()))
}

/// Goes on with the run of a link, in whatever browser: the link is spent. `None` when it does not
/// count (any more). In the session of somebody else it is refused and stays good.
///
/// # Errors
///
/// A [`Fault`] of ours.
pub async fn follow(
    engine: &Engine,
    ctx: &Context,
    visit: &Visit,
    link: Link<'_>,
) -> Result<Option<Step>, Fault> {
    let Some(opened) = Opened::find(engine, ctx, link.key).await? else {
        return Ok(None);
    };
    let mut run = opened.ticket.run.clone();
    if run.flow != link.slug {
        return Ok(None);
    }
    run.id = encoding::random_token(16);
    run.expires_at = ctx.now.saturating_add(RUN_MS);
    let handle = link.handle.unwrap_or(&run.id).to_owned();
    let Some(mut walk) = Walk::new(engine, ctx, visit, run, handle) else {
        return Ok(None);
    };
    let visitor = ctx.actor.person().map(|person| person.id);
    if visitor.is_some() && visitor != opened.ticket.user {
        let info = Box::new(walk.info());
        return Ok(Some(
            walk.step(Next::Refused(Refusal::SomebodyElse, info), None),
        ));
    }
    if !walk.fits_flow() || !walk.fits_visitor() {
        return Ok(None);
    }
    walk.link = Some(opened);
    walk.is_resumed = true;
    let step = walk.go(Some(&Answer::default())).await?;
    Ok((!walk.lost).then_some(step))
}
