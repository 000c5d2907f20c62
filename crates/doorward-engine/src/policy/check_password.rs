//! `user.check_password` of expressions.
//!
//! Rule: it counts as a try to sign in, before the hash, so that no expression is a way past the
//! throttle; a right one gives it back, even when nobody waits for the answer any more. One evaluation
//! checks one password, and a trial none: it would count nothing.

use doorward_protocol::password::{Verdict, dummy_hash, is_supported};
use doorward_store::user;
use serde_json::{Value, json};

use super::Question;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::throttle::{self, Attempt, KnownBrowser, Subject};

/// Whether a password is somebody's.
pub(super) async fn check(
    engine: &Engine,
    question: &Question<'_>,
    asked: &Value,
) -> Result<Value, String> {
    let Some(password) = asked["password"].as_str() else {
        return Err("check_password takes a text".to_owned());
    };
    if question.is_trial {
        return Err(super::TRIED_OUT.to_owned());
    }
    if let Some(spent) = question.spent {
        spent.password()?;
    }
    let Some(id) = asked["user"].as_i64() else {
        return Ok(json!(false));
    };
    let (engine, ctx, password) = (engine.clone(), question.ctx.clone(), password.to_owned());
    let comparing = tokio::spawn(async move { compared(&engine, &ctx, id, &password).await });
    let checked = comparing.await.map_err(|error| error.to_string())?;
    match checked.map_err(|fault| fault.to_string())? {
        Some(is_right) => Ok(json!(is_right)),
        None => Err("too many passwords were tried: not now".to_owned()),
    }
}

/// `None`: not before a while.
async fn compared(
    engine: &Engine,
    ctx: &Context,
    id: i64,
    password: &str,
) -> Result<Option<bool>, Fault> {
    let browser = KnownBrowser::default();
    let begun = throttle::begin(engine, ctx, Subject::Account(id), &browser).await?;
    let Attempt::Allowed(counted) = begun else {
        return Ok(None);
    };
    let row = user::find(&mut engine.store.read().await?, id).await?;
    // What cannot be compared costs as much.
    let own = row.map(|row| row.password).filter(|one| is_supported(one));
    let has_own = own.is_some();
    let encoded = own.unwrap_or_else(|| dummy_hash().to_owned());
    let verdict = engine.hashes.verify(password.to_owned(), encoded).await;
    if let Err(Fault::Busy) = verdict {
        throttle::undo(engine, &counted).await?;
    }
    let is_right = has_own && matches!(verdict?, Verdict::Match { .. });
    if is_right {
        // Only this try: the tries of others stay counted.
        throttle::undo(engine, &counted).await?;
    }
    Ok(Some(is_right))
}
