//! Whoever brings an access token: what it lets them know.
//!
//! Rule: a token is found by its hash, and counts as long as its grant, its person and its client
//! do. A signature alone proves nothing here. One that is bound to a key counts only beside a proof
//! of that key (RFC 9449 §7). One that was looked at lately is `remembered`.

use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::oauth::{ErrorCode, Expected, Proof, ProofError, Scopes};
use doorward_store::grant::{self, TokenKind};
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value};

use super::client::Client;
use super::grant::Granted;
use super::proof::{self, bound_to};
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

    /// Keeps it from being taken away until the transaction ends; answers whether it still counts.
    pub(super) async fn hold(&self, tx: &mut Tx, now: i64) -> Result<bool, StoreError> {
        Ok(grant::hold(tx, &self.granted.row.id, 0).await?
            && grant::hold_token(tx, self.token, now).await?)
    }
}

/// How an access token was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// By itself (RFC 6750 §2).
    Bearer,
    /// Beside a proof (RFC 9449 §7.1).
    Dpop,
}

/// An access token as a request shows it. No `Debug`.
pub struct Shown<'a> {
    /// It itself.
    pub token: &'a str,
    /// How.
    pub scheme: Scheme,
    /// The proofs beside it.
    pub proofs: &'a [String],
    /// The method of the request.
    pub method: &'a str,
    /// What was asked.
    pub at: At<'a>,
}

/// What an access token was shown at: a proof beside it names the address.
#[derive(Clone, Copy, Debug)]
pub enum At<'a> {
    /// One of the endpoints that clients share, such as `userinfo`.
    Shared(&'a str),
    /// Anything else below the public address, by its path.
    Path(&'a str),
}

pub(super) const UNKNOWN: &str = "The access token is unknown, too old, or was revoked.";
const BOUND: &str =
    "The access token is bound to a key: show it with the scheme DPoP, beside a proof.";
const UNBOUND: &str = "The access token is bound to no key: show it with the scheme Bearer.";

impl Engine {
    /// The live access token that a request shows, with a proof if it is bound to a key.
    ///
    /// # Errors
    ///
    /// [`BearerRefusal`].
    pub async fn oauth_shown(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        shown: &Shown<'_>,
    ) -> Result<Bearer, BearerRefusal> {
        if shown.scheme == Scheme::Bearer {
            return self.oauth_bearer(snapshot, ctx, shown.token).await;
        }
        let bearer = self.live_bearer(snapshot, ctx, shown.token).await?;
        let Some(jkt) = bound_to(&bearer.claims) else {
            return Err(BearerRefusal::Refused(ErrorCode::InvalidToken, UNBOUND));
        };
        let expected = Expected {
            method: shown.method,
            address: &proof::address_of(snapshot, &bearer.client, shown.at)?,
            now_s: ctx.now / 1000,
            access_token: Some(shown.token),
        };
        let proof = Proof::read(shown.proofs.iter().map(String::as_str), expected)
            .and_then(|proof| proof.ok_or(ProofError::Missing))
            .map_err(unproven)?;
        if proof.jkt != jkt {
            return Err(unproven(ProofError::Key));
        }
        let mut tx = self.store.begin().await?;
        if !self.spend_proof(&mut tx, &proof).await? {
            return Err(unproven(ProofError::Used));
        }
        self.commit(tx).await?;
        Ok(bearer)
    }

    /// The live access token with this value, if whoever holds it may use it without more.
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
        let bearer = self.live_bearer(snapshot, ctx, token).await?;
        if bound_to(&bearer.claims).is_some() {
            return Err(BearerRefusal::Refused(ErrorCode::InvalidToken, BOUND));
        }
        Ok(bearer)
    }

    async fn live_bearer(
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
        let refused = || BearerRefusal::Refused(ErrorCode::InvalidToken, UNKNOWN);
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

fn unproven(error: ProofError) -> BearerRefusal {
    BearerRefusal::Refused(ErrorCode::InvalidDpopProof, error.words())
}
