//! Where a picture is: what brands, applications and flows may say about their icons, logos and
//! backgrounds.
//!
//! A text names a file among the media, an address of the web, a path of ours, or an icon of a font
//! (`fa://`). `%(theme)s` in it stands for `light` or `dark`. Rule: only `http`, `https` and our own
//! paths become an address that a page shows.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::brand::palette::Theme;

/// Where media are served.
pub const MEDIA_PREFIX: &str = "/files/media/public/";

/// Where authentik served them before 2025.12; still in what was stored then.
pub const OLD_MEDIA_PREFIX: &str = "/media/public/";

/// Fields that name a picture which strangers see: the kind and the field.
pub(crate) const SHOWN_BY: [(&str, &str); 5] = [
    ("authentik_brands.brand", "branding_logo"),
    ("authentik_brands.brand", "branding_favicon"),
    ("authentik_brands.brand", "branding_default_flow_background"),
    ("authentik_core.application", "meta_icon"),
    ("authentik_flows.flow", "background"),
];

const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\');
const THEME: &str = "%(theme)s";

/// What a stored text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture<'a> {
    /// Nothing.
    None,
    /// A file among the media.
    File(&'a str),
    /// An address of the web, or a path of ours.
    Address(&'a str),
    /// An icon of a font, which our pages do not have.
    Icon(&'a str),
}

impl<'a> Picture<'a> {
    /// Reads a text; one that could be a script is no picture.
    pub fn read(text: &'a str) -> Self {
        let text = text.trim();
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        let is_web = |scheme: &str| matches!(&*scheme.to_ascii_lowercase(), "http" | "https");
        match scheme {
            _ if text.is_empty() || text.starts_with("//") => Self::None,
            _ if text.contains(|one: char| one.is_control() || one == '\\') => Self::None,
            Some("fa") => Self::Icon(text),
            Some(scheme) if is_web(scheme) && url::Url::parse(text).is_ok() => Self::Address(text),
            Some(_) => Self::None,
            None if text.starts_with('/') => Self::Address(text),
            None => Self::File(text),
        }
    }

    /// The address for a theme, as answers of the API give it.
    pub fn address(self, theme: Theme) -> Option<String> {
        match self {
            Self::None => None,
            Self::File(name) => {
                let name = name.replace(THEME, theme.name());
                let name = utf8_percent_encode(&name, IN_PATH);
                Some(format!("{MEDIA_PREFIX}{name}"))
            }
            Self::Address(text) | Self::Icon(text) => Some(text.replace(THEME, theme.name())),
        }
    }

    /// The addresses in light and dark that a page can show.
    pub fn shown(self) -> Option<[String; 2]> {
        match self {
            Self::None | Self::Icon(_) => None,
            Self::File(_) | Self::Address(_) => {
                let [light, dark] = Theme::ALL.map(|theme| self.address(theme));
                Some([light?, dark?])
            }
        }
    }
}

/// The files among the media that a stored text shows, one for each theme.
pub(crate) fn media_names(text: &str) -> impl Iterator<Item = String> {
    let shown = Picture::read(text).shown().into_iter().flatten();
    shown.filter_map(|address| {
        let path = [MEDIA_PREFIX, OLD_MEDIA_PREFIX]
            .into_iter()
            .find_map(|prefix| address.strip_prefix(prefix))?;
        let path = path.split(['?', '#']).next()?;
        Some(percent_decode_str(path).decode_utf8().ok()?.into_owned())
    })
}

/// The address in an answer, or null.
pub fn url(text: &str) -> Value {
    json!(Picture::read(text).address(Theme::Light))
}

/// The addresses of both themes in an answer.
pub fn themed_urls(text: &str) -> Value {
    let [light, dark] = Theme::ALL.map(|theme| Picture::read(text).address(theme));
    json!({ "light": light, "dark": dark })
}

#[cfg(test)]
mod tests {
    use super::{Picture, media_names};
    use crate::brand::palette::Theme;

    #[test]
    fn files_addresses_and_icons_are_told_apart() {
        for (text, address) in [
            ("logo.svg", Some("/files/media/public/logo.svg")),
            (
                "apps/my logo?.svg",
                Some("/files/media/public/apps/my%20logo%3F.svg"),
            ),
            ("l-%(theme)s.png", Some("/files/media/public/l-dark.png")),
            (
                "https://a.example/%(theme)s.png",
                Some("https://a.example/dark.png"),
            ),
            ("/static/x.svg", Some("/static/x.svg")),
            ("fa://fa-rocket", Some("fa://fa-rocket")),
            ("", None),
            ("//evil.example/x", None),
            ("javascript:alert(1)", None),
            ("data:image/svg+xml,x", None),
            ("/\\evil.example", None),
            ("https://", None),
        ] {
            let found = Picture::read(text).address(Theme::Dark);
            assert_eq!(found.as_deref(), address, "{text}");
        }
    }

    #[test]
    fn the_files_that_a_text_shows_are_named_as_they_lie_there() {
        for (text, names) in [
            ("a%(theme)s.png", &["alight.png", "adark.png"][..]),
            (
                "/media/public/x/a%20b.png?token=1",
                &["x/a b.png", "x/a b.png"],
            ),
            ("/files/media/public/a.png", &["a.png", "a.png"]),
            ("https://a.example/files/media/public/a.png", &[]),
            ("/static/a.png", &[]),
            ("fa://a.png", &[]),
        ] {
            assert_eq!(media_names(text).collect::<Vec<_>>(), names, "{text}");
        }
    }

    #[test]
    fn a_page_does_not_show_the_icon_of_a_font() {
        assert_eq!(Picture::read("fa://fa-rocket").shown(), None);
        assert!(Picture::read("a.png").shown().is_some());
    }
}
