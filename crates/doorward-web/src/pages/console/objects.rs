//! Objects of every kind: the index, a list, and the parts of the menu that are made of both.
//!
//! Leaves one object to `object`.

use serde::Serialize;

use super::{Crumb, Frame, Pager, Section};
use crate::pages::Page;

pub(super) const NOW_MS: i64 = 1_795_478_400_000;

/// A link with a word beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ObjectLink {
    /// Its words.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// What it is.
    pub what: String,
}

impl ObjectLink {
    pub(super) fn sample(label: &str, what: &str) -> Self {
        Self {
            label: label.into(),
            url: "/if/admin/objects/authentik_core.group/media/".into(),
            what: what.into(),
        }
    }
}

/// A kind in the index or in a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindLine {
    /// Its words.
    pub label: String,
    /// authentik's name.
    pub model: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its list.
    pub url: String,
    /// How many there are, if that is known.
    pub count: Option<i64>,
}

/// Kinds that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindGroup {
    /// Their heading.
    pub heading: &'static str,
    /// What they are for.
    pub about: &'static str,
    /// The kinds.
    pub kinds: Vec<KindLine>,
}

impl KindGroup {
    fn sample() -> Self {
        let line = |label: &str, model, count| KindLine {
            label: label.into(),
            model,
            about: "",
            url: format!("/if/admin/objects/{model}/"),
            count,
        };
        Self {
            heading: "People and groups",
            about: "Who has an account, and what they may open together.",
            kinds: vec![
                line("Users", "authentik_core.user", Some(12)),
                line("Groups", "authentik_core.group", None),
            ],
        }
    }
}

/// `/if/admin/objects/`, `admin/objects.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObjects {
    /// What surrounds it.
    pub frame: Frame,
    /// What is searched for.
    pub search: String,
    /// Kinds in groups.
    pub groups: Vec<KindGroup>,
}

impl Page for ConsoleObjects {
    const TEMPLATE: &'static str = "admin/objects.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let all = Self {
            frame: Frame::sample(Section::Objects),
            search: String::new(),
            groups: vec![KindGroup::sample()],
        };
        let none = Self {
            search: "nothing".into(),
            groups: Vec::new(),
            ..all.clone()
        };
        vec![("all", all), ("none", none)]
    }
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectColumn {
    /// Its words.
    pub label: String,
    /// The list in its order, if it has one.
    pub url: Option<String>,
    /// `ascending`, `descending` or nothing.
    pub sort: &'static str,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectLine {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub url: String,
    /// What stands in the columns after the first.
    pub cells: Vec<ObjectCell>,
    /// Last written, Unix milliseconds.
    pub updated_ms: Option<i64>,
}

/// What stands in a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ObjectCell {
    /// Words.
    pub text: String,
    /// Something that it names.
    pub link: Option<ObjectLink>,
}

/// A parameter by which a list is narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectFilter {
    /// The parameter.
    pub param: &'static str,
    /// Its words.
    pub label: String,
    /// What it is set to.
    pub value: String,
    /// The values that it may have, if they are few.
    pub choices: Vec<&'static str>,
}

