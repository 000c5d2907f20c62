//! Public addresses: forward-auth.md 19 (27 to 33) and 20 a.

use super::*;
use crate::host::Host;
use proptest::prelude::*;

fn request<'a>(scheme: &str, host: &str, path_and_query: &'a str) -> OriginalRequest<'a> {
    let (scheme, host) = (Scheme::parse(scheme).unwrap(), Host::parse(host).unwrap());
    OriginalRequest {
        scheme,
        host,
        path_and_query,
        method: "GET",
        navigation: true,
        preflight: false,
    }
}

fn is_public(scope: SkipScope, text: &str, url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    SkipRules::parse(text, scope)
        .unwrap()
        .matches(&request(scheme, host, path))
}

#[test]
fn cases_27_to_33_rules_hold_for_the_path_or_for_the_whole_address() {
    use SkipScope::{Path, WholeUrl};
    let health = "https://health.domain.tld/ping/*";
    for (case, scope, rule, url, expected) in [
        (28, Path, "^/foo", "http://some-host/foo", true),
        (29, WholeUrl, "^/foo", "http://some-host/foo", false),
        (
            30,
            WholeUrl,
            "^http://some-host/foo",
            "http://some-host/foo",
            true,
        ),
        (31, WholeUrl, health, "http://some-host/foo", false),
        (32, WholeUrl, health, "https://health.domain.tld/", false),
        (
            33,
            WholeUrl,
            health,
            "https://health.domain.tld/ping/qq",
            true,
        ),
    ] {
        assert_eq!(is_public(scope, rule, url), expected, "case {case}");
    }
    // Case 27: an empty address.
    let rules = SkipRules::parse("/skip.*", Path).unwrap();
    assert!(!rules.matches(&request("http", "a", "")));
}

#[test]
fn case_20a_blank_lines_and_line_ends_make_nothing_public() {
    for text in [
        "",
        "\n",
        "\r\n",
        "/skip\n",
        "/skip\r\n",
        "\r\n/skip\r\n\r\n",
        "  \n/skip\n\t\n",
    ] {
        let rules = SkipRules::parse(text, SkipScope::Path).unwrap();
        assert!(
            !rules.matches(&request("https", "a.test", "/app")),
            "{text:?}"
        );
        let skips = rules.matches(&request("https", "a.test", "/skip"));
        assert_eq!(skips, text.contains("skip"), "{text:?}");
    }
}

#[test]
fn a_rule_holds_from_the_start_of_the_path() {
    for (rule, path, expected) in [
        ("/api", "/api", true),
        ("/api", "/api-keys", true),
        ("/api", "/private/api-keys", false),
        ("/api$", "/api/x", false),
        ("/a|/b", "/b", true),
        ("/a|/b", "/x/b", false),
        (".*\\.css$", "/deep/style.css", true),
        ("(?i)/API", "/api", true),
    ] {
        let found = is_public(SkipScope::Path, rule, &format!("https://a.test{path}"));
        assert_eq!(found, expected, "{rule} {path}");
    }
}

#[test]
fn cve_2025_54576_the_query_never_makes_a_path_public() {
    for rule in ["/public", ".*/public", "/.*public$", ".*[?]x=/public"] {
        assert!(
            !is_public(SkipScope::Path, rule, "https://a.test/secret?x=/public"),
            "{rule}"
        );
    }
    let domain = SkipScope::WholeUrl;
    assert!(!is_public(
        domain,
        ".*/public",
        "https://a.test/secret?x=/public"
    ));
    assert!(is_public(
        domain,
        r"https://a\.test/hook\?key=abc$",
        "https://a.test/hook?key=abc"
    ));
    assert!(!is_public(
        domain,
        r"https://a\.test/hook\?key=abc$",
        "https://a.test/hook?key=abcd"
    ));
}

#[test]
fn cve_2026_40575_a_path_with_two_readings_is_never_public() {
    for path in [
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/public//x",
        "/public;x",
        "/public%2fx",
    ] {
        let url = format!("https://a.test{path}");
        assert!(!is_public(SkipScope::Path, "/public.*", &url), "{path}");
        assert!(
            !is_public(SkipScope::WholeUrl, "https://a.test/public.*", &url),
            "{path}"
        );
    }
    assert!(is_public(
        SkipScope::Path,
        "/public",
        "https://a.test/%70ublic"
    ));
}

#[test]
fn the_whole_address_has_no_default_port_and_keeps_any_other() {
    let rule = r"^https://a\.test/x";
    assert!(is_public(SkipScope::WholeUrl, rule, "https://a.test:443/x"));
    assert!(!is_public(
        SkipScope::WholeUrl,
        rule,
        "https://a.test:8443/x"
    ));
    assert!(!is_public(SkipScope::WholeUrl, rule, "http://a.test/x"));
}

#[test]
fn every_wrong_line_is_named() {
    let errors = SkipRules::parse("/ok\n(\r\n\n[a\n)x(", SkipScope::Path).unwrap_err();
    assert_eq!(
        errors.iter().map(|error| error.line).collect::<Vec<_>>(),
        [2, 4, 5]
    );
    assert!(errors.iter().all(|error| !error.message.is_empty()));
    assert!(SkipRules::parse("a{1000}{1000}{1000}", SkipScope::Path).is_err());
    assert!(SkipRules::parse(&"/a\n".repeat(201), SkipScope::Path).is_err());
}

#[test]
fn an_expression_cannot_leave_its_anchor() {
    assert!(SkipRules::parse("a)|(?:b", SkipScope::Path).is_err());
    assert!(!is_public(
        SkipScope::Path,
        "(?x) /a # comment",
        "https://a.test/x/a"
    ));
    assert!(is_public(
        SkipScope::Path,
        "(?x) /a # comment",
        "https://a.test/a"
    ));
}

proptest! {
    #[test]
    fn compiling_rules_never_panics(text in "[/a-z.*+?()|\\[\\]{}^$\\\\0-9\r\n ]{0,40}") {
        if let Ok(rules) = SkipRules::parse(&text, SkipScope::WholeUrl) {
            let _found = rules.matches(&request("https", "a.test", "/a?b"));
        }
    }
}
