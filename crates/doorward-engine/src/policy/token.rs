//! Tokens that expressions hand out: `ak_create_jwt`.
//!
//! Leaves the token itself to `oauth`. Rules: its scopes' texts are asked one level deeper and from the
//! same purse, so that a text that hands out a token of its own scope comes to an end; a trial hands
//! out none.

use std::pin::Pin;
use std::sync::Arc;

use doorward_protocol::duration;
use doorward_protocol::oauth::Scopes;
use serde_json::{Value, json};

use super::Question;
use crate::engine::Engine;
use crate::oauth::Handed;
use crate::person::Person;

/// What a trial is answered.
const NONE: &str = "no token: this is only tried out";
/// A year.
const LIVES_MAX_MS: i64 = 366 * 86_400 * 1000;

/// A signed access token of a provider's. Boxed, because scopes are expressions.
pub(super) fn create<'a>(
    engine: &'a Engine,
    question: &'a Question<'a>,
    asked: &'a Value,
) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>> {
    Box::pin(async move {
        let text = |key: &str| asked[key].as_str().unwrap_or_default();
        let name = text("provider");
        let client = question.snapshot.oauth.called(name);
        let client = client.ok_or_else(|| format!("there is no OAuth2 provider named {name:?}"))?;
        let scopes = Scopes::parse(text("scopes")).map_err(|error| error.to_string())?;
        let lives_ms = lives_ms(text("validity"))?;
        if client.provider.dpop_bound_access_tokens {
            return Err(format!(
                "tokens of {name:?} are bound to keys, and nobody proves one here"
            ));
        }
        let person = person(engine, &asked["user"]).await?;
        if let Some(spent) = question.spent {
            spent.token()?;
        }
        if question.is_trial {
            return Ok(json!(NONE));
        }
        let deeper = question
            .deeper()
            .ok_or("tokens ask each other too deeply")?;
        let deeper = Question {
            person: Some(&person),
            application: None,
            flow: None,
            ..deeper
        };
        let handed = Handed {
            client,
            person: &person,
            scopes: &scopes,
            lives_ms,
        };
        let token = engine.oauth_hand_out(&deeper, &handed).await;
        token
            .map(|token| json!(token))
            .map_err(|fault| fault.to_string())
    })
}

fn lives_ms(validity: &str) -> Result<i64, String> {
    let span = duration::parse(validity).map_err(|error| error.to_string())?;
    let lives_ms = span.as_millis();
    if (1000..=LIVES_MAX_MS).contains(&lives_ms) {
        return Ok(lives_ms);
    }
    Err("a token lives a second at least and a year at most".to_owned())
}

async fn person(engine: &Engine, asked: &Value) -> Result<Arc<Person>, String> {
    let none = || "a token is about somebody whose account is active".to_owned();
    let person = engine.person(asked.as_i64().ok_or_else(none)?).await;
    let person = person.map_err(|error| error.to_string())?;
    person.filter(|person| person.is_active).ok_or_else(none)
}
