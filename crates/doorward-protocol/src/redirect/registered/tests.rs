//! Hostile addresses of relying parties, by the holes that others had (oidc.md 6.2 and 6.3).

use super::*;

const USE: RedirectUse = RedirectUse::Authorization;

fn exact(url: &str) -> [RegisteredUri; 1] {
    [RegisteredUri::exact(url, USE).unwrap()]
}

#[test]
fn only_the_very_same_bytes_are_the_registered_address() {
    let registered = exact("https://app.example.com/cb?x=1");
    assert!(approve("https://app.example.com/cb?x=1", &registered, USE).is_ok());
    let for_logout = approve(
        "https://app.example.com/cb?x=1",
        &registered,
        RedirectUse::Logout,
    );
    assert_eq!(for_logout, Err(UriRefusal::Unregistered), "another list");
    for hostile in HOSTILE {
        let refused = approve(hostile, &registered, USE);
        assert!(refused.is_err(), "{hostile:?}");
    }
}

/// CVE-2023-6291, CVE-2024-1132, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2020-15234,
/// CVE-2024-52289, CVE-2026-41569, CVE-2024-21637.
const HOSTILE: &[&str] = &[
    "",
    "https://app.example.com/cb",
    "https://app.example.com/cb?x=2",
    "https://app.example.com/cb?x=1&y=2",
    "https://app.example.com/cb?x=1#",
    "https://app.example.com/cb?x=1#f",
    "https://app.example.com/cb/?x=1",
    "https://app.example.com/CB?x=1",
    "https://APP.example.com/cb?x=1",
    "HTTPS://app.example.com/cb?x=1",
    "http://app.example.com/cb?x=1",
    "https://app.example.com:443/cb?x=1",
    "https://app.example.com:8443/cb?x=1",
    "https://app.example.com./cb?x=1",
    "https://app.example.com.evil.tld/cb?x=1",
    "https://appXexample.com/cb?x=1",
    "https://evil.tld/?https://app.example.com/cb?x=1",
    "https://app.example.com@evil.tld/cb?x=1",
    "https://app.example.com:80@evil.tld/cb?x=1",
    "https://evil.tld@app.example.com/cb?x=1",
    "https://evil.tld\\@app.example.com/cb?x=1",
    "https://app.example.com\\.evil.tld/cb?x=1",
    "https://app.example.com/../cb?x=1",
    "https://app.example.com/a/../cb?x=1",
    "https://app.example.com/%2e%2e/cb?x=1",
    "https://app.example.com/./cb?x=1",
    "https://app.example.com//cb?x=1",
    "https://app.example.com/%63b?x=1",
    "https://app.example.com/cb%3fx=1",
    "https://app.example.com/cb?x=%31",
    "https://app.example.com%2f.evil.tld/cb?x=1",
    "https://app.example.com%00.evil.tld/cb?x=1",
    "https://app.example.com/cb?x=1%0d%0aset-cookie:a",
    "https://app.example.com/cb?x=1\r\nset-cookie:a",
    " https://app.example.com/cb?x=1",
    "https://app.example.com/cb?x=1 ",
    "\thttps://app.example.com/cb?x=1",
    "https:app.example.com/cb?x=1",
    "https:///app.example.com/cb?x=1",
    "https:/app.example.com/cb?x=1",
    "//app.example.com/cb?x=1",
    "/cb?x=1",
    "app.example.com/cb?x=1",
    "https://аpp.example.com/cb?x=1",
    "https://app。example.com/cb?x=1",
    "https://xn--pp-7ka.example.com/cb?x=1",
    "https://[::1]/cb?x=1",
    "https://127.0.0.1/cb?x=1",
    "https://2130706433/cb?x=1",
    "javascript:alert(1)//https://app.example.com/cb?x=1",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://app.example.com/1",
    "view-source:https://app.example.com/cb?x=1",
    "https://app.example.com/cb?x=1&code=stolen",
    "https://app.example.com/cb?x=1&state=a",
];

#[test]
fn a_loopback_address_may_have_any_port_rfc_8252_7_3() {
    let registered = exact("http://127.0.0.1/cb");
    for good in [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
    ] {
        assert!(approve(good, &registered, USE).is_ok(), "{good}");
    }
    for bad in [
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:80@evil.tld/cb",
        "http://127.0.0.1.evil.tld/cb",
        "http://localhost:80/cb",
        "https://127.0.0.1:80/cb",
        "http://127.0.0.1:80/other",
        "http://127.0.0.1:80/cb?x=1",
        "http://[::1]:80/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:000080/cb",
        "http://127.1/cb",
    ] {
        assert!(approve(bad, &registered, USE).is_err(), "{bad}");
    }
    assert!(approve("http://[::1]:4000/cb", &exact("http://[::1]/cb"), USE).is_ok());
    let named = exact("http://localhost/cb");
    assert!(
        approve("http://localhost:4000/cb", &named, USE).is_err(),
        "RFC 8252 §8.3"
    );
}

