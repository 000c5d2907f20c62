//! Whoever brings an access token: what it lets them know.
//!
//! Rule: a token is found by its hash, and counts as long as its grant, its person and its client
//! do. A signature alone proves nothing here. One that was looked at lately is `remembered`.

use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::oauth::{ErrorCode, Scopes};
use doorward_store::grant::{self, TokenKind};
use serde_json::{Map, Value};

use super::client::Client;
use super::grant::Granted;
use super::remembered::Looked;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::snapshot::Snapshot;

/// A live access token.
#[derive(Clone)]
pub struct Bearer {
    pub(super) client: Arc<Client>,
    pub(super) granted: Granted,
    pub(super) scopes: Scopes,
    /// What the token says.
    pub(super) claims: Map<String, Value>,
    /// Its row.
    pub(super) token: i64,
    /// Unix milliseconds.
    pub(super) expires_at: i64,
}

/// Why a token is not taken (RFC 6750 §3.1).
#[derive(Debug)]
pub enum BearerRefusal {
    /// Its holder's fault.
    Refused(ErrorCode, &'static str),
    /// Ours.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for BearerRefusal {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl Bearer {
    /// Whose.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Engine {
    /// The live access token with this value.
    ///
    /// # Errors
    ///
    /// [`BearerRefusal`]: unknown, late and revoked look alike.
    pub async fn oauth_bearer(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        token: &str,
    ) -> Result<Bearer, BearerRefusal> {
        let digest = encoding::sha256(token.as_bytes());
        if let Some(bearer) = self.remembered(snapshot, &digest, ctx.now) {
            return Ok(bearer);
        }
        let epoch = self.epoch();
        let why = "The access token is unknown, too old, or was revoked.";
        let refused = || BearerRefusal::Refused(ErrorCode::InvalidToken, why);
        let mut tx = self.store.read().await?;
        let row =
            grant::find_token(&mut tx, &encoding::base64url(digest), TokenKind::Access).await?;
        let row = row
            .filter(|row| row.expires_at > ctx.now)
            .ok_or_else(refused)?;
        let live = grant::find_live(&mut tx, &row.grant_id, ctx.now).await?;
        drop(tx);
        let live = live.ok_or_else(refused)?;
        let client = snapshot.oauth.of_provider(live.provider_id);
        let client = client.cloned().ok_or_else(refused)?;
        let person = self.person(live.user_id).await?;
        let person = person
            .filter(|person| person.is_active)
            .ok_or_else(refused)?;
        let ends_at = row.expires_at.min(live.expires_at);
        let bearer = Bearer {
            client,
            granted: Granted::new(live, person),
            scopes: Scopes::parse(&row.scopes).unwrap_or_default(),
            claims: serde_json::from_str(&row.data).unwrap_or_default(),
            token: row.id,
            expires_at: row.expires_at,
        };
        let looked = Looked {
            digest,
            epoch,
            ends_at,
        };
        self.remember(looked, &bearer, ctx.now).await?;
        Ok(bearer)
    }
}
