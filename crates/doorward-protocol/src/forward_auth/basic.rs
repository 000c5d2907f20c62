//! `Authorization` in both directions.
//!
//! Owns reading `Bearer` and `Basic` (RFC 6750 §2.1, RFC 7617) and writing the Basic value that is
//! injected for an application with a login of its own. Leaves whether to inject to the engine.
//! The rule that must stay true: a value that cannot be written is left out, never cut.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::encoding::{base64, from_base64};

/// The user name that says "the password is a token".
const TOKEN_USER: &str = "goauthentik.io/token";

/// Who a request's own `Authorization` says is asking. No `Debug`: it holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `Bearer`, or `Basic` with the user name `goauthentik.io/token`.
    Token(String),
    /// `Basic`.
    Password {
        /// As typed.
        user: String,
        /// An app password.
        password: String,
    },
}

impl Credentials {
    /// The only `Authorization` of a request, if it is of a scheme that we know. Two of them are
    /// none: nobody can tell which one the application would read.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).into_iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        if let Some(token) = bearer(value) {
            return Some(Self::Token(token.to_owned()));
        }
        let (user, password) = basic_credentials(value)?;
        Some(if user == TOKEN_USER {
            Self::Token(password)
        } else {
            Self::Password { user, password }
        })
    }
}

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
    fn credentials_are_one_bearer_or_basic_value() {
        let token = |text: &str| Some(Credentials::Token(text.to_owned()));
        let password = Some(Credentials::Password {
            user: "mia".into(),
            password: "pw".into(),
        });
        let tokens_user = format!("Basic {}", base64("goauthentik.io/token:abc"));
        let mia = format!("Basic {}", base64("mia:pw"));
        for (values, expected) in [
            (vec!["bEaReR abc"], token("abc")),
            (vec![&*tokens_user], token("abc")),
            (vec![&*mia], password),
            (vec![&*mia, "Bearer abc"], None),
            (vec!["Digest abc"], None),
            (vec![], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in &values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            assert!(Credentials::read(&headers) == expected, "{values:?}");
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
