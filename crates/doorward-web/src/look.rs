//! How pages look to whoever asks: the host's brand, the person's wishes, the flow's background.
//!
//! Owns the [`Look`] and finding it. A page does not carry its look along: while a request is
//! answered its surroundings are at hand (as its log span is), and [`current`] reads them when a page
//! is written. Leaves which brand a host has to `engine::brand`. Rule: outside of a request there is
//! the built-in look, so a page never fails for want of one.

#[cfg(test)]
mod tests;

mod layout;

use std::future::Future;

use doorward_engine::brand::palette::Theme;
use doorward_engine::brand::{locale_in, theme_in};
use doorward_engine::flow::approved_path;
use doorward_engine::model::{Brand, Flow};
use doorward_engine::picture::Picture;
use doorward_engine::{Person, Snapshot};
use doorward_protocol::cookie;
use doorward_protocol::language::Language;
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, Uri};
use serde::Serialize;
use url::{Url, form_urlencoded};

use crate::assets::PREFIX;
use crate::extract::Asked;
use crate::language;
use crate::state::AppState;

pub use layout::Layout;

tokio::task_local! {
    static SURROUNDINGS: Surroundings;
}

/// What the look of an answer depends on.
struct Surroundings {
    state: AppState,
    asked: Asked,
    at: At,
}

/// What the head of a request says beside [`Asked`].
#[derive(Default)]
pub(crate) struct At {
    /// Path and query.
    address: String,
    /// The language that was chosen here, or that the browser prefers.
    language: Option<Language>,
}

impl At {
    /// Reads it.
    pub(crate) fn read(uri: &Uri, headers: &HeaderMap) -> Self {
        let address = uri.path_and_query().map_or("/", |address| address.as_str());
        let chosen = cookie::find(headers, language::COOKIE).find_map(Language::of_tag);
        let accepted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|text| text.to_str().ok());
        Self {
            address: address.to_owned(),
            language: chosen.or_else(|| accepted.and_then(Language::of_accepted)),
        }
    }

    /// The built-in look in that language.
    pub(crate) fn look(&self) -> Look {
        let language = self.language.unwrap_or(Language::En);
        Look {
            lang: language.tag().to_owned(),
            dir: language.direction(),
            ..Look::default()
        }
    }

    /// Where the form that switches the language leads back: here, without a `next` that leads
    /// elsewhere.
    fn way_back(&self, snapshot: &Snapshot) -> &str {
        let query = self.address.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let leads_away =
            pairs.any(|(name, next)| name == "next" && approved_path(snapshot, &next).is_none());
        if leads_away {
            self.path()
        } else {
            &self.address
        }
    }

    fn path(&self) -> &str {
        self.address.split('?').next().unwrap_or_default()
    }
}

/// Answers a request; pages that are written meanwhile look as the request wants.
pub(crate) async fn within<F: Future>(
    state: &AppState,
    asked: &Asked,
    at: At,
    answer: F,
) -> F::Output {
    let surroundings = Surroundings {
        state: state.clone(),
        asked: asked.clone(),
        at,
    };
    SURROUNDINGS.scope(surroundings, answer).await
}

/// The look of the request that is being answered.
pub(crate) fn current() -> Look {
    SURROUNDINGS
        .try_with(Surroundings::look)
        .unwrap_or_default()
}

/// A picture in light and in dark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Themed {
    /// Its address on light pages.
    pub light: String,
    /// Its address on dark pages.
    pub dark: String,
}

/// What is the same on all pages of one answer: language and looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// The name after the dot in the page title and in the corner: the brand's title.
    pub brand: String,
    /// A BCP 47 language tag.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// `light` or `dark` if the person or the brand asks for one; else the device decides.
    pub theme: Option<&'static str>,
    /// The brand's picture, in place of our mark.
    pub logo: Option<Themed>,
    /// The brand's icon in the tab.
    pub favicon_url: Option<String>,
    /// The picture behind a card.
    pub background: Option<Themed>,
    /// Where a card stands.
    pub layout: Layout,
    /// Whether the background is a page in a frame rather than a picture.
    pub is_frame: bool,
    /// The stylesheet with the brand's colors.
    pub style_url: Option<String>,
    /// The form that switches the language; not on an app's host, nor for whoever has a language of
    /// their own in their account.
    pub switch: Option<Switch>,
}

/// A form that switches the language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// Where it goes, by `GET`.
    pub action: &'static str,
    /// Where it leads back, as `next`.
    pub next: String,
    /// The choices for `lang`.
    pub languages: Vec<LanguageName>,
}

/// A language to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LanguageName {
    /// BCP 47.
    pub tag: &'static str,
    /// In its own words.
    pub name: &'static str,
}

