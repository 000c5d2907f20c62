//! Each write leaves a version of what it wrote, in its own transaction.
//!
//! Rule: a version differs from the one before by what this write did and nothing else: what changed in
//! between by another way is written down first, as found.

use doorward_store::StoreError;
use doorward_store::version::{self, VersionRow};
use serde_json::{Map, Value};

use super::Writing;
use crate::resource::history::{What, is_kept, kept};
use crate::resource::kind::Kind;

/// What a write did to an object.
pub(in crate::resource) struct Wrote<'a> {
    pub(in crate::resource) id: &'a str,
    pub(in crate::resource) name: &'a str,
    pub(in crate::resource) what: What,
    /// Every stored field, as it was; nothing if it is new.
    pub(in crate::resource) before: Option<&'a Map<String, Value>>,
    /// As it is, or was if it is gone.
    pub(in crate::resource) after: &'a Map<String, Value>,
}

impl Writing<'_> {
    /// Keeps what was written.
    pub(in crate::resource) async fn keep(
        &mut self,
        kind: &Kind,
        wrote: Wrote<'_>,
    ) -> Result<(), StoreError> {
        if !is_kept(kind) {
            return Ok(());
        }
        let last = version::last(&mut self.tx, kind.model, wrote.id).await?;
        let mut number = last.as_ref().map_or(1, |last| last.number + 1);
        if let Some(before) = wrote.before {
            let before = kept(kind, before);
            let known = last.and_then(|last| serde_json::from_str(&last.stored).ok());
            if known.as_ref() != Some(&before) {
                number = if known.is_some() { number } else { 0 };
                let found = self.version(kind, &wrote, number, What::Found, before);
                version::insert(&mut self.tx, &found).await?;
                number += 1;
            }
        }
        let what = match wrote.what {
            What::Created | What::Changed if self.is_restoring => What::Restored,
            what => what,
        };
        let row = self.version(kind, &wrote, number, what, kept(kind, wrote.after));
        version::insert(&mut self.tx, &row).await
    }

    fn version(
        &self,
        kind: &Kind,
        wrote: &Wrote<'_>,
        number: i64,
        what: What,
        stored: Map<String, Value>,
    ) -> VersionRow {
        let person = self.ctx.actor.person().filter(|_| what != What::Found);
        let retention_ms = self.engine.snapshot_ref().event_retention_ms();
        VersionRow {
            kind: kind.model.to_owned(),
            object: wrote.id.to_owned(),
            number,
            written_at: self.ctx.now,
            user_id: person.map(|person| person.id),
            username: person.map_or_else(String::new, |person| person.username.to_string()),
            what: what.word().to_owned(),
            name: wrote.name.to_owned(),
            stored: Value::Object(stored).to_string(),
            expires_at: self.ctx.now.saturating_add(retention_ms),
        }
    }
}
