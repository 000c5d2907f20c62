//! From an authorization code to tokens (RFC 6749 §4.1.3).
//!
//! Rules: a code is worth something once, to its client, with the very address it was sent to, and
//! with the verifier of its challenge, if it has one and only then (CVE-2023-48228, CVE-2024-23647),
//! and, if it is bound to a key, with a proof of that.
//! Whatever does not fit, or comes a second time, ends the grant.

use doorward_protocol::encoding;
use doorward_protocol::oauth::{ErrorCode, Scopes};
use doorward_store::grant::{self, TokenKind};
use serde_json::json;

use super::{Exchange, TokenAnswer, TokenRefusal, answer};
use crate::broken::{self, Mutant};
use crate::oauth::bound_key::binds;
use crate::oauth::grant::{self as granting, CodeData, Granted};
use crate::oauth::proof::confirmation;
use crate::session::hash_text;

impl Exchange<'_> {
    pub(super) async fn code(&self) -> Result<TokenAnswer, TokenRefusal> {
        let code = self.required("code")?;
        let (row, granted) = self.read(code, TokenKind::Code).await?;
        if row.used_at.is_some() && !broken::is(Mutant::CodeTwice) {
            return Err(self.revoke(&granted, "A code was used twice.").await?);
        }
        let jkt = match self.fits(&row.data) {
            Ok(jkt) => jkt,
            Err(why) => {
                self.revoke(&granted, why).await?;
                return Err(TokenRefusal::new(ErrorCode::InvalidGrant, why));
            }
        };
        self.check_word(&granted.person).await?;
        let kind = TokenKind::Code;
        self.first_tokens((code, kind), &row.scopes, granted, jkt.as_deref())
            .await
    }

    /// The tokens that a grant begins with, for a code that nobody has used; `jkt` is the key that the
    /// code is bound to.
    pub(super) async fn first_tokens(
        &self,
        (code, kind): (&str, TokenKind),
        words: &str,
        mut granted: Granted,
        jkt: Option<&str>,
    ) -> Result<TokenAnswer, TokenRefusal> {
        self.check_code(&granted, code, jkt)?;
        let scopes = Scopes::parse(words).unwrap_or_default();
        let (engine, client, now) = (self.engine, self.client, self.ctx.now);
        let wanted = self.wanted_below(&granted, &scopes, jkt);
        let minted = engine.mint(self.snapshot, self.ctx, client, &granted, wanted);
        let minted = minted.await?;
        let refresh = self.new_refresh(&scopes);
        let refresh_ms = refresh.as_ref().map_or(0, |_| client.refresh_ms());
        granted
            .row
            .live_until(now.saturating_add(client.access_ms().max(refresh_ms)));
        let hash = hash_text(code);
        let mut tx = engine.store.begin().await?;
        let won = grant::redeem(&mut tx, granted.redemption(client, &hash, kind), now).await?;
        self.hold_word(&mut tx, &granted.person).await?;
        self.spend_proof(&mut tx).await?;
        if !won && !broken::is(Mutant::CodeTwice) {
            drop(tx);
            return Err(self.revoke(&granted, "A code was used twice.").await?);
        }
        minted.insert(&mut tx, &granted.row).await?;
        if let Some(refresh) = &refresh {
            let bound = binds(&granted.scopes(), jkt);
            self.insert_refresh(&mut tx, &granted, (refresh, words), bound)
                .await?;
        }
        engine.commit(tx).await?;
        Ok(answer(minted, &scopes, refresh)?)
    }

    /// The key that the code is bound to, if address, verifier and proof are those of the code.
    fn fits(&self, data: &str) -> Result<Option<String>, &'static str> {
        let data: CodeData = serde_json::from_str(data).map_err(|_| "The code cannot be read.")?;
        let uri = self.parameters.get("redirect_uri");
        if uri != Some(&*data.redirect_uri) {
            return Err("The redirect_uri is not the one that the code was sent to.");
        }
        if !self.is_of(data.jkt.as_deref()) {
            return Err("The code is bound to a key, and there is no DPoP proof of it.");
        }
        match (&data.challenge, self.parameters.get("code_verifier")) {
            (None, None) => Ok(data.jkt),
            (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(data.jkt),
            (Some(_), Some(_)) if broken::is(Mutant::VerifierUnchecked) => Ok(data.jkt),
            (Some(_), None) if broken::is(Mutant::VerifierOptional) => Ok(data.jkt),
            (Some(_), Some(_)) => Err("The code_verifier does not fit the code_challenge."),
            (Some(_), None) => Err("The code_verifier is missing."),
            (None, Some(_)) => Err("There is a code_verifier, but there was no code_challenge."),
        }
    }

    /// What a refresh token is bound to: that of a client that proves itself by nothing else (RFC 9449 §5),
    /// and one whose ID tokens are bound (OpenID Connect Key Binding 1.0 §4).
    fn refresh_data(&self, bound: bool) -> String {
        let proof = self.proof.as_ref();
        let proof = proof.filter(|_| bound || self.client.is_public());
        let bound = proof.map(|proof| json!({ "cnf": confirmation(&proof.jkt) }));
        bound.unwrap_or_else(|| json!({})).to_string()
    }

    /// A refresh token, if one was granted.
    fn new_refresh(&self, scopes: &Scopes) -> Option<String> {
        let is_granted = scopes.contains("offline_access") && self.client.may("refresh_token");
        is_granted.then(|| format!("dwr_{}", encoding::random_token(32)))
    }

    pub(super) async fn insert_refresh(
        &self,
        tx: &mut doorward_store::Tx,
        granted: &Granted,
        (value, scopes): (&str, &str),
        bound: bool,
    ) -> Result<(), doorward_store::StoreError> {
        let kind = TokenKind::Refresh;
        let data = self.refresh_data(bound);
        let lives = (self.ctx.now, self.client.refresh_ms());
        let row = granting::token_row(&granted.row, kind, value, scopes, data, lives);
        granting::insert(tx, &granted.row, &row).await
    }
}
