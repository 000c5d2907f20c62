//! From a refresh token to new tokens (RFC 6749 §6, RFC 9700 §4.14.2).
//!
//! Rules: each is exchanged once for its one successor, which is derived from it and so needs no
//! place of its own. A client that did not hear the answer may ask again for a short while, as long
//! as the successor is unused; any other second use ends the grant. Scopes can shrink, never grow.

use doorward_protocol::encoding;
use doorward_protocol::oauth::{ErrorCode, Scopes};
use doorward_protocol::seal::Purpose;
use doorward_store::grant::{self, GrantTokenRow, TokenKind};

use super::{Exchange, TokenAnswer, TokenRefusal, answer};
use crate::broken::{self, Mutant};
use crate::oauth::bound_key::binds;
use crate::oauth::grant::Granted;
use crate::oauth::mint::{Minted, Minting};
use crate::oauth::proof::bound_data;
use crate::session::hash_text;

/// Of several at once one wins; whoever asks again so soon after did not lose an answer.
const AT_ONCE_MS: i64 = 1_000;
/// An answer may be asked for again for so long.
const GRACE_MS: i64 = 30_000;

impl Exchange<'_> {
    pub(super) async fn refresh(&self) -> Result<TokenAnswer, TokenRefusal> {
        let token = self.required("refresh_token")?;
        let (row, granted) = self.read(token, TokenKind::Refresh).await?;
        let jkt = bound_data(&row.data);
        if !self.is_of(jkt.as_deref()) {
            let why = "The refresh token is bound to a key, and there is no DPoP proof of it.";
            return Err(TokenRefusal::new(ErrorCode::InvalidGrant, why));
        }
        let granted_scopes = Scopes::parse(&row.scopes).unwrap_or_default();
        let granted_scopes = self.client.known(&granted_scopes);
        if !self.may_open(&granted.person, &granted_scopes).await {
            let why = "The account may not open the application any more.";
            return Err(TokenRefusal::new(ErrorCode::InvalidGrant, why));
        }
        let scopes = self.narrowed(&granted_scopes)?;
        let successor = self.successor(token);
        if let Some(used_at) = row.used_at {
            self.check_again(&granted, used_at, &successor).await?;
            let minted = self.minted(&granted, &scopes, jkt.as_deref()).await?;
            return self.keep(minted, granted, &scopes, successor).await;
        }
        let minted = self.minted(&granted, &scopes, jkt.as_deref()).await?;
        if row.expires_at - self.ctx.now > self.client.threshold_ms()
            && self.client.threshold_ms() > 0
        {
            return self.keep(minted, granted, &scopes, token.to_owned()).await;
        }
        self.rotate((token, &row), minted, granted, &scopes, successor)
            .await
    }

    /// Those that were asked for, if each was granted (RFC 6749 §6).
    fn narrowed(&self, granted: &Scopes) -> Result<Scopes, TokenRefusal> {
        let Some(asked) = self.parameters.get("scope") else {
            return Ok(granted.clone());
        };
        let asked = Scopes::parse(asked)
            .map_err(|why| TokenRefusal::new(ErrorCode::InvalidScope, why.to_string()))?;
        if asked.is_within(granted) {
            return Ok(asked);
        }
        let why = "A scope is asked for that was not granted.";
        Err(TokenRefusal::new(ErrorCode::InvalidScope, why))
    }

    /// The one token that follows this one.
    fn successor(&self, token: &str) -> String {
        let mac = self.engine.keys.mac(Purpose::Refresh, token.as_bytes());
        format!("dwr_{}", encoding::base64url(mac))
    }

    /// Whether a token that was exchanged may be asked for once more.
    async fn check_again(
        &self,
        granted: &Granted,
        used_at: i64,
        successor: &str,
    ) -> Result<(), TokenRefusal> {
        let since_ms = self.ctx.now - used_at;
        if since_ms < AT_ONCE_MS {
            return Err(TokenRefusal::grant());
        }
        let mut tx = self.engine.store.read().await?;
        let next = grant::find_token(&mut tx, &hash_text(successor), TokenKind::Refresh).await?;
        drop(tx);
        let is_unused = next.is_some_and(|next| next.used_at.is_none());
        if since_ms <= GRACE_MS && is_unused {
            return Ok(());
        }
        Err(self
            .revoke(granted, "A refresh token was used twice.")
            .await?)
    }

    async fn minted(
        &self,
        granted: &Granted,
        scopes: &Scopes,
        jkt: Option<&str>,
    ) -> Result<Minted, TokenRefusal> {
        let minting = Minting {
            engine: self.engine,
            snapshot: self.snapshot,
            ctx: self.ctx,
            client: self.client,
            granted,
            scopes,
        };
        let wanted = self.wanted_below(granted, scopes, jkt);
        Ok(minting.make(wanted).await?)
    }

    /// A new access token beside a refresh token that stays.
    async fn keep(
        &self,
        minted: Minted,
        mut granted: Granted,
        scopes: &Scopes,
        refresh: String,
    ) -> Result<TokenAnswer, TokenRefusal> {
        let until = self.ctx.now.saturating_add(self.client.access_ms());
        granted.row.live_until(until);
        let mut tx = self.engine.store.begin().await?;
        if !grant::hold(&mut tx, &granted.row.id, until).await? {
            return Err(TokenRefusal::grant());
        }
        self.hold_word(&mut tx, &granted.person).await?;
        self.spend_proof(&mut tx).await?;
        minted.insert(&mut tx, &granted.row).await?;
        self.engine.commit(tx).await?;
        Ok(answer(minted, scopes, Some(refresh))?)
    }

    async fn rotate(
        &self,
        (token, row): (&str, &GrantTokenRow),
        minted: Minted,
        mut granted: Granted,
        scopes: &Scopes,
        successor: String,
    ) -> Result<TokenAnswer, TokenRefusal> {
        let (client, now) = (self.client, self.ctx.now);
        let lives_ms = client.access_ms().max(client.refresh_ms());
        granted.row.live_until(now.saturating_add(lives_ms));
        let hash = hash_text(token);
        let mut redemption = granted.redemption(client, &hash, TokenKind::Refresh);
        if broken::is(Mutant::RefreshOfOthers) {
            redemption.provider_id = granted.row.provider_id;
        }
        let mut tx = self.engine.store.begin().await?;
        let won = grant::redeem(&mut tx, redemption, now).await?;
        self.hold_word(&mut tx, &granted.person).await?;
        self.spend_proof(&mut tx).await?;
        if !won {
            return Err(TokenRefusal::grant());
        }
        minted.insert(&mut tx, &granted.row).await?;
        let bound = binds(&granted.scopes(), bound_data(&row.data).as_deref());
        self.insert_refresh(&mut tx, &granted, (&successor, &row.scopes), bound)
            .await?;
        self.engine.commit(tx).await?;
        Ok(answer(minted, scopes, Some(successor))?)
    }
}
