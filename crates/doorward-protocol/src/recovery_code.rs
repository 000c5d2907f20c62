//! Recovery codes: what somebody writes down for the day their phone is gone.
//!
//! Owns how they look and in which form they are stored. Rule: only slow hashes are stored (ASVS
//! 6.5.2: they have fewer than 112 bits), all codes of a device under one salt, so that one hash
//! says whether a typed code is among them.

use crate::encoding::random_bytes;
use crate::password::{Memory, PasswordError, Salt, hash_salted_in};

/// 32 letters that are not mistaken for each other: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Shorter codes could be guessed: 8 letters have 40 bits.
pub const MIN_CHARS: usize = 8;
/// Longer ones nobody types.
pub const MAX_CHARS: usize = 100;

/// A new code with `chars` letters, within [`MIN_CHARS`] and [`MAX_CHARS`].
pub fn generate(chars: usize) -> String {
    let chars = chars.clamp(MIN_CHARS, MAX_CHARS);
    let bytes = random_bytes::<MAX_CHARS>();
    let letters = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]);
    letters.take(chars).map(char::from).collect()
}

/// As people read it: groups of four.
pub fn shown(code: &str) -> String {
    let groups = code.as_bytes().chunks(4);
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join("-")
}

/// A typed code in its stored spelling: blanks and hyphens do not count, and letters that look
/// alike are one.
pub fn read(typed: &str) -> String {
    let letters = typed
        .chars()
        .filter(|one| !one.is_whitespace() && *one != '-');
    let letters = letters.map(|one| match one.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    });
    letters.take(MAX_CHARS + 1).collect()
}

/// The stored form of a code of the device with this salt. Slow on purpose.
///
/// # Errors
/// If the code is empty.
pub fn hash(memory: &mut Memory, code: &str, salt: &Salt) -> Result<String, PasswordError> {
    hash_salted_in(memory, code, salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_random_and_long_enough() {
        let codes: std::collections::BTreeSet<_> = (0..200).map(|_| generate(12)).collect();
        assert_eq!(codes.len(), 200);
        assert!(codes.iter().all(|code| code.len() == 12));
        assert_eq!(generate(0).len(), MIN_CHARS);
        assert_eq!(generate(1000).len(), MAX_CHARS);
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = generate(12);
        let shown = shown(&code);
        assert_eq!(shown.len(), 14);
        for typed in [
            &code,
            &shown,
            &shown.to_uppercase(),
            &shown.replace('-', " "),
        ] {
            assert_eq!(read(typed), code);
        }
        assert_eq!(read("OIl0-1"), "01101");
        assert!(read(&"x".repeat(5000)).len() <= MAX_CHARS + 1);
    }

    #[test]
    fn asvs_6_5_2_one_salted_hash_finds_a_code_and_another_salt_does_not() {
        let (salt, other) = (Salt::generate(), Salt::generate());
        let memory = &mut Memory::default();
        let stored = hash(memory, "abcd1234", &salt).unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert_eq!(hash(memory, "abcd1234", &salt).unwrap(), stored);
        assert_ne!(hash(memory, "abcd1235", &salt).unwrap(), stored);
        assert_ne!(hash(memory, "abcd1234", &other).unwrap(), stored);
        assert!(hash(memory, "", &salt).is_err());
    }
}
