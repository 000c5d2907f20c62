//! What a prompt's texts are worth: themselves, or what they return if they are expressions.
//!
//! Rule: where one fails, nobody knows what would have stood in the form, so the run ends.

use serde_json::{Map, Value, json};

use super::{AskPrompt, Prompt, PromptField, rules};
use crate::context::Context;
use crate::engine::Engine;
use crate::flow::Refusal;
use crate::flow::walk::Walk;
use crate::policy::{FlowFacts, Question};
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal as Unfit;
use crate::resource::validate::{Errors, Mode, Request, WHOLE, validate};
use crate::resource::write::check_expressions;
use crate::resource::{World, registered};

/// The two texts of a prompt.
pub(super) struct Worth {
    pub(super) placeholder: Value,
    pub(super) initial_value: Value,
}

impl Prompt {
    async fn worth(&self, engine: &Engine, question: &Question<'_>) -> Result<Worth, String> {
        let of = async |text: &str, is_expression: bool| {
            if !is_expression || text.trim().is_empty() {
                return Ok(json!(text));
            }
            let run = engine.run_text(question, text).await?;
            let result = run.outcome.result;
            Ok::<_, String>(if result.is_null() { json!("") } else { result })
        };
        Ok(Worth {
            placeholder: of(&self.placeholder, self.placeholder_expression).await?,
            initial_value: of(&self.initial_value, self.initial_value_expression).await?,
        })
    }
}

/// The fields of a form, as they are asked in this run.
pub(super) async fn fields(
    walk: &Walk<'_>,
    prompts: Vec<Prompt>,
    known: &Map<String, Value>,
) -> Result<Vec<PromptField>, Refusal> {
    let person = walk.whom().map(AsRef::as_ref);
    let facts = rules::facts(walk, person, &Map::new());
    let question = Question {
        flow: Some(&facts),
        ..Question::new(&walk.snapshot, walk.ctx, person)
    };
    let mut fields = Vec::new();
    for prompt in prompts {
        let worth = prompt.worth(walk.engine, &question).await;
        let worth = worth.map_err(|failure| {
            let told = json!({ "message": failure, "field": prompt.field_key });
            walk.engine.tell_text_failure(&question, &prompt.name, told);
            Refusal::Undecidable
        })?;
        fields.push(prompt.field(known, &worth));
    }
    Ok(fields)
}

/// How a prompt that is not saved would look for the caller.
///
/// # Errors
///
/// [`Unfit`].
pub async fn preview(engine: &Engine, ctx: &Context, body: &Value) -> Result<AskPrompt, Unfit> {
    superuser(&ctx.actor)?;
    let (kind, snapshot) = (registered(super::PROMPT), engine.snapshot());
    let mut body = body.clone();
    if body.get("name").is_some_and(Value::is_string) {
        // It may be one that is saved already.
        body["name"] = json!(uuid::Uuid::new_v4().to_string());
    }
    let request = Request {
        body: &body,
        mode: Mode::Create,
        is_superuser: true,
        is_system: false,
    };
    let values = validate(kind, &request, None, "", &World::of(&snapshot))?;
    let errors = check_expressions(engine, kind, &values, None).await;
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let unreadable = |error: serde_json::Error| Errors::one(WHOLE, error.to_string());
    let prompt: Prompt = serde_json::from_value(Value::Object(values)).map_err(unreadable)?;
    let flow = FlowFacts::default();
    let question = Question {
        flow: Some(&flow),
        ..Question::new(&snapshot, ctx, ctx.actor.person().map(AsRef::as_ref)).trial()
    };
    let worth = prompt.worth(engine, &question).await;
    let worth = worth.map_err(|failure| Errors::one(WHOLE, failure))?;
    Ok(AskPrompt {
        fields: vec![prompt.field(&Map::new(), &worth)],
    })
}
