//! Where a flow may end.

use doorward_protocol::redirect::{self, Allowed};
use url::Url;

use crate::snapshot::Snapshot;

/// The path that `next` names on our own pages, or `None` when it leads elsewhere.
///
/// An absolute address counts when it is on the public address. The answer has no host, so that it
/// stays where the browser is.
pub fn approved_path(snapshot: &Snapshot, next: &str) -> Option<String> {
    let base = snapshot
        .public_url()
        .or_else(|| Url::parse("https://doorward.invalid/").ok())?;
    let url = redirect::approve(next, &Allowed::SameOrigin { base }).ok()?;
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    if let Some(fragment) = url.fragment() {
        path.push('#');
        path.push_str(fragment);
    }
    Some(path)
}

/// The address that an administrator has written down as a target: a path of ours, or any whole web
/// address without a name or password in it.
pub fn approved_target(snapshot: &Snapshot, target: &str) -> Option<String> {
    if let Some(path) = approved_path(snapshot, target) {
        return Some(path);
    }
    let external = Url::parse(target).ok()?;
    let url = redirect::approve(target, &Allowed::Single { external }).ok()?;
    Some(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_stays_on_our_own_pages() {
        let snapshot = Snapshot {
            base_url: Url::parse("https://auth.example.com").ok(),
            ..Snapshot::default()
        };
        for (next, expected) in [
            ("/if/user/?a=1#b", Some("/if/user/?a=1#b")),
            ("https://auth.example.com/x", Some("/x")),
            ("https://evil.example/x", None),
            ("//evil.example", None),
            ("/\\evil.example", None),
            ("/%2f/evil.example", None),
            ("/\t/evil.example", None),
            ("javascript:alert(1)", None),
            ("http://auth.example.com/x", None),
            ("https://auth.example.com@evil.example/", None),
            ("if/user", None),
            ("", None),
        ] {
            assert_eq!(
                approved_path(&snapshot, next).as_deref(),
                expected,
                "{next}"
            );
        }
    }

    #[test]
    fn a_target_of_an_administrator_is_a_path_or_a_whole_web_address() {
        let snapshot = Snapshot::default();
        for (target, expected) in [
            ("/if/user/", Some("/if/user/")),
            (
                "https://wiki.example.org/a?b=c",
                Some("https://wiki.example.org/a?b=c"),
            ),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("ftp://example.org/", None),
            ("https://user:pw@example.org/", None),
            ("//example.org", None),
            ("wiki", None),
            ("", None),
        ] {
            let approved = approved_target(&snapshot, target);
            assert_eq!(approved.as_deref(), expected, "{target}");
        }
    }
}
