//! The recipes themselves, and what is guessed from an address.

use std::collections::HashSet;

use doorward_protocol::color::Color;
use doorward_protocol::forward_auth::{SkipRules, SkipScope};
use doorward_protocol::redirect::registered::{RedirectUse, RegisteredUri, approve};

use super::list::FILES;
use super::{Address, AddressError, Format, Guess, Keeps, Recipe, Values, Way, all, find, slug_of};

const APP: &str = "https://app.home.lan:8443";

fn address(text: &str) -> Address {
    Address::read(text).unwrap()
}

#[test]
fn every_file_is_a_recipe_and_every_recipe_is_a_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let files: HashSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: HashSet<String> = FILES
        .iter()
        .map(|(name, _)| format!("{name}.yaml"))
        .collect();
    assert_eq!(files, listed);
    assert!(all().len() >= 30, "{}", all().len());
    for (name, _) in FILES {
        assert_eq!(find(name).map(|one| one.slug.as_str()), Some(*name));
    }
}

#[test]
fn no_word_speaks_of_two_apps() {
    let mut words = HashSet::new();
    for recipe in all() {
        for word in &recipe.words {
            assert!(words.insert(word), "{}: {word}", recipe.slug);
            assert_eq!(*word, slug_of(word), "{}", recipe.slug);
        }
    }
}

#[test]
fn a_recipe_says_something_for_each_of_its_ways_and_nothing_for_others() {
    for recipe in all() {
        assert!(!recipe.ways.is_empty(), "{}", recipe.slug);
        assert_eq!(
            recipe.ways.contains(&Way::OpenId),
            recipe.openid.is_some(),
            "{}",
            recipe.slug
        );
        let is_guarded = recipe.ways.contains(&Way::ForwardAuth);
        assert_eq!(is_guarded, recipe.forward_auth.is_some(), "{}", recipe.slug);
        for text in [&recipe.roles, &recipe.note] {
            assert!(text.trim().ends_with('.'), "{}: {text}", recipe.slug);
        }
    }
}

#[test]
fn white_letters_read_on_every_tile() {
    for Recipe { tile, slug, .. } in all() {
        let color = Color::parse(&tile.color).unwrap_or_else(|| panic!("{slug}"));
        assert!(color.contrast(Color::WHITE) >= 4.5, "{slug}");
        assert_eq!(tile.letter.chars().count(), 1, "{slug}");
    }
}

#[test]
fn every_address_of_a_recipe_can_be_registered_and_is_answered() {
    let address = address(APP);
    for recipe in all() {
        let Some(openid) = &recipe.openid else {
            continue;
        };
        let values = Values::of(&address);
        let registered: Vec<RegisteredUri> = openid
            .redirects_at(&address)
            .iter()
            .map(|(text, is_expression)| {
                let made = if *is_expression {
                    RegisteredUri::expression(text, RedirectUse::Authorization)
                } else {
                    RegisteredUri::exact(text, RedirectUse::Authorization)
                };
                made.unwrap_or_else(|error| panic!("{}: {text}: {error}", recipe.slug))
            })
            .collect();
        assert!(!registered.is_empty(), "{}", recipe.slug);
        for expression in &openid.expressions {
            let example = values.fill(&expression.example);
            let found = approve(&example, &registered, RedirectUse::Authorization);
            assert!(found.is_ok(), "{}: {example}", recipe.slug);
            let deeper = format!("{example}/deeper");
            assert!(approve(&deeper, &registered, RedirectUse::Authorization).is_err());
        }
        for text in &openid.after_sign_out {
            RegisteredUri::exact(&values.fill(text), RedirectUse::Logout).unwrap();
        }
        assert!(
            openid.scopes.iter().any(|scope| scope == "openid"),
            "{}",
            recipe.slug
        );
    }
}

#[test]
fn every_public_path_of_a_recipe_can_be_taken() {
    for recipe in all() {
        let paths = recipe.public_paths();
        assert!(
            SkipRules::parse(&paths, SkipScope::Path).is_ok(),
            "{}: {paths}",
            recipe.slug
        );
        let rules = SkipRules::parse(&paths, SkipScope::Path).unwrap();
        assert!(
            paths.lines().all(|line| line.starts_with('^')),
            "{}",
            recipe.slug
        );
        drop(rules);
    }
}

/// Settings with values in every brace that is ours.
fn filled(recipe: &Recipe, way: Way) -> Vec<super::Filled> {
    let values = Values {
        redirect: format!("{APP}/callback"),
        client_id: "id".into(),
        client_secret: "the-secret".into(),
        issuer: "https://auth.home.lan/application/o/app/".into(),
        discovery: "https://auth.home.lan/application/o/app/.well-known/openid-configuration"
            .into(),
        authorize: "https://auth.home.lan/application/o/authorize/".into(),
        token: "https://auth.home.lan/application/o/token/".into(),
        userinfo: "https://auth.home.lan/application/o/userinfo/".into(),
        jwks: "https://auth.home.lan/application/o/app/jwks/".into(),
        logout: "https://auth.home.lan/application/o/app/end-session/".into(),
        ..Values::of(&address(APP))
    };
    values.settings(recipe.settings(way))
}

