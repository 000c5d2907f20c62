//! Where a flow's card stands on a wide screen.
//!
//! Leaves how that looks to `assets/layout.css`, which knows the same words. Rule: a word that is none
//! of these is the card in the middle.

use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

/// authentik's layouts of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// In the middle.
    #[default]
    Stacked,
    /// At the left, before the background.
    ContentLeft,
    /// At the right, before the background.
    ContentRight,
    /// In a bar at the left that is as high as the screen.
    SidebarLeft,
    /// In a bar at the right that is as high as the screen.
    SidebarRight,
    /// In a bar at the left, a page beside it.
    SidebarLeftFrameBackground,
    /// In a bar at the right, a page beside it.
    SidebarRightFrameBackground,
}

impl Layout {
    /// The layout of an API word, which is also the class in the style.
    pub(crate) fn of(word: &str) -> Self {
        let word: StrDeserializer<'_, Error> = word.into_deserializer();
        Self::deserialize(word).unwrap_or_default()
    }

    /// Whether its background is a page rather than a picture.
    pub(crate) fn has_frame(self) -> bool {
        matches!(
            self,
            Self::SidebarLeftFrameBackground | Self::SidebarRightFrameBackground
        )
    }
}
