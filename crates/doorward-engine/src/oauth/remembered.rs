//! Access tokens in use, found by their hash without asking the store.
//!
//! Rules, as for sessions ([decision 3](../../../../docs/decisions/0003-revocation-by-shared-records.md)):
//! what a change has taken away is gone here before whoever took it is answered; a look that
//! overlapped a change is not kept; nothing is answered past the grace. Memory only says yes: whatever
//! is not known here is asked of the store
//! ([decision 46](../../../../docs/decisions/0046-oauth-without-waiting.md)).

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use doorward_store::StoreError;

use super::bearer::Bearer;
use crate::engine::Engine;
use crate::session::{Digest, LiveSession, Shelf};
use crate::snapshot::Snapshot;

/// So many are kept at most, some two kilobytes each.
const CAPACITY: usize = 16_384;

/// An access token that counted when the store was asked.
pub(super) struct Token {
    bearer: Bearer,
    /// The one that its grant ends with.
    session: Option<Arc<LiveSession>>,
    /// Unix milliseconds.
    ends_at: i64,
    said: ArcSwapOption<Said>,
}

/// What userinfo says under a configuration; JSON.
struct Said {
    generation: u64,
    text: Bytes,
}

/// How the store was asked.
pub(super) struct Looked {
    /// SHA-256 of the token.
    pub(super) digest: Digest,
    /// The changes that were applied before.
    pub(super) epoch: u64,
    /// Unix milliseconds.
    pub(super) ends_at: i64,
}

/// All of them.
pub(crate) struct Tokens(Shelf<Token>);

impl Default for Tokens {
    fn default() -> Self {
        Self(Shelf::holding(CAPACITY))
    }
}

impl Tokens {
    /// Any may have been taken away.
    pub(crate) fn forget_all(&self) {
        self.0.retain(|_| false);
    }

    /// A session has ended: those below one say so themselves; others may hang on it in a way that is not
    /// known here.
    pub(crate) fn forget_loose(&self) {
        self.0.retain(|one| one.session.is_some());
    }

    /// Lets go of what is over.
    pub(crate) fn sweep(&self, now: i64) {
        self.0.retain(|one| one.is_live(now));
    }
}

impl Token {
    fn is_live(&self, now: i64) -> bool {
        let person = &self.bearer.granted.person;
        let session = self.session.as_ref();
        now < self.ends_at
            && person.is_active
            && !person.is_stale()
            && session.is_none_or(|session| session.is_live(now))
    }

    /// The client's provider.
    pub(super) fn provider(&self) -> i64 {
        self.bearer.granted.row.provider_id
    }

    /// What userinfo says, made once for a configuration: the person of this record does not change.
    pub(super) fn said(
        &self,
        generation: u64,
        make: impl FnOnce(&Bearer) -> Option<Bytes>,
    ) -> Option<Bytes> {
        if let Some(said) = &*self.said.load()
            && said.generation == generation
        {
            return Some(said.text.clone());
        }
        let text = make(&self.bearer)?;
        let said = Said {
            generation,
            text: text.clone(),
        };
        self.said.store(Some(Arc::new(said)));
        Some(text)
    }
}

impl Engine {
    /// The token with this hash, if it is known that it counts.
    pub(super) fn known_token(&self, digest: &Digest, now: i64) -> Option<Arc<Token>> {
        let known = self.tokens.0.get(digest)?;
        (self.is_within_grace(now) && known.is_live(now)).then_some(known)
    }

    /// The same with its client as it is now.
    pub(super) fn remembered(
        &self,
        snapshot: &Snapshot,
        digest: &Digest,
        now: i64,
    ) -> Option<Bearer> {
        let known = self.known_token(digest, now)?;
        let client = snapshot.oauth.of_provider(known.provider())?;
        Some(Bearer {
            client: Arc::clone(client),
            ..known.bearer.clone()
        })
    }

    /// Keeps what the store has said of a token, unless something was changed meanwhile.
    pub(super) async fn remember(
        &self,
        looked: Looked,
        bearer: &Bearer,
        now: i64,
    ) -> Result<(), StoreError> {
        let grant = &bearer.granted.row;
        let ends_with = grant.session_id.as_deref();
        let ends_with = ends_with.filter(|_| grant.ends_with_session);
        let session = match ends_with {
            None => None,
            Some(id) => match self.session_with_id(id, now).await? {
                None => return Ok(()),
                live => live,
            },
        };
        let token = Arc::new(Token {
            bearer: bearer.clone(),
            session,
            ends_at: looked.ends_at,
            said: ArcSwapOption::empty(),
        });
        let is_as_before = || self.epoch() == looked.epoch;
        self.tokens.0.insert_if(looked.digest, token, is_as_before);
        Ok(())
    }
}
