//! Reading sub-requests: forward-auth.md 19 (46, 47, 53 to 55) and 20 k, s.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn forwarded_headers(proto: &str, host: &str, uri: &str) -> HeaderMap {
    headers(&[
        ("x-forwarded-proto", proto),
        ("x-forwarded-host", host),
        ("x-forwarded-uri", uri),
    ])
}

fn read(proxy: Proxy, uri: &str, headers: &HeaderMap) -> Result<(String, bool), OriginalError> {
    let uri: Uri = uri.parse().unwrap();
    let found = OriginalRequest::read(proxy, &Method::GET, &uri, headers)?;
    Ok((found.to_string(), found.navigation))
}

const TRAEFIK: &str = "/outpost.goauthentik.io/auth/traefik";

#[test]
fn case_54_traefik_and_caddy_name_the_address_in_three_headers() {
    let all = forwarded_headers("https", "app.example.com", "/foo?bar=1");
    for proxy in [Proxy::Traefik, Proxy::Caddy] {
        let (url, _) = read(proxy, TRAEFIK, &all).unwrap();
        assert_eq!(url, "https://app.example.com/foo?bar=1");
        for name in ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri"] {
            let mut some = all.clone();
            some.remove(name);
            let error = read(proxy, TRAEFIK, &some).unwrap_err();
            assert!(matches!(error, OriginalError::Missing(_)), "{name}");
            some.insert(HeaderName::from_static(name), HeaderValue::from_static(""));
            assert!(matches!(
                read(proxy, TRAEFIK, &some),
                Err(OriginalError::Missing(_))
            ));
        }
    }
    assert!(read(Proxy::Traefik, TRAEFIK, &HeaderMap::new()).is_err());
}

