//! Applications: the list, the form that makes one, and the pages of one.

mod add;
mod connect;
mod one;

use serde::Serialize;

use super::{Frame, Pager, Section};
use crate::look::Themed;
use crate::pages::Page;

pub use add::{AddChoice, ConsoleAddApplication};
pub use connect::{ConsoleConnect, Fact, PieceShown, RecipeShown, SeenShown, SeenStep};
pub use one::{
    ConsoleApplication, ConsoleApplicationEnd, ConsoleOpeners, ConsoleSigning, OpenerRow,
};

/// A picture of an application, or a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppTile {
    /// Its picture.
    pub icon: Option<Themed>,
    /// A letter while there is none.
    pub letter: String,
    /// `#rrggbb` behind the letter; empty for that of the page.
    pub color: String,
}

/// An application in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppLine {
    /// Its name.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Its picture.
    pub tile: AppTile,
    /// Where people open it; empty if nowhere.
    pub address: String,
    /// How it signs in, in words.
    pub way: String,
    /// Who can open it, in words.
    pub who: String,
    /// When it was opened last, Unix milliseconds.
    pub used_ms: Option<i64>,
}

/// `/if/admin/applications/`, `admin/applications/list.html`. The search is a `GET` form with `search`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleApplications {
    /// What surrounds it.
    pub frame: Frame,
    /// What is searched for.
    pub search: String,
    /// The applications by name.
    pub apps: Vec<AppLine>,
    /// Where in the list.
    pub pager: Pager,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
    /// What has just happened.
    pub notice: Option<String>,
}

impl Page for ConsoleApplications {
    const TEMPLATE: &'static str = "admin/applications/list.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn pictures(&self) -> Vec<&str> {
        let icons = self.apps.iter().filter_map(|app| app.tile.icon.as_ref());
        icons.flat_map(|icon| [&*icon.light, &*icon.dark]).collect()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |name: &str, color: &str, way: &str, who: &str, used| AppLine {
            name: name.into(),
            url: format!("/if/admin/applications/{}/", name.to_lowercase()),
            tile: AppTile {
                icon: None,
                letter: name.chars().take(1).collect(),
                color: color.into(),
            },
            address: format!("https://{}.home.lan/", name.to_lowercase()),
            way: way.into(),
            who: who.into(),
            used_ms: used,
        };
        let some = Self {
            frame: Frame::sample(Section::Applications),
            search: String::new(),
            apps: vec![
                line(
                    "Grafana",
                    "#a34b00",
                    "OpenID Connect",
                    "Everyone",
                    Some(1_795_478_340_000),
                ),
                line(
                    "Sonarr",
                    "#0d5a80",
                    "Sign-in page in front",
                    "media, friends",
                    None,
                ),
            ],
            pager: Pager {
                previous_url: None,
                next_url: None,
                words: "1–2 of 2".into(),
            },
            now_ms: 1_795_478_400_000,
            notice: Some("“Radarr” is gone, with what signed people in to it.".into()),
        };
        let none = Self {
            apps: Vec::new(),
            search: "sonar".into(),
            notice: None,
            pager: Pager::default(),
            ..some.clone()
        };
        let first = Self {
            search: String::new(),
            ..none.clone()
        };
        vec![("some", some), ("none found", none), ("first", first)]
    }
}

/// A link to a page of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tab {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub url: String,
    /// Whether it is the page that is shown.
    pub is_here: bool,
}

/// A page of one application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppPage {
    /// What it is, and what happened.
    Overview,
    /// What to paste where.
    Connect,
    /// People and groups.
    Openers,
    /// Its provider.
    Signing,
    /// Everything else.
    More,
}

impl AppPage {
    const ALL: [Self; 5] = [
        Self::Overview,
        Self::Connect,
        Self::Openers,
        Self::Signing,
        Self::More,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Connect => "Connect",
            Self::Openers => "Who can open it",
            Self::Signing => "How it signs in",
            Self::More => "More",
        }
    }

    /// Its address below the application's.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Connect => "connect/",
            Self::Openers => "who/",
            Self::Signing => "sign-in/",
            Self::More => "more/",
        }
    }

    /// The page of the application with this slug.
    pub fn url(self, slug: &str) -> String {
        format!("{}{slug}/{}", Section::Applications.url(), self.path())
    }
}

/// What stands above every page of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppHead {
    /// Its name.
    pub name: String,
    /// In addresses.
    pub slug: String,
    /// Its picture.
    pub tile: AppTile,
    /// Where people open it; empty if nowhere.
    pub address: String,
    /// Its pages.
    pub tabs: Vec<Tab>,
}

impl AppHead {
    /// The head of `page`.
    pub fn new(name: &str, slug: &str, tile: AppTile, address: &str, page: AppPage) -> Self {
        let tab = |one: AppPage| Tab {
            label: one.label(),
            url: one.url(slug),
            is_here: one == page,
        };
        Self {
            name: name.into(),
            slug: slug.into(),
            tile,
            address: address.into(),
            tabs: AppPage::ALL.map(tab).into(),
        }
    }

    fn sample(page: AppPage) -> Self {
        let tile = AppTile {
            icon: None,
            letter: "S".into(),
            color: "#0d5a80".into(),
        };
        Self::new("Sonarr", "sonarr", tile, "https://sonarr.home.lan", page)
    }

    fn pictures(&self) -> Vec<&str> {
        let icon = self.tile.icon.iter();
        icon.flat_map(|icon| [&*icon.light, &*icon.dark]).collect()
    }
}

/// An object of the kernel: its words here, authentik's, and its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MadeObject {
    /// What it is, in words.
    pub what: String,
    /// Its name.
    pub name: String,
    /// authentik's word.
    pub authentik: String,
    /// Its page among all objects.
    pub url: String,
}

impl MadeObject {
    fn sample() -> Vec<Self> {
        let made = |what: &str, name: &str, authentik: &str, model: &str| Self {
            what: what.into(),
            name: name.into(),
            authentik: authentik.into(),
            url: format!("/if/admin/objects/{model}/7/"),
        };
        vec![
            made(
                "The application",
                "Sonarr",
                "Application",
                "authentik_core.application",
            ),
            made(
                "How it signs in",
                "Provider for Sonarr",
                "Proxy Provider",
                "authentik_providers_proxy.proxyprovider",
            ),
        ]
    }
}
