//! Passwords that an admin sets, in clear or already encoded.
//!
//! Rule: superusers only, by every way of writing (CVE-2026-97177), and whoever was signed in with
//! the old one is not any more.

use doorward_protocol::password::{
    MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, PasswordError, is_supported,
};
use doorward_store::{Topic, change};
use serde_json::Value;

use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::resource::USER;
use crate::resource::field::{Field, FieldType};
use crate::resource::form::Form;
use crate::resource::permit::{Verb, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::world::World;
use crate::resource::write::Writing;
use crate::session;

const FIELDS: &[Field] = &[Field::new("password", "Password", FieldType::Secret).required()];

/// A password in clear.
pub static CLEAR: Form = Form {
    schema: "UserPasswordSetRequest",
    fields: FIELDS,
};

/// A password that is encoded already.
pub static HASH: Form = Form {
    schema: "UserPasswordHashSetRequest",
    fields: FIELDS,
};

/// How a new password is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordForm {
    /// In clear.
    Clear,
    /// Encoded.
    Hash,
}

impl PasswordForm {
    fn form(self) -> &'static Form {
        match self {
            Self::Clear => &CLEAR,
            Self::Hash => &HASH,
        }
    }
}

/// Sets a user's password and signs them out everywhere.
///
/// # Errors
///
/// [`Refusal`].
pub async fn set_password(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
    form: PasswordForm,
) -> Result<(), Refusal> {
    superuser(&ctx.actor)?;
    let given = form.form().read(body, &World::of(&engine.snapshot()))?;
    let encoded = encode(engine, given.text("password"), form).await?;
    let kind = crate::resource::registered(USER);
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Change, kind, key).await?;
    let id = row.owner().unwrap_or_default();
    engine
        .set_password(&mut writing.tx, id, &encoded, ctx.now)
        .await?;
    session::end_all_of(&mut writing.tx, id, "", ctx.now).await?;
    change::record(&mut writing.tx, Topic::User, id, ctx.now).await?;
    writing
        .record(kind, Action::PasswordSet, &row.id(), &row.name())
        .await?;
    writing.finish().await
}

async fn encode(engine: &Engine, given: &str, form: PasswordForm) -> Result<String, Refusal> {
    match form {
        PasswordForm::Hash if is_supported(given) => Ok(given.to_owned()),
        PasswordForm::Hash => Err(Errors::one("password", "Invalid password hash.").into()),
        PasswordForm::Clear => {
            let encoded = engine.hashes.hash_new(given.to_owned()).await?;
            Ok(encoded.map_err(|error| Errors::one("password", words(error)))?)
        }
    }
}

/// In the contract's words where it has any.
fn words(error: PasswordError) -> String {
    match error {
        PasswordError::Empty => "This field may not be blank.".to_owned(),
        PasswordError::TooShort => {
            format!("Ensure this field has at least {MIN_PASSWORD_CHARS} characters.")
        }
        PasswordError::TooLong => {
            format!("Ensure this field has no more than {MAX_PASSWORD_BYTES} characters.")
        }
    }
}
