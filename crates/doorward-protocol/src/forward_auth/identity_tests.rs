//! Identity headers: forward-auth.md 19 (34, 36, 37, 63) and 20 i, j.

use super::*;
use proptest::prelude::*;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    std::str::from_utf8(headers.get(name).unwrap().as_bytes()).unwrap()
}

#[test]
fn case_34_exactly_twelve_headers_are_written() {
    let (groups, entitlements) = (join_names(["foo", "bar"]), join_names(["bar", "quox"]));
    let identity = IdentityHeaders {
        username: "akadmin",
        groups: &groups,
        entitlements: &entitlements,
        meta_provider: "whoami",
        meta_version: "goauthentik.io/outpost/2026.8.3",
        ..IdentityHeaders::default()
    };
    let (mut borrowed, mut shared) = (HeaderMap::new(), HeaderMap::new());
    identity.write(&mut borrowed);
    AppHeaders::new(&identity).write(
        &PersonHeaders::new(&identity, None),
        &header_value(identity.jwt),
        &mut shared,
    );
    assert_eq!(borrowed, shared);
    assert_eq!(borrowed.len(), 12);
    assert_eq!(text(&borrowed, "X-authentik-groups"), "foo|bar");
    assert_eq!(text(&borrowed, "X-authentik-entitlements"), "bar|quox");
    assert_eq!(text(&borrowed, "X-authentik-meta-provider"), "whoami");
    assert_eq!(
        text(&borrowed, "X-authentik-meta-version"),
        "goauthentik.io/outpost/2026.8.3"
    );
    for name in [
        "jwt",
        "meta-jwks",
        "email",
        "name",
        "uid",
        "meta-app",
        "meta-outpost",
    ] {
        assert_eq!(
            text(&borrowed, &format!("x-authentik-{name}")),
            "",
            "{name}"
        );
    }
}

#[test]
fn cve_2026_30851_a_public_path_has_all_twelve_empty() {
    let mut headers = HeaderMap::new();
    headers.insert("x-authentik-username", HeaderValue::from_static("mallory"));
    write_empty(&mut headers);
    assert_eq!(headers.len(), 12);
    assert!(headers.values().all(HeaderValue::is_empty));
}

#[test]
fn case_20i_names_of_any_kind_arrive_and_break_nothing() {
    assert_eq!(header_value("José").as_bytes(), "José".as_bytes());
    assert_eq!(header_value("a\r\nX-Evil: 1").as_bytes(), b"a  X-Evil: 1");
    assert_eq!(header_value("a\0b\u{7f}").as_bytes(), b"a b ");
    assert_eq!(header_value(&"x".repeat(8192)).len(), 8192);
    assert_eq!(header_value(&"é".repeat(40_000)).len(), MAX_VALUE_BYTES);
    let odd = format!("x{}", "é".repeat(40_000));
    assert_eq!(header_value(&odd).len(), MAX_VALUE_BYTES - 1);
}

#[test]
fn case_20i_a_group_cannot_name_another_by_its_separator() {
    assert_eq!(join_names(["x|admins", "y"]), "x_admins|y");
    assert_eq!(join_names([]), "");
    let names: Vec<String> = (0..500).map(|n| format!("group-{n:03}")).collect();
    assert_eq!(
        join_names(names.iter().map(String::as_str))
            .split('|')
            .count(),
        500
    );
    let long = "g".repeat(1000);
    let joined = join_names(std::iter::repeat_n(long.as_str(), 500));
    assert!(joined.len() <= MAX_VALUE_BYTES && joined.split('|').all(|name| name == long));
}

#[test]
fn cases_37_and_63_and_cve_2026_88011_no_alias_of_a_header_survives() {
    let mut headers = HeaderMap::new();
    for name in [
        "X_AUTHENTIK_USERNAME",
        "X-Authentik_username",
        "X.authentik.username",
        "X~authentik~uid",
        "Foo_Bar",
    ] {
        headers.append(
            HeaderName::try_from(name).unwrap(),
            HeaderValue::from_static("mallory"),
        );
    }
    headers.insert("user-agent", HeaderValue::from_static("kept"));
    IdentityHeaders {
        username: "real",
        jwt: "a.b.c",
        ..IdentityHeaders::default()
    }
    .write(&mut headers);
    remove_aliases(&mut headers);
    assert_eq!(text(&headers, "X-Authentik-Username"), "real");
    assert_eq!(headers.len(), 13);
    assert_eq!(text(&headers, "x-authentik-jwt"), "a.b.c");
    assert!(headers.values().all(|value| value != "mallory"));
}

#[test]
fn cases_36_and_20j_additional_headers_cannot_take_a_reserved_name() {
    assert_eq!(additional_header("Foo", false).unwrap(), "foo");
    assert_eq!(
        additional_header("X-Remote-Role", false).unwrap(),
        "x-remote-role"
    );
    assert_eq!(
        additional_header("Authorization", true).unwrap(),
        "authorization"
    );
    for name in [
        "X-authentik-username",
        "x_authentik_username",
        "X.authentik.uid",
        "X~authentik-new",
        "Host",
        "Cookie",
        "Set-Cookie",
        "Transfer-Encoding",
        "Transfer_Encoding",
        "Content-Length",
        "Connection",
        "Upgrade",
        "TE",
        "Proxy-Authorization",
        "X-Forwarded-User",
        "Authorization",
        "authorization",
        "Location",
    ] {
        assert_eq!(
            additional_header(name, false),
            Err(HeaderRefusal::Reserved),
            "{name}"
        );
    }
    for name in ["", "a b", "Foo_Bar", "foo.bar", "a:b", "é", "a\r\nb"] {
        assert_eq!(
            additional_header(name, false),
            Err(HeaderRefusal::Name),
            "{name}"
        );
    }
}

#[test]
fn case_20j_reserved_names_of_the_attribute_are_ignored_when_written() {
    let attribute = serde_json::json!({
        "Foo": "bar", "X-authentik-username": "mallory", "Host": "evil", "X_authentik_uid": "1",
    });
    let identity = IdentityHeaders {
        username: "real",
        ..IdentityHeaders::default()
    };
    let person = PersonHeaders::new(&identity, Some(&attribute));
    let mut headers = HeaderMap::new();
    AppHeaders::new(&identity).write(&person, &header_value("a.b.c"), &mut headers);
    assert_eq!(headers.len(), 13);
    assert_eq!(text(&headers, "foo"), "bar");
    assert_eq!(text(&headers, "x-authentik-username"), "real");
    assert!(person.size_bytes() > 4);
}

#[test]
fn additional_values_are_written_by_their_json_kind() {
    use serde_json::json;
    for (value, expected) in [
        (json!("bar"), "bar"),
        (json!(5), "5"),
        (json!(true), "true"),
        (json!(null), ""),
        (json!(["a"]), "[\"a\"]"),
        (json!("a\nb"), "a b"),
    ] {
        assert_eq!(additional_value(&value), expected);
    }
}

proptest! {
    #[test]
    fn any_text_makes_a_value(text in any::<String>()) {
        let value = header_value(&text);
        prop_assert!(text.is_empty() || !value.is_empty());
    }

    #[test]
    fn cve_2026_54763_no_spelling_of_an_identity_header_is_additional(
        separator in "[-_.~!+^]", upper in any::<bool>(),
    ) {
        let name = format!("x{separator}authentik{separator}username");
        let name = if upper { name.to_uppercase() } else { name };
        prop_assert_eq!(additional_header(&name, true), Err(HeaderRefusal::Reserved));
    }
}