#[test]
fn an_expression_must_fit_the_whole_address_cve_2024_52289() {
    let text = r"https://[a-z]+\.example\.com/cb";
    let registered = [RegisteredUri::expression(text, USE).unwrap()];
    assert!(approve("https://app.example.com/cb", &registered, USE).is_ok());
    for bad in [
        "https://app.example.com/cb/more",
        "https://evil.tld/https://app.example.com/cb",
        "https://appXexample.com/cb",
        "https://app.example.com/cb\n",
        "https://a@b.example.com/cb",
    ] {
        assert!(approve(bad, &registered, USE).is_err(), "{bad:?}");
    }
    let wide = [RegisteredUri::any_expression("https://good\\.example.*", USE).unwrap()];
    for bad in [
        "https://good.example@evil.tld/",
        "https://good.example\\@evil.tld",
        "https://good.example/#x",
    ] {
        assert!(approve(bad, &wide, USE).is_err(), "{bad:?}");
    }
    let any = [RegisteredUri::any_expression(".*", USE).unwrap()];
    assert_eq!(
        approve("javascript:alert(1)", &any, USE),
        Err(UriRefusal::Scheme)
    );
}

#[test]
fn an_expression_that_cannot_be_honored_is_refused_in_words() {
    for bad in [
        r"https://(?!evil).*",
        r"(a)\1",
        "(",
        "a)|(?:b",
        "*",
        r"https://x(?<=a)",
    ] {
        let refused = RegisteredUri::expression(bad, USE).err();
        assert!(
            matches!(refused, Some(UriRefusal::Expression(ref why)) if !why.is_empty()),
            "{bad}"
        );
    }
    let huge = RegisteredUri::expression(r"(\w{1000}){1000}", USE).err();
    assert!(matches!(huge, Some(UriRefusal::Expression(_))), "{huge:?}");
}

/// GHSA-46c8-635v-68r2, CVE-2024-52289, CVE-2026-7504.
#[test]
fn what_stands_for_anything_never_reaches_the_host() {
    for good in [
        r"https://app\.example\.com/cb",
        r"^https://app\.example\.com/.*$",
        r"https?://app\.example\.com/cb",
        r"https://[a-z0-9-]+\.example\.com/cb",
        r"https://([a-z]+\.)?example\.com/cb",
        r"https://[^/?]+\.example\.com(/.*)?",
        r"https://(app|web)\.example\.com(:8443)?/cb",
        r"https://app\.example\.com(:\d+)?/cb\?.*",
        r"http://localhost:\d+/cb",
        r"http://127\.0\.0\.1:[0-9]{1,5}/cb",
        r"http://\[::1\]:\d+/cb",
        r"(https://a\.example/cb|https://b\.example/.*)",
        r"https://(a\.example|b\.example)/cb",
        r"com\.example\.app:/.*",
        r"com\.example\.app://oauth/.*",
        r"(?i)https://[a-z]+\.example\.com/cb",
    ] {
        let built = RegisteredUri::expression(good, USE);
        assert!(built.is_ok(), "{good}: {:?}", built.err());
    }
    for bad in [
        ".*",
        r"https://.*\.example\.com/cb",
        r"https://.*",
        r"https?://.+",
        "https://app.example.com/cb",
        r"https://good\.example.*",
        r"https://good\.example[^/]*/cb",
        r"https://[^.]+\.example\.com/cb",
        r"https://\S+\.example\.com/cb",
        r"https://[a-z.]+/cb",
        r"https://app\.[a-z]+/cb",
        r"https://app\.example\.com:.*",
        r"https://app\.example\.com(:.*)?/cb",
        r"https://app\.example\.com(:\d+)?[a-z.]*/cb",
        r"https://app\.example\.com(/x)?\.[a-z]+/cb",
        r".*://app\.example\.com/cb",
        r"https:.*",
        r"https:/?/?[a-z]+\.example\.com",
        r"https://a\.example/cb|.*",
        "https://(?:.*)",
        "https:",
        "",
    ] {
        let refused = RegisteredUri::expression(bad, USE).err();
        assert!(
            matches!(refused, Some(UriRefusal::OpenHost(_))),
            "{bad}: {refused:?}"
        );
    }
}

/// Every host that an accepted expression fits ends as the expression says.
#[test]
fn an_address_that_only_looks_like_the_expression_is_not_gone_to() {
    let text = r"https://[^/?]+\.example\.com(/.*)?";
    let registered = [RegisteredUri::expression(text, USE).unwrap()];
    assert!(approve("https://a.b.example.com/x", &registered, USE).is_ok());
    for bad in [
        "https://evil.tld/.example.com",
        "https://evil.tld?.example.com",
        "https://evil.tld#.example.com",
        "https://evil.tld\\.example.com",
        "https://evil.tld@.example.com",
        "https://evil.tld:80@a.example.com",
        "https://evil.tld:80.example.com",
        "https://evil.tld%2f.example.com",
        "https://evil.tld\u{ff0f}.example.com",
        "https://a.example.com.evil.tld/",
        "https://a.example.com:1@evil.tld/",
    ] {
        assert!(approve(bad, &registered, USE).is_err(), "{bad}");
    }
}

#[test]
fn alternatives_do_not_leave_the_bounds_of_an_expression() {
    let registered =
        [RegisteredUri::expression("https://a\\.example|https://b\\.example", USE).unwrap()];
    assert!(approve("https://b.example", &registered, USE).is_ok());
    assert!(approve("https://a.example.evil.tld", &registered, USE).is_err());
    assert!(approve("https://evil.tld/https://b.example", &registered, USE).is_err());
}

#[test]
fn an_app_may_have_a_scheme_of_its_own() {
    let registered = exact("com.example.app:/oauth2redirect");
    assert!(approve("com.example.app:/oauth2redirect", &registered, USE).is_ok());
    assert!(approve("com.example.app:/oauth2redirect/x", &registered, USE).is_err());
}
