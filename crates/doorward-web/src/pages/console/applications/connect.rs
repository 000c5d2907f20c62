//! What to paste where, and whether it works.

use http::StatusCode;
use serde::Serialize;

use super::super::{Frame, Section};
use super::{AddChoice, AppHead, AppPage, MadeObject, Tab};
use crate::pages::{FieldError, Page, form_status};

/// A text to be copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PieceShown {
    /// Unique on the page.
    pub id: String,
    /// The file or field that it belongs into.
    pub place: String,
    /// A sentence about it; may be empty.
    pub about: String,
    /// Whether it is needed once for all applications.
    pub once: bool,
    /// The text.
    pub text: String,
}

/// A value with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Unique on the page.
    pub id: String,
    /// What it is.
    pub label: String,
    /// The value.
    pub value: String,
}

/// What is known of the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecipeShown {
    /// As people call it.
    pub name: String,
    /// How somebody becomes an administrator in it.
    pub roles: String,
    /// What else one has to know.
    pub note: String,
}

/// A step of the first request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenStep {
    /// `ok`, `bad` or `wait`.
    pub tone: &'static str,
    /// The same in a word.
    pub word: &'static str,
    /// What happened.
    pub text: String,
}

/// What has reached us of the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenShown {
    /// `waiting`, `seen`, `in` or `failed`.
    pub state: &'static str,
    /// In one sentence.
    pub sentence: String,
    /// Step by step.
    pub steps: Vec<SeenStep>,
    /// Where the whole trace stands.
    pub trace_url: Option<String>,
    /// When, Unix milliseconds.
    pub at_ms: Option<i64>,
}

/// `/if/admin/applications/{slug}/connect/`, `admin/applications/connect.html`. `GET` takes `proxy`,
/// `gateway`, `upstream`, `recipe` and `watch`; a `POST` shows the secret.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleConnect {
    /// What surrounds it.
    pub frame: Frame,
    /// What stands above.
    pub head: AppHead,
    /// Whether it was made a moment ago.
    pub is_new: bool,
    /// What it is made of.
    pub made: Vec<MadeObject>,
    /// `forward-auth`, `openid`, `carried` or empty.
    pub way: &'static str,
    /// Links to the snippets of each proxy.
    pub proxies: Vec<Tab>,
    /// The word of the one that is shown.
    pub proxy: String,
    /// What to paste into it.
    pub pieces: Vec<PieceShown>,
    /// Where the proxy reaches Doorward.
    pub gateway: String,
    /// Where it reaches the application.
    pub upstream: String,
    /// Addresses and names for an app that speaks OpenID Connect.
    pub facts: Vec<Fact>,
    /// The client's secret, if somebody asked to see it.
    pub secret: Option<String>,
    /// Whether there is one to be shown.
    pub has_secret: bool,
    /// The app's own settings.
    pub settings: Vec<PieceShown>,
    /// What is known of the app.
    pub recipe: Option<RecipeShown>,
    /// Apps that are known.
    pub recipes: Vec<AddChoice>,
    /// What has reached us.
    pub seen: SeenShown,
    /// Where that is asked as JSON.
    pub seen_url: String,
    /// Whether the page loads itself anew.
    pub watches: bool,
    /// The same page, which does.
    pub watch_url: String,
    /// The time of the request, Unix milliseconds.
    pub now_ms: i64,
    /// What was wrong with the addresses.
    pub errors: Vec<FieldError>,
}

impl Page for ConsoleConnect {
    const TEMPLATE: &'static str = "admin/applications/connect.html";

    fn status(&self) -> StatusCode {
        form_status(None, &self.errors)
    }

    fn has_calls(&self) -> bool {
        true
    }

    fn pictures(&self) -> Vec<&str> {
        self.head.pictures()
    }

