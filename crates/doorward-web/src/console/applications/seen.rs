//! What has reached us of an application: the line that follows the first request through.
//!
//! Leaves what was recorded to the engine's traces and events. Rule: it says only what happened, the
//! latest of it.

use doorward_engine::resource::Refusal;
use doorward_engine::trace::{Line, Mark, Outcome, Trace};

use super::super::Operator;
use super::{App, one};
use crate::pages::{EventLine, SeenShown, SeenStep};
use crate::state::AppState;

/// Older requests say nothing about what is set up now.
const SINCE_MS: i64 = 24 * 60 * 60 * 1000;

/// The latest of what happened. Most requests of people who are in leave no trace, but their opening it
/// leaves an event.
pub(super) async fn latest(
    state: &AppState,
    operator: &Operator,
    app: &App,
) -> Result<SeenShown, Refusal> {
    let pk = app.text("pk");
    let events = one::events(state, operator, pk).await?;
    let opened = events
        .into_iter()
        .find(|event| event.action == "authorize_application");
    let since = operator.ctx().now - SINCE_MS;
    let traces = state.engine.traces_of_application(pk, since, 1).await;
    let trace = traces.into_iter().next();
    Ok(match (trace, opened) {
        (Some(trace), Some(event)) if trace.last_at > event.at_ms => of_trace(&trace),
        (_, Some(event)) => of_event(event),
        (Some(trace), None) => of_trace(&trace),
        (None, None) => waiting(),
    })
}

fn of_event(event: EventLine) -> SeenShown {
    SeenShown {
        state: "in",
        sentence: event.sentence,
        at_ms: Some(event.at_ms),
        ..waiting()
    }
}

fn of_trace(trace: &Trace) -> SeenShown {
    let client = &trace.client;
    let (state, sentence) = match trace.outcome {
        Outcome::Allowed => {
            let who = trace
                .person
                .as_ref()
                .map_or("somebody", |person| &person.username);
            ("in", format!("{who} came in from {client}."))
        }
        Outcome::SignIn => (
            "seen",
            format!("Seen from {client}, host matched, sent to sign-in."),
        ),
        Outcome::Public => (
            "seen",
            format!("Seen from {client}, at a path that is open to everybody."),
        ),
        Outcome::Refused | Outcome::Misconfigured | Outcome::Unavailable => {
            ("failed", format!("Seen from {client}: {}", trace.said()))
        }
    };
    SeenShown {
        state,
        sentence,
        steps: trace.lines.iter().map(step).collect(),
        trace_url: Some(format!("/if/admin/why/{}/", trace.id)),
        at_ms: Some(trace.last_at),
    }
}

fn step(line: &Line) -> SeenStep {
    let (tone, word) = match line.mark {
        Mark::Pass => ("ok", "yes"),
        Mark::Fail => ("bad", "no"),
        Mark::NotReached => ("", "not asked"),
    };
    SeenStep {
        tone,
        word,
        text: line.words.clone(),
    }
}

fn waiting() -> SeenShown {
    SeenShown {
        state: "waiting",
        sentence: "Waiting for the first request …".to_owned(),
        steps: Vec::new(),
        trace_url: None,
        at_ms: None,
    }
}