#[test]
fn case_55_nginx_names_it_in_one_header() {
    for (said, expected) in [
        (
            "http://test.goauthentik.io/app",
            "http://test.goauthentik.io/app",
        ),
        (
            "https://App.Test:8443/a?b=c://d",
            "https://app.test:8443/a?b=c://d",
        ),
        ("https://app.test", "https://app.test/"),
        ("wss://app.test/socket", "https://app.test/socket"),
    ] {
        let headers = headers(&[("x-original-url", said)]);
        assert_eq!(read(Proxy::Nginx, "/x", &headers).unwrap().0, expected);
    }
    let missing = read(Proxy::Nginx, "/x", &HeaderMap::new());
    assert_eq!(missing, Err(OriginalError::Missing("X-Original-URL")));
    for wrong in [
        "/app",
        "app.test/app",
        "ftp://app.test/",
        "https://",
        "https://?x",
        "https://a b/",
    ] {
        assert!(
            read(Proxy::Nginx, "/x", &headers(&[("x-original-url", wrong)])).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn case_19_nginx_may_name_path_and_query_beside_the_host() {
    let older = [
        ("host", "App.Test:8443"),
        ("x-forwarded-proto", "https"),
        ("x-original-uri", "/a?b=c"),
    ];
    let found = read(Proxy::Nginx, "/x", &headers(&older)).unwrap().0;
    assert_eq!(found, "https://app.test:8443/a?b=c");
    let no_host = headers(&[("x-original-uri", "/a")]);
    let error = read(Proxy::Nginx, "/x", &no_host).unwrap_err();
    assert_eq!(error, OriginalError::Missing("Host"));
    for wrong in ["a", "https://app.test/a", "*"] {
        let headers = headers(&[("host", "app.test"), ("x-original-uri", wrong)]);
        assert!(read(Proxy::Nginx, "/x", &headers).is_err(), "{wrong}");
    }
}

#[test]
fn cve_2026_40575_two_names_of_one_path_have_to_agree() {
    let both = |uri| {
        headers(&[
            ("x-original-url", "https://app.test/a"),
            ("x-original-uri", uri),
        ])
    };
    let found = read(Proxy::Nginx, "/x", &both("/a")).unwrap().0;
    assert_eq!(found, "https://app.test/a");
    for other in ["/public", "/a?", "//a"] {
        let error = read(Proxy::Nginx, "/x", &both(other)).unwrap_err();
        assert_eq!(error, OriginalError::Malformed("X-Original-URI"), "{other}");
    }
}

#[test]
fn envoy_names_it_by_the_path_after_the_prefix_and_the_host() {
    let prefix = "/outpost.goauthentik.io/auth/envoy";
    for (uri, proto, expected) in [
        ("/app", None, "http://ext.t.goauthentik.io/app"),
        (
            "/app?a=1",
            Some("https"),
            "https://ext.t.goauthentik.io/app?a=1",
        ),
        ("", Some("https"), "https://ext.t.goauthentik.io/"),
    ] {
        let mut headers = headers(&[("host", "ext.t.goauthentik.io")]);
        if let Some(proto) = proto {
            headers.insert("x-forwarded-proto", proto.parse().unwrap());
        }
        assert_eq!(
            read(Proxy::Envoy, &format!("{prefix}{uri}"), &headers)
                .unwrap()
                .0,
            expected
        );
    }
    assert!(read(Proxy::Envoy, &format!("{prefix}/app"), &HeaderMap::new()).is_err());
    let host = headers(&[("host", "a.test")]);
    assert!(read(Proxy::Envoy, &format!("{prefix}-x/app"), &host).is_err());
    assert!(read(Proxy::Envoy, "/other", &host).is_err());
}

#[test]
fn case_20s_a_forwarded_host_sent_twice_or_as_a_list_is_refused() {
    let mut twice = forwarded_headers("https", "app.test", "/");
    twice.append("x-forwarded-host", HeaderValue::from_static("app.test"));
    let error = read(Proxy::Traefik, TRAEFIK, &twice).unwrap_err();
    assert_eq!(error, OriginalError::Duplicate("X-Forwarded-Host"));
    for host in ["app.test, evil.test", "app.test,app.test", ","] {
        let error = read(
            Proxy::Caddy,
            TRAEFIK,
            &forwarded_headers("https", host, "/"),
        );
        assert_eq!(error, Err(OriginalError::Duplicate("X-Forwarded-Host")));
    }
    for (name, value) in [("x-forwarded-uri", "/other"), ("x-forwarded-proto", "http")] {
        let mut twice = forwarded_headers("https", "app.test", "/");
        twice.append(name, HeaderValue::from_static(value));
        assert!(matches!(
            read(Proxy::Traefik, TRAEFIK, &twice),
            Err(OriginalError::Duplicate(_))
        ));
    }
    let list = forwarded_headers("https,http", "app.test", "/");
    assert!(matches!(
        read(Proxy::Traefik, TRAEFIK, &list),
        Err(OriginalError::Duplicate(_))
    ));
}

#[test]
fn cve_2021_32637_what_cannot_be_read_is_an_error() {
    for (proto, host, uri) in [
        ("gopher", "app.test", "/"),
        ("https", "app test", "/"),
        ("https", "user@app.test", "/"),
        ("https", "app.test/x", "/"),
        ("https", "app.test:x", "/"),
        ("https", "app.test", "x"),
        ("https", "app.test", "http://other.test/"),
        ("https", "app.test", "*"),
        ("https", "app.test", "\u{e9}"),
    ] {
        let error = read(
            Proxy::Traefik,
            TRAEFIK,
            &forwarded_headers(proto, host, uri),
        );
        assert!(
            matches!(error, Err(OriginalError::Malformed(_))),
            "{proto} {host} {uri}"
        );
    }
    let mut bad = forwarded_headers("https", "app.test", "/");
    bad.insert(
        "x-forwarded-uri",
        HeaderValue::from_bytes(b"/\xff").unwrap(),
    );
    assert!(read(Proxy::Traefik, TRAEFIK, &bad).is_err());
}

#[test]
fn traefiks_verbatim_hosts_come_out_normalized() {
    for (host, expected) in [
        ("App.Home.Test:8080", "https://app.home.test:8080/"),
        ("app.home.test.", "https://app.home.test/"),
    ] {
        let headers = forwarded_headers("HTTPS", host, "/");
        assert_eq!(read(Proxy::Traefik, TRAEFIK, &headers).unwrap().0, expected);
    }
}

#[test]
fn case_20k_only_a_person_opening_a_page_is_a_navigation() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (sent, expected) in [
        (
            &[
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ][..],
            true,
        ),
        (
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            true,
        ),
        (&[("sec-fetch-dest", "document")], true),
        (&[("accept", browser)], true),
        (&[("accept", "TEXT/HTML")], true),
        (&[("accept", browser), ("x-forwarded-method", "GET")], true),
        (&[], false),
        (&[("accept", "*/*")], false),
        (&[("accept", "application/json, text/plain, */*")], false),
        (&[("accept", "text/event-stream")], false),
        (&[("sec-fetch-mode", "cors"), ("accept", browser)], false),
        (
            &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
            false,
        ),
        (
            &[
                ("sec-fetch-mode", "same-origin"),
                ("sec-fetch-dest", "empty"),
            ],
            false,
        ),
        (&[("sec-fetch-mode", "websocket")], false),
        (
            &[("sec-fetch-mode", "navigate"), ("sec-websocket-key", "x")],
            false,
        ),
        (&[("accept", browser), ("sec-websocket-key", "x")], false),
        (
            &[("accept", browser), ("x-forwarded-method", "HEAD")],
            false,
        ),
        (
            &[("accept", browser), ("x-forwarded-method", "POST")],
            false,
        ),
        (
            &[
                ("sec-fetch-mode", "navigate"),
                ("x-forwarded-method", "POST"),
            ],
            false,
        ),
        (
            &[("accept", browser), ("x-forwarded-method", "OPTIONS")],
            false,
        ),
        (&[("accept", browser), ("x-forwarded-method", "get")], false),
        (
            &[
                ("accept", browser),
                ("x-forwarded-method", "GET"),
                ("x-forwarded-method", "GET"),
            ],
            false,
        ),
    ] {
        let mut headers = forwarded_headers("https", "app.test", "/");
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(
            read(Proxy::Traefik, TRAEFIK, &headers).unwrap().1,
            expected,
            "{sent:?}"
        );
    }
}

#[test]
fn cases_46_to_48_and_53_the_start_address_is_absolute_and_encodes_its_target() {
    let uri = Uri::from_static("/");
    for (app, target, expected) in [
        (
            "https://test.goauthentik.io",
            "/foo/bar/baz",
            "https://test.goauthentik.io/outpost.goauthentik.io/start?rd=\
             https%3A%2F%2Ftest.goauthentik.io%2Ffoo%2Fbar%2Fbaz",
        ),
        (
            "https://auth.test:8443/base",
            "/a?b=c&d=%20é#e",
            "https://auth.test:8443/outpost.goauthentik.io/start?rd=\
             https%3A%2F%2Ftest.goauthentik.io%2Fa%3Fb%3Dc%26d%3D%2520%C3%A9%23e",
        ),
    ] {
        let headers = forwarded_headers("https", "test.goauthentik.io", target);
        let original = OriginalRequest::read(Proxy::Traefik, &Method::GET, &uri, &headers).unwrap();
        let location = start_location(&Url::parse(app).unwrap(), &original);
        assert_eq!(location, expected);
        let rd = Url::parse(&location).unwrap();
        let rd = rd.query_pairs().next().unwrap().1.into_owned();
        assert_eq!(rd, original.to_string());
    }
}

#[test]
fn case_46_the_target_is_decoded_once_and_a_bare_address_is_taken_whole() {
    for (query, expected) in [
        (
            "rd=https%3A%2F%2Fa.test%2Fx%3Fb%3D%2520",
            Some("https://a.test/x?b=%20"),
        ),
        ("rd=%2Fpage&other=1", Some("/page")),
        ("other=1&rd=/page", Some("/page")),
        (
            "rd=https://a.test/x?b=1&c=two%20words",
            Some("https://a.test/x?b=1&c=two%20words"),
        ),
        ("rd=", Some("")),
        ("", None),
        ("xrd=/page", None),
    ] {
        assert_eq!(start_target(query).as_deref(), expected, "{query}");
    }
}

#[test]
fn path_and_query_are_told_apart() {
    let uri = Uri::from_static("/");
    for (said, path, query) in [
        ("/a?b?c", "/a", Some("b?c")),
        ("/a", "/a", None),
        ("/a?", "/a", Some("")),
        ("/a#f?x", "/a", Some("x")),
    ] {
        let headers = forwarded_headers("https", "a.test", said);
        let found = OriginalRequest::read(Proxy::Traefik, &Method::GET, &uri, &headers).unwrap();
        assert_eq!((found.path(), found.query()), (path, query), "{said}");
    }
}

proptest! {
    #[test]
    fn reading_a_sub_request_never_panics(
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 6),
        path in "/[a-z/%.?=]{0,20}",
    ) {
        let names = [
            "x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri", "x-original-url",
            "sec-fetch-mode", "x-forwarded-method",
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in names.into_iter().zip(values) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(name, value);
            }
        }
        let uri: Uri = format!("/outpost.goauthentik.io/auth/envoy{path}").parse().unwrap();
        for proxy in [Proxy::Traefik, Proxy::Caddy, Proxy::Nginx, Proxy::NginxPage, Proxy::Envoy] {
            if let Ok(original) = OriginalRequest::read(proxy, &Method::GET, &uri, &headers) {
                let _url = original.url();
                let _band = super::super::InBand::recognize(original.path_and_query);
            }
        }
    }
}
