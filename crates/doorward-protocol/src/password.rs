//! Stored password hashes: reading, checking, making.
//!
//! Owns the encoded forms Doorward accepts: Argon2id in PHC form (bare or as Django writes it),
//! Django's `pbkdf2_sha256`, and unusable passwords. Leaves queueing of the slow work to the
//! engine. The rule that must stay true: a password is checked whole, as typed or in the one
//! spelling that its characters have in Unicode, a foreign hash cannot make us work without bound,
//! and what cannot be read never matches.

use std::borrow::Cow;
use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use thiserror::Error;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::encoding::{constant_time_eq, from_base64, random_bytes};

mod salted;
pub use salted::{Salt, hash_salted_in};

/// The fewest characters of a password that somebody sets from now on (decision 13).
pub const MIN_PASSWORD_CHARS: usize = 8;
/// The longest password accepted, in bytes of UTF-8.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// Memory of a new hash in KiB (OWASP's floor for Argon2id: 19 MiB, two passes, one lane).
pub const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const MAX_MEMORY_KIB: u32 = 262_144;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;
const MAX_PBKDF2_ITERATIONS: u32 = 4_000_000;
const MAX_ENCODED_BYTES: usize = 512;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Match {
        /// The hash is weaker than, or other than, what [`hash_new`] makes now.
        needs_rehash: bool,
    },
    /// The password is wrong.
    NoMatch,
    /// The account has no usable password (`!…`).
    Unusable,
    /// The encoded form is not one of ours, damaged, or asks for more work than allowed.
    Unknown,
}

/// Why a password cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// Fewer than [`MIN_PASSWORD_CHARS`].
    #[error("the password has fewer than 8 characters")]
    TooShort,
    /// Longer than [`MAX_PASSWORD_BYTES`].
    #[error("the password is longer than 1024 bytes")]
    TooLong,
}

/// The memory that hashes work in. Kept between two of them it need not be had from the system and
/// cleared again, which costs a tenth of a hash; holds up to 19 MiB until it is dropped.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Room for so many blocks; what is in it does not matter.
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::new());
        }
        &mut self.0[..count]
    }

    /// Gives back what only a foreign hash needed.
    fn shrink(&mut self) {
        if self.0.len() > MEMORY_KIB as usize {
            self.0 = Vec::new();
        }
    }
}

/// The rule for every password that is set in clear, wherever that is. One that was imported as a
/// hash may be shorter: nobody can tell.
pub fn check_new(password: &str) -> Result<(), PasswordError> {
    if composed(password).chars().count() < MIN_PASSWORD_CHARS {
        return Err(PasswordError::TooShort);
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    Ok(())
}

/// The password with each character in its one composed form (NFC): keyboards differ in how they
/// send an accent.
fn composed(password: &str) -> Cow<'_, str> {
    match is_nfc_quick(password.chars()) {
        IsNormalized::Yes => Cow::Borrowed(password),
        _ => Cow::Owned(password.nfc().collect()),
    }
}

/// Hashes a new password: Argon2id with 19 MiB, 2 passes, 1 lane, in PHC form.
///
/// Takes tens of milliseconds of processor time: never call it on a request's own thread.
///
/// # Panics
/// Only when memory for the hash cannot be had.
pub fn hash_new(password: &str) -> Result<String, PasswordError> {
    hash_new_in(&mut Memory::default(), password)
}

/// [`hash_new`] in memory that is there already.
///
/// # Panics
/// Only when memory for the hash cannot be had.
pub fn hash_new_in(memory: &mut Memory, password: &str) -> Result<String, PasswordError> {
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    let salt = random_bytes::<16>();
    let hash = Cost::DEFAULT
        .hash::<32>(memory, &composed(password), &salt)
        .expect("the default cost is valid");
    Ok(phc(&Cost::DEFAULT, &salt, &hash))
}

fn phc(cost: &Cost, salt: &[u8], hash: &[u8]) -> String {
    let Cost {
        memory_kib,
        passes,
        lanes,
    } = cost;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}")
}

/// An unusable password, as Django writes it: `!` and 40 random letters.
pub fn unusable() -> String {
    format!("!{}", crate::encoding::random_token(30))
}

/// A valid hash that no password fits, to spend the same time on an unknown name.
pub const fn dummy_hash() -> &'static str {
    "$argon2id$v=19$m=19456,t=2,p=1$ZG9vcndhcmQgZHVtbXkgMQ$\
     n0cfH0YcDw6h3mvYVtbW1Ck3TnVYkC0oYXh4cVb8p2Q"
}

/// Whether `encoded` is a form that [`verify`] can check (an unusable one is not).
pub fn is_supported(encoded: &str) -> bool {
    matches!(
        Encoded::parse(encoded),
        Some(Encoded::Argon2id { .. } | Encoded::Pbkdf2 { .. })
    )
}

/// Checks a password against an encoded hash. Slow on purpose, like [`hash_new`].
pub fn verify(password: &str, encoded: &str) -> Verdict {
    verify_in(&mut Memory::default(), password, encoded)
}

