//! Tokens below a grant whose ID tokens are bound to a key (OpenID Connect Key Binding 1.0 §2.3, §4, §5).

use doorward_protocol::oauth::{ProofError, Scopes};

use super::{Exchange, TokenRefusal};
use crate::oauth::bound_key::binds;
use crate::oauth::grant::Granted;
use crate::oauth::mint::Wanted;

impl Exchange<'_> {
    /// What is made for these scopes of a grant whose request named the key `jkt`. There the proof binds
    /// the ID token, and the access token only of clients whose tokens have to be bound: it is a bearer
    /// token in authentik.
    pub(super) fn wanted_below(
        &self,
        granted: &Granted,
        scopes: &Scopes,
        jkt: Option<&str>,
    ) -> Wanted<'_> {
        let wanted = self.wanted(scopes);
        if !binds(&granted.scopes(), jkt) {
            return wanted;
        }
        let is_must = self.client.provider.dpop_bound_access_tokens;
        Wanted {
            id_key: self.proof.as_ref().map(|proof| &proof.key),
            jkt: wanted.jkt.filter(|_| is_must),
            ..wanted
        }
    }

    /// Whether the proof, where one binds an ID token, was made for this very code.
    pub(super) fn check_code(
        &self,
        granted: &Granted,
        code: &str,
        jkt: Option<&str>,
    ) -> Result<(), TokenRefusal> {
        if !binds(&granted.scopes(), jkt) {
            return Ok(());
        }
        let proof = self.proof.as_ref().ok_or(ProofError::Missing)?;
        if !self.is_of(jkt) {
            return Err(ProofError::Key.into());
        }
        if proof.is_for_code(code) {
            return Ok(());
        }
        Err(ProofError::Code.into())
    }
}
