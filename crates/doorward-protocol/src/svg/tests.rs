//! What attackers put into drawings (`security.md` 1, "SVG icon XSS").

use proptest::prelude::*;

use super::{SvgError, sanitize};

const OPEN: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">";

fn drawn(inside: &str) -> String {
    let text = sanitize(&format!("{OPEN}{inside}</svg>")).unwrap();
    let inside = text.strip_prefix("<svg xmlns=\"http://www.w3.org/2000/svg\">");
    let inside = inside.and_then(|rest| rest.strip_suffix("</svg>"));
    inside.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn a_drawing_stays_as_it_is() {
    for inside in [
        "<path d=\"M0 0h10v10z\" fill=\"#0b6b6f\"/>",
        "<defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"red\"/></linearGradient></defs>",
        "<rect width=\"4\" height=\"4\" fill=\"url(#a)\"/>",
        "<text x=\"1\">Fish &amp; Chips &lt;3</text>",
        "<g><use href=\"#x\"/></g>",
    ] {
        assert_eq!(drawn(inside), inside);
    }
}

#[test]
fn nothing_that_runs_loads_or_leads_away_is_kept() {
    for (inside, kept) in [
        ("<script>alert(1)</script>", ""),
        ("<SCRIPT>alert(1)</SCRIPT>", ""),
        ("<script xlink:href=\"https://evil.example/\"/><g/>", "<g/>"),
        (
            "<x:script xmlns:x=\"http://www.w3.org/2000/svg\">alert(1)</x:script>",
            "",
        ),
        ("<g onload=\"alert(1)\" ONCLICK=\"x\"/>", "<g/>"),
        (
            "<foreignObject><body><g/><iframe src=\"x\"/></body></foreignObject>",
            "",
        ),
        ("<a href=\"javascript:alert(1)\"><path d=\"\"/></a>", ""),
        ("<use href=\"https://evil.example/#x\"/>", "<use/>"),
        ("<use xlink:href=\" #x\"/>", "<use href=\" #x\"/>"),
        ("<image href=\"https://evil.example/\"/>", ""),
        ("<style>@import url(https://evil.example/)</style>", ""),
        ("<rect fill=\"url(https://evil.example/)\"/>", "<rect/>"),
        (
            "<rect fill=\"U&#82;L( 'https://evil.example/')\"/>",
            "<rect/>",
        ),
        ("<rect fill=\"u\\rl(https://evil.example/)\"/>", "<rect/>"),
        (
            "<rect style=\"fill:red;background:url(https://evil.example/);stroke: #000\"/>",
            "<rect fill=\"red\" stroke=\"#000\"/>",
        ),
        (
            "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/><set/>",
            "",
        ),
        (
            "<!-- <script>alert(1)</script> --><?xml-stylesheet href=\"x\"?>",
            "",
        ),
        (
            "<text><![CDATA[<script>alert(1)</script>]]></text>",
            "<text>&lt;script&gt;alert(1)&lt;/script&gt;</text>",
        ),
        (
            "<text>&#60;script&#62;&lt;b&gt;&unknown;</text>",
            "<text>&lt;script&gt;&lt;b&gt;</text>",
        ),
        (
            "<g id='\"&gt;&lt;script&gt;'/>",
            "<g id=\"&quot;&gt;&lt;script&gt;\"/>",
        ),
        ("<svg onload=\"x\"><handler/></svg>", "<svg></svg>"),
    ] {
        assert_eq!(drawn(inside), kept, "{inside}");
    }
}

#[test]
fn what_is_no_drawing_is_refused() {
    let bomb = "<!DOCTYPE svg [<!ENTITY a \"&b;&b;\">]><svg/>";
    let external = "<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><svg>&x;</svg>";
    let deep = "<svg>".repeat(100_000);
    let many = format!("<svg>{}</svg>", "<g/>".repeat(60_000));
    for (text, error) in [
        ("", SvgError::NotSvg),
        ("<html><svg/></html>", SvgError::NotSvg),
        ("<svg>", SvgError::NotSvg),
        ("<svg/><svg/>", SvgError::NotSvg),
        ("<svg/>text", SvgError::NotSvg),
        ("<svg></g></svg>", SvgError::NotSvg),
        ("<svg a=\"1\" a=\"2\"/>", SvgError::NotSvg),
        (
            "<x:svg xmlns:x=\"http://www.w3.org/2000/svg\"/>",
            SvgError::NotSvg,
        ),
        (bomb, SvgError::Entities),
        (external, SvgError::Entities),
        (&deep, SvgError::TooLarge),
        (&many, SvgError::TooLarge),
    ] {
        let start = &text[..text.len().min(40)];
        assert_eq!(sanitize(text), Err(error), "{start}");
    }
}

#[test]
fn a_document_type_without_definitions_is_dropped() {
    let text = "\u{feff}<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x.dtd\">\n<svg/>\n";
    assert_eq!(
        sanitize(text).unwrap(),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"
    );
}

proptest! {
    #[test]
    fn what_goes_out_comes_out_the_same_again(inside in "[<>/a-z\"'=&;:# svgonloadscript]{0,120}") {
        if let Ok(text) = sanitize(&format!("<svg>{inside}</svg>")) {
            prop_assert_eq!(sanitize(&text), Ok(text.clone()));
            prop_assert!(!text.contains("<script") && !text.contains(" on"), "{}", text);
        }
    }
}
