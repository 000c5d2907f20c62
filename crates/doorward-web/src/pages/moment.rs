//! Times on pages: Unix milliseconds in, words out.
//!
//! Rule: no clock here; ages are counted from the request's own `now`.

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;
const DAY_S: i64 = 24 * HOUR_S;

/// An instant in Unix milliseconds, as the numbers that languages put in their own order.
pub(crate) fn parts(unix_ms: i64) -> [(&'static str, String); 5] {
    let seconds = unix_ms.div_euclid(1000);
    let (year, month, day) = civil_date(seconds.div_euclid(DAY_S));
    let in_day = seconds.rem_euclid(DAY_S);
    let two = |number: i64| format!("{number:02}");
    [
        ("year", format!("{year:04}")),
        ("month", two(month)),
        ("day", two(day)),
        ("hour", two(in_day / HOUR_S)),
        ("minute", two(in_day % HOUR_S / MINUTE_S)),
    ]
}

/// How long ago, seen from `now_ms`, both in Unix milliseconds: the key of the words and the count
/// in them. The future is "just now".
pub(crate) fn age(unix_ms: i64, now_ms: i64) -> (&'static str, i64) {
    let age_s = (now_ms.saturating_sub(unix_ms) / 1000).max(0);
    match age_s {
        ..MINUTE_S => ("just-now", 0),
        MINUTE_S..HOUR_S => ("minutes-ago", age_s / MINUTE_S),
        HOUR_S..DAY_S => ("hours-ago", age_s / HOUR_S),
        DAY_S.. => ("days-ago", age_s / DAY_S),
    }
}

/// Year, month and day of the Gregorian calendar for days since 1970-01-01, in 400-year eras
/// that start on 1 March.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::age;
    use crate::words::instant;
    use doorward_protocol::language::Language;

    #[test]
    fn an_instant_is_written_as_date_and_time() {
        for (unix_ms, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00 UTC"),
            (1_795_478_159_000, "2026-11-23 23:55 UTC"),
        ] {
            assert_eq!(instant(Language::En, unix_ms), text);
        }
    }

    #[test]
    fn each_language_writes_an_instant_its_own_way() {
        for (language, text) in [
            (Language::En, "2026-11-03 08:05 UTC"),
            (Language::De, "03.11.2026, 08:05 Uhr UTC"),
            (Language::Fr, "03/11/2026 à 08:05 UTC"),
            (Language::Es, "03/11/2026, 08:05 UTC"),
        ] {
            assert_eq!(instant(language, 1_793_693_100_000), text);
        }
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        for (age_ms, text) in [
            (-5_000, ("just-now", 0)),
            (59_999, ("just-now", 0)),
            (60_000, ("minutes-ago", 1)),
            (7_199_000, ("hours-ago", 1)),
            (7_200_000, ("hours-ago", 2)),
            (172_800_000, ("days-ago", 2)),
        ] {
            assert_eq!(age(1_000_000_000_000 - age_ms, 1_000_000_000_000), text);
        }
    }
}
