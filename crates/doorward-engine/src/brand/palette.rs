//! The colors of our pages, in light and in dark, and which must read on which.
//!
//! Owns the closed list of variables that a brand may set, their built-in values (those of
//! `doorward.css`; a test of `doorward-web` compares), and the contrast that holds whatever a brand
//! says (WCAG 2.2, 1.4.3 and 1.4.11). Leaves reading CSS to `css`.

use doorward_protocol::color::Color;

/// How bright a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on a light page.
    Light,
    /// The other way round.
    Dark,
}

impl Theme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// What the stylesheet calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

macro_rules! variables {
    ($($(#[$doc:meta])* $variant:ident $name:literal $light:expr, $dark:expr,)*) => {
        /// A color that a brand may set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Variable { $($(#[$doc])* $variant,)* }

        impl Variable {
            /// All, in the order of the stylesheet.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name in CSS.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn built_in(self, theme: Theme) -> Color {
                match (self, theme) {
                    $((Self::$variant, Theme::Light) => Color($light),
                    (Self::$variant, Theme::Dark) => Color($dark),)*
                }
            }
        }
    };
}

variables! {
    /// The page.
    Page "--bg" [0xf6, 0xf7, 0xf8], [0x0f, 0x14, 0x17],
    /// A card on it.
    Card "--card" [0xff, 0xff, 0xff], [0x17, 0x1e, 0x22],
    /// What lies deeper than a card.
    Sunk "--sunk" [0xee, 0xf1, 0xf2], [0x0b, 0x10, 0x12],
    /// Text.
    Ink "--ink" [0x14, 0x20, 0x2a], [0xe6, 0xec, 0xef],
    /// Less important text.
    Mute "--mute" [0x4b, 0x5a, 0x64], [0xa3, 0xb1, 0xba],
    /// Lines that separate.
    Line "--line" [0xd3, 0xda, 0xdd], [0x2c, 0x36, 0x3c],
    /// Borders of controls.
    Edge "--edge" [0x76, 0x85, 0x8e], [0x74, 0x84, 0x8e],
    /// Buttons, links, the mark.
    Accent "--acc" [0x0b, 0x6b, 0x6f], [0x4f, 0xc3, 0xc0],
    /// Text on the accent.
    OnAccent "--on-acc" [0xff, 0xff, 0xff], [0x06, 0x20, 0x1f],
    /// A hint of the accent.
    AccentSoft "--acc-soft" [0xe0, 0xf2, 0xf1], [0x12, 0x35, 0x33],
    /// What is wrong.
    Bad "--bad" [0xa6, 0x1b, 0x1b], [0xff, 0x9b, 0x93],
    /// A hint of it.
    BadSoft "--bad-soft" [0xfd, 0xec, 0xea], [0x3a, 0x17, 0x15],
    /// What is well.
    Ok "--ok" [0x17, 0x66, 0x3a], [0x7b, 0xd8, 0xa0],
}

impl Variable {
    /// The variable of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|variable| variable.name() == name)
    }
}

/// Text, and what it stands on.
const TEXT: [(Variable, Variable); 17] = {
    use Variable::{Accent, AccentSoft, Bad, BadSoft, Card, Ink, Mute, Ok, OnAccent, Page, Sunk};
    [
        (Ink, Page),
        (Ink, Card),
        (Ink, Sunk),
        (Ink, AccentSoft),
        (Ink, BadSoft),
        (Mute, Page),
        (Mute, Card),
        (Accent, Page),
        (Accent, Card),
        (Accent, Sunk),
        (Accent, AccentSoft),
        (OnAccent, Accent),
        (Bad, Page),
        (Bad, Card),
        (Bad, BadSoft),
        (Ok, Page),
        (Ok, Card),
    ]
};
const TEXT_RATIO: f64 = 4.5;

/// Borders of controls, and what they stand on.
const CONTROLS: [(Variable, Variable); 2] = [
    (Variable::Edge, Variable::Page),
    (Variable::Edge, Variable::Card),
];
const CONTROL_RATIO: f64 = 3.0;

/// One pair that reads too badly.
#[derive(Clone, Debug, PartialEq)]
pub struct TooFaint {
    theme: Theme,
    front: Variable,
    back: Variable,
    ratio: f64,
    least: f64,
}

impl std::fmt::Display for TooFaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Cut, not rounded: 4.497 must not be told as 4.50.
        let ratio = (self.ratio * 100.0).floor() / 100.0;
        write!(
            f,
            "{} on {} in the {} theme has a contrast of {ratio:.2}, and at least {} is needed.",
            self.front.name(),
            self.back.name(),
            self.theme.name(),
            self.least,
        )
    }
}

