//! Where values come from: every alias, files, and what may be wrong with them.

use super::*;
use crate::config::keys::Key;

/// A value that a key of this kind takes and that is not its default.
fn sample(key: &Key) -> &'static str {
    match key.kind {
        Kind::Text | Kind::Secret if key.path == "bootstrap.password_hash" => HASH,
        Kind::Text | Kind::Secret => "some-text-of-more-than-thirty-two-characters",
        Kind::Address if key.path == "database.url" => "sqlite:///srv/seven.db",
        Kind::Address => "https://auth.example.org",
        Kind::Number => "7",
        Kind::Duration => "minutes=7",
        Kind::List if key.path.contains("cidrs") || key.path.ends_with("networks") => {
            "192.0.2.0/24"
        }
        Kind::List if key.path.ends_with("_dirs") => "/srv/seven",
        Kind::List => "127.0.0.1:7007",
        Kind::Path => "/srv/seven",
        // S3 asks for more than one setting.
        Kind::Choice(_) if key.path == "media_backend" => "file",
        Kind::Choice(words) => words.last().expect("a word"),
    }
}

#[test]
fn every_name_of_authentik_sets_what_it_stands_for_and_our_own_name_wins() {
    let mut aliases = 0;
    for key in KEYS {
        for alias in key.authentik {
            let theirs = format!("AUTHENTIK_{}", environment_name(alias));
            let ours = format!("DOORWARD_{}", environment_name(key.path));
            let (_, layers) = load(&[(&theirs, sample(key))]);
            assert_eq!(layers.text(key.path), Some(sample(key)), "{theirs}");
            assert_eq!(layers.name_of(key.path), theirs);
            let environment = [(theirs.as_str(), "x"), (ours.as_str(), sample(key))];
            let layers = Layers::read(None, &pairs(&environment)).ok().unwrap();
            assert_eq!(layers.text(key.path), Some(sample(key)), "{ours}");
            aliases += 1;
        }
    }
    assert!(aliases > 20, "only {aliases} aliases");
}

#[test]
fn every_own_name_works_in_the_environment_and_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doorward.yml");
    for key in KEYS {
        let name = format!("DOORWARD_{}", environment_name(key.path));
        let (_, layers) = load(&[(&name, sample(key))]);
        assert_eq!(layers.text(key.path), Some(sample(key)), "{name}");
        std::fs::write(&file, format!("{}: '{}'", key.path, sample(key))).unwrap();
        let (config, layers) = Config::load(Some(&file), &[]).ok().unwrap();
        assert_eq!(layers.text(key.path), Some(sample(key)), "{}", key.path);
        assert!(warnings(&config).is_empty(), "{:?}", warnings(&config));
    }
}

#[test]
fn a_secret_may_stand_in_a_file_and_its_line_break_is_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "a-key-of-more-than-thirty-two-characters\n").unwrap();
    let pointer = format!("file://{}", file.display());
    let (config, _) = load(&[("AUTHENTIK_SECRET_KEY", &pointer)]);
    let key = config.secret_key.unwrap();
    assert!(key.reveal() == "a-key-of-more-than-thirty-two-characters");
    let (config, _) = load(&[
        ("AUTHENTIK_SECRET_KEY", "env://VAULT"),
        ("VAULT", "from-the-vault"),
    ]);
    assert!(config.secret_key.unwrap().reveal() == "from-the-vault");
}

#[test]
fn a_file_that_is_missing_empty_or_too_large_is_refused_by_name_and_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let pointer = |name: &str| format!("file://{}", folder.path().join(name).display());
    std::fs::write(folder.path().join("empty"), " \n").unwrap();
    std::fs::write(folder.path().join("large"), "hunter2 ".repeat(8193)).unwrap();
    let endless = "file:///dev/zero".to_owned();
    for (value, why) in [
        (pointer("missing"), "cannot be read"),
        (pointer("empty"), "is empty"),
        (pointer("large"), "longer than 64 KiB"),
        (format!("{}?spare", pointer("large")), "longer than 64 KiB"),
        (endless, "longer than 64 KiB"),
    ] {
        let said = refused(&[("AUTHENTIK_SECRET_KEY", &value)]);
        assert!(
            said.contains("AUTHENTIK_SECRET_KEY") && said.contains(why),
            "{said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn every_sslmode_of_postgresql_is_taken_and_another_word_is_refused() {
    let host = ("AUTHENTIK_POSTGRESQL__HOST", "db");
    for mode in [
        "disable",
        "allow",
        "prefer",
        "require",
        "verify-ca",
        "verify-full",
    ] {
        let (config, _) = load(&[host, ("AUTHENTIK_POSTGRESQL__SSLMODE", mode)]);
        let Database::Postgres(url) = &config.database else {
            panic!("PostgreSQL expected")
        };
        assert!(url.reveal().contains(&format!("sslmode={mode}")));
        doorward_store::Location::postgres(url.reveal())
            .map(drop)
            .unwrap();
    }
    let said = refused(&[host, ("AUTHENTIK_POSTGRESQL__SSLMODE", "verify_full")]);
    assert!(
        said.contains("AUTHENTIK_POSTGRESQL__SSLMODE") && said.contains("verify-full"),
        "{said}"
    );
}

/// Compose takes `$argon2id` for a variable and leaves `=19=19456,…`.
#[test]
fn a_password_hash_that_compose_has_eaten_is_refused_with_the_way_out() {
    let name = "AUTHENTIK_BOOTSTRAP_PASSWORD_HASH";
    for mangled in ["=19=19456,t=2,p=1", "$argon2id$v=19$m=19456", "hunter2"] {
        let said = refused(&[(name, mangled)]);
        assert!(said.contains(name) && said.contains("written $$"), "{said}");
        assert!(!said.contains(mangled), "{said}");
    }
    load(&[(name, HASH)]);
}
