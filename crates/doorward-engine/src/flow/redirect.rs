//! The redirect stage: on to an address, or to another flow with what is known.
//!
//! Rule: an address is one that `approved_target` approves, and another flow is planned like any:
//! what it requires of its visitor is asked again.

use serde::Deserialize;

use super::Refusal;
use super::next::approved_target;
use super::stage::Turn;
use super::walk::Walk;

/// `authentik_stages_redirect.redirectstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Redirect {
    keep_context: bool,
    mode: Mode,
    target_static: String,
    target_flow: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Static,
    Flow,
}

impl Redirect {
    pub(super) fn reach(&self, walk: &Walk<'_>) -> Turn {
        match self.mode {
            Mode::Static => match approved_target(&walk.snapshot, &self.target_static) {
                Some(to) => Turn::Leave(to),
                None => Turn::Refuse(Refusal::UnknownStage),
            },
            Mode::Flow => match walk.flow_slug(self.target_flow.as_deref()) {
                Some(slug) => Turn::Switch {
                    slug,
                    keep: self.keep_context,
                },
                None => Turn::Refuse(Refusal::UnknownStage),
            },
        }
    }

    /// The address outside that this stage leads to, for the policy of the pages before it.
    pub(super) fn origin(&self) -> Option<String> {
        let url = url::Url::parse(&self.target_static).ok()?;
        (self.mode == Mode::Static).then(|| url.origin().ascii_serialization())
    }
}
