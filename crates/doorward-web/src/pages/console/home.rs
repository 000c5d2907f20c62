//! The console's first page: is it healthy, who signed in, what failed.

use serde::Serialize;

use super::{EventLine, Frame, Section};
use crate::pages::Page;

/// One thing that is well or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: "Public address".
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and if not `ok` what to do.
    pub text: String,
    /// Where it is mended.
    pub fix_url: Option<String>,
    /// The words on that link.
    pub fix_label: String,
}

/// One number, and where what it counts is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What is counted, in the plural: "People".
    pub label: String,
    /// How many.
    pub value: u64,
    /// The list.
    pub url: String,
}

/// A bar of a chart, in the chart's own units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartBar {
    /// Where it begins.
    pub x: i64,
    /// How wide it is.
    pub width: i64,
    /// Its top.
    pub y: i64,
    /// How high it is.
    pub height: i64,
    /// The top of what failed.
    pub bad_y: i64,
    /// How high that is.
    pub bad_height: i64,
    /// How many there were.
    pub all: i64,
    /// How many of them failed.
    pub bad: i64,
    /// When it begins, in words.
    pub when: String,
    /// What happened in its time.
    pub url: String,
}

/// Bars in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// Of the drawing.
    pub width: i64,
    /// Of the drawing.
    pub height: i64,
    /// Its bars.
    pub bars: Vec<ChartBar>,
}

impl Chart {
    pub(super) fn sample() -> Self {
        let bar = |index: i64, all: i64, bad: i64| ChartBar {
            x: index * 10,
            width: 8,
            y: 64 - all * 6,
            height: all * 6,
            bad_y: 64 - bad * 6,
            bad_height: bad * 6,
            all,
            bad,
            when: format!("2026-11-{:02} 06:00 UTC", index + 1),
            url: "/if/admin/events/?since=2026-11-24T05:59:59.999Z".into(),
        };
        let bars = (0..28).map(|index| bar(index, (index * 7) % 11, i64::from(index % 5 == 0)));
        Self {
            width: 280,
            height: 64,
            bars: bars.collect(),
        }
    }
}

/// `/if/admin/`, `admin/home.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleHome {
    /// What surrounds it.
    pub frame: Frame,
    /// The public address.
    pub base_url: String,
    /// Doorward's version.
    pub version: String,
    /// What wants attention first, then what is well.
    pub findings: Vec<Finding>,
    /// People, groups, applications, …
    pub figures: Vec<Figure>,
    /// The last sign-ins.
    pub signed_in: Vec<EventLine>,
    /// What failed last.
    pub failed: Vec<EventLine>,
    /// Sign-ins of the last seven days, with those that failed.
    pub chart: Chart,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
}

impl Page for ConsoleHome {
    const TEMPLATE: &'static str = "admin/home.html";

    fn has_calls(&self) -> bool {
        true
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let figure = |label: &str, value| Figure {
            label: label.into(),
            value,
            url: "/if/admin/people/".into(),
        };
        let finding = |name: &str, ok, text: &str| Finding {
            name: name.into(),
            ok,
            text: text.into(),
            fix_url: (!ok).then(|| "/if/admin/address/".into()),
            fix_label: "Set it".into(),
        };
        let well = Self {
            frame: Frame::sample(Section::Home),
            base_url: "https://auth.example.com".into(),
            version: "0.1.0".into(),
            findings: vec![
                finding("Store", true, "SQLite answers."),
                finding("Public address", true, "https://auth.example.com"),
            ],
            figures: vec![
                figure("People", 12),
                figure("Groups", 3),
                figure("Applications", 1203),
            ],
            signed_in: vec![EventLine::sample("login", "mia signed in")],
            failed: vec![EventLine::sample(
                "login_failed",
                "Somebody failed to sign in as max",
            )],
            chart: Chart::sample(),
            now_ms: 1_795_478_400_000,
        };
        let empty = Self {
            findings: vec![finding(
                "Public address",
                false,
                "Not set. Sign-in from other hosts fails until it is.",
            )],
            signed_in: Vec::new(),
            failed: Vec::new(),
            chart: Chart::default(),
            ..well.clone()
        };
        vec![("well", well), ("empty", empty)]
    }
}
