//! Guesses at the secrets of clients are slowed down, for each client and network.
//!
//! Rules: where nothing was guessed nothing is written; once something was, each try is counted
//! before the secret is looked at, by one conditional write, so that parallel guesses cannot share one
//! count (CVE-2024-4629); the right secret from another network never waits. Where the store has just
//! said that nothing was guessed it is not asked again: for a second, in which another process may have
//! heard a guess, and until this one hears one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

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

/// What the store said holds for so long.
const ASKED_MS: i64 = 1_000;
/// So many clients and networks are remembered at most.
const UNGUESSED_MAX: usize = 4_096;

/// For which clients and networks the store said when that nothing was guessed.
#[derive(Default)]
pub(crate) struct Unguessed(Mutex<HashMap<String, i64>>);

impl Unguessed {
    fn holds(&self, name: &str, now: i64) -> bool {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .get(name)
            .is_some_and(|at| (0..ASKED_MS).contains(&(now - at)))
    }

    fn note(&self, name: String, now: i64) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= UNGUESSED_MAX {
            asked.clear();
        }
        asked.insert(name, now);
    }

    fn forget(&self, name: &str) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.remove(name);
    }
}

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
        let is_counted = self.is_guessed(ctx, &name).await?;
        if is_counted {
            self.count_secret(ctx, &name).await?;
        }
        let is_right = client.is_proven_by(presented);
        match (is_counted, is_right) {
            (true, true) => self.uncount_secret(&name).await?,
            (false, false) => self.count_secret(ctx, &name).await?,
            _ => {}
        }
        is_right
            .then(|| Arc::clone(client))
            .ok_or_else(TokenRefusal::client)
    }

    /// Whether anything was guessed there lately.
    async fn is_guessed(&self, ctx: &Context, name: &str) -> Result<bool, TokenRefusal> {
        if self.unguessed.holds(name, ctx.now) {
            return Ok(false);
        }
        let bucket = throttle::bucket(&self.keys, name);
        let mut tx = self.store.read().await?;
        let is_guessed = attempt::is_counted(&mut tx, &bucket, ctx.now).await?;
        if !is_guessed {
            self.unguessed.note(name.to_owned(), ctx.now);
        }
        Ok(is_guessed)
    }

    async fn count_secret(&self, ctx: &Context, name: &str) -> Result<(), TokenRefusal> {
        self.unguessed.forget(name);
        let mut tx = self.store.begin().await?;
        let wait = throttle::count(self, &mut tx, name, WRONG, ctx.now).await?;
        self.commit(tx).await?;
        match wait {
            Some(until) => Err(TokenRefusal::slow(until, ctx.now)),
            None => Ok(()),
        }
    }

    /// Others behind the same address may be guessing, so one try is given back and no more.
    async fn uncount_secret(&self, name: &str) -> Result<(), TokenRefusal> {
        let bucket = throttle::bucket(&self.keys, name);
        let mut tx = self.store.begin().await?;
        attempt::give_back(&mut tx, &bucket, WRONG.free).await?;
        Ok(self.commit(tx).await?)
    }
}
