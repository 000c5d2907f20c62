//! The browser in which somebody has proven a device lately.
//!
//! Rule: it spares its owner the question, nobody else, only as long as the stage says and as they
//! still have that device.

use doorward_protocol::seal::{Keys, Purpose};
use doorward_store::device::DeviceRow;
use serde::{Deserialize, Serialize};

/// What the browser keeps, sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Whose.
    pub user: i64,
    /// Which device it was.
    pub device: i64,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// What it is sealed for: not to be mistaken for a known browser.
const ABOUT: &[u8] = b"device proven";

impl Remembered {
    /// Reads what [`Remembered::seal`] made; anything else is nothing.
    pub fn open(keys: &Keys, sealed: &str) -> Option<Self> {
        let clear = keys.open(Purpose::Device, ABOUT, sealed).ok()?;
        serde_json::from_slice(&clear).ok()
    }

    /// The value for the browser to keep.
    ///
    /// # Panics
    /// Never: numbers serialize.
    pub fn seal(&self, keys: &Keys) -> String {
        let clear = serde_json::to_vec(self).expect("numbers serialize");
        keys.seal(Purpose::Device, ABOUT, &clear)
    }

    /// Whether `user`, who has `devices`, need not be asked again for `threshold_ms`.
    pub(crate) fn spares(
        &self,
        user: i64,
        devices: &[DeviceRow],
        threshold_ms: i64,
        now: i64,
    ) -> bool {
        let is_theirs = self.user == user && devices.iter().any(|row| row.id == self.device);
        is_theirs && self.at <= now && now < self.at.saturating_add(threshold_ms)
    }
}
