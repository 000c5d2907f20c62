//! Where traces are kept, and how they are found: the memory of this process, and what all of them have
//! written down.
//!
//! Rule: no request waits for a write; when the store is away the memory goes on and is all that is found.

use std::collections::HashSet;

use doorward_store::StoreError;
use doorward_store::trace::{self, TraceRow};

use super::{Outcome, Trace};
use crate::context::Context;
use crate::engine::Engine;
use crate::resource::permit::{Verb, permitted};
use crate::resource::{Grant, Refusal};

/// So many are written down at once, each second.
const AT_ONCE: usize = 50;
/// How long they are kept, milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// So many are found at most.
const FOUND_MAX: usize = 200;

/// Which traces are looked for; nothing said is every.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// uuid of the application.
    pub application: Option<String>,
    /// Whom they are about.
    pub person: Option<i64>,
    /// What they ended in.
    pub outcome: Option<Outcome>,
    /// Those whose latest request came then or later, Unix milliseconds.
    pub since: i64,
}

impl Wanted {
    fn fits(&self, trace: &Trace) -> bool {
        let application = trace.application.as_ref().map(|one| &one.pk);
        let person = trace.person.as_ref().map(|one| one.id);
        trace.last_at >= self.since
            && (self.application.is_none() || self.application.as_ref() == application)
            && (self.person.is_none() || self.person == person)
            && self.outcome.is_none_or(|one| one == trace.outcome)
    }
}

impl Engine {
    /// The traces of one application since an instant, the latest first: of this process at once, of
    /// others as soon as they have written them down (a second). For a page that follows the first requests
    /// of an application through: `trace.outcome.words()`, `trace.said()`, `trace.client`, `trace.person`,
    /// `/if/admin/why/{trace.id}/`. It asks nobody whether they may see it: pages of operators do.
    pub async fn traces_of_application(&self, pk: &str, since: i64, limit: usize) -> Vec<Trace> {
        let wanted = Wanted {
            application: Some(pk.to_owned()),
            since,
            ..Wanted::default()
        };
        self.merged(&wanted, limit, since).await
    }

    /// The traces that are looked for, the latest first, and whether the store could be asked.
    ///
    /// # Errors
    ///
    /// [`Refusal`] for those who may not see events.
    pub async fn traces(
        &self,
        ctx: &Context,
        wanted: &Wanted,
        limit: usize,
    ) -> Result<Vec<Trace>, Refusal> {
        self.may_see_traces(ctx)?;
        Ok(self.merged(wanted, limit, ctx.now).await)
    }

    /// The trace with this id, or the one on which the request with this reference was counted.
    ///
    /// # Errors
    ///
    /// [`Refusal`] for those who may not see events.
    pub async fn trace(&self, ctx: &Context, reference: &str) -> Result<Option<Trace>, Refusal> {
        self.may_see_traces(ctx)?;
        let is_it = |trace: &Trace| trace.references.iter().any(|one| one == reference);
        if let Some(held) = self.traces.find(is_it, 1).pop() {
            return Ok(Some(held));
        }
        let found = async {
            let mut tx = self.store.read().await?;
            trace::find(&mut tx, reference, ctx.now).await
        };
        Ok(found.await.unwrap_or_default().as_ref().and_then(read))
    }

    /// Whoever may see every event may see traces: they tell of the same.
    pub(super) fn may_see_traces(&self, ctx: &Context) -> Result<(), Refusal> {
        let kind = crate::resource::registered("authentik_events.event");
        match permitted(&ctx.actor, Verb::List, kind, None, &self.snapshot()) {
            Grant::Everything => Ok(()),
            Grant::Refused(refusal) => Err(refusal),
            Grant::Own | Grant::Outpost(_) => Err(Refusal::Forbidden),
        }
    }

    async fn merged(&self, wanted: &Wanted, limit: usize, now: i64) -> Vec<Trace> {
        let limit = limit.min(FOUND_MAX);
        let mut found = self.traces.find(|trace| wanted.fits(trace), limit);
        let held: HashSet<String> = found.iter().map(|trace| trace.id.clone()).collect();
        let stored = self.stored(wanted, limit, now).await.unwrap_or_default();
        found.extend(stored.into_iter().filter(|one| !held.contains(&one.id)));
        found.sort_by_key(|trace| std::cmp::Reverse(trace.last_at));
        found.truncate(limit);
        found
    }

    async fn stored(
        &self,
        wanted: &Wanted,
        limit: usize,
        now: i64,
    ) -> Result<Vec<Trace>, StoreError> {
        let mut tx = self.store.read().await?;
        let rows = trace::latest(
            &mut tx,
            trace::Wanted {
                application_id: wanted.application.as_deref().unwrap_or_default(),
                user_id: wanted.person,
                outcome: wanted.outcome.map_or("", Outcome::word),
                since: wanted.since,
                now,
                limit: i64::try_from(limit).unwrap_or(i64::MAX),
            },
        );
        Ok(rows.await?.iter().filter_map(read).collect())
    }

    /// Writes down what is new, at most [`AT_ONCE`] in one transaction; answers how many.
    ///
    /// # Errors
    ///
    /// Only if the database fails; then they are written the next time.
    pub async fn save_traces(&self, now: i64) -> Result<usize, StoreError> {
        let unsaved = self.traces.unsaved(now, AT_ONCE);
        if unsaved.is_empty() {
            return Ok(0);
        }
        let mut tx = self.store.begin().await?;
        for one in &unsaved {
            trace::save(&mut tx, &row(one)).await?;
        }
        self.commit(tx).await?;
        self.traces.saved(&unsaved, now);
        Ok(unsaved.len())
    }
}

fn row(trace: &Trace) -> TraceRow {
    TraceRow {
        id: trace.id.clone(),
        at: trace.last_at,
        application_id: trace.application.as_ref().map(|one| one.pk.clone()),
        user_id: trace.person.as_ref().map(|one| one.id),
        outcome: trace.outcome.word().to_owned(),
        reference_ids: trace.references.join(" "),
        told: serde_json::to_string(trace).expect("texts and numbers serialize"),
        expires_at: trace.last_at.saturating_add(KEPT_MS),
    }
}

/// What another version wrote and this one cannot read is not there.
fn read(row: &TraceRow) -> Option<Trace> {
    serde_json::from_str(&row.told).ok()
}
