//! What a flow's run holds, beside the card that the flow shows: for administrators who build one.

use serde::Serialize;

/// The part of a card's page, in `card.html`.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Every step, in order.
    pub steps: Vec<InspectionStep>,
    /// What was learned on the way, by name.
    pub context: Vec<Inspected>,
    /// The run's id.
    pub session_id: String,
    /// The same flow from its beginning, without this.
    pub close_url: String,
}

/// One step of a flow.
#[derive(Clone, Debug, Serialize)]
pub struct InspectionStep {
    /// Its name.
    pub name: String,
    /// What it is, as authentik calls it.
    pub kind: String,
    /// Whether it is done.
    pub state: StepState,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It is behind.
    Done,
    /// It is its turn.
    Now,
    /// It is planned.
    Next,
}

/// Something that a run knows.
#[derive(Clone, Debug, Serialize)]
pub struct Inspected {
    /// authentik's name for it.
    pub name: String,
    /// As JSON, without secrets.
    pub value: String,
}

impl Inspection {
    pub(super) fn sample() -> Self {
        let step = |name: &str, kind: &str, state| InspectionStep {
            name: name.into(),
            kind: kind.into(),
            state,
        };
        let value = "{\"email\":\"mia@example.com\",\"password\":\"********************\"}";
        Self {
            steps: vec![
                step("enrollment-invitation", "Invitation Stage", StepState::Done),
                step("enrollment-prompt", "Prompt Stage", StepState::Now),
                step("enrollment-write", "User Write Stage", StepState::Next),
            ],
            context: vec![Inspected {
                name: "prompt_data".into(),
                value: value.into(),
            }],
            session_id: "5vbJq3x0cR7m".into(),
            close_url: "/if/flow/enrollment/".into(),
        }
    }
}
