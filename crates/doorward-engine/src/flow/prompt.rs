//! The prompt stage: a form that the operator made up.
//!
//! Owns which fields are asked and how the answers become `prompt_data`. Leaves single values to
//! `value` and what policies say to `rules`. Rule: what a field may not change (hidden, static, read-only) keeps its own value,
//! whatever is sent, and nothing is taken that no field asks for.

mod kind;
mod rules;
mod value;
mod worth;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal, may_change};
use crate::engine::Fault;
use crate::resource::World;
use crate::resource::value::plain;
use crate::snapshot::Snapshot;
use crate::throttle::{self, Attempt, Subject};
use doorward_store::user::{self, fold};

pub use kind::PromptType;
use worth::Worth;
pub use worth::preview;

const PROMPT: &str = "authentik_stages_prompt.prompt";

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskPrompt {
    /// Its fields, in order.
    pub fields: Vec<PromptField>,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptField {
    /// The answer's name.
    pub key: String,
    /// The words beside it.
    pub label: String,
    /// What it holds.
    pub kind: PromptType,
    /// Whether it must be filled in.
    pub required: bool,
    /// Shown while it is empty.
    pub placeholder: String,
    /// Filled in at first.
    pub initial_value: String,
    /// Its place.
    pub order: i64,
    /// Help below it.
    pub sub_text: String,
    /// What can be chosen; `None` where anything can be typed.
    pub choices: Option<Vec<Choice>>,
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is answered.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// `authentik_stages_prompt.promptstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PromptStage {
    /// uuids of prompts.
    fields: Vec<String>,
    /// uuids of policies.
    validation_policies: Vec<String>,
}

/// `authentik_stages_prompt.prompt`
#[derive(Debug, Deserialize)]
struct Prompt {
    name: String,
    field_key: String,
    label: String,
    #[serde(rename = "type")]
    kind: PromptType,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    placeholder: String,
    #[serde(default)]
    initial_value: String,
    #[serde(default)]
    order: i64,
    #[serde(default)]
    sub_text: String,
    #[serde(default)]
    placeholder_expression: bool,
    #[serde(default)]
    initial_value_expression: bool,
}

/// The keys of all fields that hide what is typed.
pub(super) fn secret_keys(snapshot: &Snapshot) -> Vec<String> {
    let prompts = snapshot.objects(PROMPT).iter();
    let secret = prompts.filter(|one| one.config["type"] == PromptType::Password.word());
    let keys = secret.filter_map(|one| one.config["field_key"].as_str());
    keys.map(str::to_owned).collect()
}

impl PromptStage {
    /// The form, with what was just typed where an answer was wrong.
    pub(super) async fn reach(&self, walk: &Walk<'_>) -> Turn {
        let mut fields = match self.asked(walk).await {
            Ok(fields) => fields,
            Err(refusal) => return Turn::Refuse(refusal),
        };
        for field in fields.iter_mut().filter(|field| field.kind.is_retyped()) {
            if let Some(typed) = walk.typed.get(&field.key).and_then(Value::as_str) {
                typed.clone_into(&mut field.initial_value);
            }
        }
        Turn::Ask(Ask::Prompt(AskPrompt { fields }))
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let fields = match self.asked(walk).await {
            Ok(fields) => fields,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let (mut taken, mut mistakes) = value::read(&fields, answer, &World::of(&walk.snapshot));
        mistakes.extend(passwords_differ(&fields, &taken));
        if mistakes.is_empty() {
            match name_taken(walk, &fields, &taken).await? {
                Ok(()) => {}
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if mistakes.is_empty() {
            mistakes = rules::broken(walk, &self.validation_policies, &taken).await?;
        }
        if mistakes.is_empty() {
            walk.run.fill_in(std::mem::take(&mut taken));
            return Ok(Turn::Passed);
        }
        walk.typed.clone_from(&answer.fields);
        Ok(Turn::Rejected(mistakes))
    }

    /// The fields in order; a prompt that is gone or cannot be read is left out.
    async fn asked(&self, walk: &Walk<'_>) -> Result<Vec<PromptField>, Refusal> {
        let objects = self
            .fields
            .iter()
            .filter_map(|id| walk.snapshot.object(PROMPT, id));
        let prompts = objects
            .filter_map(|object| Prompt::deserialize(Value::Object(object.config.clone())).ok());
        let known = walk.prompt_data();
        let mut fields = worth::fields(walk, prompts.collect(), &known).await?;
        for field in &mut fields {
            fit_account(walk, field, &known);
        }
        fields.sort_by_key(|field| field.order);
        Ok(fields)
    }
}

impl Prompt {
    /// What was filled in before stands in the field again, as authentik does; a password never.
    fn field(self, known: &Map<String, Value>, worth: &Worth) -> PromptField {
        let before = known
            .get(&self.field_key)
            .filter(|_| self.kind.is_retyped());
        let initial_value = before.map_or_else(|| plain(&worth.initial_value), plain);
        let choices = known.get(&format!("{}__choices", self.field_key));
        let choices = self.kind.choices(choices, &worth.placeholder);
        // Where something is chosen, the placeholder says what.
        let placeholder = match choices {
            None => plain(&worth.placeholder),
            Some(_) => String::new(),
        };
        PromptField {
            choices,
            key: self.field_key,
            label: self.label,
            kind: self.kind,
            required: self.required,
            placeholder,
            initial_value,
            order: self.order,
            sub_text: self.sub_text,
        }
    }
}

/// A form about one's own account begins with what the account holds, and does not take what may
/// not be changed.
fn fit_account(walk: &Walk<'_>, field: &mut PromptField, known: &Map<String, Value>) {
    let is_closed = may_change::is_closed(walk, &field.key);
    if field.kind.is_retyped()
        && (is_closed || field.initial_value.is_empty() && !known.contains_key(&field.key))
        && let Some(current) = may_change::current(walk, &field.key)
    {
        field.initial_value = current;
    }
    if is_closed {
        field.kind = PromptType::TextReadOnly;
    }
}

/// All passwords of one form are the same.
fn passwords_differ(fields: &[PromptField], taken: &Map<String, Value>) -> Option<Mistake> {
    let mut passwords = fields
        .iter()
        .filter(|field| field.kind == PromptType::Password)
        .filter_map(|field| taken.get(&field.key));
    let first = passwords.next()?;
    passwords
        .any(|other| other != first)
        .then(|| Mistake::said("non_field_errors", "Passwords don't match."))
}

/// Whether a name that was chosen belongs to somebody else. Whoever makes an account has to learn
/// it, so only so many such questions are answered to one address (decision 37).
async fn name_taken(
    walk: &Walk<'_>,
    fields: &[PromptField],
    taken: &Map<String, Value>,
) -> Result<Result<(), Mistake>, Fault> {
    let own = walk.ctx.actor.person().map(|person| person.id);
    let is_name = |field: &&PromptField| {
        field.kind == PromptType::Username || (field.key == "username" && field.kind.is_retyped())
    };
    for field in fields.iter().filter(is_name) {
        let Some(name) = taken.get(&field.key).and_then(Value::as_str) else {
            continue;
        };
        let browser = throttle::KnownBrowser::default();
        let counted =
            match throttle::begin(walk.engine, walk.ctx, Subject::Nobody, &browser).await? {
                Attempt::Blocked { until } => return Ok(Err(Mistake::TooMany { until })),
                Attempt::Allowed(counted) => counted,
            };
        let mut tx = walk.engine.store.read().await?;
        let holders = user::find_by_username_key(&mut tx, &fold(name)).await?;
        drop(tx);
        if holders
            .iter()
            .any(|row| Some(row.id) != own.or(walk.run.proven()))
        {
            let text = "Username is already taken.";
            return Ok(Err(Mistake::said(&field.key, text)));
        }
        throttle::undo(walk.engine, &counted).await?;
    }
    Ok(Ok(()))
}
