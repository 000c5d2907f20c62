//! Guesses at the secrets of clients are slowed down, for each client and network.
//!
//! Rules: where nothing was guessed nothing is written; once something was, each try is counted
//! before the secret is looked at, by one conditional write, so that parallel guesses cannot share one
//! count (CVE-2024-4629); the right secret from another network never waits.

use std::sync::Arc;

use doorward_protocol::oauth::Presented;
use doorward_store::attempt::{self, Limit};

use super::client::Client;
use super::token::TokenRefusal;
use crate::context::Context;
use crate::engine::Engine;
use crate::throttle;

/// So many wrong secrets are free, for each client and network.
const WRONG: Limit = Limit {
    free: 10,
    pause_ms: 3_000,
    window_ms: 15 * 60_000,
};

impl Engine {
    /// The client, if what came along proves that it asks.
    pub(super) async fn prove(
        &self,
        ctx: &Context,
        client: &Arc<Client>,
        presented: &Presented,
    ) -> Result<Arc<Client>, TokenRefusal> {
        if !matches!(presented, Presented::Basic { .. } | Presented::Post { .. }) {
            let proven = client.is_proven_by(presented).then(|| Arc::clone(client));
            return proven.ok_or_else(TokenRefusal::client);
        }
        let network = throttle::network(ctx.client_ip);
        let name = format!("secrets of client {} from {network}", client.provider.pk);
        let mut tx = self.store.read().await?;
        let bucket = throttle::bucket(&self.keys, &name);
        let is_counted = attempt::is_counted(&mut tx, &bucket, ctx.now).await?;
        drop(tx);
        if is_counted {
            self.count_secret(ctx, &name).await?;
        }
        let is_right = client.is_proven_by(presented);
        match (is_counted, is_right) {
            (true, true) => self.uncount_secret(&bucket).await?,
            (false, false) => self.count_secret(ctx, &name).await?,
            _ => {}
        }
        is_right
            .then(|| Arc::clone(client))
            .ok_or_else(TokenRefusal::client)
    }

    async fn count_secret(&self, ctx: &Context, name: &str) -> Result<(), TokenRefusal> {
        let mut tx = self.store.begin().await?;
        let wait = throttle::count(self, &mut tx, name, WRONG, ctx.now).await?;
        self.commit(tx).await?;
        match wait {
            Some(until) => Err(TokenRefusal::slow(until, ctx.now)),
            None => Ok(()),
        }
    }

    /// Others behind the same address may be guessing, so one try is given back and no more.
    async fn uncount_secret(&self, bucket: &str) -> Result<(), TokenRefusal> {
        let mut tx = self.store.begin().await?;
        attempt::give_back(&mut tx, bucket, WRONG.free).await?;
        Ok(self.commit(tx).await?)
    }
}