impl Switch {
    /// Every language, leading back to `next`.
    pub fn new(next: impl Into<String>) -> Self {
        let name = |language: Language| LanguageName {
            tag: language.tag(),
            name: language.name(),
        };
        Self {
            action: language::PATH,
            next: next.into(),
            languages: Language::ALL.map(name).into(),
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            brand: "Doorward".into(),
            lang: "en".into(),
            dir: "ltr",
            theme: None,
            logo: None,
            favicon_url: None,
            background: None,
            layout: Layout::Stacked,
            is_frame: false,
            style_url: None,
            switch: None,
        }
    }
}

impl Look {
    /// Every address that a page with this look loads.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = &str> {
        let background = self.background.as_ref().filter(|_| !self.is_frame);
        let themed = self.logo.as_ref().into_iter().chain(background);
        themed
            .flat_map(|one| [&*one.light, &*one.dark])
            .chain(self.favicon_url.as_deref())
    }
}

impl Look {
    /// The same looks in English, for pages that speak nothing else.
    #[must_use]
    pub(crate) fn in_english(mut self) -> Self {
        Language::En.tag().clone_into(&mut self.lang);
        self.dir = Language::En.direction();
        self.switch = None;
        self
    }

    /// The page in a frame behind the card, if there is one.
    pub(crate) fn frame(&self) -> Option<&str> {
        let background = self.background.as_ref().filter(|_| self.is_frame);
        background.map(|page| &*page.light)
    }
}

impl Surroundings {
    fn look(&self) -> Look {
        let snapshot = self.state.engine.snapshot();
        let brand = snapshot.brand(&self.asked.host_text());
        let brand = brand.cloned().unwrap_or_default();
        let origin = self.other_origin(&snapshot);
        let picture = |text: &str| shown(text, origin.as_ref());
        let person = self.asked.person();
        let own = person
            .and_then(|person| Language::of_tag(locale_in(person.attributes.get("settings"))));
        let language = own
            .or(self.at.language)
            .or_else(|| Language::of_tag(brand.locale()))
            .unwrap_or(Language::En);
        let flow = flow_of(&snapshot, self.at.path());
        let layout = flow.map_or(Layout::Stacked, |flow| Layout::of(&flow.layout));
        let has_switch = own.is_none() && origin.is_none() && snapshot.setup_done;
        Look {
            lang: language.tag().to_owned(),
            dir: language.direction(),
            switch: has_switch.then(|| Switch::new(self.at.way_back(&snapshot))),
            brand: brand.title().to_owned(),
            theme: theme(person, &brand),
            logo: picture(&brand.branding_logo),
            favicon_url: picture(&brand.branding_favicon).map(|icon| icon.light),
            background: picture(background(flow, &brand)),
            layout,
            is_frame: layout.has_frame(),
            style_url: snapshot
                .sheet(&brand)
                .map(|sheet| absolute(&format!("{PREFIX}{}", sheet.name), origin.as_ref())),
        }
    }

    /// The public address, if the page is shown on another host, where only the outpost's addresses
    /// are ours.
    fn other_origin(&self, snapshot: &Snapshot) -> Option<Url> {
        let public = snapshot.public_url()?;
        let is_here = self
            .asked
            .host
            .as_ref()
            .is_none_or(|host| Some(host.name.as_str()) == public.host_str());
        (!is_here).then_some(public)
    }
}

fn theme(person: Option<&Person>, brand: &Brand) -> Option<&'static str> {
    let own = person.and_then(|person| theme_in(person.attributes.get("settings")));
    own.or_else(|| brand.theme()).map(Theme::name)
}

/// The flow that the address names.
fn flow_of<'a>(snapshot: &'a Snapshot, path: &str) -> Option<&'a Flow> {
    let prefixes = ["/if/flow/", "/api/v3/flows/executor/"];
    let rest = prefixes
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))?;
    let slug = rest.split('/').next()?;
    snapshot.flows.get(slug).map(AsRef::as_ref)
}

/// The flow's own background, else the brand's.
fn background<'a>(flow: Option<&'a Flow>, brand: &'a Brand) -> &'a str {
    let own = flow.map(|flow| flow.background.as_str());
    own.filter(|own| !own.is_empty())
        .unwrap_or(&brand.branding_default_flow_background)
}

/// authentik's own files, which are a brand's defaults and mean: no picture of its own.
const NOT_OURS: &str = "/static/dist/";

/// The addresses of a stored picture on this page.
pub(crate) fn shown(text: &str, origin: Option<&Url>) -> Option<Themed> {
    let picture = Some(text).filter(|text| !text.starts_with(NOT_OURS))?;
    let [light, dark] = Picture::read(picture).shown()?;
    Some(Themed {
        light: absolute(&light, origin),
        dark: absolute(&dark, origin),
    })
}

fn absolute(address: &str, origin: Option<&Url>) -> String {
    let joined = origin.and_then(|origin| origin.join(address).ok());
    joined.map_or_else(|| address.to_owned(), String::from)
}
