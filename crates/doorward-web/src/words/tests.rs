//! The files compared with each other, with the templates and with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_bundle::FluentArgs;

use super::{Language, SENTENCE, keys, say, translated};
use crate::templates::BUILT_IN;
use crate::testing::Log;

/// The variables of each key.
fn variables(language: Language) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut key = "";
    for line in language.text().lines() {
        if let Some((name, _)) = line
            .split_once(" = ")
            .filter(|(name, _)| !name.contains(' '))
        {
            key = name;
            assert!(found.insert(key, BTreeSet::new()).is_none(), "{key} twice");
        }
        for part in line.split("{ $").skip(1) {
            let name = part.split(' ').next().unwrap().to_owned();
            found.get_mut(key).unwrap().insert(name);
        }
    }
    found
}

#[test]
fn every_language_has_the_same_keys_and_variables_and_can_be_read() {
    let english = variables(Language::En);
    assert!(english.len() > 80, "{}", english.len());
    for language in Language::ALL {
        assert_eq!(variables(language), english, "{language:?}");
        assert_eq!(keys(language).count(), english.len(), "{language:?}");
        for (key, names) in &english {
            let mut given = FluentArgs::new();
            for name in names {
                given.set(name.as_str(), 2);
            }
            assert!(
                super::said(language, key, &given).is_some(),
                "{language:?} {key}"
            );
        }
    }
}

/// Every file of the program as one text, with the lines of a literal joined.
fn program() -> String {
    fn read(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, all);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                all.push_str(&std::fs::read_to_string(path).unwrap());
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
    joined
}

#[test]
fn every_key_is_used_and_every_key_that_is_used_is_there() {
    let program = program();
    let templates: String = BUILT_IN.iter().map(|(_, text)| *text).collect();
    let nothing = FluentArgs::new();
    for key in keys(Language::En) {
        let is_used = if key.starts_with(SENTENCE) {
            let sentence = say(Language::En, key, &nothing).unwrap();
            program.contains(&format!("\"{sentence}\""))
        } else {
            templates.contains(&format!("\"{key}\"")) || program.contains(&format!("\"{key}\""))
        };
        assert!(is_used, "nothing says {key}");
    }
    let all: BTreeSet<_> = keys(Language::En).collect();
    for call in templates.split(" t(\"").skip(1) {
        let key = call.split('"').next().unwrap();
        assert!(all.contains(key), "{key} is missing");
    }
}

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

#[test]
fn a_sentence_of_ours_is_translated_and_any_other_stays() {
    let ours = "There is no such page";
    assert_eq!(translated(Language::De, ours), "Diese Seite gibt es nicht");
    assert_eq!(translated(Language::En, ours), ours);
    assert_eq!(translated(Language::Fr, "Bonjour"), "Bonjour");
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
