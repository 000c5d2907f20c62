//! `doorward signing-keys …`: the keys that sign tokens, as the API rotates them.
//!
//! Leaves what a rotation does to the engine. Rules: no private key is printed; each change leaves an event
//! that says who was at the terminal; an error says what to do about it.

use anyhow::{Context as _, anyhow, bail};
use clap::Subcommand;
use doorward_engine::resource::actions::rotation;
use doorward_engine::resource::{self, Params, Refusal};
use doorward_engine::{Context, Engine};
use serde_json::{Value, json};

use super::commands::{context, existing};
use super::say;
use crate::config::Config;

const PAIR: &str = "authentik_crypto.certificatekeypair";
/// The name of whoever is at the terminal is cut there.
const NAME_CHARS_MAX: usize = 64;

/// What can be done with keys that sign tokens.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List the keys that sign tokens: those that come next, sign, or are still published.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Publish a new key, which signs after a while; the former stays published as long as it has to.
    Rotate {
        /// The pair's name or uuid.
        pair: String,
        /// How long the new key is published before it signs.
        #[arg(long, default_value = "hours=24")]
        overlap: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let the next key sign at once (a new one if none waits); the former stays published as long as it has to.
    Retire {
        /// The pair's name or uuid.
        pair: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Somebody else may have the key: another signs at once, and nothing that it has signed is believed.
    Compromised {
        /// The pair's name or uuid.
        pair: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub(super) async fn run(config: &Config, command: &Command) -> anyhow::Result<()> {
    let engine = existing(config).await?;
    let done = match command {
        Command::List { json } => list(&engine).await.map(|all| (all, *json)),
        Command::Rotate {
            pair,
            overlap,
            json,
        } => {
            let body = json!({ "overlap": overlap });
            change(&engine, pair, &body)
                .await
                .map(|one| (vec![one], *json))
        }
        Command::Retire { pair, json } => {
            let body = json!({ "overlap": "seconds=0" });
            change(&engine, pair, &body)
                .await
                .map(|one| (vec![one], *json))
        }
        Command::Compromised { pair, json } => {
            let body = json!({ "compromised": true });
            change(&engine, pair, &body)
                .await
                .map(|one| (vec![one], *json))
        }
    };
    engine.store.close().await;
    let (pairs, json) = done?;
    print(&pairs, json)
}

/// Every pair that signs tokens or could, with its keys.
async fn list(engine: &Engine) -> anyhow::Result<Vec<Value>> {
    let kind = resource::kind(PAIR).context("pairs are not known")?;
    let snapshot = engine.snapshot();
    let mut pairs = Vec::new();
    for object in snapshot.objects(PAIR) {
        let none = Params::default();
        let shown = resource::retrieve(engine, &context(), kind, &object.id, &none).await;
        let shown = told(&shown.map_err(explain)?);
        if shown["signing_keys"]
            .as_array()
            .is_some_and(|keys| !keys.is_empty())
        {
            pairs.push(shown);
        }
    }
    pairs.sort_by_key(|pair| pair["name"].as_str().unwrap_or_default().to_owned());
    Ok(pairs)
}

async fn change(engine: &Engine, wanted: &str, body: &Value) -> anyhow::Result<Value> {
    let pairs = list(engine).await?;
    let mut fitting = pairs
        .iter()
        .filter(|pair| pair["pk"] == wanted || pair["name"] == wanted);
    let Some(pair) = fitting.next() else {
        bail!(
            "no pair that signs tokens is called {wanted}; `doorward signing-keys list` shows them"
        );
    };
    let key = pair["pk"].as_str().unwrap_or_default();
    let rotated = rotation::rotate(engine, &at_the_terminal(), key, body).await;
    rotated.map(|pair| told(&pair)).map_err(explain)
}

/// What is printed of a pair.
fn told(pair: &Value) -> Value {
    json!({
        "pk": pair["pk"], "name": pair["name"], "managed": pair["managed"],
        "signing_keys": pair["signing_keys"],
    })
}

fn print(pairs: &[Value], json: bool) -> anyhow::Result<()> {
    if json {
        return say(&format!("{:#}", Value::from(pairs)));
    }
    if pairs.is_empty() {
        return say(
            "No pair signs tokens yet; the first application that uses a provider has one made.",
        );
    }
    for pair in pairs {
        let text = |key: &str| pair[key].as_str().unwrap_or_default().to_owned();
        say(&format!("{}  ({})", text("name"), text("pk")))?;
        for key in pair["signing_keys"].as_array().into_iter().flatten() {
            say(&line(key))?;
        }
    }
    Ok(())
}

fn line(key: &Value) -> String {
    let text = |name: &str| key[name].as_str().unwrap_or_default();
    let what = match (text("state"), text("until")) {
        ("next", at) => format!("signs from {at} on"),
        ("active", _) => "signs".to_owned(),
        ("retired", at) => format!("is published until {at}"),
        ("withdrawn", _) => "is withdrawn: put another key into its files".to_owned(),
        (state, _) => state.to_owned(),
    };
    format!("  {}  {what}", text("kid"))
}

/// The program's own context; its event says who was at the terminal, as far as the system does.
fn at_the_terminal() -> Context {
    let variables = ["SUDO_USER", "USER", "LOGNAME"];
    let mut values = variables.iter().filter_map(|one| std::env::var(one).ok());
    let name = values.find(|value| !value.is_empty());
    let name = name.unwrap_or_else(|| "somebody".to_owned());
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS_MAX)
        .collect();
    Context {
        user_agent: format!("doorward signing-keys, run by {name}").into(),
        ..context()
    }
}

fn explain(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Invalid(errors) => {
            let errors = errors.into_value();
            let all = errors.as_object().into_iter().flatten();
            let all = all.flat_map(|(field, messages)| {
                let messages = messages.as_array().into_iter().flatten();
                messages.map(move |text| said(field, text.as_str().unwrap_or_default()))
            });
            anyhow!("{}", all.collect::<Vec<_>>().join(" "))
        }
        Refusal::NotFound { .. } => {
            anyhow!(
                "the pair is gone meanwhile; `doorward signing-keys list` shows those there are"
            )
        }
        Refusal::Fault(fault) => anyhow::Error::from(fault).context("nothing was changed"),
        other => anyhow!("nothing was changed: {other:?}"),
    }
}

fn said(field: &str, text: &str) -> String {
    match field {
        "overlap" => format!("--overlap: {text} Write for example hours=24."),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_of_a_key_is_told_in_words() {
        let told = |state: &str| {
            line(&json!({ "kid": "k", "state": state, "until": "2027-01-01T00:00:00Z" }))
        };
        assert_eq!(told("active"), "  k  signs");
        assert_eq!(told("next"), "  k  signs from 2027-01-01T00:00:00Z on");
        assert_eq!(
            told("retired"),
            "  k  is published until 2027-01-01T00:00:00Z"
        );
        assert!(told("withdrawn").contains("withdrawn"));
    }
}
