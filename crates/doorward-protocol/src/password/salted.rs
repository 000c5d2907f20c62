//! Hashes of several secrets under one salt, so that one hash finds which of them was typed.
//!
//! Rule: only for random secrets of ours (recovery codes), whose hashes tell nothing about each
//! other; a password always has a salt of its own.

use super::{Cost, Encoded, MAX_PASSWORD_BYTES, Memory, PasswordError, phc};
use crate::encoding::random_bytes;

/// A salt and the work that goes with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt {
    cost: Cost,
    bytes: Vec<u8>,
}

impl Salt {
    /// A new salt, with today's work.
    pub fn generate() -> Self {
        Self {
            cost: Cost::DEFAULT,
            bytes: random_bytes::<16>().to_vec(),
        }
    }

    /// The salt of a hash that [`hash_salted_in`] made.
    pub fn of(encoded: &str) -> Option<Self> {
        match Encoded::parse(encoded)? {
            Encoded::Argon2id { cost, salt, .. } => Some(Self { cost, bytes: salt }),
            _ => None,
        }
    }
}

/// Hashes `secret` under `salt`: the same text for the same two.
///
/// # Errors
/// If the secret is empty or too long.
pub fn hash_salted_in(
    memory: &mut Memory,
    secret: &str,
    salt: &Salt,
) -> Result<String, PasswordError> {
    if secret.is_empty() {
        return Err(PasswordError::Empty);
    }
    if secret.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    let hash = salt.cost.hash::<32>(memory, secret, &salt.bytes);
    // A cost that was read is one that can be had.
    let hash = hash.ok_or(PasswordError::TooLong)?;
    Ok(phc(&salt.cost, &salt.bytes, &hash))
}
