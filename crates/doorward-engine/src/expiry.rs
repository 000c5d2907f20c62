//! What ends by itself: expired API tokens get a new key, other rows go.
//!
//! Rule: any number of processes may do this at once; each token is rotated by one of them, and no
//! transaction holds more than a small batch.

use std::sync::Arc;

use doorward_store::expiry::{self, BATCH, Expiring};
use doorward_store::token::{self, TokenRow};
use doorward_store::{StoreError, Tx};
use serde_json::json;

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::flow::{self, INVITATION};
use crate::resource::tables::token::{new_key, sealed};
use crate::resource::write::{Found, Writing};
use crate::resource::{Refusal, registered};
use crate::snapshot::Object;

impl Engine {
    /// Removes everything that was past at `now`.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn purge(&self, now: i64) -> Result<(), StoreError> {
        for what in Expiring::ALL {
            while self.purge_some(what, now).await? == BATCH {}
        }
        Ok(())
    }

    async fn purge_some(&self, what: Expiring, now: i64) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let removed = expiry::purge(&mut tx, what, now).await?;
        self.commit(tx).await?;
        Ok(removed)
    }

    /// Deletes invitations that have ended: they are refused already.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn purge_invitations(&self, now: i64) -> Result<(), StoreError> {
        let is_over = |one: &&Arc<Object>| flow::is_over(one, now);
        if !self
            .snapshot()
            .objects(INVITATION)
            .iter()
            .any(|one| is_over(&one))
        {
            return Ok(());
        }
        let ctx = Context::system(now);
        let mut writing = Writing::begin(self, &ctx).await?;
        let all = writing.world.objects(INVITATION).iter();
        let over: Vec<_> = all.filter(is_over).cloned().collect();
        for invitation in over {
            let row = Found::Object(invitation);
            match writing.remove_found(registered(INVITATION), &row).await {
                Err(Refusal::Fault(Fault::Store(error))) => return Err(error),
                Err(refusal) => tracing::error!(?refusal, "an invitation stays"),
                Ok(()) => {}
            }
        }
        writing.commit().await
    }

    /// Gives every expired API token a new key and a new end, as authentik does; whoever may see the
    /// key finds it with `view_key`.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn rotate_tokens(&self, now: i64) -> Result<(), StoreError> {
        while self.rotate_some(now).await? == token::ROTATED_AT_ONCE {}
        Ok(())
    }

    async fn rotate_some(&self, now: i64) -> Result<usize, StoreError> {
        let mut tx = self.store.begin().await?;
        let expired = token::expired_api(&mut tx, now).await?;
        for row in &expired {
            self.rotate(&mut tx, row, now).await?;
        }
        self.commit(tx).await?;
        Ok(expired.len())
    }

    async fn rotate(&self, tx: &mut Tx, row: &TokenRow, now: i64) -> Result<(), StoreError> {
        let snapshot = self.snapshot();
        let (key_hash, key_sealed) = sealed(&self.keys, &row.id, &new_key(&snapshot));
        // A duration of nothing would rotate it again and again.
        let expires_at = now.saturating_add(snapshot.token_duration_ms().max(LEAST_MS));
        let rotated = TokenRow {
            key_hash,
            key_sealed,
            expires_at: Some(expires_at),
            updated_at: now,
            ..row.clone()
        };
        if !token::rotate(tx, &rotated).await? {
            return Ok(());
        }
        let message = format!("Token {}'s secret was rotated.", row.identifier);
        let model = json!({
            "app": "authentik_core", "model_name": "token", "pk": row.id, "name": row.identifier,
        });
        let context = json!({ "message": message, "model": model });
        let ctx = Context::system(now);
        event::record(
            self,
            tx,
            &ctx,
            Action::SecretRotate,
            "authentik.core",
            context,
        )
        .await
    }
}

/// The shortest life of a rotated token: longer than the pause between two rounds.
const LEAST_MS: i64 = 600_000;

#[cfg(test)]
mod tests;
