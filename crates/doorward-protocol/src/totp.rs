//! Codes that change with the time (RFC 6238), as authenticator apps show them.
//!
//! Owns the key and what a code says: the step it belongs to. Leaves it to the store that a step
//! is used once. Rule: a code counts in its own 30 seconds and in the 30 before and after, no
//! longer (ASVS 6.5.5).

use totp_rs::{Algorithm, Builder, Totp};

use crate::encoding::random_bytes;

/// How long a code is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digits {
    /// What every app understands.
    #[default]
    Six,
    /// What some apps understand.
    Eight,
}

impl Digits {
    /// As a number.
    pub const fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Eight => 8,
        }
    }

    /// The other way round.
    pub fn from_count(count: i64) -> Option<Self> {
        match count {
            6 => Some(Self::Six),
            8 => Some(Self::Eight),
            _ => None,
        }
    }
}

const STEP_S: u64 = 30;
const STEPS_AROUND: u16 = 1;
/// 160 bits, as RFC 4226 recommends and apps expect.
const SECRET_BYTES: usize = 20;

/// What an authenticator app and we know together. No `Debug`: it is a secret.
pub struct Key {
    totp: Totp,
}

impl Key {
    /// A new key.
    pub fn generate(digits: Digits) -> Self {
        Self::new(random_bytes::<SECRET_BYTES>().to_vec(), digits)
    }

    /// The key with these bytes.
    pub fn new(secret: Vec<u8>, digits: Digits) -> Self {
        Self {
            totp: builder(secret, digits).build_noncompliant(),
        }
    }

    /// The key that somebody typed or scanned.
    pub fn from_base32(text: &str, digits: Digits) -> Option<Self> {
        let secret = totp_rs::Secret::try_from_base32(text).ok()?;
        Some(Self::new(secret.as_bytes().to_vec(), digits))
    }

    /// Its bytes, to be sealed.
    pub fn secret(&self) -> &[u8] {
        self.totp.secret().as_bytes()
    }

    /// For typing into an app: base32 without padding.
    pub fn base32(&self) -> String {
        self.totp.secret().to_base32()
    }

    /// For an app to read from a QR code. A colon separates issuer and account, so neither may
    /// hold one.
    ///
    /// # Panics
    /// Never: what could be refused was taken out before.
    pub fn url(&self, issuer: &str, account: &str, digits: Digits) -> String {
        let plain = |text: &str| text.replace(':', " ").trim().to_owned();
        let named = |text: &str, instead: &str| match plain(text) {
            empty if empty.is_empty() => instead.to_owned(),
            text => text,
        };
        builder(self.secret().to_vec(), digits)
            .with_issuer(Some(named(issuer, "Doorward")))
            .with_account_name(named(account, "account"))
            .build_noncompliant()
            .to_url()
            .expect("an account's name without a colon is allowed")
    }

    /// The step that `code` belongs to, if it is right about now (Unix milliseconds). Blanks in it
    /// do not count.
    pub fn step_of(&self, code: &str, now_ms: i64) -> Option<i64> {
        let code: String = code.chars().filter(|one| !one.is_whitespace()).collect();
        let time = u64::try_from(now_ms / 1000).ok()?;
        let step = self.totp.check(&code, time)?;
        i64::try_from(step).ok()
    }

    /// The code that an app shows at this time (Unix milliseconds).
    pub fn code_at(&self, now_ms: i64) -> String {
        let time = u64::try_from(now_ms / 1000).unwrap_or_default();
        self.totp.generate(time).to_string()
    }
}

fn builder(secret: Vec<u8>, digits: Digits) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(digits.count())
        .with_skew(STEPS_AROUND)
        .with_step_duration(STEP_S)
        .with_secret(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digits: Digits) -> Key {
        Key::new(b"12345678901234567890".to_vec(), digits)
    }

    /// RFC 6238, appendix B, the rows of SHA-1.
    #[test]
    fn rfc_6238_the_published_codes() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let now = seconds * 1000;
            assert_eq!(key(Digits::Eight).code_at(now), code);
            assert_eq!(key(Digits::Six).code_at(now), code[2..]);
            assert_eq!(
                key(Digits::Eight).step_of(code, now),
                Some(seconds / 30),
                "{seconds}"
            );
        }
    }

    #[test]
    fn asvs_6_5_5_a_code_counts_one_step_early_and_late_and_no_longer() {
        let (key, now) = (key(Digits::Six), 1_800_000_000_000);
        let step = now / 30_000;
        for (steps, expected) in [
            (-2, None),
            (-1, Some(step - 1)),
            (0, Some(step)),
            (1, Some(step + 1)),
            (2, None),
        ] {
            let code = key.code_at(now + steps * 30_000);
            assert_eq!(key.step_of(&code, now), expected, "{steps}");
        }
    }

    #[test]
    fn a_code_may_have_blanks_and_nothing_else() {
        let (key, now) = (key(Digits::Six), 1_800_000_000_000);
        let code = key.code_at(now);
        let spaced = format!(" {} {}\u{a0}", &code[..3], &code[3..]);
        assert!(key.step_of(&spaced, now).is_some());
        for wrong in [
            "",
            "+12345",
            &code[..5],
            &format!("{code}0"),
            &format!("-{}", &code[1..]),
            "١٢٣٤٥٦",
        ] {
            assert_eq!(key.step_of(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn the_url_names_issuer_and_account_and_survives_hostile_names() {
        let url = key(Digits::Six).url("My: home", "mia&secret=x", Digits::Six);
        assert_eq!(
            url,
            "otpauth://totp/My%20%20home:mia%26secret%3Dx?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=My%20%20home"
        );
        let eight = key(Digits::Eight).url(":", ":", Digits::Eight);
        assert!(eight.contains("/Doorward:account?"), "{eight}");
        assert!(eight.contains("&digits=8"), "{eight}");
    }
}
