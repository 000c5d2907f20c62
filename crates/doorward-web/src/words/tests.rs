//! The files compared with each other, with the templates and with the program.

mod english;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_bundle::FluentArgs;

use super::{SENTENCE, keys, say, translated};
use crate::templates::BUILT_IN;
use crate::testing::Log;
use doorward_protocol::language::Language;

/// The variables of each key.
fn all_variables(language: Language) -> BTreeMap<&'static str, Vec<String>> {
    let mut found = BTreeMap::new();
    for key in keys(language) {
        let names = super::variables(language, key);
        assert!(found.insert(key, names).is_none(), "{key} twice");
    }
    found
}

#[test]
fn every_language_has_the_same_keys_and_variables_and_can_be_read() {
    let english = all_variables(Language::En);
    assert!(english.len() > 300, "{}", english.len());
    for language in Language::ALL {
        assert_eq!(all_variables(language), english, "{language:?}");
        for (key, names) in &english {
            let given: FluentArgs<'_> = names.iter().map(|name| (&**name, 2)).collect();
            let said = super::said(language, key, &given);
            assert!(said.is_some(), "{language:?} {key}");
        }
    }
}

/// Every file of the program as one text, with the lines of a literal joined.
fn program() -> String {
    fn read(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, all);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    read(&root.join("src"), &mut all);
    read(&root.join("../doorward-engine/src"), &mut all);
    let mut joined = String::new();
    for line in all.lines() {
        match line.strip_suffix('\\') {
            Some(begun) => joined.push_str(begun.trim_start()),
            None => joined.extend([line.trim_start(), "\n"]),
        }
    }
    let joined = joined.replace("\\u{201c}", "“").replace("\\u{201d}", "”");
    without_names(&joined)
}

/// The objects that ship.
fn blueprints() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../doorward-engine/blueprints");
    let files = fs::read_dir(folder).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    without_names(&texts.collect::<String>().replace("%(app)s", "{app}"))
}

/// `{order}`, `{ $order }` and `{}` are one.
fn without_names(text: &str) -> String {
    let mut plain = String::new();
    for (at, part) in text.split('{').enumerate() {
        if at > 0 {
            plain.push('{');
        }
        let rest = part.split_once('}').filter(|(name, _)| is_a_name(name));
        match rest.filter(|_| at > 0) {
            Some((_, rest)) => plain.extend(["}", rest]),
            None => plain.push_str(part),
        }
    }
    plain
}

fn is_a_name(text: &str) -> bool {
    let name = text.trim().trim_start_matches('$');
    name.chars()
        .all(|one| one.is_alphanumeric() || "_.".contains(one))
}

/// What zxcvbn says is not in our program.
const FROM_A_LIBRARY: &str = "said-hint-";

#[test]
fn every_key_is_used_and_every_key_that_is_used_is_there() {
    let (program, blueprints) = (program(), blueprints());
    let templates: String = BUILT_IN.iter().map(|(_, text)| *text).collect();
    for key in keys(Language::En).filter(|key| !key.starts_with(FROM_A_LIBRARY)) {
        let is_used = if key.starts_with(SENTENCE) {
            let line = super::lines_of(Language::En, key);
            let (_, sentence) = line.trim_end().split_once(" = ").unwrap();
            let sentence = without_names(sentence);
            let spelled = sentence.replace('"', "\\\"");
            program.contains(&format!("\"{spelled}\""))
                || blueprints.contains(&format!(": {sentence}"))
        } else {
            templates.contains(&format!("\"{key}\"")) || program.contains(&format!("\"{key}\""))
        };
        assert!(is_used, "nothing says {key}");
    }
    let all: BTreeSet<_> = keys(Language::En).collect();
    for call in templates
        .split(&[' ', '{', '('][..])
        .filter_map(|word| word.strip_prefix("t(\""))
    {
        let key = call.split('"').next().unwrap();
        assert!(all.contains(key), "{key} is missing");
    }
}

#[test]
fn a_sentence_of_ours_is_translated_and_any_other_stays() {
    let ours = "There is no such page";
    assert_eq!(translated(Language::De, ours), "Diese Seite gibt es nicht");
    assert_eq!(translated(Language::En, ours), ours);
    assert_eq!(translated(Language::Fr, "Bonjour"), "Bonjour");
}

#[test]
fn a_sentence_with_values_in_it_keeps_them() {
    for (language, english, said) in [
        (
            Language::De,
            "Signing in to App {x} at a.example did not come to an end. Most often the browser does not keep \
             the cookies of this site, or the clocks of browser and server disagree.",
            "Die Anmeldung bei App {x} unter a.example kam zu keinem Ende. Meist behält der Browser die Cookies \
             dieser Website nicht, oder die Uhren von Browser und Server gehen auseinander.",
        ),
        (
            Language::Es,
            "Binding 0 keeps out the members of “Family”.",
            "El vínculo 0 deja fuera a los miembros de «Family».",
        ),
        (Language::De, "Opening the door", "the door wird geöffnet"),
        (Language::De, "Open the door", "Open the door"),
        (
            Language::En,
            "Binding 0 keeps out this account.",
            "Binding 0 keeps out this account.",
        ),
    ] {
        assert_eq!(translated(language, english), said);
    }
}

/// What an operator wrote is not taken for a sentence of ours that only begins or ends like it.
#[test]
fn a_sentence_with_values_in_it_is_mostly_ours() {
    for key in keys(Language::En).filter(|key| key.starts_with(SENTENCE)) {
        let shape = super::sentence::Shape::of(key).unwrap();
        let around = shape
            .rest
            .iter()
            .map(|(_, after)| after.len())
            .sum::<usize>();
        assert!(
            shape.rest.is_empty() || shape.head.len() + around >= 8,
            "{key}"
        );
        let apart = shape
            .rest
            .iter()
            .rev()
            .skip(1)
            .all(|(_, after)| !after.is_empty());
        assert!(apart, "{key}: two values without a word between them");
    }
}

#[test]
fn numbers_have_their_forms() {
    let say = |language, count: i32| {
        let mut given = FluentArgs::new();
        given.set("count", count);
        say(language, "hours-ago", &given).unwrap()
    };
    assert_eq!(say(Language::De, 1), "vor 1 Stunde");
    assert_eq!(say(Language::De, 2), "vor 2 Stunden");
    assert_eq!(say(Language::En, 1), "1 hour ago");
}

#[test]
fn what_no_language_has_is_nothing_and_what_one_lacks_is_logged_once() {
    assert_eq!(say(Language::De, "no-such-key", &FluentArgs::new()), None);
    let log = Log::open();
    for _ in 0..3 {
        super::log_missing(Language::Es, "a-key-of-this-test");
    }
    assert_eq!(log.lines_with("a-key-of-this-test").len(), 1);
}
