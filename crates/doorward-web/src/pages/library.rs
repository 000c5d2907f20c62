//! A person's applications.
//!
//! Leaves to others: which applications may be opened or asked for, and which of them match the search.

use serde::Serialize;

use super::{Nav, Page, Person, Themed};

/// One application a person can open; the whole card is the link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppCard {
    /// Posted back as `star` or `unstar`.
    pub slug: String,
    /// The application's name.
    pub name: String,
    /// Where it is; anything but http(s) or an own path is not linked.
    pub url: String,
    /// The letter on the tile while there is no picture.
    pub icon_letter: String,
    /// Its picture.
    pub icon: Option<Themed>,
    /// The heading it stands under; empty for none.
    pub group: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// Whether it opens in a new tab.
    pub new_tab: bool,
    /// Whether the person put it first.
    pub favourite: bool,
}

impl AppCard {
    /// A card with the first letter of `name` on its tile.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            slug: String::new(),
            icon_letter: letter(&name),
            name,
            url: url.into(),
            icon: None,
            group: String::new(),
            description: String::new(),
            new_tab: false,
            favourite: false,
        }
    }
}

fn letter(name: &str) -> String {
    let letter = name.chars().find(|letter| letter.is_alphanumeric());
    letter.unwrap_or('·').to_uppercase().collect()
}

/// One application a person can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskCard {
    /// Posted back as `ask`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// A sentence about it; may be empty.
    pub description: String,
}

/// The applications of a person, `/if/user/`, `account/library.html`. The search is a `GET` form with
/// `search`. Posts `star` or `unstar` with `search`, or `ask` with `words`.
#[derive(Clone, Debug, Serialize)]
pub struct Library {
    /// Who looks.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// Those that match the search; they are grouped by `group` and sorted here. Favourites stand apart
    /// while nothing is searched for.
    pub apps: Vec<AppCard>,
    /// What the person put first.
    pub favourites: Vec<AppCard>,
    /// What they opened last, the latest first.
    pub recent: Vec<AppCard>,
    /// What they can ask for.
    pub ask: Vec<AskCard>,
    /// What is searched for; empty for all.
    pub search: String,
    /// The masked token for the hidden fields.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<String>,
}

impl Page for Library {
    const TEMPLATE: &'static str = "account/library.html";

    fn pictures(&self) -> Vec<&str> {
        let all = self.apps.iter().chain(&self.favourites).chain(&self.recent);
        let icons = all.filter_map(|app| app.icon.as_ref());
        icons.flat_map(|icon| [&*icon.light, &*icon.dark]).collect()
    }

    #[expect(clippy::too_many_lines, reason = "values, one after the other")]
    fn samples() -> Vec<(&'static str, Self)> {
        let card = |name: &str, group: &str, description: &str| AppCard {
            slug: name.to_lowercase(),
            group: group.into(),
            description: description.into(),
            ..AppCard::new(name, "https://app.example.com/")
        };
        let pictured = AppCard {
            icon: Some(Themed {
                light: "/files/media/public/grafana-light.svg".into(),
                dark: "/files/media/public/grafana-dark.svg".into(),
            }),
            ..card("Grafana", "Home lab", "Charts of everything")
        };
        let some = Self {
            person: Person::sample(),
            nav: Nav::new(true),
            apps: vec![
                pictured,
                card("Sonarr", "Media", ""),
                card("Jellyfin", "Media", "Films and series"),
                card("whoami", "", "Shows what the app is told about you"),
            ],
            favourites: Vec::new(),
            recent: Vec::new(),
            ask: Vec::new(),
            search: String::new(),
            csrf: "6f1c".into(),
            notice: None,
        };
        let first = AppCard {
            favourite: true,
            ..card("Immich", "Media", "")
        };
        let full = Self {
            favourites: vec![first],
            recent: some.apps[1..3].to_vec(),
            ask: vec![AskCard {
                slug: "paperless".into(),
                name: "Paperless".into(),
                description: String::new(),
            }],
            notice: Some("The administrators see that you asked.".into()),
            ..some.clone()
        };
        let none = Self {
            apps: Vec::new(),
            nav: Nav::new(false),
            ..some.clone()
        };
        let no_match = Self {
            search: "grfana".into(),
            ..none.clone()
        };
        let match_one = Self {
            search: "son".into(),
            apps: vec![some.apps[1].clone()],
            ..some.clone()
        };
        vec![
            ("some", some),
            ("full", full),
            ("none", none),
            ("no-match", no_match),
            ("match", match_one),
        ]
    }
}
