//! What S3 says: how a request is signed, and what a list of files looks like.
//!
//! Leaves asking to the engine. Rule: a name becomes a path that names it alone.

mod listing;
mod signature;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use listing::{Listing, Unlisted};
pub use signature::{Key, Signed, authorization};

/// What stays as it is: the unreserved letters of RFC 3986, 2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// A name in a path, with its slashes.
pub fn in_path(name: &str) -> String {
    utf8_percent_encode(name, IN_PATH).to_string()
}

/// A query in the order and spelling that are signed.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.sort_unstable();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::{in_path, query};

    #[test]
    fn a_name_and_a_query_are_spelled_as_they_are_signed() {
        assert_eq!(in_path("apps/a-1_2.~(%).png"), "apps/a-1_2.~%28%25%29.png");
        let pairs = [
            ("prefix", "media/public/"),
            ("list-type", "2"),
            ("a", "ä &="),
        ];
        assert_eq!(
            query(&pairs),
            "a=%C3%A4%20%26%3D&list-type=2&prefix=media%2Fpublic%2F"
        );
        assert_eq!(query(&[]), "");
    }
}
