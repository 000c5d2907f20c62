//! Hashes of every accepted form, and those that are refused.

use super::*;
use proptest::prelude::*;

const MATCH: Verdict = Verdict::Match {
    needs_rehash: false,
};
const REHASH: Verdict = Verdict::Match { needs_rehash: true };

#[test]
fn a_new_hash_is_argon2id_at_the_owasp_floor_and_fits_only_its_password() {
    let encoded = hash_new("correct horse").unwrap();
    assert!(encoded.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(verify("correct horse", &encoded), MATCH);
    for wrong in [
        "Correct horse",
        "correct horse ",
        " correct horse",
        "",
        "correct",
    ] {
        assert_eq!(verify(wrong, &encoded), Verdict::NoMatch, "{wrong}");
    }
    assert_eq!(verify("correct horse", &format!("argon2{encoded}")), MATCH);
}

#[test]
fn what_an_earlier_hash_left_in_memory_changes_nothing() {
    let mut memory = Memory::default();
    let encoded = hash_new_in(&mut memory, "correct horse").unwrap();
    let (larger, smaller) = (foreign_argon2id(32_768), foreign_argon2id(64));
    for (password, encoded, verdict) in [
        ("correct horse", &*encoded, MATCH),
        ("password", &larger, REHASH),
        ("correct horse", &encoded, MATCH),
        ("password", &smaller, REHASH),
        ("passwore", &smaller, Verdict::NoMatch),
        ("correct horse", &encoded, MATCH),
    ] {
        assert_eq!(verify_in(&mut memory, password, encoded), verdict);
        assert_eq!(verify(password, encoded), verdict);
        assert!(
            memory.0.len() <= MEMORY_KIB as usize,
            "19 MiB are kept at most"
        );
    }
}

/// The hash of "password" with one pass over so much memory, made in fresh memory.
fn foreign_argon2id(memory_kib: u32) -> String {
    let params = Params::new(memory_kib, 1, 1, Some(32)).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    argon2
        .hash_password_into(b"password", b"somesalt", &mut hash)
        .unwrap();
    let (salt, hash) = (
        STANDARD_NO_PAD.encode("somesalt"),
        STANDARD_NO_PAD.encode(hash),
    );
    format!("$argon2id$v=19$m={memory_kib},t=1,p=1${salt}${hash}")
}

#[test]
fn every_byte_of_a_long_password_counts() {
    let long = "x".repeat(MAX_PASSWORD_BYTES);
    let encoded = hash_new(&long).unwrap();
    assert_eq!(verify(&long, &encoded), MATCH);
    assert_eq!(verify(&long[1..], &encoded), Verdict::NoMatch);
    assert_eq!(verify(&format!("{long}x"), &encoded), Verdict::NoMatch);
}

/// security.md 3, rows 3 and 7: characters are counted, not bytes, and an accent is one however it
/// was typed.
#[test]
fn a_new_password_has_8_characters_to_1024_bytes() {
    for (password, verdict) in [
        ("", Err(PasswordError::TooShort)),
        ("7 chars", Err(PasswordError::TooShort)),
        ("8 chars.", Ok(())),
        ("        ", Ok(())),
        ("äöüßäöü", Err(PasswordError::TooShort)),
        ("äöüßäöüß", Ok(())),
        (
            "e\u{301}e\u{301}e\u{301}e\u{301}",
            Err(PasswordError::TooShort),
        ),
        (&"x".repeat(1024), Ok(())),
        (&"x".repeat(1025), Err(PasswordError::TooLong)),
    ] {
        assert_eq!(check_new(password), verdict, "{password:.20}");
    }
}

/// Keyboards differ in how they send an accent: composed (most), with the tone alone apart
/// (Vietnamese on Windows), all apart.
#[test]
fn a_new_password_fits_however_its_accents_are_typed() {
    let spellings = [
        "Vi\u{1ec7}t Nam",
        "Vi\u{ea}\u{323}t Nam",
        "Vie\u{323}\u{302}t Nam",
    ];
    for set in spellings {
        let encoded = hash_new(set).unwrap();
        for typed in spellings {
            assert_eq!(verify(typed, &encoded), MATCH, "{set:?} {typed:?}");
        }
        assert_eq!(verify("Viet Nam", &encoded), Verdict::NoMatch);
    }
}

/// Django hashes what it gets, so an imported hash may be of any spelling; it fits that one.
#[test]
fn an_imported_hash_fits_the_spelling_it_was_made_of() {
    for spelling in ["Vi\u{1ec7}t Nam", "Vi\u{ea}\u{323}t Nam"] {
        let encoded = imported_pbkdf2(spelling);
        assert_eq!(verify(spelling, &encoded), REHASH, "{spelling:?}");
    }
    let composed = imported_pbkdf2("Vi\u{1ec7}t Nam");
    assert_eq!(verify("Vi\u{ea}\u{323}t Nam", &composed), REHASH);
}

fn imported_pbkdf2(password: &str) -> String {
    let mut hash = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        NonZeroU32::MIN,
        b"salt",
        password.as_bytes(),
        &mut hash,
    );
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    format!("pbkdf2_sha256$1$salt${hash}")
}

