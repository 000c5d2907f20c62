//! Passwords that are being set, and old ones.
//!
//! Rule: what is missing fails, and no password is ever part of a message.

use serde_json::Value;

use super::rule::{Password, PasswordExpiry};
use super::{Question, Ruling};
use crate::engine::Engine;

/// zxcvbn reads so many characters; the rest only costs time.
const ESTIMATED_CHARS: usize = 72;
const DAY_MS: i64 = 86_400_000;

impl Engine {
    pub(super) async fn password(
        &self,
        rule: &Password,
        question: &Question<'_>,
    ) -> Result<Ruling, String> {
        let Some(password) = typed(&rule.password_field, question) else {
            return Ok(Ruling::no("Password not set in context"));
        };
        if rule.check_static_rules && !meets_counts(rule, password) {
            return Ok(Ruling::no(&rule.error_message));
        }
        if rule.check_have_i_been_pwned {
            let times = self.breaches_of(password).await?;
            if times > rule.hibp_allowed_count {
                return Ok(Ruling::no(&breached(times)).with_io());
            }
        }
        if rule.check_zxcvbn {
            return Ok(estimated(rule, question, password));
        }
        Ok(Ruling::plain(true))
    }
}

fn breached(times: u64) -> String {
    format!("This password is known to attackers: it was in {times} breaches. Choose another one.")
}

/// The password of the prompt, or of the context itself.
pub(super) fn typed<'a>(field: &str, question: &Question<'a>) -> Option<&'a str> {
    let context = &question.flow?.context;
    let find = |name: &str| {
        context
            .iter()
            .find(|(key, ..)| key == name)
            .map(|(.., value)| value)
    };
    let prompt = find("prompt_data").and_then(|data| data.get(field));
    prompt.or_else(|| find(field)).and_then(Value::as_str)
}

fn meets_counts(rule: &Password, password: &str) -> bool {
    let count = |fits: &dyn Fn(char) -> bool| password.chars().filter(|one| fits(*one)).count();
    count(&|_| true) >= rule.length_min
        && count(&|one| one.is_ascii_digit()) >= rule.amount_digits
        && count(&|one| one.is_ascii_lowercase()) >= rule.amount_lowercase
        && count(&|one| one.is_ascii_uppercase()) >= rule.amount_uppercase
        && count(&|one| rule.symbol_charset.contains(one)) >= rule.amount_symbols
}

/// The person's own words are no secret.
fn estimated(rule: &Password, question: &Question<'_>, password: &str) -> Ruling {
    let read: String = password.chars().take(ESTIMATED_CHARS).collect();
    let mut own = vec!["doorward", "authentik"];
    if let Some(person) = question.person {
        own.extend([&*person.username, &*person.name, &*person.email]);
    }
    let estimate = zxcvbn::zxcvbn(&read, &own);
    if u8::from(estimate.score()) > rule.zxcvbn_score_threshold {
        return Ruling::plain(true);
    }
    let mut ruling = Ruling::no("Password is too weak.");
    if let Some(feedback) = estimate.feedback() {
        ruling
            .messages
            .extend(feedback.warning().map(|one| one.to_string()));
        ruling
            .messages
            .extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    ruling
}

/// Whether the password is young enough. authentik also makes an old one unusable unless `deny_only`
/// says otherwise; here nothing is written while a policy is asked, and saying no is enough.
pub(super) fn expiry(rule: &PasswordExpiry, changed_at: i64, now: i64) -> Ruling {
    let age_days = (now - changed_at) / DAY_MS;
    if age_days < rule.days {
        return Ruling::plain(true);
    }
    let over = age_days - rule.days;
    Ruling::no(&format!(
        "Password expired {over} days ago. Please update your password."
    ))
}
