//! One reading of a path, or none.
//!
//! Owns the refusal of paths that the proxy, Doorward and the application might read differently.
//! Leaves which paths are public to `skip`. The rule that must stay true: a path that comes out is
//! the only thing any server in the chain could have meant (`..`, `//`, `;`, encoded slashes).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use thiserror::Error;

/// The path can be read in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the path can be read in more than one way")]
pub struct Ambiguous;

/// The path, decoded once; anything after `?` or `#` is cut off.
///
/// Refused: no leading `/`, `//`, `.` and `..` segments, `;`, `\`, control characters, and the
/// encoded forms of `/ \ . ; %` and NUL, broken escapes, and what is not UTF-8.
pub fn normalize_path(path: &str) -> Result<Cow<'_, str>, Ambiguous> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    check_escapes(path.as_bytes())?;
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| Ambiguous)?;
    let odd = |c: char| c.is_control() || c == ';' || c == '\\';
    if !decoded.starts_with('/') || decoded.contains("//") || decoded.contains(odd) {
        return Err(Ambiguous);
    }
    let dots = |segment: &str| matches!(segment, "." | "..");
    if decoded.split('/').any(dots) {
        Err(Ambiguous)
    } else {
        Ok(decoded)
    }
}

fn check_escapes(path: &[u8]) -> Result<(), Ambiguous> {
    let mut rest = path;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3).ok_or(Ambiguous)?;
        let plain = digits.iter().all(u8::is_ascii_hexdigit);
        let digits = [
            digits[0].to_ascii_lowercase(),
            digits[1].to_ascii_lowercase(),
        ];
        if !plain || [b"2f", b"5c", b"2e", b"3b", b"25", b"00"].contains(&&digits) {
            return Err(Ambiguous);
        }
        rest = &rest[at + 3..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plain_path_is_itself_and_a_needless_escape_is_decoded() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b.c", "/a/b.c"),
            ("/a?b=../c", "/a"),
            ("/a#b", "/a"),
            ("/%73kip", "/skip"),
            ("/a%20b", "/a b"),
            ("/%C3%A9", "/é"),
            ("/...", "/..."),
            ("/.well-known/x", "/.well-known/x"),
        ] {
            assert_eq!(normalize_path(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn a_path_with_two_readings_is_refused() {
        for path in [
            "",
            "a",
            "?",
            "/a/../b",
            "/..",
            "/.",
            "/a/./b",
            "/a//b",
            "//",
            "/a;x",
            "/a%3Bx",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/%2e%2e/b",
            "/a/.%2E/b",
            "/a%00",
            "/a%252fb",
            "/a%",
            "/a%2",
            "/a%zz",
            "/%ff",
            "/a%0d%0a",
            "/a\0b",
            "/public/..;/admin",
        ] {
            assert_eq!(normalize_path(path), Err(Ambiguous), "{path}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_out_has_one_reading(path in "[/a.%2eEfF;\\\\?#é5c0-9]{0,20}") {
            if let Ok(plain) = normalize_path(&path) {
                prop_assert!(plain.starts_with('/') && !plain.contains("//"));
                prop_assert!(!plain.split('/').any(|segment| segment == ".."));
            }
        }
    }
}