#[test]
fn an_empty_or_endless_password_cannot_be_set() {
    assert_eq!(hash_new(""), Err(PasswordError::Empty));
    assert_eq!(hash_new(&"x".repeat(1025)), Err(PasswordError::TooLong));
}

#[test]
fn django_pbkdf2_verifies_and_asks_for_a_new_hash() {
    // Django's own test suite: test_pbkdf2 ("lètmein", salt "seasalt").
    let encoded = "pbkdf2_sha256$1200000$seasalt$NrDXqUn/wmfWVqTMlEkEhQOmo0rWlZXVxCqAOYIIH4s=";
    let small = small_pbkdf2("lètmein", "seasalt", 1000);
    assert_eq!(verify("lètmein", &small), REHASH);
    assert_eq!(verify("letmein", &small), Verdict::NoMatch);
    assert!(is_supported(encoded));
}

fn small_pbkdf2(password: &str, salt: &str, iterations: u32) -> String {
    let mut out = [0; 32];
    let count = NonZeroU32::new(iterations).unwrap();
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(
        algorithm,
        count,
        salt.as_bytes(),
        password.as_bytes(),
        &mut out,
    );
    format!(
        "pbkdf2_sha256${iterations}${salt}${}",
        crate::encoding::base64(out)
    )
}

#[test]
fn a_weaker_argon2id_asks_for_a_new_hash() {
    let cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    let hash = cost
        .hash::<32>(&mut Memory::default(), "pw", b"saltsalt")
        .unwrap();
    let (salt, hash) = (
        STANDARD_NO_PAD.encode("saltsalt"),
        STANDARD_NO_PAD.encode(hash),
    );
    let encoded = format!("argon2$argon2id$v=19$m=64,t=1,p=1${salt}${hash}");
    assert_eq!(verify("pw", &encoded), REHASH);
}

#[test]
fn unusable_and_unreadable_hashes_never_match() {
    assert_eq!(verify("x", &unusable()), Verdict::Unusable);
    let hash = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY";
    for encoded in [
        String::new(),
        "x".to_owned(),
        "argon2".to_owned(),
        "bcrypt$$2b$12$aaaa".to_owned(),
        "md5$a$b".to_owned(),
        format!("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ${hash}"),
        format!("$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ${hash}"),
        format!("$argon2id$v=19$m=+64,t=1,p=1$c2FsdHNhbHQ${hash}"),
        "pbkdf2_sha256$0$salt$NrDXqUn/wmfWVqTMlEkEhQOmo0rWlZXVxCqAOYIIH4s=".to_owned(),
        "pbkdf2_sha256$1$salt$".to_owned(),
    ] {
        assert_eq!(verify("x", &encoded), Verdict::Unknown, "{encoded}");
        assert!(!is_supported(&encoded));
    }
}

#[test]
fn a_foreign_hash_cannot_ask_for_endless_work() {
    let hash = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY";
    for cost in [
        "m=4294967295,t=1,p=1",
        "m=64,t=4000000,p=1",
        "m=262144,t=1,p=17",
    ] {
        let encoded = format!("$argon2id$v=19${cost}$c2FsdHNhbHQ${hash}");
        assert_eq!(verify("x", &encoded), Verdict::Unknown, "{cost}");
    }
    let pbkdf2 = "pbkdf2_sha256$4000001$s$NrDXqUn/wmfWVqTMlEkEhQOmo0rWlZXVxCqAOYIIH4s=";
    assert_eq!(verify("x", pbkdf2), Verdict::Unknown);
}

#[test]
fn the_dummy_hash_costs_what_a_new_hash_costs_and_fits_nothing() {
    let Some(Encoded::Argon2id { cost, hash, .. }) = Encoded::parse(dummy_hash()) else {
        panic!("the dummy hash must be valid")
    };
    assert!(
        cost == Cost {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES
        }
    );
    assert_eq!(hash.len(), 32);
    assert_eq!(verify("", dummy_hash()), Verdict::NoMatch);
}

proptest! {
    #[test]
    fn parsing_a_hash_never_panics(text in "(\\$argon2id\\$v=19\\$)?[ -~é]{0,80}") {
        let _supported = is_supported(&text);
    }
}
