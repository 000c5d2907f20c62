//! Introspection (RFC 7662) and revocation (RFC 7009).
//!
//! Rules: a client learns of its own tokens, and of those of providers that it trusts
//! (CVE-2024-47077); unknown, late, revoked and foreign look alike; another's token is never
//! revoked.

use doorward_protocol::oauth::ErrorCode;
use doorward_store::grant::{self, GrantRow, GrantTokenRow, TokenKind};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::proof::bound_to;
use super::token::TokenRefusal;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// What can be looked at or taken back; a code is neither.
const KINDS: [TokenKind; 2] = [TokenKind::Access, TokenKind::Refresh];

impl Engine {
    /// What a token is. A public client proves nothing, so it is told nothing.
    ///
    /// # Errors
    ///
    /// [`TokenRefusal`].
    pub async fn oauth_introspect(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        client: &Client,
        token: &str,
    ) -> Result<Map<String, Value>, TokenRefusal> {
        if client.is_public() {
            let why = "A public client cannot look into tokens.";
            return Err(TokenRefusal::new(ErrorCode::InvalidClient, why));
        }
        let inactive = || Map::from_iter([("active".to_owned(), json!(false))]);
        let Some((row, grant)) = self.live_token(token, ctx.now, false).await? else {
            return Ok(inactive());
        };
        let trusted = &client.provider.jwt_federation_providers;
        let is_theirs = |pk: i64| pk == client.provider.pk || trusted.contains(&pk);
        let issued_to = snapshot.oauth.of_provider(grant.provider_id);
        let issued_to = issued_to.filter(|one| is_theirs(one.provider.pk));
        let person = self.person(grant.user_id).await?;
        let person = person.filter(|person| person.is_active);
        let (Some(issued_to), Some(person)) = (issued_to, person) else {
            return Ok(inactive());
        };
        // Of a refresh token nothing but this, and what it is bound to, is known.
        let mut told: Map<String, Value> = serde_json::from_str(&row.data).unwrap_or_default();
        let scheme = bound_to(&told).map_or("Bearer", |_| "DPoP");
        for (name, value) in [
            ("active", json!(true)),
            ("scope", json!(row.scopes)),
            ("client_id", json!(issued_to.id())),
            ("token_type", json!(scheme)),
            ("username", json!(person.username)),
            ("sub", json!(issued_to.sub(snapshot, &person))),
            ("exp", json!(row.expires_at / 1000)),
            ("iat", json!(row.created_at / 1000)),
        ] {
            told.insert(name.to_owned(), value);
        }
        // It would be the same everywhere, which the pairwise name beside it is not.
        if issued_to.is_pairwise() {
            told.remove("username");
        }
        Ok(told)
    }

    /// Takes a token back: an access token alone, a refresh token with its grant (RFC 7009 §2.1).
    ///
    /// # Errors
    ///
    /// Only if the database fails: whatever the token is, it is worth nothing afterwards.
    pub async fn oauth_revoke(
        &self,
        ctx: &Context,
        client: &Client,
        token: &str,
    ) -> Result<(), Fault> {
        // A refresh token that was exchanged still stands for all that followed from it.
        let Some((row, grant)) = self.live_token(token, ctx.now, true).await? else {
            return Ok(());
        };
        if grant.provider_id != client.provider.pk {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        if row.kind == TokenKind::Refresh.word() {
            grant::delete(&mut tx, &grant.id, ctx.now).await?;
        } else {
            grant::delete_token(&mut tx, row.id, ctx.now).await?;
        }
        Ok(self.commit(tx).await?)
    }

    /// A live access or refresh token with its grant; one that was exchanged only if that is wanted.
    async fn live_token(
        &self,
        token: &str,
        now: i64,
        used_too: bool,
    ) -> Result<Option<(GrantTokenRow, GrantRow)>, Fault> {
        let hash = hash_text(token);
        let mut tx = self.store.read().await?;
        for kind in KINDS {
            let row = grant::find_token(&mut tx, &hash, kind).await?;
            let live =
                row.filter(|row| row.expires_at > now && (used_too || row.used_at.is_none()));
            if let Some(row) = live {
                let grant = grant::find_live(&mut tx, &row.grant_id, now).await?;
                return Ok(grant.map(|grant| (row, grant)));
            }
        }
        Ok(None)
    }
}
