//! Policies: trying one out, and why somebody may open an application.
//!
//! Rule: running a policy needs a permission of its own (CVE-2026-25227); seeing it is not enough.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::expression::Kind;
use crate::geo::country;
use crate::person::Person;
use crate::policy::{Address, FlowFacts, Question, Ruling};
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::form::{Form, Given};
use crate::resource::list::Params;
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::value::rfc3339;
use crate::resource::world::World;
use crate::trace::{What, WhatIf, instant};

/// Whom something is tried with.
pub(super) const PERSON: Field = Field::new(
    "user",
    "Person",
    FieldType::Integer {
        min: 1,
        max: i64::MAX,
    },
);
/// In which context.
pub(super) const CONTEXT: Field =
    Field::new("context", "Context", FieldType::Object).default(Default::Object);

/// Whom a policy is tried with, and in which context.
pub static TEST: Form = Form {
    schema: "PolicyTestRequest",
    fields: &[PERSON.required(), CONTEXT],
};

/// The permission to run policies, which only superusers have; whoever has it not is not told
/// either what there is.
pub(super) fn may_run(ctx: &Context, model: &'static str) -> Result<(), Refusal> {
    superuser(&ctx.actor).map_err(|refusal| match refusal {
        Refusal::Forbidden => Refusal::NotFound { model },
        other => other,
    })
}

/// The context that something is tried in.
pub(super) fn context_of(given: &Given) -> FlowFacts {
    let context = given.get("context").and_then(Value::as_object);
    let context = context.into_iter().flatten();
    let context = context.map(|(key, value)| (key.clone(), Kind::Json, value.clone()));
    FlowFacts {
        context: context.collect(),
        ..FlowFacts::default()
    }
}

/// Runs a policy for somebody, as if it were asked now.
///
/// # Errors
///
/// [`Refusal`].
pub async fn test(
    engine: &Engine,
    ctx: &Context,
    pk: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    may_run(ctx, "Policy")?;
    let snapshot = engine.snapshot();
    let policy = snapshot.policies.get(pk);
    let policy = policy.ok_or(Refusal::NotFound { model: "Policy" })?;
    let given = TEST.read(body, &World::of(&snapshot))?;
    let person = person_of(engine, given.integer("user")).await?;
    let flow = context_of(&given);
    let question = Question {
        flow: Some(&flow),
        ..Question::new(&snapshot, ctx, Some(&person)).trial()
    };
    Ok(match engine.rule_on(&question, policy).await {
        Ok(ruling) => result(&ruling, ctx.now),
        Err(failure) => json!({ "passing": false, "messages": [failure], "log_messages": [] }),
    })
}

/// The person that a test names.
pub(super) async fn person_of(engine: &Engine, id: i64) -> Result<Arc<Person>, Refusal> {
    let person = engine.person(id).await?;
    let message = format!("Invalid pk \"{id}\" - object does not exist.");
    Ok(person.ok_or_else(|| Errors::one("user", message))?)
}

fn result(ruling: &Ruling, now: i64) -> Value {
    let line = |(level, text): &(String, String)| {
        json!({
            "timestamp": rfc3339(now), "log_level": level, "logger": "expression", "event": text,
            "attributes": {},
        })
    };
    json!({
        "passing": ruling.passing, "messages": ruling.messages,
        "log_messages": ruling.logs.iter().map(line).collect::<Vec<_>>(),
    })
}

