//! Letters that expressions send: `ak_send_email`.
//!
//! Rule: trying an expression out sends nothing, and finds the letter sent; strangers set off only so
//! many letters from one network; what an expression says is text, whatever it looks like; and
//! nothing in an answer tells what an SMTP server said, for the queue speaks to it later.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Question;
use crate::context::{Actor, Context};
use crate::engine::Engine;
use crate::mail::{self, Letter, Purse, Subject, Unsent, Written, server};
use crate::settings::milliseconds;
use crate::snapshot::Snapshot;
use crate::throttle;

/// The longest text, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// What is not sent by then is no news any more.
const LIFETIME: Duration = Duration::from_hours(24);

/// Queues one letter to each address; answers whether all of them are on their way.
pub(super) async fn send(
    engine: &Engine,
    question: &Question<'_>,
    asked: &Value,
) -> Result<Value, String> {
    let letter = read(question, asked)?;
    let to = addresses(&asked["to"])?;
    if let Some(spent) = question.spent {
        spent.letters(to.len())?;
    }
    if question.is_trial {
        return Ok(json!(true));
    }
    let queued = queue(engine, question.ctx, &letter, to).await;
    queued
        .map(|all| json!(all))
        .map_err(|unsent| unsent.to_string())
}

async fn queue(
    engine: &Engine,
    ctx: &Context,
    letter: &Letter,
    addresses: Vec<String>,
) -> Result<bool, Unsent> {
    let mut tx = engine.store.begin().await?;
    let mut are_all = true;
    for to in addresses {
        if matches!(ctx.actor, Actor::Anonymous)
            && let Some(until) = throttle::count_network(engine, &mut tx, ctx, "letters").await?
        {
            warn(engine, ctx, &Unsent::Busy { until });
            are_all = false;
            break;
        }
        let letter = Letter {
            to,
            ..letter.clone()
        };
        match mail::post(engine, &mut tx, &letter, Purse::Expressions, ctx.now).await {
            Ok(()) => {}
            Err(Unsent::Fault(fault)) => return Err(fault.into()),
            Err(error) => {
                warn(engine, ctx, &error);
                are_all = false;
            }
        }
    }
    engine.commit(tx).await?;
    Ok(are_all)
}

/// A line in the log, once in a while for each cause: strangers may set it off.
fn warn(engine: &Engine, ctx: &Context, error: &Unsent) {
    let cause = match error {
        Unsent::Enough { to, .. } => to.clone(),
        Unsent::Busy { .. } => "network".to_owned(),
        other => other.to_string(),
    };
    if engine.told.admits("letter not sent", cause, ctx.now) {
        tracing::warn!(%error, "an expression's letter is not sent");
    }
}

/// The letter to nobody yet.
fn read(question: &Question<'_>, asked: &Value) -> Result<Letter, String> {
    let line = asked["subject"].as_str().unwrap_or_default().trim();
    if line.is_empty() || line.chars().count() > mail::LINE_MAX_CHARS {
        let most = mail::LINE_MAX_CHARS;
        return Err(format!(
            "the subject is one line of at most {most} characters"
        ));
    }
    let (body, template) = (text(asked, "body")?, text(asked, "template")?);
    if body.is_some() == template.is_some() {
        return Err("a letter has either a body or a template".to_owned());
    }
    let values = asked["context"].as_object().cloned().unwrap_or_default();
    Ok(Letter {
        subject: Subject::Message,
        to: String::new(),
        name: String::new(),
        username: String::new(),
        url: None,
        code: None,
        stage: stage(question.snapshot, text(asked, "stage")?)?,
        template: template.map(template_of).transpose()?,
        written: Some(Written {
            line: line.to_owned(),
            body: body.map(str::to_owned),
            values: bounded(values)?,
        }),
        expires_at: question.ctx.now.saturating_add(milliseconds(LIFETIME)),
    })
}

fn text<'a>(asked: &'a Value, key: &str) -> Result<Option<&'a str>, String> {
    match &asked[key] {
        Value::Null => Ok(None),
        Value::String(text) if text.len() <= BODY_MAX => Ok(Some(text)),
        Value::String(_) => Err(format!("{key} is longer than {BODY_MAX} bytes")),
        _ => Err(format!("{key} is a text")),
    }
}

fn bounded(values: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let length = json!(values).to_string().len();
    if length > BODY_MAX {
        return Err(format!("the context is longer than {BODY_MAX} bytes"));
    }
    Ok(values)
}

/// The e-mail stage of this name or uuid, whose server sends the letter.
fn stage(snapshot: &Snapshot, wanted: Option<&str>) -> Result<Option<String>, String> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    let mut stages = snapshot.stages.values();
    let found = stages.find(|stage| {
        stage.kind == server::EMAIL_STAGE && (stage.name == wanted || stage.pk == wanted)
    });
    let found = found.ok_or_else(|| format!("there is no e-mail stage named {wanted:?}"))?;
    Ok(Some(found.pk.clone()))
}

/// Letters are written with the templates of letters.
fn template_of(name: &str) -> Result<String, String> {
    if name.starts_with("email/") && name.strip_suffix(".html").is_some() {
        return Ok(name.to_owned());
    }
    Err("the template is one of letters, such as \"email/notice.html\"".to_owned())
}

/// Each mailbox once.
fn addresses(asked: &Value) -> Result<Vec<String>, String> {
    let all = asked.as_array().into_iter().flatten();
    let read = |one: &Value| {
        let text = one.as_str().unwrap_or_default().trim();
        let address = mail::is_address(text).then(|| text.to_owned());
        address.ok_or_else(|| "the address of a letter is no mail address".to_owned())
    };
    let mut all = all.map(read).collect::<Result<Vec<_>, _>>()?;
    mail::bound::in_order(&mut all);
    if all.is_empty() {
        return Err("a letter goes to somebody".to_owned());
    }
    Ok(all)
}
