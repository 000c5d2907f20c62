//! The search over everything, as a page.

use serde::Serialize;

use super::{Frame, Section};
use crate::pages::Page;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// Its name, or what pressing it does.
    pub title: String,
    /// What it is: "Application", "Do this", "Setting of Brand".
    pub what: String,
    /// Where it is.
    pub url: String,
}

/// `/if/admin/search/`, `admin/search.html`. The search is a `GET` form with `q`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleSearch {
    /// What surrounds it.
    pub frame: Frame,
    /// What is searched for.
    pub q: String,
    /// What was found, the best first.
    pub hits: Vec<Hit>,
}

impl Page for ConsoleSearch {
    const TEMPLATE: &'static str = "admin/search.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let hit = |title: &str, what: &str| Hit {
            title: title.into(),
            what: what.into(),
            url: "/if/admin/applications/sonarr/".into(),
        };
        let some = Self {
            frame: Frame::sample(Section::Home),
            q: "son".into(),
            hits: vec![
                hit("Sonarr", "Application"),
                hit("Explain: why could somebody not open Sonarr?", "Do this"),
            ],
        };
        let none = Self {
            q: "grfana".into(),
            hits: Vec::new(),
            ..some.clone()
        };
        vec![("some", some), ("none", none)]
    }
}
