//! No English where another language is spoken: in what templates say themselves, and in what pages
//! say with their samples.

use std::collections::BTreeSet;

use doorward_protocol::language::Language;

use crate::pages::{Look, Pages, all_samples};
use crate::templates::BUILT_IN;

/// Words that are the same in every language: names, what is typed as it stands, HTML's own.
const THE_SAME: &[&str] = &[
    " autofocus",
    " required",
    "-error",
    "-hint",
    "API",
    "Authorization: Bearer …",
    "doorward change-password",
    "OpenAPI",
];

/// Words that begin so are no sentence: values and attributes that templates hand on.
const NO_WORDS: &[&str] = &[
    " autocomplete=",
    " inputmode=",
    " step=",
    " (",
    "GET",
    "True",
];

/// A template without what the engine puts in and without tags, and the literals it hands on.
fn own_words(text: &str) -> (String, Vec<String>) {
    let (mut plain, mut literals) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, inside) = rest.split_at(at);
        plain.push_str(before);
        let end = match inside.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                plain.push('{');
                rest = &inside[1..];
                continue;
            }
        };
        let (code, after) = inside.split_once(end).expect("a tag ends");
        if end != "#}" {
            literals.extend(unspoken_literals(code));
        }
        plain.push('·');
        rest = after;
    }
    plain.push_str(rest);
    (plain, literals)
}

/// Texts in a tag of the engine that nothing translates.
fn unspoken_literals(code: &str) -> Vec<String> {
    let parts: Vec<_> = code.split('"').collect();
    let texts = (1..parts.len()).step_by(2);
    let is_spoken = |at: usize| {
        let after = parts.get(at + 1).copied().unwrap_or_default();
        parts[at - 1].ends_with("t(") || after.starts_with("|translated")
    };
    texts
        .filter(|at| !is_spoken(*at))
        .map(|at| parts[at].to_owned())
        .collect()
}

/// What is read of HTML: the text between tags, and the attributes that are read out.
fn read_aloud(html: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for (at, part) in html.split('<').enumerate() {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        texts.push(if at == 0 { part } else { text }.to_owned());
        let tag = if at == 0 { "" } else { tag };
        for name in [
            "aria-label=\"",
            "placeholder=\"",
            "title=\"",
            "alt=\"",
            "data-taken=\"",
            "data-failed=\"",
        ] {
            let values = tag.split(name).skip(1);
            texts.extend(values.filter_map(|value| Some(value.split('"').next()?.to_owned())));
        }
    }
    texts
}

fn without_the_same(text: &str) -> String {
    let mut text = text.to_owned();
    for same in THE_SAME {
        text = text.replace(same, "");
    }
    without_attributes(&text)
}

/// A piece of a template may write attributes of a tag that is begun elsewhere.
fn without_attributes(text: &str) -> String {
    let mut parts = text.split("=\"");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = plain.trim_end_matches(|one: char| one.is_ascii_lowercase() || one == '-');
        plain.truncate(name.len());
        plain.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    plain
}

/// `text` without what stands between a beginning and its end.
fn without(text: &str, begin: &str, end: &str) -> String {
    let cut = text
        .split_once(begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    cut.map_or_else(
        || text.to_owned(),
        |(before, after)| format!("{before}{after}"),
    )
}

fn has_word(text: &str) -> bool {
    let mut words = text.split(|one: char| !one.is_alphabetic());
    words.any(|word| word.chars().count() > 1)
}

/// Whether it is a template of the console, which speaks English (decision 51).
fn is_of_the_console(name: &str) -> bool {
    name.starts_with("admin/") || ["parts/console.html", "parts/object.html"].contains(&name)
}

/// Blocks that hold names for the style and the navigation.
const NAMES: [&str; 2] = ["{% block here %}", "{% block card_class %}"];

/// Rule: outside of `t("…")` and `|translated` a template holds no word of two letters that is read
/// or spoken; a literal that it hands on has no blank and no capital.
#[test]
fn no_template_says_a_word_of_its_own() {
    for (name, text) in BUILT_IN.iter().filter(|(name, _)| !is_of_the_console(name)) {
        let text = NAMES.iter().fold((*text).to_owned(), |text, block| {
            without(&text, block, "{% endblock %}")
        });
        let (plain, literals) = own_words(&without(&text, "<style>:root", "</style>"));
        for said in read_aloud(&plain) {
            let words = without_the_same(&said).replace("· en ·", "");
            assert!(!has_word(&words), "{name} says “{}” itself", said.trim());
        }
        for literal in literals {
            let is_plain = !literal.contains(' ') && !literal.contains(char::is_uppercase);
            let is_known = NO_WORDS.iter().any(|begin| literal.starts_with(begin));
            assert!(is_plain || is_known, "{name} hands on “{literal}” itself");
        }
    }
}

#[test]
fn a_word_in_a_template_is_found() {
    for text in [
        "<p>Hello</p>",
        "<p aria-label=\"Close {{ name }}\">",
        "{{ t(\"a\") }} of",
    ] {
        let said = read_aloud(&own_words(text).0);
        assert!(said.iter().any(|said| has_word(said)), "{text}");
    }
    let handed = |text| own_words(text).1;
    assert_eq!(
        handed("{{ summary(errors, \"Please check\") }}"),
        ["Please check"]
    );
    assert!(handed("{{ \"Sign in\"|translated }}{{ t(\"not-now\") }}").is_empty());
}

/// What samples hold that nobody translates: names, and what operators and people wrote.
const OF_SAMPLES: &[&str] = &[
    "A few questions first.",
    "About you",
    "Authorization: Bearer …",
    "Backup script",
    "Be kind.",
    "Calendar on my phone",
    "Charts of everything",
    "Create your account",
    "Delete your account",
    "Everything is deleted.",
    "Films and series",
    "For example this",
    "Full name",
    "GET POST",
    "GET PUT PATCH DELETE",
    "Good to know",
    "Home lab",
    "I agree",
    "It shows your picture beside your comments.",
    "JBSW Y3DP EHPK 3PXP",
    "Mia Müller",
    "Nobody else sees this.",
    "Number of the badge",
    "Only between 8 and 18 o’clock.",
    "Only if you like.",
    "Password again",
    "Second color",
    "Shows what the app is told about you",
    "This cannot be undone.",
    "User name",
    "Your groups",
    "doorward change-password mia",
];

fn spoken(language: Language) -> Vec<(String, BTreeSet<String>)> {
    let look = Look {
        lang: language.tag().to_owned(),
        switch: None,
        ..Look::default()
    };
    let samples = all_samples(&Pages::new(None), &look).into_iter();
    let samples = samples.filter(|one| !is_of_the_console(one.template));
    let texts = |html: &str| {
        let body = html.split_once("<body>").unwrap().1;
        let texts = read_aloud(body)
            .into_iter()
            .map(|text| text.trim().to_owned());
        texts
            .filter(|text| text.contains(' ') && has_word(text))
            .collect()
    };
    samples
        .map(|one| {
            (
                format!("{}, {}", one.template, one.name),
                texts(one.response.body()),
            )
        })
        .collect()
}

/// Two words of a sample page that are the same in English and in another language are in the list.
#[test]
fn no_page_speaks_english_where_another_language_is_spoken() {
    let english = spoken(Language::En);
    let mut found = BTreeSet::new();
    for language in Language::ALL.into_iter().filter(|one| *one != Language::En) {
        for ((_, own), (_, other)) in english.iter().zip(spoken(language)) {
            found.extend(own.intersection(&other).cloned());
        }
    }
    let known: BTreeSet<_> = OF_SAMPLES.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(found, known);
}
