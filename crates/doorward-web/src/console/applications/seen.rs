//! What has reached us of an application: the line that follows the first request through.
//!
//! Leaves what was recorded to the engine. Rule: it says only what happened, the latest first.

use doorward_engine::resource::Refusal;

use super::super::Operator;
use super::{App, one};
use crate::pages::SeenShown;
use crate::state::AppState;

/// The latest of what happened.
pub(super) async fn latest(
    state: &AppState,
    operator: &Operator,
    app: &App,
) -> Result<SeenShown, Refusal> {
    let events = one::events(state, operator, app.text("pk")).await?;
    let opened = events
        .into_iter()
        .find(|event| event.action == "authorize_application");
    Ok(match opened {
        Some(event) => SeenShown {
            state: "in",
            sentence: event.sentence,
            steps: Vec::new(),
            trace_url: None,
            at_ms: Some(event.at_ms),
        },
        None => waiting(),
    })
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
