//! The languages that we speak, as tags (BCP 47) and `Accept-Language` (RFC 9110, 12.5.4) name them.
//!
//! Leaves what is said in them to the pages. Rule: a tag that is none of ours is nobody's wish.

/// A language that pages can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, which is never missing.
    En,
    /// German
    De,
    /// French
    Fr,
    /// Spanish
    Es,
}

impl Language {
    /// All, in the order of the form that switches.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// In its own words.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
        }
    }

    /// `left` to `right` or the other way round, for `dir`.
    pub fn direction(self) -> &'static str {
        match self {
            Self::En | Self::De | Self::Fr | Self::Es => "ltr",
        }
    }

    /// The language of a tag: `de`, `de-AT`, `de_DE`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        let is_it = |language: &Self| language.tag().eq_ignore_ascii_case(primary);
        Self::ALL.into_iter().find(is_it)
    }

    /// The one that an `Accept-Language` prefers among ours (RFC 9110, 12.5.4).
    pub fn of_accepted(header: &str) -> Option<Self> {
        const LOOKED_AT: usize = 32;
        let wish = |item: &str| {
            let (tag, weight) = item.split_once(";q=").unwrap_or((item, "1"));
            let weight: f32 = weight.trim().parse().ok().filter(|weight| *weight > 0.0)?;
            Some((Self::of_tag(tag)?, weight))
        };
        let wishes = header.split(',').take(LOOKED_AT).filter_map(wish);
        let better =
            |best: (Self, f32), next: (Self, f32)| if next.1 > best.1 { next } else { best };
        wishes.reduce(better).map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_language_is_found_by_its_tag_and_by_what_a_browser_accepts() {
        for (tag, language) in [
            ("de", Some(Language::De)),
            ("de-AT", Some(Language::De)),
            ("FR_ca", Some(Language::Fr)),
            ("den", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
        for (header, language) in [
            ("de-CH, en;q=0.9", Some(Language::De)),
            ("en;q=0.2, fr;q=0.7, xx", Some(Language::Fr)),
            ("nl, es", Some(Language::Es)),
            ("de;q=0, en;q=0.1", Some(Language::En)),
            ("de;q=x, *", None),
            ("", None),
        ] {
            assert_eq!(Language::of_accepted(header), language, "{header}");
        }
    }
}
