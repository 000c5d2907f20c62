//! Reads an operator's CSS: the colors in it that we know, and everything else by its name.
//!
//! Owns finding declarations of custom properties on the root, for one theme or for both. Rule:
//! nothing of the text goes on as text; what is read is a color, and what is not read is told.

use doorward_protocol::color::Color;

use super::palette::{Palette, Theme, Variable};

/// Names of the one color from which the others are made; the last three are authentik's.
const BRAND_COLOR: [&str; 4] = [
    "--brand-color",
    "--ak-accent",
    "--pf-global--primary-color--100",
    "--pf-v5-global--primary-color--100",
];

/// So much of what was not read is told.
const TOLD_MAX: usize = 20;
const TOLD_MAX_CHARS: usize = 80;

/// What the CSS of a brand says.
#[derive(Debug)]
pub struct Read {
    /// The colors.
    pub palette: Palette,
    /// What has no effect, by selector or property.
    pub left_out: Vec<String>,
}

/// The themes that a rule is for.
type Themes = &'static [Theme];

const LIGHT: Themes = &[Theme::Light];
const DARK: Themes = &[Theme::Dark];

/// Reads the text.
pub fn read(css: &str) -> Read {
    let mut reader = Reader::default();
    reader.rules(&without_comments(css), &Theme::ALL);
    reader.finish()
}

#[derive(Default)]
struct Reader {
    colors: Vec<(Theme, Variable, Color)>,
    brand_colors: Vec<(Theme, Color)>,
    left_out: Vec<String>,
}

impl Reader {
    /// Rules one after the other, all of them for `themes`.
    fn rules(&mut self, css: &str, themes: Themes) {
        let mut rest = css;
        while let Some((prelude, after)) = rest.split_once('{') {
            let (body, after) = block(after);
            rest = after;
            // `@import …;` and its like stand before a rule.
            let (statements, prelude) = prelude.rsplit_once(';').unwrap_or(("", prelude));
            self.leave_out(statements);
            self.rule(prelude.trim(), body, themes);
        }
        self.leave_out(rest);
    }

    fn rule(&mut self, prelude: &str, body: &str, themes: Themes) {
        let Some(own) = themes_of(&prelude.to_ascii_lowercase()) else {
            return self.leave_out(prelude);
        };
        let themes = if own.len() == 1 { own } else { themes };
        if prelude.starts_with('@') {
            self.rules(body, themes);
        } else {
            self.declarations(body, themes);
        }
    }

    fn declarations(&mut self, body: &str, themes: Themes) {
        for declaration in body.split(';').map(str::trim) {
            let Some((name, value)) = declaration.split_once(':') else {
                self.leave_out(declaration);
                continue;
            };
            let (name, value) = (name.trim(), without_important(value));
            if !self.declaration(name, value, themes) {
                self.leave_out(name);
            }
        }
    }

    /// Whether it was understood.
    fn declaration(&mut self, name: &str, value: &str, themes: Themes) -> bool {
        let Some([light, dark]) = both(value) else {
            return false;
        };
        let color = |theme: Theme| match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        };
        if let Some(variable) = Variable::named(name) {
            let set = themes.iter().map(|theme| (*theme, variable, color(*theme)));
            self.colors.extend(set);
            true
        } else if BRAND_COLOR.contains(&name) {
            let set = themes.iter().map(|theme| (*theme, color(*theme)));
            self.brand_colors.extend(set);
            true
        } else {
            false
        }
    }

    fn leave_out(&mut self, what: &str) {
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        if !what.is_empty() && self.left_out.len() < TOLD_MAX {
            self.left_out
                .push(what.chars().take(TOLD_MAX_CHARS).collect());
        }
    }

    fn finish(self) -> Read {
        let mut palette = Palette::built_in();
        let own_surfaces =
            |(_, variable, _): &&(Theme, Variable, Color)| *variable == Variable::Card;
        // The hint of the brand's color is made from the card, so that comes first.
        for (theme, variable, color) in self.colors.iter().filter(own_surfaces) {
            palette.set(*variable, *theme, *color);
        }
        for (theme, color) in self.brand_colors {
            palette.take_brand_color(theme, color);
        }
        for (theme, variable, color) in self.colors {
            palette.set(variable, theme, color);
        }
        Read {
            palette,
            left_out: self.left_out,
        }
    }
}

