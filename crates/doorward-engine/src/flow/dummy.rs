//! The dummy stage: a page with a button, for trying flows out.

use serde::Deserialize;

use super::Ask;
use super::stage::Turn;
use crate::engine::Fault;

/// `authentik_stages_dummy.dummystage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Dummy {
    name: String,
    throw_error: bool,
}

impl Dummy {
    pub(super) fn reach(&self) -> Result<Turn, Fault> {
        if self.throw_error {
            let text = format!("the dummy stage {} fails, as it is told to", self.name);
            return Err(Fault::Broken(text));
        }
        Ok(Turn::Ask(Ask::GoOn {
            name: self.name.clone(),
        }))
    }
}