    #[expect(clippy::too_many_lines, reason = "values, one after the other")]
    fn samples() -> Vec<(&'static str, Self)> {
        let guarded = Self::guarded();
        let openid = Self {
            is_new: false,
            way: "openid",
            proxies: Vec::new(),
            pieces: Vec::new(),
            facts: vec![Fact {
                id: "discovery".into(),
                label: "Discovery".into(),
                value:
                    "https://auth.home.lan/application/o/grafana/.well-known/openid-configuration"
                        .into(),
            }],
            has_secret: true,
            seen: SeenShown {
                state: "in",
                sentence: "mia signed in.".into(),
                steps: Vec::new(),
                trace_url: Some("/if/admin/why/".into()),
                at_ms: Some(1_795_478_340_000),
            },
            ..guarded.clone()
        };
        let shown = Self {
            secret: Some("N0tAR3alS3cret".into()),
            watches: true,
            ..openid.clone()
        };
        let failed = Self {
            errors: vec![FieldError::at("gateway", "This is not a whole address.")],
            seen: SeenShown {
                state: "failed",
                sentence: "The request was refused.".into(),
                steps: vec![SeenStep {
                    tone: "bad",
                    word: "no",
                    text: "mia is not in the group media.".into(),
                }],
                trace_url: None,
                at_ms: None,
            },
            recipe: None,
            ..guarded.clone()
        };
        let carried = Self {
            way: "carried",
            proxies: Vec::new(),
            pieces: Vec::new(),
            settings: Vec::new(),
            ..guarded.clone()
        };
        let bare = Self {
            way: "",
            ..carried.clone()
        };
        vec![
            ("guarded", guarded),
            ("openid", openid),
            ("secret shown", shown),
            ("failed", failed),
            ("carried", carried),
            ("bare", bare),
        ]
    }
}

impl ConsoleConnect {
    #[expect(clippy::too_many_lines, reason = "values, one after the other")]
    fn guarded() -> Self {
        let tab = |label, is_here| Tab {
            label,
            url: "/if/admin/applications/sonarr/connect/?proxy=caddy".into(),
            is_here,
        };
        let piece = |id: &str, place: &str, once, text: &str| PieceShown {
            id: id.into(),
            place: place.into(),
            about: "Beside the Caddyfile.".into(),
            once,
            text: text.into(),
        };
        Self {
            frame: Frame::sample(Section::Applications),
            head: AppHead::sample(AppPage::Connect),
            is_new: true,
            made: MadeObject::sample(),
            way: "forward-auth",
            proxies: vec![tab("Traefik, labels", false), tab("Caddy", true)],
            proxy: "caddy".into(),
            pieces: vec![
                piece("piece-0", "doorward.caddy", true, "(doorward) {\n\t…\n}\n"),
                piece(
                    "piece-1",
                    "Caddyfile",
                    false,
                    "sonarr.home.lan {\n\troute {\n\t\timport doorward http://doorward:9000\n\t}\n}\n",
                ),
            ],
            gateway: "http://doorward:9000".into(),
            upstream: "http://sonarr:8989".into(),
            facts: Vec::new(),
            secret: None,
            has_secret: false,
            settings: vec![piece(
                "own-0",
                "Environment",
                false,
                "SONARR__AUTH__METHOD=External\n",
            )],
            recipe: Some(RecipeShown {
                name: "Sonarr".into(),
                roles: "Sonarr knows one person only.".into(),
                note: "The public paths are those of its API.".into(),
            }),
            recipes: vec![AddChoice {
                value: "sonarr".into(),
                label: "Sonarr".into(),
                about: String::new(),
                chosen: true,
            }],
            seen: SeenShown {
                state: "waiting",
                sentence: "Waiting for the first request …".into(),
                steps: Vec::new(),
                trace_url: None,
                at_ms: None,
            },
            seen_url: "/if/admin/applications/sonarr/seen/".into(),
            watches: false,
            watch_url: "/if/admin/applications/sonarr/connect/?watch".into(),
            now_ms: 1_795_478_400_000,
            errors: Vec::new(),
        }
    }
}
