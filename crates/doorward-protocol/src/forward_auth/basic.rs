//! `Authorization` in both directions.
//!
//! Owns reading `Bearer` and `Basic` (RFC 6750 §2.1, RFC 7617) and writing the Basic value that is
//! injected for an application with a login of its own. Leaves whether to inject to the engine.
//! The rule that must stay true: a value that cannot be written is left out, never cut.

use http::HeaderValue;

use crate::encoding::{base64, from_base64};

/// The token of a `Bearer` value; the scheme's case is free.
pub fn bearer(value: &HeaderValue) -> Option<&str> {
    credentials(value, "bearer")
}

/// User name and password of a `Basic` value.
pub fn basic_credentials(value: &HeaderValue) -> Option<(String, String)> {
    let text = String::from_utf8(from_base64(credentials(value, "basic")?)?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn credentials<'a>(value: &'a HeaderValue, wanted: &str) -> Option<&'a str> {
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    (scheme.eq_ignore_ascii_case(wanted) && !rest.is_empty()).then_some(rest)
}

/// `Basic base64(user:password)`, marked sensitive; `None` for a user name with a colon.
pub fn basic_authorization(user: &str, password: &str) -> Option<HeaderValue> {
    if user.contains(':') {
        return None;
    }
    let text = format!("Basic {}", base64(format!("{user}:{password}")));
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The injected value: the user attribute, else the e-mail address, with the password attribute.
///
/// Nothing is injected without a password.
pub fn basic_injection(
    user: Option<&str>,
    email: &str,
    password: Option<&str>,
) -> Option<HeaderValue> {
    let password = password.filter(|password| !password.is_empty())?;
    basic_authorization(
        user.filter(|user| !user.is_empty()).unwrap_or(email),
        password,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_56_bearer_is_read_in_any_case() {
        for (text, expected) in [
            ("Bearer abc123", Some("abc123")),
            ("bearer abc123", Some("abc123")),
            ("Basic abc123", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("", None),
        ] {
            assert_eq!(bearer(&HeaderValue::from_static(text)), expected, "{text}");
        }
    }

    #[test]
    fn cases_35_and_57_to_59_basic_is_injected_when_there_is_a_password() {
        for (user, email, password, expected) in [
            (Some("foo"), "", Some("baz"), Some("Basic Zm9vOmJheg==")),
            (Some("foo"), "", Some("bar"), Some("Basic Zm9vOmJhcg==")),
            (
                Some("svc"),
                "e@x",
                Some("secret"),
                Some("Basic c3ZjOnNlY3JldA=="),
            ),
            (None, "e@x", Some("pw"), Some("Basic ZUB4OnB3")),
            (Some(""), "e@x", Some("pw"), Some("Basic ZUB4OnB3")),
            (Some("svc"), "e@x", None, None),
            (Some("svc"), "e@x", Some(""), None),
            (Some("a:b"), "e@x", Some("pw"), None),
        ] {
            let value = basic_injection(user, email, password);
            assert_eq!(value.as_ref().map(|v| v.to_str().unwrap()), expected);
            assert!(value.is_none_or(|value| value.is_sensitive()));
        }
    }

    #[test]
    fn basic_credentials_keep_colons_in_the_password() {
        let value = basic_authorization("u", "a:bé").unwrap();
        assert_eq!(basic_credentials(&value), Some(("u".into(), "a:bé".into())));
        for wrong in ["Basic", "Basic !", "Basic YQ==", "Bearer YTpi"] {
            assert_eq!(basic_credentials(&HeaderValue::from_static(wrong)), None);
        }
    }
}
