//! What the authenticator says (§6.1): for which relying party, how sure it is, how often it signed.

use super::{Expected, Malformed, Requirement, WebauthnError};
use crate::encoding::{constant_time_eq, sha256};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;
const HEAD_BYTES: usize = 37;

pub(super) struct AuthenticatorData<'a> {
    party_hash: &'a [u8],
    flags: u8,
    pub sign_count: u32,
    /// A new credential, in its bytes.
    pub attested: Option<Attested<'a>>,
}

pub(super) struct Attested<'a> {
    pub aaguid: [u8; 16],
    pub credential_id: &'a [u8],
    /// The public key as COSE, and nothing after it.
    pub public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WebauthnError> {
        let malformed = Malformed("authenticatorData");
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES).ok_or(malformed)?;
        let (party_hash, tail) = head.split_at(32);
        let flags = tail[0];
        let sign_count = u32::from_be_bytes([tail[1], tail[2], tail[3], tail[4]]);
        let (attested, rest) = if flags & ATTESTED == 0 {
            (None, rest)
        } else {
            let (attested, rest) = Attested::read(rest).ok_or(malformed)?;
            (Some(attested), rest)
        };
        let rest = if flags & EXTENSIONS == 0 {
            rest
        } else {
            &rest[cbor_length(rest).ok_or(malformed)?..]
        };
        let contradicts = flags & BACKED_UP != 0 && flags & BACKUP_ELIGIBLE == 0;
        if !rest.is_empty() || contradicts {
            return Err(malformed);
        }
        Ok(Self {
            party_hash,
            flags,
            sign_count,
            attested,
        })
    }

    /// Whether it is for us and somebody was there.
    pub(super) fn check(&self, expected: Expected<'_>) -> Result<(), WebauthnError> {
        let ours = sha256(expected.party.id.as_bytes());
        if !constant_time_eq(self.party_hash, &ours) {
            return Err(WebauthnError::WrongParty);
        }
        let must_verify = expected.verification == Requirement::Required;
        if self.flags & USER_PRESENT == 0 || (must_verify && !self.user_verified()) {
            return Err(WebauthnError::NotVerified);
        }
        Ok(())
    }

    pub(super) fn user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    pub(super) fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

impl<'a> Attested<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (aaguid, rest) = bytes.split_at_checked(16)?;
        let (length, rest) = rest.split_at_checked(2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let (credential_id, rest) = rest.split_at_checked(length)?;
        let (public_key, rest) = rest.split_at_checked(cbor_length(rest)?)?;
        let attested = Self {
            aaguid: aaguid.try_into().ok()?,
            credential_id,
            public_key,
        };
        Some((attested, rest))
    }
}

/// How deep CBOR may be nested.
pub(super) const MAX_DEPTH: usize = 8;

/// How many bytes the first CBOR value has.
fn cbor_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, MAX_DEPTH);
    value
        .is_ok_and(|_: ciborium::Value| true)
        .then(|| bytes.len() - rest.len())
}
