//! Groups: one member in, one member out.

use doorward_store::{Topic, change, group, user};
use serde_json::Value;

use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::resource::field::{Field, FieldType};
use crate::resource::form::Form;
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::write::Writing;

/// In or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// In.
    Add,
    /// Out.
    Remove,
}

/// Who.
pub static MEMBER: Form = Form {
    schema: "UserAccountRequest",
    fields: &[Field::new(
        "pk",
        "Person",
        FieldType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        },
    )
    .required()],
};

/// Adds or removes one member, named by `{pk}`.
///
/// # Errors
///
/// [`Refusal`]; not found also when the user does not exist.
pub async fn change_member(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
    what: Membership,
) -> Result<(), Refusal> {
    let kind = crate::resource::registered(crate::resource::GROUP);
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Change, kind, key).await?;
    let pk = MEMBER.read(body, &writing.world)?.integer("pk");
    if user::find(&mut writing.tx, pk).await?.is_none() {
        return Err(Refusal::NotFound { model: "User" });
    }
    match what {
        Membership::Add => group::add_member(&mut writing.tx, &row.id(), pk).await?,
        Membership::Remove => group::remove_member(&mut writing.tx, &row.id(), pk).await?,
    }
    change::record(&mut writing.tx, Topic::User, pk, ctx.now).await?;
    writing
        .record(kind, Action::ModelUpdated, &row.id(), &row.name())
        .await?;
    writing.finish().await
}
