//! Attributes that only blueprints have: `password` and `password_hash` of users, `key` of tokens.
//!
//! Rule: they are written only when the stored hash is not already of them, so that applying twice
//! changes nothing.

use doorward_protocol::password::{Verdict, is_supported};
use doorward_store::token;
use doorward_store::user::UserRow;
use serde_json::Value;

use super::lookup;
use super::run::{Problem, words};
use crate::resource::Refusal;
use crate::resource::kind::{Kind, Storage};
use crate::resource::tables::token as tokens;
use crate::resource::write::{Found, Writing};
use crate::session;

/// Whether a model has such an attribute.
pub(super) fn takes(kind: &Kind, key: &str) -> bool {
    match kind.storage {
        Storage::Users => matches!(key, "password" | "password_hash"),
        Storage::Tokens => key == "key",
        _ => false,
    }
}

/// Sets what the attributes name, and answers its name if it was another.
pub(super) async fn set(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    id: &str,
    attrs: &Value,
) -> Result<Option<&'static str>, Problem> {
    match lookup::by_key(writing, kind, id).await? {
        Some(Found::User(row)) => set_password(writing, &row, attrs).await,
        Some(Found::Token(row)) => set_key(writing, row, attrs).await,
        _ => Ok(None),
    }
}

fn text<'a>(attrs: &'a Value, key: &str) -> Option<&'a str> {
    attrs.get(key).and_then(Value::as_str)
}

async fn set_password(
    writing: &mut Writing<'_>,
    row: &UserRow,
    attrs: &Value,
) -> Result<Option<&'static str>, Problem> {
    let encoded = match (text(attrs, "password_hash"), text(attrs, "password")) {
        (Some(_), Some(_)) => return words("password and password_hash are both given: keep one"),
        (Some(encoded), None) if is_supported(encoded) => encoded.to_owned(),
        (Some(_), None) => return words("password_hash is in no known form"),
        (None, Some(clear)) => match hash_if_new(writing, clear, &row.password).await? {
            Some(encoded) => encoded,
            None => return Ok(None),
        },
        (None, None) => return Ok(None),
    };
    if encoded == row.password {
        return Ok(None);
    }
    let (engine, now) = (writing.engine, writing.ctx.now);
    engine
        .set_password(&mut writing.tx, row.id, &encoded, now)
        .await?;
    session::end_all_of(&mut writing.tx, row.id, "", writing.ctx.now).await?;
    Ok(Some("password"))
}

/// The hash of a password, unless `stored` is one of it.
async fn hash_if_new(
    writing: &Writing<'_>,
    clear: &str,
    stored: &str,
) -> Result<Option<String>, Problem> {
    let hashes = &writing.engine.hashes;
    let verdict = hashes.verify(clear.to_owned(), stored.to_owned()).await;
    if matches!(verdict.map_err(Refusal::from)?, Verdict::Match { .. }) {
        return Ok(None);
    }
    let encoded = hashes.hash_new(clear.to_owned()).await;
    let encoded = encoded.map_err(Refusal::from)?;
    Ok(Some(encoded.map_err(|error| error.to_string())?))
}

async fn set_key(
    writing: &mut Writing<'_>,
    row: token::TokenRow,
    attrs: &Value,
) -> Result<Option<&'static str>, Problem> {
    let Some(key) = text(attrs, "key").filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    if session::hash_text(key) == row.key_hash {
        return Ok(None);
    }
    let (key_hash, key_sealed) = tokens::sealed(&writing.engine.keys, &row.id, key);
    let changed = token::TokenRow {
        key_hash,
        key_sealed,
        updated_at: writing.ctx.now,
        ..row
    };
    token::set_key(&mut writing.tx, &changed).await?;
    Ok(Some("key"))
}