/// Every color in both themes.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    colors: [[Color; 2]; Variable::ALL.len()],
}

impl Palette {
    /// As built in.
    pub fn built_in() -> Self {
        let both = |variable: Variable| Theme::ALL.map(|theme| variable.built_in(theme));
        Self {
            colors: Variable::ALL.map(both),
        }
    }

    /// A color.
    pub fn get(&self, variable: Variable, theme: Theme) -> Color {
        self.colors[variable as usize][theme as usize]
    }

    /// Sets a color as it is.
    pub fn set(&mut self, variable: Variable, theme: Theme, color: Color) {
        self.colors[variable as usize][theme as usize] = color;
    }

    /// Takes the color of a brand as the accent of a theme: made darker or lighter until it reads,
    /// with what goes with it.
    pub fn take_brand_color(&mut self, theme: Theme, color: Color) {
        let towards = match theme {
            Theme::Light => Color::BLACK,
            Theme::Dark => Color::WHITE,
        };
        let steps = (0..=100).step_by(4);
        for accent in steps.map(|percent| color.mixed(towards, percent)) {
            self.set(Variable::Accent, theme, accent);
            self.set(Variable::OnAccent, theme, accent.text_on_it());
            let soft = self.get(Variable::Card, theme).mixed(accent, 12);
            self.set(Variable::AccentSoft, theme, soft);
            if self.too_faint_in(theme).all(|pair| !pair.is_of_accent()) {
                return;
            }
        }
    }

    /// Every pair that reads too badly.
    pub fn too_faint(&self) -> Vec<TooFaint> {
        let both = Theme::ALL.into_iter();
        both.flat_map(|theme| self.too_faint_in(theme)).collect()
    }

    fn too_faint_in(&self, theme: Theme) -> impl Iterator<Item = TooFaint> {
        let text = TEXT.into_iter().map(|pair| (pair, TEXT_RATIO));
        let controls = CONTROLS.into_iter().map(|pair| (pair, CONTROL_RATIO));
        text.chain(controls)
            .filter_map(move |((front, back), least)| {
                let ratio = self.get(front, theme).contrast(self.get(back, theme));
                (ratio < least).then_some(TooFaint {
                    theme,
                    front,
                    back,
                    ratio,
                    least,
                })
            })
    }

    /// The rule that sets whatever is not as built in; empty if nothing is.
    pub fn stylesheet(&self) -> String {
        let built_in = Self::built_in();
        let declarations: Vec<_> = Variable::ALL
            .into_iter()
            .filter(|variable| self.both(*variable) != built_in.both(*variable))
            .map(|variable| {
                let [light, dark] = self.both(variable);
                format!("{}:light-dark({light},{dark});", variable.name())
            })
            .collect();
        if declarations.is_empty() {
            return String::new();
        }
        format!(":root{{{}}}", declarations.concat())
    }

    fn both(&self, variable: Variable) -> [Color; 2] {
        self.colors[variable as usize]
    }
}

impl TooFaint {
    fn is_of_accent(&self) -> bool {
        use Variable::{Accent, AccentSoft, OnAccent};
        let with = [Accent, AccentSoft, OnAccent];
        with.contains(&self.front) || with.contains(&self.back)
    }
}

#[cfg(test)]
mod tests {
    use doorward_protocol::color::Color;
    use proptest::prelude::*;

    use super::{Palette, Theme, Variable};

    #[test]
    fn the_built_in_colors_read_and_need_no_rule() {
        let palette = Palette::built_in();
        assert_eq!(palette.too_faint(), []);
        assert_eq!(palette.stylesheet(), "");
    }

    #[test]
    fn a_faint_pair_is_told_with_its_ratio() {
        let mut palette = Palette::built_in();
        palette.set(Variable::Mute, Theme::Light, Color([0x8a; 3]));
        let told: Vec<_> = palette
            .too_faint()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "--mute on --bg in the light theme has a contrast of 3.21, and at least 4.5 is needed.",
                "--mute on --card in the light theme has a contrast of 3.45, and at least 4.5 is needed."
            ]
        );
    }

    #[test]
    fn only_what_differs_is_in_the_rule() {
        let mut palette = Palette::built_in();
        palette.set(Variable::Line, Theme::Dark, Color([1, 2, 3]));
        assert_eq!(
            palette.stylesheet(),
            ":root{--line:light-dark(#d3dadd,#010203);}"
        );
    }

    proptest! {
        #[test]
        fn any_brand_color_gives_text_that_reads(parts in any::<[u8; 3]>()) {
            let mut palette = Palette::built_in();
            for theme in Theme::ALL {
                palette.take_brand_color(theme, Color(parts));
            }
            prop_assert_eq!(palette.too_faint(), []);
        }
    }
}
