//! What an operator's folder may and may not do, and what a hostile value may not.

use std::fs;
use std::path::Path;

use minijinja::value::{Serde, Value};
use serde_json::Value as Json;

use super::{BUILT_IN, Templates, safe_url};
use crate::assets::Assets;
use crate::pages::{self, Look, Message, Page, Pages};

/// What a redirect address, a state, a user name or an application's name may hold.
const HOSTILE: &[&str] = &[
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "</style><svg onload=alert(1)>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)",
    "<!--",
    "-->",
    "]]>",
    "&quot;><b>",
    "{{ 7*7 }}",
    "{% raw %}<b>",
    "javascript:alert(1)//\"'<",
    "https://x/\"><script>alert(1)</script>",
    "/\"onclick=alert(1) x='<",
    "\u{2028}\u{202e}\0\r\n<b>",
];

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn pages_with(files: &[(&str, &str)]) -> Pages {
    Pages::new(Some(folder(files).path().into()))
}

fn html(pages: &Pages, page: &Message) -> String {
    pages.html(page, &Look::default()).unwrap()
}

/// Replaces every text in `value` except what only our own code can choose.
fn poison(value: &mut Json, text: &str) {
    match value {
        Json::String(old) => text.clone_into(old),
        Json::Array(items) => items.iter_mut().for_each(|item| poison(item, text)),
        Json::Object(fields) => fields
            .iter_mut()
            .filter(|(key, _)| *key != "fields" && *key != "field")
            .for_each(|(_, item)| poison(item, text)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// CVE-2026-42849 (a reflected `state` or `redirect_uri` became markup): no text in any field of
/// any page adds a tag, ends an attribute or becomes a script address.
#[test]
fn no_text_in_any_field_of_any_page_becomes_markup() {
    let templates = Templates::new(None, &Assets::new());
    let render = |template: &str, context: &Value, text: &str| {
        let mut context = serde_json::to_value(context).unwrap();
        poison(&mut context, text);
        context["look"] = serde_json::to_value(Look::default()).unwrap();
        templates
            .render(template, &Value::from(Serde(context)))
            .unwrap()
    };
    for (template, sample, context) in pages::sample_contexts() {
        let tame = render(template, &context, "/tame");
        for hostile in HOSTILE {
            let html = render(template, &context, hostile);
            for mark in ['<', '>', '"'] {
                let (want, got) = (tame.matches(mark).count(), html.matches(mark).count());
                assert_eq!(got, want, "{mark} in {template}, {sample}: {hostile}");
            }
            for attribute in ["href", "src", "action"] {
                let script = format!("{attribute}=\"javascript:");
                assert!(!html.contains(&script), "{template}, {sample}");
            }
        }
    }
}

/// Escaping is only enough inside double quotes, and a link only through the filter.
#[test]
fn every_value_in_an_attribute_is_quoted_and_every_address_is_filtered() {
    for (name, text) in BUILT_IN {
        for place in ["={{", "='{{", "|safe", "autoescape"] {
            assert!(
                !text.replace("|safe_url", "").contains(place),
                "{name}: {place}"
            );
        }
        for attribute in ["href=\"{{", "src=\"{{", "action=\"{{"] {
            for (at, _) in text.match_indices(attribute) {
                let value = &text[at..at + text[at..].find("}}").unwrap()];
                let fixed = value.contains("script_url");
                assert!(fixed || value.contains("|safe_url"), "{name}: {value}");
            }
        }
    }
}

#[test]
fn a_link_leads_to_the_web_or_to_ourselves_only() {
    for (url, link) in [
        (
            "https://app.example.com/x?y#z",
            "https://app.example.com/x?y#z",
        ),
        ("HTTP://app.example.com", "HTTP://app.example.com"),
        ("/if/user/", "/if/user/"),
        ("/", "/"),
        ("//evil.example", "#"),
        ("/\\evil.example", "#"),
        ("javascript:alert(1)", "#"),
        ("javascript://x/%0aalert(1)", "#"),
        ("java\nscript:alert(1)", "#"),
        ("data:text/html,x", "#"),
        ("blank://blank", "#"),
        ("", "#"),
    ] {
        assert_eq!(safe_url(url), link, "{url}");
    }
}

#[test]
fn a_file_of_the_operator_replaces_one_page_and_may_build_on_ours() {
    let pages = pages_with(&[
        (
            "message.html",
            "{% extends 'card.html' %}{% block content %}{% include 'own/note.html' %}{% endblock %}",
        ),
        ("own/note.html", "<p>Call 42: {{ title }}</p>"),
    ]);
    assert_eq!(pages.rejected(), []);
    assert!(html(&pages, &Message::not_found()).contains("<p>Call 42: There is no such page</p>"));
}

#[test]
fn a_file_that_fails_is_reported_with_its_line_and_ours_is_used() {
    for (text, reason) in [
        ("\n{{ nope }}", "undefined"),
        ("\n{% if %}", "syntax error"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "fuel",
        ),
        ("{% include 'missing.html' %}", "missing.html"),
        ("{% include 'message.html' %}", "recursion"),
    ] {
        let pages = pages_with(&[("message.html", text), ("flow/login.html", "fine")]);
        let [rejected] = pages.rejected() else {
            panic!("{text}: {:?}", pages.rejected())
        };
        assert_eq!(rejected.name, "message.html");
        assert!(
            rejected.reason.contains(reason),
            "{text}: {}",
            rejected.reason
        );
        assert!(
            rejected.reason.contains("message.html:"),
            "{text}: {}",
            rejected.reason
        );
        assert!(
            html(&pages, &Message::not_found()).contains("There is no such page"),
            "{text}"
        );
    }
}

#[test]
fn a_file_that_fails_only_later_gives_way_to_ours_for_that_answer() {
    let pages = pages_with(&[(
        "message.html",
        "{% if status == 418 %}{{ nope }}{% endif %}own",
    )]);
    assert_eq!(html(&pages, &Message::not_found()), "own");
    let teapot = Message {
        status: 418,
        ..Message::not_found()
    };
    assert!(html(&pages, &teapot).contains("There is no such page"));
}

#[test]
fn a_folder_that_cannot_be_read_is_reported_and_nothing_else_happens() {
    let pages = Pages::new(Some("/no/such/folder".into()));
    assert_eq!(pages.rejected().len(), 1);
    assert!(html(&pages, &Message::not_found()).contains("There is no such page"));
}

#[test]
fn a_template_cannot_reach_a_file_outside_the_folder() {
    let folder = folder(&[
        ("in/message.html", "{% include '../secret.html' %}"),
        ("secret.html", "s"),
    ]);
    let pages = Pages::new(Some(folder.path().join("in")));
    assert_eq!(pages.rejected().len(), 1);
}

#[test]
fn every_template_file_is_built_in_and_every_page_has_its_template() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let (files, rejected) = super::folder::read(&folder);
    assert_eq!(rejected, []);
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let mut built_in: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    built_in.sort_unstable();
    assert_eq!(names, built_in);
    assert!(BUILT_IN.iter().any(|(name, _)| *name == Message::TEMPLATE));
}
