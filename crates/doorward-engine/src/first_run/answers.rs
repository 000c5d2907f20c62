//! What set-up is told, checked before anything is written. Pure.

use doorward_protocol::password::check_new;
use url::Url;

use super::{Answers, Unusable};

const MAX_USERNAME_CHARS: usize = 150;
const MAX_EMAIL_CHARS: usize = 254;

/// Checks everything, so that all mistakes are shown at once; the address becomes an origin.
pub(super) fn usable(answers: Answers) -> Result<(String, Answers), Vec<Unusable>> {
    let answers = Answers {
        username: answers.username.trim().to_owned(),
        name: answers.name.trim().to_owned(),
        email: answers.email.trim().to_owned(),
        ..answers
    };
    let base_url = origin(answers.base_url.trim());
    let wrong = [
        base_url.is_none().then_some(Unusable::BaseUrl),
        (!is_username(&answers.username)).then_some(Unusable::Username),
        (!answers.email.is_empty() && !is_email(&answers.email)).then_some(Unusable::Email),
        wrong_password(&answers.password),
    ];
    let wrong: Vec<Unusable> = wrong.into_iter().flatten().collect();
    match base_url {
        Some(base_url) if wrong.is_empty() => Ok((base_url, answers)),
        _ => Err(wrong),
    }
}

/// `https://auth.example.org` of a full address without a path.
pub(super) fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    (plain && bare && web).then(|| url.origin().ascii_serialization())
}

/// Whether somebody can be called that.
pub(super) fn is_username(text: &str) -> bool {
    let length = text.chars().count();
    (1..=MAX_USERNAME_CHARS).contains(&length)
        && text == text.trim()
        && !text.chars().any(char::is_control)
}

/// Whether it has the shape of a mail address.
pub(super) fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && text.chars().count() <= MAX_EMAIL_CHARS
        && !text
            .chars()
            .any(|one| one.is_control() || one.is_whitespace())
}

/// What is wrong with a password.
pub(super) fn wrong_password(password: &str) -> Option<Unusable> {
    check_new(password).err().map(Unusable::Password)
}
