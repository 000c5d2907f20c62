//! What an application says of itself, on the pages that ask for something in its name.
//!
//! Rule: beside each link stands whose server it leads to, and a picture is one of ours.

use doorward_engine::oauth::About;
use serde::Serialize;
use url::Url;

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AppLinkKind {
    /// Its home.
    Website,
    /// What it does with what it knows of people.
    Policy,
    /// Its terms.
    Terms,
}

/// A link to a page of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppLink {
    /// To what.
    pub kind: AppLinkKind,
    /// Where.
    pub url: String,
    /// On whose server.
    pub host: String,
}

/// What it says, `parts/app.html`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppAbout {
    /// Whether it registered itself, so that nobody has looked at what it says.
    pub is_registered: bool,
    /// A path of ours.
    pub logo_url: Option<String>,
    /// Its pages.
    pub links: Vec<AppLink>,
}

impl AppAbout {
    /// `None` if it says nothing.
    pub fn of(about: &About) -> Option<Self> {
        let said = [
            (AppLinkKind::Website, &about.website),
            (AppLinkKind::Policy, &about.policy),
            (AppLinkKind::Terms, &about.terms),
        ];
        let link = |(kind, url): (AppLinkKind, &Option<Url>)| {
            let url = url.as_ref()?;
            Some(AppLink {
                kind,
                url: url.to_string(),
                host: url.host_str()?.to_owned(),
            })
        };
        (!about.is_silent()).then(|| Self {
            is_registered: about.is_registered,
            logo_url: about.logo.clone(),
            links: said.into_iter().filter_map(link).collect(),
        })
    }

    pub(super) fn sample() -> Self {
        let link = |kind, path: &str| AppLink {
            kind,
            url: format!("https://photos.example.com/{path}"),
            host: "photos.example.com".into(),
        };
        Self {
            is_registered: true,
            logo_url: Some("/application/o/photos/logo/".into()),
            links: vec![
                link(AppLinkKind::Website, ""),
                link(AppLinkKind::Policy, "policy"),
                link(AppLinkKind::Terms, "terms"),
            ],
        }
    }
}
