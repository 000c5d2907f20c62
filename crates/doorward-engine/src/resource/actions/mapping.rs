//! Property mappings: trying one out.
//!
//! Rule: running a text needs the permission to run policies (CVE-2026-25227); seeing it is not
//! enough.

use doorward_store::group;
use serde_json::{Value, json};

use super::policy::{CONTEXT, PERSON, context_of, may_run, person_of};
use crate::context::Context;
use crate::engine::Engine;
use crate::expression::Kind;
use crate::policy::{Question, told_group};
use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::form::Form;
use crate::resource::list::Params;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::world::World;

const MODEL: &str = "Property Mapping";

/// Whom a mapping is tried with, and in which context.
pub static TEST: Form = Form {
    schema: "PropertyMappingTestRequest",
    fields: &[
        PERSON.nullable().default(Default::Null),
        CONTEXT,
        Field::new("group", "Group", FieldType::Uuid)
            .nullable()
            .default(Default::Null),
    ],
};

/// Runs a mapping for somebody, as a provider would.
///
/// # Errors
///
/// [`Refusal`].
pub async fn test(
    engine: &Engine,
    ctx: &Context,
    pk: &str,
    body: &Value,
    params: &Params,
) -> Result<Value, Refusal> {
    may_run(ctx, MODEL)?;
    let snapshot = engine.snapshot();
    let world = World::of(&snapshot);
    let found = world.find(Target::Family(Family::PropertyMapping), pk);
    let (_, mapping) = found.ok_or(Refusal::NotFound { model: MODEL })?;
    let text = mapping.config.get("expression").and_then(Value::as_str);
    let given = TEST.read(body, &world)?;
    let person = match given.get("user").and_then(Value::as_i64) {
        Some(id) => Some(person_of(engine, id).await?),
        None => None,
    };
    let mut flow = context_of(&given);
    if let Some(id) = given.get("group").and_then(Value::as_str) {
        let group = group_of(engine, id).await?;
        flow.context.push(("group".to_owned(), Kind::Group, group));
    }
    let question = Question {
        flow: Some(&flow),
        ..Question::new(&snapshot, ctx, person.as_deref()).trial()
    };
    let run = engine.run_text(&question, text.unwrap_or_default()).await;
    Ok(answer(run.map(|run| run.outcome.result), params))
}

/// The result as JSON text, over several lines if that is wanted; a failure in its own words.
fn answer(result: Result<Value, String>, params: &Params) -> Value {
    let text = |value: &Value| {
        if params.flag("format_result", false) {
            format!("{value:#}")
        } else {
            value.to_string()
        }
    };
    let successful = result.is_ok();
    let result = result.map_or_else(|failure| failure, |value| text(&value));
    json!({ "result": result, "successful": successful })
}

async fn group_of(engine: &Engine, id: &str) -> Result<Value, Refusal> {
    let mut tx = engine.store.read().await?;
    let row = group::find(&mut tx, id).await?;
    let message = format!("Invalid pk \"{id}\" - object does not exist.");
    let row = row.ok_or_else(|| Errors::one("group", message))?;
    Ok(told_group(&row))
}
