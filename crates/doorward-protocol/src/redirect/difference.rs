//! In what two addresses differ, for whoever has to find the mistake.
//!
//! Pure words: nothing here approves anything. Rule: both are compared as they were written, as
//! [`super::registered`] compares them; nothing is decoded or completed.

/// A part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `http` and `https`, or an app's own.
    Scheme,
    /// The name of the host.
    Host,
    /// What follows the host's `:`.
    Port,
    /// What follows the host.
    Path,
    /// The `/` at its end alone.
    TrailingSlash,
    /// What follows the `?`.
    Query,
    /// Capital letters alone, wherever they are.
    Case,
}

/// A text with the piece of it that is not in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked<'a> {
    /// The same in both.
    pub before: &'a str,
    /// What differs; empty if only the other has something here.
    pub differing: &'a str,
    /// The same in both again.
    pub after: &'a str,
}

/// Two addresses beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// In what they differ.
    pub parts: Vec<Part>,
    /// The one that was sent.
    pub sent: Marked<'a>,
    /// The one that is registered.
    pub registered: Marked<'a>,
}

/// The pieces of an address as it is written.
#[derive(Default)]
struct Pieces<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
    path: &'a str,
    query: &'a str,
}

/// Compares an address that was sent with one that is registered.
pub fn difference<'a>(sent: &'a str, registered: &'a str) -> Difference<'a> {
    let (one, other) = (pieces(sent), pieces(registered));
    let each = [
        (one.scheme, other.scheme, Part::Scheme),
        (one.host, other.host, Part::Host),
        (one.port, other.port, Part::Port),
        (one.path, other.path, Part::Path),
        (one.query, other.query, Part::Query),
    ];
    let mut parts = Vec::new();
    for (one, other, part) in each {
        let named = named(one, other, part).filter(|part| !parts.contains(part));
        parts.extend(named);
    }
    let (sent, registered) = marked(sent, registered);
    Difference {
        parts,
        sent,
        registered,
    }
}

fn named(one: &str, other: &str, part: Part) -> Option<Part> {
    if one == other {
        return None;
    }
    let bare = |path| str::trim_end_matches(path, '/');
    Some(if one.eq_ignore_ascii_case(other) {
        Part::Case
    } else if part == Part::Path && bare(one) == bare(other) {
        Part::TrailingSlash
    } else {
        part
    })
}

fn pieces(address: &str) -> Pieces<'_> {
    let (rest, query) = split_at(address, &['?', '#']);
    let Some((scheme, rest)) = rest.split_once(':') else {
        return Pieces {
            path: rest,
            query,
            ..Pieces::default()
        };
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return Pieces {
            scheme,
            path: rest,
            query,
            ..Pieces::default()
        };
    };
    let (authority, path) = split_at(rest, &['/']);
    // A colon within brackets belongs to the host.
    let port = authority
        .rfind(':')
        .filter(|at| !authority[*at..].contains(']'));
    let (host, port) = authority.split_at(port.unwrap_or(authority.len()));
    Pieces {
        scheme,
        host,
        port,
        path,
        query,
    }
}

fn split_at<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// What is the same at the beginning and at the end is left unmarked.
fn marked<'a>(one: &'a str, other: &'a str) -> (Marked<'a>, Marked<'a>) {
    let same = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        let same = pairs.take_while(|(one, other)| one == other);
        same.map(|(one, _)| one.len_utf8()).sum()
    };
    let before = same(&mut one.chars().zip(other.chars()));
    let (one_rest, other_rest) = (&one[before..], &other[before..]);
    let after = same(&mut one_rest.chars().rev().zip(other_rest.chars().rev()));
    let mark = |text: &'a str| Marked {
        before: &text[..before],
        differing: &text[before..text.len() - after],
        after: &text[text.len() - after..],
    };
    (mark(one), mark(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTERED: &str = "https://app.example.org/login/callback?x=1";

    #[test]
    fn what_differs_is_named_by_its_part() {
        for (sent, parts) in [
            (
                "http://app.example.org/login/callback?x=1",
                vec![Part::Scheme],
            ),
            (
                "https://app.example.com/login/callback?x=1",
                vec![Part::Host],
            ),
            (
                "https://app.example.org:8443/login/callback?x=1",
                vec![Part::Port],
            ),
            (
                "https://app.example.org:443/login/callback?x=1",
                vec![Part::Port],
            ),
            ("https://app.example.org/callback?x=1", vec![Part::Path]),
            (
                "https://app.example.org/login/callback/?x=1",
                vec![Part::TrailingSlash],
            ),
            (
                "https://app.example.org/Login/callback?x=1",
                vec![Part::Case],
            ),
            (
                "https://APP.example.org/login/Callback?x=1",
                vec![Part::Case],
            ),
            (
                "https://app.example.org/login/callback?x=2",
                vec![Part::Query],
            ),
            ("https://app.example.org/login/callback", vec![Part::Query]),
            (
                "http://other:1/?",
                vec![
                    Part::Scheme,
                    Part::Host,
                    Part::Port,
                    Part::Path,
                    Part::Query,
                ],
            ),
            (
                "com.example.app:/cb?x=1",
                vec![Part::Scheme, Part::Host, Part::Path],
            ),
            ("/login/callback?x=1", vec![Part::Scheme, Part::Host]),
            (REGISTERED, vec![]),
        ] {
            assert_eq!(difference(sent, REGISTERED).parts, parts, "{sent}");
        }
        let ports = difference("http://[::1]:80/cb", "http://[::1]/cb");
        assert_eq!(ports.parts, [Part::Port]);
    }

    #[test]
    fn what_differs_is_marked_in_both_and_together_they_are_the_addresses() {
        let found = difference("https://app.example.org/cb/", "https://app.example.org/cb");
        assert_eq!(
            (found.sent.differing, found.registered.differing),
            ("/", "")
        );
        for (one, other) in [
            ("", "https://a"),
            ("aba", "abababa"),
            ("https://ä.example/ö", "https://ü.example/ö"),
            ("https://a.example/x", "https://b.example/x"),
        ] {
            let found = difference(one, other);
            let whole = |marked: Marked<'_>| {
                format!("{}{}{}", marked.before, marked.differing, marked.after)
            };
            assert_eq!(whole(found.sent), one);
            assert_eq!(whole(found.registered), other);
        }
    }
}
