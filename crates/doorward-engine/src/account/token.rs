//! People's own tokens and app passwords.
//!
//! Leaves what may be made, and for how long, to the resource kernel. Rule: a key is answered once, by
//! what makes it; which token it is was chosen before, so that a form that is sent twice makes one.

use doorward_store::token::TokenRow;
use serde_json::json;

use crate::authenticator::RECENT_MS;
use crate::context::Context;
use crate::engine::Engine;
use crate::resource::actions::token::view_key;
use crate::resource::tables::Row;
use crate::resource::value::rfc3339;
use crate::resource::{self, Refusal, own, registered};

const MODEL: &str = "authentik_core.token";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// So many are shown.
const SHOWN_MAX: i64 = 200;
/// A name is so long at most.
pub const NAME_MAX_CHARS: usize = 64;
/// What makes a token one of a kind is so long.
const ONCE_CHARS: usize = 12;

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Apps that ask for a name and a password.
    Apps,
    /// The REST API.
    Api,
}

impl Opens {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Apps => "app_password",
            Self::Api => "api",
        }
    }

    /// What a stored word, or a form's, means.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Apps, Self::Api]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// A token as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnToken {
    /// Its address.
    pub identifier: String,
    /// As its owner calls it.
    pub name: String,
    /// What it opens.
    pub opens: Opens,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; `None` if it does not end by itself.
    pub expires_at: Option<i64>,
}

impl OwnToken {
    fn of(row: &TokenRow) -> Option<Self> {
        let described = !row.description.trim().is_empty();
        let name = if described {
            &row.description
        } else {
            &row.identifier
        };
        Some(Self {
            identifier: row.identifier.clone(),
            name: name.clone(),
            opens: Opens::of(&row.intent)?,
            created_at: row.created_at,
            expires_at: row.expires_at.filter(|_| row.expiring),
        })
    }
}

/// A token that somebody wants.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// As they call it.
    pub name: &'a str,
    /// What it is to open.
    pub opens: Opens,
    /// For how long.
    pub days: i64,
    /// From [`once`]: two wishes with the same one are one wish.
    pub once: &'a str,
}

/// A token that was just made. No `Debug`: it carries the key.
pub struct Made {
    /// The token.
    pub token: OwnToken,
    /// Its key.
    pub key: String,
}

/// Somebody's tokens, the latest first.
///
/// # Errors
///
/// [`Refusal`].
pub async fn tokens(engine: &Engine, ctx: &Context) -> Result<Vec<OwnToken>, Refusal> {
    let rows = own::latest(engine, ctx, registered(MODEL), SHOWN_MAX).await?;
    let shown = rows.iter().filter_map(|row| match row {
        Row::Token(row) => OwnToken::of(row),
        _ => None,
    });
    Ok(shown.collect())
}

/// What makes the next token one of a kind.
pub fn once() -> String {
    resource::write::random_text(ONCE_CHARS)
}

/// Makes a token for whoever asks, who proved a moment ago who they are.
///
/// # Errors
///
/// [`Refusal::Forbidden`] if they did not; [`Refusal::Invalid`] with `identifier` if it was made before.
pub async fn make(engine: &Engine, ctx: &Context, wish: Wish<'_>) -> Result<Made, Refusal> {
    recently(ctx)?;
    let identifier = format!("{}-{}", slug(wish.name), wish.once);
    let days = wish.days.clamp(1, 3660);
    let body = json!({
        "identifier": identifier,
        "intent": wish.opens.word(),
        "description": wish.name,
        "expiring": true,
        "expires": rfc3339(ctx.now.saturating_add(days * DAY_MS)),
    });
    resource::create(engine, ctx, registered(MODEL), &body).await?;
    let key = view_key(engine, ctx, &identifier).await?;
    let mut tx = engine.store.read().await?;
    let row = doorward_store::token::find(&mut tx, &identifier).await?;
    let token = row.as_ref().and_then(OwnToken::of);
    Ok(Made {
        token: token.ok_or(Refusal::NotFound { model: "Token" })?,
        key: key["key"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Removes a token of whoever asks, who proved a moment ago who they are.
///
/// # Errors
///
/// [`Refusal::Forbidden`] if they did not; [`Refusal::NotFound`] if it is not theirs.
pub async fn remove(engine: &Engine, ctx: &Context, identifier: &str) -> Result<(), Refusal> {
    recently(ctx)?;
    own::delete(engine, ctx, registered(MODEL), identifier).await
}

fn recently(ctx: &Context) -> Result<(), Refusal> {
    let proven = ctx.proven_at.map(|at| at.saturating_add(RECENT_MS));
    if proven.is_some_and(|until| ctx.now < until) {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

/// The letters and digits of a name with dashes between them.
fn slug(name: &str) -> String {
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let dashed: String = name.chars().map(plain).collect();
    let words: Vec<_> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        "token".to_owned()
    } else {
        words.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_name_becomes_what_addresses_may_hold() {
        for (name, wanted) in [
            ("Phone: mail & calendar", "phone-mail-calendar"),
            ("  -- ", "token"),
            ("Телефон", "token"),
            ("A1", "a1"),
        ] {
            assert_eq!(slug(name), wanted);
        }
    }
}
