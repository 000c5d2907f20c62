//! Where a run lives between two requests.
//!
//! Until somebody has proven who they are, it is sealed in the browser's own cookie and nothing is
//! written, unless an answer made it too long for one. After that it is a row, sealed as well (a
//! form may hold a password), the cookie holds the row's secret, and of several answers to one step
//! the row's version lets one pass. Rule: a run opens only under the name it was kept under, in the
//! browser that began it (CVE-2026-7507), and never late.

use doorward_protocol::encoding;
use doorward_protocol::seal::Purpose;
use doorward_store::flow_run::{self, FlowRunRow};
use doorward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use super::run::Run;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::hash_text;

/// A longer value gets a row: a browser keeps 4096 bytes in one cookie, and proxies take 8 KiB of
/// all of them.
pub(super) const MAX_COOKIE_BYTES: usize = 2800;

/// A run never grows beyond this, whatever is filled in.
const MAX_RUN_BYTES: usize = 256 * 1024;

/// What the browser keeps of a run.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// The run's id, for the address.
    pub id: String,
    /// The cookie's new value; `None` when the old one is still right.
    pub cookie: Option<String>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    /// The run itself.
    Run(Box<Run>),
    /// The row that holds it.
    Row { id: String, secret: String },
}

/// The run under `handle`, with its row if it has one.
pub(super) async fn take(
    engine: &Engine,
    ctx: &Context,
    handle: &str,
    cookie: &str,
) -> Result<Option<(Run, Option<Row>)>, Fault> {
    let opened = engine
        .keys
        .open(Purpose::FlowRun, handle.as_bytes(), cookie)
        .ok();
    let content = opened.and_then(|clear| serde_json::from_slice(&clear).ok());
    match content {
        None => Ok(None),
        Some(Content::Run(run)) => Ok((ctx.now < run.expires_at).then_some((*run, None))),
        Some(Content::Row { id, secret }) => {
            let mut tx = engine.store.read().await?;
            let row = flow_run::find(&mut tx, &id, &hash_text(&secret), ctx.now).await?;
            let Some(row) = row else { return Ok(None) };
            // A row that another version wrote, or under a key that is gone: too old.
            Ok(Row::read(
                engine,
                row,
                Cookie {
                    handle: handle.to_owned(),
                    secret,
                },
            ))
        }
    }
}

/// Seals a run that nobody has proven anything in.
pub(super) fn seal(engine: &Engine, handle: &str, run: &Run) -> String {
    seal_content(engine, handle, &Content::Run(Box::new(run.clone())))
}

fn seal_content(engine: &Engine, handle: &str, content: &Content) -> String {
    let clear = serde_json::to_vec(content).expect("texts, numbers and lists serialize");
    engine
        .keys
        .seal(Purpose::FlowRun, handle.as_bytes(), &clear)
}

/// What the browser keeps of a stored run.
struct Cookie {
    /// The name it is kept under.
    handle: String,
    secret: String,
}

/// A stored run, its state in clear, and what the browser keeps of it.
pub(super) struct Row(FlowRunRow, String, Cookie);

impl Row {
    fn read(engine: &Engine, row: FlowRunRow, kept: Cookie) -> Option<(Run, Option<Self>)> {
        let clear = engine
            .keys
            .open(Purpose::FlowRun, row.id.as_bytes(), &row.state)
            .ok()?;
        let clear = std::str::from_utf8(&clear).ok()?.to_owned();
        let run = serde_json::from_str(&clear).ok()?;
        Some((run, Some(Self(row, clear, kept))))
    }

    /// The cookie's new value, if the browser is to keep the run under another name.
    pub(super) fn moved_to(&self, engine: &Engine, handle: &str) -> Option<String> {
        let Cookie {
            handle: former,
            secret,
        } = &self.2;
        (former != handle).then(|| {
            let (id, secret) = (self.0.id.clone(), secret.clone());
            seal_content(engine, handle, &Content::Row { id, secret })
        })
    }

    /// Adds a row for `run`; answers the cookie's value.
    pub(super) async fn add(
        engine: &Engine,
        tx: &mut Tx,
        handle: &str,
        run: &Run,
    ) -> Result<String, StoreError> {
        let secret = encoding::random_token(32);
        let (id, browser_hash) = (run.id.clone(), hash_text(&secret));
        let row = FlowRunRow {
            id,
            browser_hash,
            state: sealed_state(engine, run),
            version: 1,
            expires_at: run.expires_at,
        };
        flow_run::insert(tx, &row).await?;
        let content = Content::Row {
            id: run.id.clone(),
            secret,
        };
        Ok(seal_content(engine, handle, &content))
    }

    /// Whether `run` differs from what is stored.
    pub(super) fn differs(&self, run: &Run) -> bool {
        self.1 != state(run)
    }

    /// Saves `run`, unless somebody was first; answers whether.
    pub(super) async fn save(
        &mut self,
        engine: &Engine,
        tx: &mut Tx,
        run: &Run,
    ) -> Result<bool, StoreError> {
        self.0.state = sealed_state(engine, run);
        self.0.expires_at = run.expires_at;
        flow_run::save(tx, &self.0).await
    }

    /// Ends the run; answers whether this was the one that ended it.
    pub(super) async fn finish(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        flow_run::finish(tx, &self.0).await
    }
}

/// Whether a run is bigger than any form of ours needs.
pub(super) fn is_too_big(run: &Run) -> bool {
    state(run).len() > MAX_RUN_BYTES
}

fn sealed_state(engine: &Engine, run: &Run) -> String {
    let clear = state(run);
    engine
        .keys
        .seal(Purpose::FlowRun, run.id.as_bytes(), clear.as_bytes())
}

fn state(run: &Run) -> String {
    serde_json::to_string(run).expect("texts, numbers and lists serialize")
}
