//! Colors as CSS writes them, and how well one reads on another (WCAG 2.2, 1.4.3).
//!
//! Owns reading, writing, mixing and the contrast ratio. Leaves which colors a page has to the
//! engine. Rule: a color is opaque, because the contrast of anything else depends on what is below.

use std::fmt;

/// An opaque color of the sRGB space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// `#000`
    pub const BLACK: Self = Self([0; 3]);
    /// `#fff`
    pub const WHITE: Self = Self([255; 3]);

    /// Reads `#rgb`, `#rrggbb`, `rgb(…)`, `hsl(…)`, `oklch(…)` or a name of CSS Color Level 4;
    /// nothing that lets the background through.
    pub fn parse(text: &str) -> Option<Self> {
        let color = csscolorparser::parse(text.trim()).ok()?;
        let [red, green, blue, alpha] = color.to_rgba8();
        (alpha == u8::MAX).then_some(Self([red, green, blue]))
    }

    /// The contrast ratio with another color, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This color with `percent` of another one in it.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let share = u32::from(percent.min(100));
        let mix = |own: u8, other: u8| {
            let sum = u32::from(own) * (100 - share) + u32::from(other) * share;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self([0, 1, 2].map(|at| mix(self.0[at], other.0[at])))
    }

    /// Black or white, whichever reads better on this.
    #[must_use]
    pub fn text_on_it(self) -> Self {
        let white_reads_better = self.contrast(Self::WHITE) >= self.contrast(Self::BLACK);
        if white_reads_better {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// Relative luminance, 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Color;

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    #[test]
    fn contrast_is_as_published() {
        for (one, two, ratio) in [
            ("#000", "#fff", 21.0),
            ("#777", "white", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("rgb(255 0 0)", "white", 4.0),
            ("#fff", "#fff", 1.0),
        ] {
            let found = color(one).contrast(color(two));
            assert!((found - ratio).abs() < 0.01, "{one} on {two}: {found}");
        }
    }

    #[test]
    fn what_is_no_opaque_color_is_refused() {
        for text in [
            "",
            "#ff",
            "#00000080",
            "transparent",
            "rgb(0 0 0 / 50%)",
            "url(x)",
            "red;}",
            "var(--x)",
            "currentcolor",
            "#fff/**/",
        ] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_some_text_always_reads(parts in any::<[u8; 3]>()) {
            let color = Color(parts);
            prop_assert_eq!(Color::parse(&color.to_string()), Some(color));
            prop_assert!(color.contrast(color.text_on_it()) >= 4.5);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let again = Color::parse(&text).and_then(|color| Color::parse(&color.to_string()));
            prop_assert_eq!(again, Color::parse(&text));
        }
    }
}