/// Why somebody (`for_user`, else the caller) may open an application, from `ip` and at `url`.
///
/// # Errors
///
/// [`Refusal`].
pub async fn explain(
    engine: &Engine,
    ctx: &Context,
    slug: &str,
    params: &Params,
) -> Result<Value, Refusal> {
    may_run(ctx, "Application")?;
    let snapshot = engine.snapshot();
    let application = snapshot.applications.values().find(|one| one.slug == slug);
    let application = application.ok_or(Refusal::NotFound {
        model: "Application",
    })?;
    let person = asked_for(engine, ctx, params).await?;
    let ip = match params.get("ip").filter(|text| !text.is_empty()) {
        Some(text) => Some(address(text)?),
        None => None,
    };
    let url = params.get("url").filter(|text| !text.is_empty());
    let url = url.map(str::parse::<Address>).transpose();
    let told = match url {
        Ok(url) => {
            let url = url.as_ref();
            engine.explain(ctx, application, &person, ip, url).await
        }
        Err(error) => Err(error),
    };
    Ok(told.map_err(|error| Errors::one("url", error.to_string()))?)
}

const ADDRESS: FieldType = FieldType::Text {
    max: 2000,
    blank: true,
};
const WORD: FieldType = FieldType::Text {
    max: 200,
    blank: true,
};

/// A request that nobody has sent: `url` or `application`, and by whom, from where, when.
pub static WHAT_IF: Form = Form {
    schema: "AccessQuestionRequest",
    fields: &[
        Field::new("url", "Address", ADDRESS),
        Field::new("application", "Application", WORD).help("Slug; in the place of an address."),
        Field::new("user", "Person", WORD)
            .help("Login name; nobody is somebody who is not signed in."),
        Field::new("ip", "Client's address", WORD),
        Field::new("time", "When", WORD),
    ],
};

/// What would come of a request, line for line.
///
/// # Errors
///
/// [`Refusal`].
pub async fn what_if(engine: &Engine, ctx: &Context, body: &Value) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let snapshot = engine.snapshot();
    let given = WHAT_IF.read(body, &World::of(&snapshot))?;
    let mut errors = Errors::default();
    let url = given.text("url").parse::<Address>();
    let slug = given.text("application");
    let named = snapshot.applications.values().find(|one| one.slug == slug);
    let what = match (named, &url) {
        (Some(application), _) => Some(What::Application(application)),
        (None, _) if !slug.is_empty() => {
            errors.add("application", "There is no application called so.");
            None
        }
        (None, Ok(url)) => Some(What::Address(url)),
        (None, Err(error)) => {
            errors.add("url", error.to_string());
            None
        }
    };
    let name = given.text("user");
    let person = engine.person_named(name).await?;
    if person.is_none() && !name.is_empty() {
        errors.add("user", "User not found");
    }
    let client = Some(given.text("ip")).filter(|text| !text.is_empty());
    let client = client.map(address).transpose()?;
    let at = instant(given.text("time"));
    if at.is_none() && !given.text("time").is_empty() {
        errors.add("time", "Enter a valid date/time.");
    }
    let Some(what) = what.filter(|_| errors.is_empty()) else {
        return Err(errors.into());
    };
    let asked = WhatIf {
        what,
        person: person.as_deref(),
        client,
        at,
    };
    Ok(engine.asked_what_if(ctx, &asked).await?.told())
}

/// The countries that a policy about places may name.
pub fn countries() -> Value {
    let all = country::COUNTRIES.iter();
    all.map(|(code, name)| json!({ "code": code, "name": name }))
        .collect()
}

/// Whoever `for_user` names, else the caller.
async fn asked_for(
    engine: &Engine,
    ctx: &Context,
    params: &Params,
) -> Result<Arc<Person>, Refusal> {
    let own = ctx.actor.person().map(|person| person.id.to_string());
    let wanted = params.get("for_user").map(str::to_owned).or(own);
    let wanted = wanted.unwrap_or_default().parse();
    let wanted = wanted.map_err(|_| Errors::one("for_user", "for_user must be numerical"))?;
    let person = engine.person(wanted).await?;
    Ok(person.ok_or_else(|| Errors::one("for_user", "User not found"))?)
}

fn address(text: &str) -> Result<IpAddr, Errors> {
    let message = "Enter a valid IPv4 or IPv6 address.";
    text.parse().map_err(|_| Errors::one("ip", message))
}
