//! The corpus of redirect targets: forward-auth.md 19 (38 to 46) and 20 b, c.

use super::*;
use proptest::prelude::*;

fn single(external: &str) -> Allowed {
    Allowed::Single {
        external: Url::parse(external).unwrap(),
    }
}

fn domain(external: &str, cookie_domain: &str) -> Allowed {
    let external = Url::parse(external).unwrap();
    Allowed::Domain {
        external,
        cookie_domain: cookie_domain.into(),
    }
}

fn same_origin() -> Allowed {
    Allowed::SameOrigin {
        base: Url::parse("https://auth.example.com").unwrap(),
    }
}

fn check(allowed: &Allowed, candidate: &str, expected: Result<&str, RedirectRefusal>) {
    let found = approve(candidate, allowed);
    assert_eq!(
        found.as_ref().map(Url::as_str),
        expected.as_ref().copied(),
        "{candidate:?}"
    );
}

#[test]
fn cases_38_to_40_and_43_44_a_single_application_allows_only_its_own_host() {
    let app = single("https://ext.t.goauthentik.io");
    check(&app, "", Err(RedirectRefusal::Missing));
    check(&app, "https://google.com", Err(RedirectRefusal::Host));
    let kept = "https://ext.t.goauthentik.io/test?foo";
    check(&app, kept, Ok(kept));
    let app = single("https://app.example.com");
    check(&app, "/page", Ok("https://app.example.com/page"));
    check(
        &app,
        "https://evil.example.com/page",
        Err(RedirectRefusal::Host),
    );
}

#[test]
fn cases_41_42_and_45_a_domain_allows_the_hosts_under_it() {
    let app = domain("https://ext.t.goauthentik.io", "t.goauthentik.io");
    check(&app, "", Err(RedirectRefusal::Missing));
    check(
        &app,
        "https://ext.t.goauthentik.io/test",
        Ok("https://ext.t.goauthentik.io/test"),
    );
    let app = domain("https://auth.example.com", ".example.com");
    check(
        &app,
        "https://sub.example.com",
        Ok("https://sub.example.com/"),
    );
    check(&app, "https://example.com/a", Ok("https://example.com/a"));
    check(&app, "https://evil.com", Err(RedirectRefusal::Host));
}

#[test]
fn case_20b_a_domain_ends_at_a_label_boundary() {
    let app = domain("https://auth.example.com", "example.com");
    for candidate in [
        "https://notexample.com/",
        "https://evilexample.com",
        "https://example.com.evil.test",
        "https://auth.example.comevil.test",
    ] {
        check(&app, candidate, Err(RedirectRefusal::Host));
    }
}

#[test]
fn case_20c_the_corpus_of_disguised_targets_is_refused() {
    use RedirectRefusal::{Downgrade, Host, Malformed, Scheme, UserInfo};
    let app = domain("https://auth.example.com", "example.com");
    for (candidate, refusal) in [
        ("https://user@a.example.com", UserInfo),
        ("https://user:pw@a.example.com", UserInfo),
        ("https://a.example.com@evil.test", UserInfo),
        ("https://@a.example.com", UserInfo),
        ("https://evil.test\\@a.example.com", Malformed),
        ("https://a.example.com\\.evil.test", Malformed),
        ("/\\evil.test", Malformed),
        ("//evil.test", Malformed),
        ("///evil.test", Malformed),
        ("https:a.example.com", Malformed),
        ("https:/a.example.com", Malformed),
        ("https:///a.example.com", Malformed),
        ("https://", Malformed),
        ("https://?x", Malformed),
        ("http://a.example.com", Downgrade),
        ("javascript:alert(1)", Scheme),
        ("JavaScript:alert(1)", Scheme),
        ("data:text/html,x", Scheme),
        ("vbscript:x", Scheme),
        ("file:///etc/passwd", Scheme),
        ("ftp://a.example.com", Scheme),
        ("ws://a.example.com", Scheme),
        (" https://a.example.com", Malformed),
        ("https://a.example.com\n", Malformed),
        ("https://a.example.com/\r\nX: y", Malformed),
        ("https://a.exam\tple.com", Malformed),
        ("https://a.example.com\0.evil.test", Malformed),
        ("https://evil.test%2f.example.com", Malformed),
        ("https://evil.test%00.example.com", Malformed),
        ("https://a.example.com,evil.test", Malformed),
        ("https://evil.test#.example.com", Host),
        ("https://evil.test?.example.com", Host),
        ("https://evil。test", Host),
        ("https://exаmple.com", Host),
        ("a.example.com", Malformed),
        ("?next", Malformed),
        ("page", Malformed),
    ] {
        check(&app, candidate, Err(refusal));
    }
}