/// `/if/admin/objects/{model}/`, `admin/object_list.html`. The search is a `GET` form.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleObjectList {
    /// What surrounds it.
    pub frame: Frame,
    /// Where it stands.
    pub crumbs: Vec<Crumb>,
    /// The kind in words.
    pub title: String,
    /// One of the kind in words.
    pub one: String,
    /// authentik's name.
    pub model: &'static str,
    /// What the kind is for.
    pub about: &'static str,
    /// The list without search and filters.
    pub url: String,
    /// Where one makes another.
    pub new_url: Option<String>,
    /// Heads of the columns.
    pub columns: Vec<ObjectColumn>,
    /// Whether the last column says when it was written.
    pub has_times: bool,
    /// The objects.
    pub lines: Vec<ObjectLine>,
    /// What is searched for.
    pub search: String,
    /// Whether the kind can be searched.
    pub has_search: bool,
    /// The order, kept by the search.
    pub ordering: String,
    /// What else narrows the list.
    pub filters: Vec<ObjectFilter>,
    /// How many of the filters are set.
    pub set_filters: usize,
    /// What of them cannot be read.
    pub problem: Option<String>,
    /// Where in the list.
    pub pager: Pager,
    /// What is gone and can be looked at, with when it went.
    pub deleted: Vec<ObjectLink>,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl ConsoleObjectList {
    #[expect(clippy::too_many_lines, reason = "a table: what a page can show")]
    fn sample() -> Self {
        let column = |label: &str, sort| ObjectColumn {
            label: label.into(),
            url: Some("/if/admin/objects/authentik_core.user/?ordering=name".into()),
            sort,
        };
        let line = |title: &str| ObjectLine {
            title: title.into(),
            url: "/if/admin/objects/authentik_core.user/7/".into(),
            cells: vec![
                ObjectCell {
                    text: "Mia Müller".into(),
                    link: None,
                },
                ObjectCell {
                    text: String::new(),
                    link: Some(ObjectLink::sample("media", "Group")),
                },
            ],
            updated_ms: Some(NOW_MS - 86_400_000),
        };
        Self {
            frame: Frame::sample(Section::Objects),
            crumbs: vec![Section::Objects.into()],
            title: "Users".into(),
            one: "User".into(),
            model: "authentik_core.user",
            about: "Who has an account.",
            url: "/if/admin/objects/authentik_core.user/".into(),
            new_url: Some("/if/admin/objects/authentik_core.user/new/".into()),
            columns: vec![
                column("Username", "ascending"),
                column("Name", ""),
                ObjectColumn {
                    url: None,
                    ..column("Group", "")
                },
            ],
            has_times: true,
            lines: vec![line("mia"), line("max")],
            search: "m".into(),
            has_search: true,
            ordering: "username".into(),
            filters: vec![
                ObjectFilter {
                    param: "is_active",
                    label: "May sign in".into(),
                    value: "true".into(),
                    choices: vec!["true", "false"],
                },
                ObjectFilter {
                    param: "path",
                    label: "Folder".into(),
                    value: String::new(),
                    choices: Vec::new(),
                },
            ],
            set_filters: 1,
            problem: None,
            pager: Pager {
                previous_url: None,
                next_url: Some("/if/admin/objects/authentik_core.user/?page=2".into()),
                words: "1–2 of 40".into(),
            },
            deleted: vec![ObjectLink::sample("old", "2 days ago")],
            now_ms: NOW_MS,
        }
    }
}

impl Page for ConsoleObjectList {
    const TEMPLATE: &'static str = "admin/object_list.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let some = Self::sample();
        let narrowed = Self {
            lines: Vec::new(),
            deleted: Vec::new(),
            has_times: false,
            problem: Some("Folder: Null characters are not allowed.".into()),
            pager: Pager::default(),
            ..some.clone()
        };
        let empty = Self {
            problem: None,
            search: String::new(),
            filters: Vec::new(),
            set_filters: 0,
            ..narrowed.clone()
        };
        let closed = Self {
            new_url: None,
            has_search: false,
            ..empty.clone()
        };
        vec![
            ("some", some),
            ("narrowed", narrowed),
            ("empty", empty),
            ("closed", closed),
        ]
    }
}

/// `/if/admin/people/` and the others, `admin/part.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsolePart {
    /// What surrounds it.
    pub frame: Frame,
    /// Its name.
    pub title: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The list that stands first, with its search.
    pub list: Option<ConsoleObjectList>,
    /// Its kinds in groups.
    pub groups: Vec<KindGroup>,
    /// Pages that are no list.
    pub links: Vec<ObjectLink>,
}

impl Page for ConsolePart {
    const TEMPLATE: &'static str = "admin/part.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let people = Self {
            frame: Frame::sample(Section::People),
            title: "People",
            about: "Who has an account, and what they may open together.",
            list: Some(ConsoleObjectList::sample()),
            groups: vec![KindGroup::sample()],
            links: Vec::new(),
        };
        let system = Self {
            frame: Frame::sample(Section::System),
            title: "System",
            about: "What it runs on.",
            list: None,
            links: vec![ObjectLink::sample("Public address", "")],
            ..people.clone()
        };
        vec![("people", people), ("system", system)]
    }
}
