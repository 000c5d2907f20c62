//! Spans of time as authentik writes them: `hours=1;minutes=2;seconds=3`.
//!
//! Owns reading them and keeping the text as it was written. Leaves adding them to a clock to
//! others. The rule that must stay true: a text that was accepted comes back letter by letter.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A span of time with the text it was written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration {
    text: String,
    microseconds: i64,
}

/// The text is not a span of time. Its message is what authentik's API answers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value} is not in the correct format of 'hours=3;minutes=1'.")]
pub struct DurationError {
    /// What was written.
    pub value: String,
}

/// A thousand years either way, in microseconds: beyond, adding to a clock would overflow.
const LIMIT: f64 = 31_557_600.0 * 1_000_000.0 * 1000.0;

/// Reads `key=number;key=number`.
///
/// Keys are `microseconds` to `weeks` in any case; numbers may be fractions or negative. Keys that
/// authentik does not know are passed over as it passes over them, unless none is left.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let error = || DurationError {
        value: text.to_owned(),
    };
    let mut total = 0.0;
    let mut known = 0;
    for pair in text.split(';') {
        let (key, number) = pair.split_once('=').ok_or_else(error)?;
        let Some(unit) = unit_microseconds(key.trim()) else {
            continue;
        };
        let number: f64 = number.trim().parse().map_err(|_| error())?;
        total += number * unit;
        known += 1;
    }
    if known == 0 || !total.is_finite() || total.abs() > LIMIT {
        return Err(error());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded by LIMIT, far below 2^63"
    )]
    let microseconds = total.round() as i64;
    Ok(Duration {
        text: text.to_owned(),
        microseconds,
    })
}

fn unit_microseconds(key: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 7] = [
        ("microseconds", 1.0),
        ("milliseconds", 1e3),
        ("seconds", 1e6),
        ("minutes", 60e6),
        ("hours", 3600e6),
        ("days", 86_400e6),
        ("weeks", 604_800e6),
    ];
    UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, unit)| *unit)
}

impl Duration {
    /// Writes a whole number of seconds in the largest units, `seconds=0` for nothing.
    pub fn from_seconds(seconds: i64) -> Self {
        let mut rest = seconds.unsigned_abs();
        let sign = if seconds < 0 { "-" } else { "" };
        let mut parts = Vec::new();
        for (name, size) in [
            ("days", 86_400),
            ("hours", 3600),
            ("minutes", 60),
            ("seconds", 1),
        ] {
            let count = rest / size;
            rest %= size;
            if count > 0 || (size == 1 && parts.is_empty()) {
                parts.push(format!("{name}={sign}{count}"));
            }
        }
        Self {
            text: parts.join(";"),
            microseconds: seconds.saturating_mul(1_000_000),
        }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The span in milliseconds, rounded towards zero.
    pub fn as_millis(&self) -> i64 {
        self.microseconds / 1000
    }

    /// The span in whole seconds, rounded towards zero.
    pub fn as_seconds(&self) -> i64 {
        self.microseconds / 1_000_000
    }

    /// Whether nothing is left of it: authentik's `seconds=0`, which means "until the browser
    /// closes" or "never" by place.
    pub fn is_zero(&self) -> bool {
        self.microseconds == 0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        parse(text)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_every_unit_and_kept_as_written() {
        for (text, millis) in [
            ("hours=1;minutes=2;seconds=3", 3_723_000),
            ("hours=24", 86_400_000),
            ("weeks=1", 604_800_000),
            ("days=1.5", 129_600_000),
            ("minutes=-5", -300_000),
            ("milliseconds=3;microseconds=999", 3),
            ("seconds=0", 0),
            ("Hours=1", 3_600_000),
            ("hours= 1 ", 3_600_000),
            ("seconds=1;fortnights=3", 1000),
            ("seconds=1;seconds=2", 3000),
        ] {
            let duration = parse(text).unwrap();
            assert_eq!(duration.as_millis(), millis, "{text}");
            assert_eq!(duration.to_string(), text);
            assert_eq!(
                serde_json::to_string(&duration).unwrap(),
                format!("\"{text}\"")
            );
        }
    }

    #[test]
    fn anything_else_is_refused_in_authentiks_words() {
        for text in [
            "",
            "hours",
            "hours=",
            "hours=x",
            "1h",
            "hours=1;",
            "years=1",
            "hours=nan",
            "days=1e99",
        ] {
            let error = parse(text).unwrap_err().to_string();
            let expected = format!("{text} is not in the correct format of 'hours=3;minutes=1'.");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn seconds_are_written_in_the_largest_units() {
        for (seconds, text) in [
            (0, "seconds=0"),
            (59, "seconds=59"),
            (3723, "hours=1;minutes=2;seconds=3"),
            (86_400, "days=1"),
            (-60, "minutes=-1"),
        ] {
            let duration = Duration::from_seconds(seconds);
            assert_eq!(duration.text(), text);
            assert_eq!(parse(text).unwrap().as_seconds(), seconds);
        }
    }
}
