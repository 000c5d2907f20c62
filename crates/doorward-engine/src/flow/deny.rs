//! The deny stage: whoever comes this far goes no further.

use serde::Deserialize;
use serde_json::Value;

use super::Refusal;
use super::stage::Turn;
use super::walk::Walk;

/// `authentik_stages_deny.denystage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Deny {
    deny_message: String,
}

impl Deny {
    /// In the words of a policy before it, else in its own.
    pub(super) fn reach(&self, walk: &Walk<'_>) -> Turn {
        let said = walk.run.context.get("deny_message").and_then(Value::as_str);
        let message = said.unwrap_or(&self.deny_message);
        Turn::Refuse(Refusal::Denied(message.to_owned()))
    }
}
