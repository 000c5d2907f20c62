//! A person's tokens and app passwords.

use std::fmt;

use http::StatusCode;
use serde::Serialize;

use super::{FieldError, Nav, Page, Person, form_status};

/// One token; never its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    /// Posted back as `token`.
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    /// `app_password` or `api`.
    pub kind: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// When it ends, Unix milliseconds; nothing if it does not.
    pub expires_ms: Option<i64>,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MadeToken {
    /// As its owner calls it.
    pub name: String,
    /// `app_password` or `api`.
    pub kind: String,
    /// The key, shown this once.
    pub key: String,
    /// The user name that belongs to an app password.
    pub username: String,
    /// When it ends, Unix milliseconds.
    pub expires_ms: Option<i64>,
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeToken")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What was typed for a new token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenWish {
    /// What it is for.
    pub name: String,
    /// `app_password` or `api`.
    pub kind: String,
    /// For how many days.
    pub days: i64,
    /// Makes the form's token one of a kind.
    pub once: String,
}

impl Default for TokenWish {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: "app_password".into(),
            days: 90,
            once: String::new(),
        }
    }
}

/// A person's tokens, `account/tokens.html`. Posts `do` = `make` with `name`, `kind`, `days` and `once`, or
/// `do` = `remove` with `token`.
#[derive(Clone, Debug, Serialize)]
pub struct Tokens {
    /// Who looks.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// What they have, the latest first.
    pub tokens: Vec<TokenRow>,
    /// What was just made.
    pub made: Option<MadeToken>,
    /// What the form for a new one holds.
    pub wish: TokenWish,
    /// For how many days one may be.
    pub days: Vec<i64>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
    /// Where to sign in before anything can be changed; nothing if that was just done.
    pub sign_in_again_url: Option<String>,
    /// The masked token for the hidden fields.
    pub csrf: String,
    /// Where the forms go.
    pub action: String,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
    /// What was just done.
    pub notice: Option<String>,
}

impl Page for Tokens {
    const TEMPLATE: &'static str = "account/tokens.html";

    fn status(&self) -> StatusCode {
        form_status(None, &self.errors)
    }

    #[expect(clippy::too_many_lines, reason = "values, one after the other")]
    fn samples() -> Vec<(&'static str, Self)> {
        let now_ms = 1_795_478_400_000;
        let none = Self {
            person: Person::sample(),
            nav: Nav::new(false),
            tokens: Vec::new(),
            made: None,
            wish: TokenWish::default(),
            days: vec![30, 90, 365, 1095],
            errors: Vec::new(),
            sign_in_again_url: None,
            csrf: "6f1c".into(),
            action: "/if/user/tokens/".into(),
            now_ms,
            notice: None,
        };
        let row = |name: &str, kind: &str, expires_ms| TokenRow {
            id: "phone-x7".into(),
            name: name.into(),
            kind: kind.into(),
            created_ms: now_ms - 400_000_000,
            expires_ms,
        };
        let some = Self {
            tokens: vec![
                row(
                    "Calendar on my phone",
                    "app_password",
                    Some(now_ms + 7_000_000_000),
                ),
                row("Backup script", "api", None),
            ],
            notice: Some("It is removed and opens nothing any more.".into()),
            ..none.clone()
        };
        let made = Self {
            made: Some(MadeToken {
                name: "Calendar on my phone".into(),
                kind: "app_password".into(),
                key: "fWqVY2s1cyN0bW1hPZ4mWmNRTkRrN0xXoVjRkVhQTFvaGs5QkRBd2xYbTZw".into(),
                username: "mia".into(),
                expires_ms: Some(now_ms + 7_000_000_000),
            }),
            notice: None,
            ..some.clone()
        };
        let made_api = Self {
            made: made.made.clone().map(|one| MadeToken {
                kind: "api".into(),
                ..one
            }),
            ..made.clone()
        };
        let wrong = Self {
            errors: vec![FieldError::at(
                "name",
                "Write in 1 to 64 characters what it is for.",
            )],
            notice: None,
            ..some.clone()
        };
        let stale = Self {
            sign_in_again_url: Some("/flows/-/default/authentication/?switch=1".into()),
            notice: None,
            ..some.clone()
        };
        vec![
            ("none", none),
            ("some", some),
            ("made", made),
            ("made-api", made_api),
            ("wrong", wrong),
            ("stale", stale),
        ]
    }
}
