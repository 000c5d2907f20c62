//! What an administrator sets for the whole installation and the engine reads, typed.
//!
//! Rule: a value that cannot be read counts as authentik's default, so that a strange setting never
//! makes tokens or events live for ever.

use doorward_protocol::duration;
use doorward_store::reputation::Limits;

use super::{Snapshot, names};

const DAY_MS: i64 = 24 * 3600 * 1000;
const TOKEN_CHARS: usize = 60;
/// 119 bits. authentik accepts a length of one; a key that can be guessed is no key.
const LEAST_TOKEN_CHARS: usize = 20;
const MOST_TOKEN_CHARS: usize = 1024;

impl Snapshot {
    /// How long an event is kept.
    pub fn event_retention_ms(&self) -> i64 {
        self.system_span_ms("event_retention", 365 * DAY_MS)
    }

    /// How long a token lives when nobody says.
    pub fn token_duration_ms(&self) -> i64 {
        self.system_span_ms("default_token_duration", DAY_MS)
    }

    /// How many characters a new key has.
    pub fn token_chars(&self) -> usize {
        let set = self
            .system("default_token_length")
            .and_then(serde_json::Value::as_u64);
        let chars = set.and_then(|chars| usize::try_from(chars).ok());
        chars
            .unwrap_or(TOKEN_CHARS)
            .clamp(LEAST_TOKEN_CHARS, MOST_TOKEN_CHARS)
    }

    /// How far the score of a name at an address goes.
    pub fn reputation_limits(&self) -> Limits {
        let limit = |name: &str, otherwise: i64| {
            let set = self.system(name).and_then(serde_json::Value::as_i64);
            set.unwrap_or(otherwise)
        };
        Limits {
            lower: limit("reputation_lower_limit", -5).min(0),
            upper: limit("reputation_upper_limit", 5).max(0),
        }
    }

    /// Whether people change this field of their own account, if an administrator has said so.
    pub fn lets_people_change(&self, field: &str) -> Option<bool> {
        self.system(&format!("default_user_change_{field}"))?
            .as_bool()
    }

    fn system_span_ms(&self, name: &str, otherwise_ms: i64) -> i64 {
        let text = self.system(name).and_then(serde_json::Value::as_str);
        let span = text.and_then(|text| duration::parse(text).ok());
        span.map_or(otherwise_ms, |span| span.as_millis().max(0))
    }

    fn system(&self, name: &str) -> Option<&serde_json::Value> {
        self.settings.get(names::SYSTEM)?.get(name)
    }
}