/// [`verify`] in memory that is there already.
pub fn verify_in(memory: &mut Memory, password: &str, encoded: &str) -> Verdict {
    let Some(encoded) = Encoded::parse(encoded) else {
        return Verdict::Unknown;
    };
    if password.len() > MAX_PASSWORD_BYTES {
        return Verdict::NoMatch;
    }
    // As typed first: Django hashes what it gets.
    let verdict = encoded.verify(memory, password);
    let composed = composed(password);
    if verdict == Verdict::NoMatch && composed != password {
        return encoded.verify(memory, &composed);
    }
    verdict
}

enum Encoded<'a> {
    Unusable,
    Argon2id {
        cost: Cost,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Pbkdf2 {
        iterations: NonZeroU32,
        salt: &'a str,
        hash: Vec<u8>,
    },
}

impl<'a> Encoded<'a> {
    fn verify(&self, memory: &mut Memory, password: &str) -> Verdict {
        match self {
            Self::Unusable => Verdict::Unusable,
            Self::Argon2id { cost, salt, hash } => cost.verify(memory, password, salt, hash),
            Self::Pbkdf2 {
                iterations,
                salt,
                hash,
            } => {
                let right = pbkdf2::verify(
                    pbkdf2::PBKDF2_HMAC_SHA256,
                    *iterations,
                    salt.as_bytes(),
                    password.as_bytes(),
                    hash,
                );
                right.map_or(Verdict::NoMatch, |()| Verdict::Match { needs_rehash: true })
            }
        }
    }

    fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with('!') {
            return Some(Self::Unusable);
        }
        if text.len() > MAX_ENCODED_BYTES {
            return None;
        }
        if let Some(rest) = text.strip_prefix("pbkdf2_sha256$") {
            return Self::pbkdf2(rest);
        }
        let phc = text
            .strip_prefix("argon2")
            .filter(|rest| rest.starts_with('$'))
            .unwrap_or(text);
        Self::argon2id(phc.strip_prefix("$argon2id$v=19$")?)
    }

    /// `<iterations>$<salt>$<base64 of 32 bytes>`, as Django's `PBKDF2PasswordHasher` writes it.
    fn pbkdf2(rest: &'a str) -> Option<Self> {
        let (iterations, rest) = rest.split_once('$')?;
        let (salt, hash) = rest.split_once('$')?;
        let iterations = number(iterations).filter(|n| *n <= MAX_PBKDF2_ITERATIONS)?;
        let iterations = NonZeroU32::new(iterations)?;
        let hash = from_base64(hash).filter(|hash| hash.len() == 32)?;
        Some(Self::Pbkdf2 {
            iterations,
            salt,
            hash,
        })
    }

    /// `m=…,t=…,p=…$<salt>$<hash>`, the rest of the PHC string.
    fn argon2id(rest: &str) -> Option<Self> {
        let (cost, rest) = rest.split_once('$')?;
        let (salt, hash) = rest.split_once('$')?;
        let salt = STANDARD_NO_PAD
            .decode(salt)
            .ok()
            .filter(|s| (8..=64).contains(&s.len()))?;
        let hash = STANDARD_NO_PAD
            .decode(hash)
            .ok()
            .filter(|h| (16..=64).contains(&h.len()))?;
        Some(Self::Argon2id {
            cost: Cost::parse(cost)?,
            salt,
            hash,
        })
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    const DEFAULT: Self = Self {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
    };

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut next = |key: &str| number(parts.next()?.strip_prefix(key)?);
        let (memory_kib, passes, lanes) = (next("m=")?, next("t=")?, next("p=")?);
        let bounded = (8 * lanes.max(1)..=MAX_MEMORY_KIB).contains(&memory_kib)
            && (1..=MAX_PASSES).contains(&passes)
            && (1..=MAX_LANES).contains(&lanes)
            && parts.next().is_none();
        bounded.then_some(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    fn hash<const N: usize>(
        &self,
        memory: &mut Memory,
        password: &str,
        salt: &[u8],
    ) -> Option<[u8; N]> {
        let mut out = [0; N];
        self.hash_into(memory, password, salt, &mut out)?;
        Some(out)
    }

    fn hash_into(
        &self,
        memory: &mut Memory,
        password: &str,
        salt: &[u8],
        out: &mut [u8],
    ) -> Option<()> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(out.len())).ok()?;
        let blocks = memory.blocks(params.block_count());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hashed = argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, blocks);
        memory.shrink();
        hashed.ok()
    }

    fn verify(&self, memory: &mut Memory, password: &str, salt: &[u8], hash: &[u8]) -> Verdict {
        let mut computed = vec![0; hash.len()];
        if self
            .hash_into(memory, password, salt, &mut computed)
            .is_none()
        {
            return Verdict::Unknown;
        }
        if !constant_time_eq(&computed, hash) {
            return Verdict::NoMatch;
        }
        Verdict::Match {
            needs_rehash: self.is_weak() || hash.len() < 32,
        }
    }

    fn is_weak(&self) -> bool {
        self.memory_kib < MEMORY_KIB || self.passes < PASSES
    }
}

/// Decimal digits only: no sign, no blank, no leading zero.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if plain && !leading_zero {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