#[test]
fn case_20c_harmless_spellings_are_approved_in_their_normal_form() {
    let app = domain("https://auth.example.com", "example.com");
    for (candidate, expected) in [
        (
            "https://a.example.com:8443/x",
            "https://a.example.com:8443/x",
        ),
        ("https://a.example.com:443/x", "https://a.example.com/x"),
        ("HTTPS://A.Example.COM/X", "https://a.example.com/X"),
        ("https://a.example.com./x", "https://a.example.com/x"),
        (
            "https://bücher.example.com/ü",
            "https://xn--bcher-kva.example.com/%C3%BC",
        ),
        (
            "https://a.example.com/?u=https://evil.test/",
            "https://a.example.com/?u=https://evil.test/",
        ),
        ("https://a.example.com/a b", "https://a.example.com/a%20b"),
        (
            "https://a.example.com/@evil.test",
            "https://a.example.com/@evil.test",
        ),
    ] {
        check(&app, candidate, Ok(expected));
    }
}

#[test]
fn the_port_is_equal_in_single_mode_and_free_in_domain_mode() {
    let app = single("https://app.example.com:8443");
    check(
        &app,
        "https://app.example.com:8443/",
        Ok("https://app.example.com:8443/"),
    );
    check(&app, "https://app.example.com/", Err(RedirectRefusal::Port));
    check(
        &app,
        "https://app.example.com:9/",
        Err(RedirectRefusal::Port),
    );
    let app = single("http://app.example.com");
    check(
        &app,
        "https://app.example.com/",
        Ok("https://app.example.com/"),
    );
}

#[test]
fn cve_2026_41569_a_longer_host_or_path_with_the_same_beginning_is_another_place() {
    let app = single("https://portal.example.com");
    for candidate in [
        "https://portal.example.com.evil.test/",
        "https://portal.example.community/",
        "https://portal.example.co",
        "https://xportal.example.com",
    ] {
        check(&app, candidate, Err(RedirectRefusal::Host));
    }
}

#[test]
fn cve_2026_3872_traversal_and_pollution_never_reach_the_outposts_own_paths() {
    let app = single("https://app.example.com");
    for path in [
        "/outpost.goauthentik.io",
        "/outpost.goauthentik.io/start?rd=/",
        "/a/../outpost.goauthentik.io/sign_out",
        "/a/%2e%2e/outpost.goauthentik.io/sign_out",
        "/a/..%2foutpost.goauthentik.io/sign_out",
        "/a/..%5Coutpost.goauthentik.io/sign_out",
        "/.//outpost.goauthentik.io/sign_out",
        "/%6futpost.goauthentik.io/sign_out",
    ] {
        check(&app, path, Err(RedirectRefusal::Outpost));
        let absolute = format!("https://app.example.com{path}");
        check(&app, &absolute, Err(RedirectRefusal::Outpost));
    }
    let other = "https://app.example.com/outpost.goauthentik.io-x";
    check(&app, other, Ok(other));
}

#[test]
fn the_signature_parameters_are_removed_and_the_rest_kept_as_written() {
    let app = single("https://app.example.com");
    for (query, left) in [
        ("?X-authentik-auth-callback=true", ""),
        ("?X-authentik-logout=true&a=1", "?a=1"),
        (
            "?a=1&X-authentik-auth-callback=TRUE&b=%20+&c",
            "?a=1&b=%20+&c",
        ),
        ("?X%2Dauthentik-auth-callback=true&a", "?a"),
        ("?x-authentik-logout", ""),
        ("?a=X-authentik-logout", "?a=X-authentik-logout"),
    ] {
        let expected = format!("https://app.example.com/p{left}");
        check(&app, &format!("/p{query}"), Ok(&expected));
    }
}

#[test]
fn our_own_pages_are_reached_by_path_or_by_the_same_origin() {
    let own = same_origin();
    check(&own, "/if/user/", Ok("https://auth.example.com/if/user/"));
    check(
        &own,
        "https://auth.example.com/x?y",
        Ok("https://auth.example.com/x?y"),
    );
    for candidate in [
        "https://auth.example.com:444/",
        "https://evil.test/",
        "//evil.test",
        "/..//evil.test",
        "/.//evil.test",
        "/%2fevil.test",
        "/%5cevil.test",
        "http://auth.example.com/",
        "",
    ] {
        assert!(approve(candidate, &own).is_err(), "{candidate}");
    }
    let plain = Allowed::SameOrigin {
        base: Url::parse("http://auth.example.com").unwrap(),
    };
    check(
        &plain,
        "https://auth.example.com/",
        Err(RedirectRefusal::Scheme),
    );
}

#[test]
fn an_endless_target_is_refused() {
    let long = format!("/{}", "a".repeat(9000));
    check(&same_origin(), &long, Err(RedirectRefusal::TooLong));
}

proptest! {
    #[test]
    fn whatever_is_approved_lies_under_the_domain(text in "(https?:)?[/\\\\]{0,3}[a-z.@:%0-9/é-]{0,30}") {
        let allowed = domain("https://auth.example.com", "example.com");
        if let Ok(url) = approve(&text, &allowed) {
            prop_assert_eq!(url.scheme(), "https");
            prop_assert!(crate::host::is_under(url.host_str().unwrap(), "example.com"));
        }
    }
}
