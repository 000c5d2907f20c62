//! The use of a credential (§7.2).

use serde_json::Value;

use super::authenticator_data::AuthenticatorData;
use super::cose::PublicKey;
use super::{Credential, Expected, Malformed, WebauthnError, client_data, credential_id, member};
use crate::encoding::{from_base64url, sha256};

/// A browser's answer to [`super::options::request`], not yet checked.
pub struct Assertion {
    /// Which credential it claims to be, base64url.
    pub credential_id: String,
    /// Whom the authenticator keeps it for.
    pub user_handle: Option<Vec<u8>>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

/// What a checked use tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The counter, to be kept if it has grown.
    pub sign_count: u32,
    /// Whether the person was verified.
    pub user_verified: bool,
    /// Whether it is synced now.
    pub backed_up: bool,
}

impl Assertion {
    /// Reads an answer.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(answer: &Value) -> Result<Self, WebauthnError> {
        let response = answer.get("response").ok_or(Malformed("response"))?;
        let user_handle = match response.get("userHandle") {
            None | Some(Value::Null) => None,
            Some(_) => Some(member(response, "userHandle")?),
        };
        Ok(Self {
            credential_id: credential_id(answer)?,
            user_handle,
            client_data: member(response, "clientDataJSON")?,
            authenticator_data: member(response, "authenticatorData")?,
            signature: member(response, "signature")?,
        })
    }

    /// Checks it against the credential that it claims to be.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(
        &self,
        credential: &Credential,
        expected: Expected<'_>,
    ) -> Result<Used, WebauthnError> {
        if self.credential_id != credential.id {
            return Err(Malformed("id"));
        }
        client_data::check(&self.client_data, "webauthn.get", expected)?;
        let data = AuthenticatorData::read(&self.authenticator_data)?;
        data.check(expected)?;
        let key = from_base64url(&credential.public_key).ok_or(Malformed("publicKey"))?;
        let signed = [&*self.authenticator_data, &sha256(&self.client_data)].concat();
        PublicKey::read(&key)?.verify(&signed, &self.signature)?;
        let counts = data.sign_count != 0 || credential.sign_count != 0;
        if counts && data.sign_count <= credential.sign_count {
            return Err(WebauthnError::Counter);
        }
        if data.backup_eligible() != credential.backup_eligible {
            return Err(Malformed("authenticatorData"));
        }
        Ok(Used {
            sign_count: data.sign_count,
            user_verified: data.user_verified(),
            backed_up: data.backed_up(),
        })
    }
}