/// The themes that a selector or media query of the whole page is for.
fn themes_of(prelude: &str) -> Option<Themes> {
    let compact: String = prelude
        .chars()
        .filter(|one| !one.is_whitespace() && !matches!(one, '"' | '\''))
        .collect();
    match compact.as_str() {
        ":root" | "html" | ":host" | ":root,:host" | ":host,:root" => Some(&Theme::ALL),
        ":root[data-theme=light]" | ":root[theme=light]" | "@media(prefers-color-scheme:light)" => {
            Some(LIGHT)
        }
        ":root[data-theme=dark]" | ":root[theme=dark]" | "@media(prefers-color-scheme:dark)" => {
            Some(DARK)
        }
        _ => None,
    }
}

/// One color for both themes, or `light-dark(one, other)`.
fn both(value: &str) -> Option<[Color; 2]> {
    let pair = value
        .strip_prefix("light-dark(")
        .and_then(|rest| rest.strip_suffix(')'));
    let Some(pair) = pair else {
        return Color::parse(value).map(|color| [color; 2]);
    };
    // `rgb(1, 2, 3)` has commas too: the one in the middle is where both sides are colors.
    let commas = pair.match_indices(',').map(|(at, _)| at);
    commas
        .map(|at| (&pair[..at], &pair[at + 1..]))
        .find_map(|(light, dark)| Some([Color::parse(light)?, Color::parse(dark)?]))
}

fn without_important(value: &str) -> &str {
    let value = value.trim();
    value.strip_suffix("!important").unwrap_or(value).trim()
}

/// The inside of a block and what follows it.
fn block(css: &str) -> (&str, &str) {
    let mut depth = 1_usize;
    for (at, byte) in css.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&css[..at], &css[at + 1..]);
        }
    }
    (css, "")
}

fn without_comments(css: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(css.len()), css);
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::read;

    fn sheet(css: &str) -> String {
        read(css).palette.stylesheet()
    }

    #[test]
    fn variables_are_read_for_both_themes_or_for_one() {
        for css in [
            ":root { --line: light-dark(#010203, rgb(4, 5, 6)); }",
            "/* x */ html{--line:#040506!important} :root[data-theme='light'] { --line : #010203 }",
            ":root{--line:#010203}@media (prefers-color-scheme: dark){:root{--line:#040506}}",
        ] {
            assert_eq!(
                sheet(css),
                ":root{--line:light-dark(#010203,#040506);}",
                "{css}"
            );
            assert!(read(css).left_out.is_empty(), "{css}");
        }
    }

    #[test]
    fn a_brand_color_of_authentik_becomes_an_accent_that_reads() {
        let read = read(":root { --ak-accent: #fd4b2d; }");
        assert!(read.left_out.is_empty() && read.palette.too_faint().is_empty());
        let sheet = read.palette.stylesheet();
        assert!(sheet.starts_with(":root{--acc:light-dark(#"), "{sheet}");
        assert!(sheet.contains("--on-acc:") && sheet.contains("--acc-soft:"));
    }

    #[test]
    fn whatever_is_no_color_of_ours_is_told_and_has_no_effect() {
        let css = "@import url(https://evil.example/x.css);
            .pf-c-login { background: url(https://evil.example/y) }
            :root { --line: red;} body{x:y}
            :root { --acc: url(javascript:alert(1)); --bg: var(--x); --unknown: #fff; color: red }
            @media print { :root { --ink: red } }
            :root { --ink: red}</style><script>";
        let read = read(css);
        assert_eq!(
            read.palette.stylesheet(),
            ":root{--ink:light-dark(#ff0000,#ff0000);--line:light-dark(#ff0000,#ff0000);}"
        );
        assert_eq!(
            read.left_out,
            [
                "@import url(https://evil.example/x.css)",
                ".pf-c-login",
                "body",
                "--acc",
                "--bg",
                "--unknown",
                "color",
                "@media print",
                "</style><script>"
            ]
        );
    }

    #[test]
    fn what_is_told_is_bounded() {
        let many = "a{}".repeat(1000) + &"b".repeat(1000) + "{}";
        let left_out = read(&many).left_out;
        assert_eq!(left_out.len(), 20);
        let long = read(&("b".repeat(1000) + "{}")).left_out;
        assert_eq!(long[0].len(), 80);
    }

    proptest! {
        #[test]
        fn no_text_gets_through_as_text(css in "[:root{}\\-acbgd#0-9;/*@ ()'\"<>ü]{0,80}") {
            let sheet = sheet(&css);
            let harmless = |one: char| one.is_ascii_alphanumeric() || ":{}-#(),;".contains(one);
            prop_assert!(sheet.chars().all(harmless), "{}", sheet);
        }
    }
}