#[test]
fn the_settings_of_every_recipe_name_only_what_is_filled_in_and_read_as_what_they_are() {
    let asks = regex::Regex::new(r"\{[a-z_]+\}").unwrap();
    for recipe in all() {
        for way in Way::ALL {
            for block in filled(recipe, way) {
                let (slug, text) = (&recipe.slug, &block.text);
                assert!(!asks.is_match(text), "{slug}: {text}");
                assert!(text.lines().all(|line| line.len() <= 320), "{slug}");
                match block.format {
                    Format::Json => {
                        drop(serde_json::from_str::<serde_json::Value>(text).expect(slug));
                    }
                    Format::Yaml => {
                        drop(serde_yaml_ng::from_str::<serde_json::Value>(text).expect(slug));
                    }
                    Format::Env => assert!(text.lines().all(is_assignment), "{slug}: {text}"),
                    Format::Fields => {
                        assert!(text.lines().all(|line| line.contains(": ")), "{slug}");
                    }
                    Format::Html | Format::Ini | Format::Ruby | Format::Shell | Format::Xml => {}
                }
            }
        }
    }
}

fn is_assignment(line: &str) -> bool {
    let name = line.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[test]
fn an_app_with_openid_is_told_who_it_is_and_a_public_one_gets_no_secret() {
    for recipe in all() {
        let Some(openid) = &recipe.openid else {
            continue;
        };
        let text: String = filled(recipe, Way::OpenId)
            .iter()
            .map(|one| one.text.clone())
            .collect();
        assert!(
            text.contains("https://auth.home.lan/application/o/"),
            "{}",
            recipe.slug
        );
        let has_secret = text.contains("the-secret");
        assert_eq!(
            has_secret,
            openid.client == Keeps::Confidential,
            "{}",
            recipe.slug
        );
        assert!(
            openid.client == Keeps::Confidential || openid.pkce,
            "{}",
            recipe.slug
        );
    }
}

#[test]
fn a_secret_that_is_hidden_leaves_a_mark_in_its_place() {
    let values = Values::of(&address(APP));
    assert_eq!(values.fill("a={client_secret} {x} {"), "a=•••••••• {x} {");
}

#[test]
fn the_app_behind_an_address_is_guessed_from_its_name() {
    for (text, slug, name) in [
        ("https://sonarr.home.lan", "sonarr", "Sonarr"),
        ("sonarr-4k.example.org", "sonarr", "Sonarr"),
        (
            "https://www.grafana.example.org/d/abc?x=1",
            "grafana",
            "Grafana",
        ),
        ("https://pve2.example.org:8006/", "proxmox", "Proxmox VE"),
        (
            "https://192.168.1.9:8123",
            "home-assistant",
            "Home Assistant",
        ),
        (
            "https://home-assistant.example.org",
            "home-assistant",
            "Home Assistant",
        ),
    ] {
        let guess = Guess::of(&address(text), None);
        assert_eq!(
            guess.recipe.map(|one| one.slug.as_str()),
            Some(slug),
            "{text}"
        );
        assert_eq!((guess.name.as_str(), guess.slug.as_str()), (name, slug));
    }
    let unknown = Guess::of(&address("https://garden.example.org"), None);
    assert!(unknown.recipe.is_none());
    assert_eq!((&*unknown.name, &*unknown.slug), ("Garden", "garden"));
    // The name of the house is not the name of what stands in it.
    assert!(
        Guess::of(&address("https://x.grafana.org"), None)
            .recipe
            .is_none()
    );
    // A port that several have says nothing.
    assert!(
        Guess::of(&address("http://10.0.0.1:8080"), None)
            .recipe
            .is_none()
    );
}

#[test]
fn an_address_is_read_as_people_paste_it() {
    let read = address("  Sonarr.Home.Lan:443/  ");
    assert_eq!(read.origin(), "https://sonarr.home.lan");
    assert_eq!(read.origin_with_port(), "https://sonarr.home.lan:443");
    assert!(!read.has_path());
    assert!(address("https://a.lan/web/").has_path());
    for (text, error) in [
        ("  ", AddressError::Missing),
        ("https://", AddressError::Malformed),
        ("two words.lan", AddressError::Malformed),
        ("ftp://a.lan", AddressError::Scheme),
        ("javascript://a.lan", AddressError::Scheme),
        ("https://mia:secret@a.lan", AddressError::UserInfo),
    ] {
        assert_eq!(Address::read(text), Err(error), "{text}");
    }
}

#[test]
fn a_slug_is_made_of_anything() {
    for (text, slug) in [
        ("Home Assistant!", "home-assistant"),
        ("--", "app"),
        ("Ägypten", "gypten"),
    ] {
        assert_eq!(slug_of(text), slug);
    }
    assert_eq!(slug_of(&"x".repeat(99)).len(), 50);
}
