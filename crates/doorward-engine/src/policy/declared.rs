//! Policies that need no code: groups, networks, hours, e-mail domains.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::rule::{EmailDomains, Groups, Hours, Networks};
use super::{Question, Ruling, readable_address};

pub(super) fn groups(rule: &Groups, question: &Question<'_>) -> Ruling {
    let is_in = |group: &String| question.person.is_some_and(|person| person.is_in(group));
    Ruling::plain(rule.groups.iter().any(is_in))
}

pub(super) fn networks(rule: &Networks, question: &Question<'_>) -> Result<Ruling, String> {
    let address = readable_address(question)?;
    let inside = rule.networks.iter().any(|net| net.contains(&address));
    Ok(Ruling::plain(inside))
}

pub(super) fn email_domains(rule: &EmailDomains, question: &Question<'_>) -> Ruling {
    let Some(person) = question.person else {
        return Ruling::plain(false);
    };
    let email = person.email.to_lowercase();
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    let is_at = |wanted: &String| {
        domain == wanted
            || rule.subdomains
                && domain
                    .strip_suffix(wanted.as_str())
                    .is_some_and(|rest| rest.ends_with('.'))
    };
    Ruling::plain(!domain.is_empty() && rule.domains.iter().any(is_at))
}

pub(super) fn hours(rule: &Hours, now: i64) -> Result<Ruling, String> {
    let zone = TimeZone::get(&rule.time_zone).map_err(|error| error.to_string())?;
    let at = jiff::Timestamp::from_millisecond(now).map_err(|error| error.to_string())?;
    let at = zone.to_datetime(at);
    let (begins, ends) = (time(&rule.begins)?, time(&rule.ends)?);
    let is_day = |day: Weekday| rule.days.iter().any(|word| *word == word_of(day));
    let (today, now) = (at.weekday(), at.time());
    let is_open = if begins < ends {
        is_day(today) && begins <= now && now < ends
    } else {
        // Over midnight: the early hours belong to the day before.
        is_day(today) && begins <= now || is_day(today.previous()) && now < ends
    };
    Ok(Ruling::plain(is_open))
}

pub(crate) fn time(text: &str) -> Result<Time, String> {
    let wrong = || format!("{text:?} is not a time such as 08:30");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |word: &str| word.parse::<i8>().ok().filter(|_| word.len() == 2);
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(wrong)?;
    Time::new(hour, minute, 0, 0).map_err(|_| wrong())
}

fn word_of(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_the_place_and_may_go_over_midnight() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let rule = |begins: &str, ends: &str| Hours {
            days: vec!["fri".into()],
            begins: begins.into(),
            ends: ends.into(),
            time_zone: "Europe/Zurich".into(),
        };
        let open = |rule: &Hours, text: &str| hours(rule, at(text)).unwrap().passing;
        let day = rule("08:00", "18:00");
        assert!(open(&day, "2026-11-27T07:00:00Z"));
        assert!(!open(&day, "2026-11-27T06:59:59Z"));
        assert!(!open(&day, "2026-11-27T17:00:00Z"));
        // Two hours ahead in summer.
        assert!(open(&day, "2026-07-31T06:00:00Z"));
        assert!(!open(&day, "2026-11-28T09:00:00Z"));
        let night = rule("22:00", "06:00");
        assert!(open(&night, "2026-11-27T21:30:00Z"));
        assert!(open(&night, "2026-11-28T04:30:00Z"));
        assert!(!open(&night, "2026-11-27T04:30:00Z"));
        let nowhere = Hours {
            time_zone: "Moon/Crater".into(),
            ..rule("08:00", "18:00")
        };
        assert!(hours(&nowhere, 0).is_err());
        assert!(time("8:00").is_err() && time("24:00").is_err() && time("aa:bb").is_err());
    }
}
