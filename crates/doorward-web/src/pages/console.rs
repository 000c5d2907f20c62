//! The operators' pages: what each is told. Their common frame stands here, each page in its own file.
//!
//! Leaves to others: who may see what (`crate::console` and the engine). Rule: every page is whole
//! without a script, and says what it is in the words of everyday; authentik's stand small beside.

mod applications;
mod events;
mod home;
mod invite;
mod object;
mod object_form;
mod objects;
mod search;
mod why;

use serde::Serialize;
use serde_json::Value;

use super::Person;

pub use applications::{
    AddChoice, AppHead, AppLine, AppPage, AppTile, ConsoleAddApplication, ConsoleApplication,
    ConsoleApplicationEnd, ConsoleApplications, ConsoleConnect, ConsoleOpeners, ConsoleSigning,
    Fact, MadeObject, OpenerRow, PieceShown, RecipeShown, SeenShown, SeenStep, Tab,
};
pub use events::{Chip, ConsoleEvent, ConsoleEvents, EventLine};
pub use home::{Chart, ChartBar, ConsoleHome, Figure, Finding};
pub use invite::{ConsoleInvite, ConsoleInvited};
pub use object::{
    ConsoleObject, ConsoleObjectCode, ConsoleObjectDelete, ConsoleObjectHistory, ObjectFact,
    ObjectHead, PastChange, PastVersion,
};
pub use object_form::{ConsoleObjectForm, ObjectAsk, ObjectChoice, ObjectInput, RowInput};
pub use objects::{
    ConsoleObjectList, ConsoleObjects, ConsolePart, KindGroup, KindLine, ObjectCell, ObjectColumn,
    ObjectFilter, ObjectLine, ObjectLink,
};
pub use search::{ConsoleSearch, Hit};
pub use why::{ConsoleAsk, ConsoleTrace, ConsoleWhy, WhyLine, WhyRow, WhyShown};

/// A part of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Is it healthy, who signed in, what failed.
    Home,
    /// What people open.
    Applications,
    /// Users, groups, invitations, roles.
    People,
    /// Flows, stages, policies, sources.
    SignIn,
    /// What happened.
    Events,
    /// Brands, mail, media.
    Look,
    /// Certificates, outposts, tokens, blueprints, settings.
    System,
    /// Every kind of thing by authentik's name.
    Objects,
}

impl Section {
    /// In the order of the menu.
    pub const ALL: [Self; 8] = [
        Self::Home,
        Self::Applications,
        Self::People,
        Self::SignIn,
        Self::Events,
        Self::Look,
        Self::System,
        Self::Objects,
    ];

    /// The words in the menu.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Applications => "Applications",
            Self::People => "People",
            Self::SignIn => "Sign-in",
            Self::Events => "Events",
            Self::Look => "Look",
            Self::System => "System",
            Self::Objects => "All objects",
        }
    }

    /// Its first page.
    pub const fn url(self) -> &'static str {
        match self {
            Self::Home => "/if/admin/",
            Self::Applications => "/if/admin/applications/",
            Self::People => "/if/admin/people/",
            Self::SignIn => "/if/admin/sign-in/",
            Self::Events => "/if/admin/events/",
            Self::Look => "/if/admin/look/",
            Self::System => "/if/admin/system/",
            Self::Objects => "/if/admin/objects/",
        }
    }
}

/// A link of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MenuLink {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub url: &'static str,
    /// Whether the page is in that part.
    pub is_here: bool,
    /// Whether it stands apart from those before it.
    pub is_apart: bool,
}

/// What surrounds every page of the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Who looks.
    pub person: Person,
    /// The menu.
    pub links: Vec<MenuLink>,
    /// Their own applications.
    pub library_url: &'static str,
    /// A page that asks before it signs out.
    pub sign_out_url: &'static str,
    /// The masked token for the hidden field of each form.
    pub csrf: String,
}

impl Frame {
    /// The frame of a page in `section`.
    pub fn new(person: Person, section: Section, csrf: String) -> Self {
        let link = |one: Section| MenuLink {
            label: one.label(),
            url: one.url(),
            is_here: one == section,
            is_apart: one == Section::Objects,
        };
        Self {
            person,
            links: Section::ALL.map(link).into(),
            library_url: "/if/user/",
            sign_out_url: "/flows/-/default/invalidation/",
            csrf,
        }
    }

    pub(crate) fn sample(section: Section) -> Self {
        Self::new(Person::sample(), section, "6f1c".into())
    }
}

/// A step of the way to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Crumb {
    /// Its words.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

impl Crumb {
    /// A step called `label`.
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            url: url.into(),
        }
    }
}

impl From<Section> for Crumb {
    fn from(section: Section) -> Self {
        Self::new(section.label(), section.url())
    }
}

/// Where in a list one is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pager {
    /// The page before, if there is one.
    pub previous_url: Option<String>,
    /// The next page, if there is one.
    pub next_url: Option<String>,
    /// "1–20 of 1,204".
    pub words: String,
}

impl Pager {
    /// From the API's pagination; `to` is the address of a page.
    pub(crate) fn of(pagination: &Value, to: impl Fn(i64) -> String) -> Self {
        let number = |key: &str| pagination[key].as_i64().unwrap_or(0);
        let there = |page: i64| (page > 0).then(|| to(page));
        let words = match number("count") {
            0 => String::new(),
            count => format!(
                "{}–{} of {count}",
                number("start_index"),
                number("end_index")
            ),
        };
        Self {
            previous_url: there(number("previous")),
            next_url: there(number("next")),
            words,
        }
    }
}
