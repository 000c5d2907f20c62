//! A device asks whether somebody has let it in (RFC 8628 §3.4).
//!
//! Rules: the code is worth something to its client alone; one that asks too soon waits longer from
//! then on; the application's bindings are asked once more when the tokens are made.

use doorward_protocol::oauth::{ErrorCode, ProofError};
use doorward_store::device_code::{self, DeviceCodeRow, DeviceState};
use doorward_store::grant::TokenKind;

use super::{Exchange, TokenAnswer, TokenRefusal};
use crate::oauth::device::bound_to;
use crate::session::hash_text;

impl Exchange<'_> {
    pub(super) async fn device(&self) -> Result<TokenAnswer, TokenRefusal> {
        let code = self.required("device_code")?;
        let hash = hash_text(code);
        let mut tx = self.engine.store.read().await?;
        let row = device_code::find(&mut tx, &hash).await?;
        drop(tx);
        let is_ours = |row: &DeviceCodeRow| row.provider_id == self.client.provider.pk;
        let row = row.filter(is_ours).ok_or_else(TokenRefusal::grant)?;
        if row.expires_at <= self.ctx.now {
            let why = "Nobody let the device in in time.";
            return Err(TokenRefusal::new(ErrorCode::ExpiredToken, why));
        }
        let jkt = bound_to(&row);
        self.check_key(jkt.as_deref())?;
        match row.state() {
            DeviceState::Open => Err(self.not_yet(&hash).await?),
            DeviceState::Denied => {
                let why = "The device was not let in.";
                Err(TokenRefusal::new(ErrorCode::AccessDenied, why))
            }
            DeviceState::Allowed => self.let_in(code, jkt.as_deref()).await,
        }
    }

    async fn not_yet(&self, hash: &str) -> Result<TokenRefusal, TokenRefusal> {
        let mut tx = self.engine.store.begin().await?;
        let is_in_time = device_code::poll(&mut tx, hash, self.ctx.now).await?;
        self.engine.commit(tx).await?;
        let code = if is_in_time {
            ErrorCode::AuthorizationPending
        } else {
            ErrorCode::SlowDown
        };
        Ok(TokenRefusal::new(code, "Nobody has answered yet."))
    }

    /// A code that is bound to a key is worth nothing without a proof of it, also while nobody has
    /// answered: whoever forgets it hears so at once.
    fn check_key(&self, jkt: Option<&str>) -> Result<(), TokenRefusal> {
        if self.is_of(jkt) {
            return Ok(());
        }
        let error = match self.proof {
            Some(_) => ProofError::Key,
            None => ProofError::Missing,
        };
        Err(error.into())
    }

    async fn let_in(&self, code: &str, jkt: Option<&str>) -> Result<TokenAnswer, TokenRefusal> {
        let kind = TokenKind::Device;
        let (row, granted) = self.read(code, kind).await?;
        if row.used_at.is_some() {
            return Err(self
                .revoke(&granted, "A device code was used twice.")
                .await?);
        }
        let scopes = granted.scopes();
        if !self.may_open(&granted.person, &scopes).await {
            let why = "The account may not open the application any more.";
            return Err(TokenRefusal::new(ErrorCode::AccessDenied, why));
        }
        self.first_tokens((code, kind), &row.scopes, granted, jkt)
            .await
    }
}
