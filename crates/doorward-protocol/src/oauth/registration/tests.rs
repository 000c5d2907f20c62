//! What a client may say of itself.

use serde_json::{Value, json};

use super::*;

fn read(said: &Value) -> Result<Metadata, MetadataError> {
    Metadata::read(said.to_string().as_bytes())
}

/// A good registration with these members instead or beside.
fn with(more: &Value) -> Result<Metadata, MetadataError> {
    let mut said = json!({ "redirect_uris": ["https://app.example.org/cb"] });
    let more = more.as_object().unwrap().clone();
    said.as_object_mut().unwrap().extend(more);
    read(&said)
}

#[track_caller]
fn refused(said: Result<Metadata, MetadataError>) -> ErrorCode {
    said.expect_err("refused").code
}

/// RFC 7591 §2, OpenID Connect Registration 1.0 §2
#[test]
fn what_is_missing_is_what_the_standards_say() {
    let said = with(&json!({})).unwrap();
    assert_eq!(said.grants(), ["authorization_code"]);
    assert_eq!(said.response_types, Some(vec!["code".to_owned()]));
    assert_eq!(said.method(), Ok(AuthMethod::Basic));
    assert_eq!(said.application_type.as_deref(), Some("web"));
    assert!(!said.is_pairwise());
}

/// RFC 7591 §2 (unknown members are ignored), RFC 7592 §2.2 (`null` is missing)
#[test]
fn unknown_members_are_ignored_and_null_is_missing() {
    let said = with(&json!({ "x": [1], "client_name#ja": "x", "scope": null, "contacts": null }));
    let echo = serde_json::to_value(said.unwrap()).unwrap();
    for name in ["x", "client_name#ja", "scope", "contacts"] {
        assert!(echo.get(name).is_none(), "{name}");
    }
}

/// RFC 7591 §5, RFC 8252 §7 and §8.4, OpenID Connect Registration 1.0 §2 (`application_type`)
#[test]
fn addresses_to_be_sent_to_fit_the_kind_of_app() {
    let good = [
        ("web", "https://app.example.org/cb?x=1"),
        ("web", "http://localhost:8080/cb"),
        ("web", "http://127.0.0.1/cb"),
        ("native", "http://[::1]:3/cb"),
        ("native", "https://app.example.org/cb"),
        ("native", "org.example.app:/cb"),
    ];
    for (kind, uri) in good {
        let said = read(&json!({ "application_type": kind, "redirect_uris": [uri] }));
        assert!(said.is_ok(), "{uri}: {said:?}");
    }
    let bad = [
        ("web", "https://app.example.org/cb#fragment"),
        ("web", "https://app.example.org/cb#"),
        ("web", "http://app.example.org/cb"),
        ("web", "http://localhost.evil.example/cb"),
        ("web", "http://127.0.0.1.evil.example/cb"),
        ("web", "http://127.0.0.1@evil.example/cb"),
        ("web", "https://good.example@evil.example/cb"),
        ("web", "https://evil.example\\@good.example/cb"),
        ("web", "org.example.app:/cb"),
        ("web", "/cb"),
        ("web", ""),
        ("web", "https://app.example.org/cb?code=1"),
        ("native", "http://app.example.org/cb"),
        ("native", "myapp:/cb"),
        ("native", "tel:1"),
        ("native", "mailto:a@b.example"),
        ("native", "javascript:alert(1)"),
        ("native", "JavaScript:alert(1)"),
        ("native", "java\tscript:alert(1)"),
        ("native", "data:text/html,x"),
        ("native", "vbscript:x"),
        ("native", "file:///etc/passwd"),
        ("native", "blob:https://a.example/x"),
    ];
    for (kind, uri) in bad {
        let said = read(&json!({ "application_type": kind, "redirect_uris": [uri] }));
        assert_eq!(refused(said), ErrorCode::InvalidRedirectUri, "{uri}");
        let said = with(&json!({ "application_type": kind, "post_logout_redirect_uris": [uri] }));
        assert_eq!(refused(said), ErrorCode::InvalidRedirectUri, "{uri}");
    }
}

#[test]
fn a_browser_is_sent_nowhere_without_an_address() {
    assert_eq!(refused(read(&json!({}))), ErrorCode::InvalidRedirectUri);
    let machine = json!({ "grant_types": ["client_credentials"] });
    let said = read(&machine).unwrap();
    assert_eq!(said.response_types, Some(vec![]));
}

/// RFC 7591 §2.1
#[test]
fn grant_types_and_response_types_agree() {
    let good = [
        (
            json!(["authorization_code", "refresh_token"]),
            json!(["code"]),
        ),
        (json!(["implicit"]), json!(["id_token", "token id_token"])),
        (
            json!(["authorization_code", "implicit"]),
            json!(["code id_token"]),
        ),
    ];
    for (grants, types) in good {
        let said = with(&json!({ "grant_types": grants, "response_types": types }));
        assert!(said.is_ok(), "{said:?}");
    }
    let bad = [
        (json!(["authorization_code"]), json!(["id_token"])),
        (json!(["implicit"]), json!(["code"])),
        (json!(["authorization_code"]), json!(["code id_token"])),
        (json!(["authorization_code"]), json!(["nonsense"])),
        (json!(["authorization_code"]), json!([])),
        (json!([]), json!([])),
    ];
    for (grants, types) in bad {
        let said = with(&json!({ "grant_types": grants, "response_types": types }));
        assert_eq!(refused(said), ErrorCode::InvalidClientMetadata);
    }
}

#[test]
fn a_way_to_prove_oneself_that_we_do_not_have_is_not_turned_into_another() {
    for word in ["client_secret_jwt", "tls_client_auth", "", "NONE", "basic"] {
        let said = with(&json!({ "token_endpoint_auth_method": word }));
        assert_eq!(refused(said), ErrorCode::InvalidClientMetadata, "{word}");
    }
    let by_key = json!({ "token_endpoint_auth_method": "private_key_jwt" });
    assert_eq!(refused(with(&by_key)), ErrorCode::InvalidClientMetadata);
    let machine = json!({
        "token_endpoint_auth_method": "none",
        "grant_types": ["client_credentials"],
    });
    assert_eq!(refused(with(&machine)), ErrorCode::InvalidClientMetadata);
}

#[test]
fn whatever_cannot_be_honored_is_refused_in_words() {
    let bad = [
        json!({ "jwks": { "keys": [] }, "jwks_uri": "https://a.example/keys" }),
        json!({ "initiate_login_uri": "http://app.example.org/start" }),
        json!({ "logo_uri": "javascript:alert(1)" }),
        json!({ "logo_uri": "data:image/png;base64,AAAA" }),
        json!({ "policy_uri": "http://app.example.org/policy" }),
        json!({ "tos_uri": "https://user:word@app.example.org/" }),
        json!({ "jwks_uri": "file:///etc/passwd" }),
        json!({ "backchannel_logout_uri": "http://127.0.0.1/" }),
        json!({ "backchannel_logout_uri": "https://app.example.org/#x" }),
        json!({ "sector_identifier_uri": "gopher://a.example/" }),
        json!({ "subject_type": "private" }),
        json!({ "application_type": "desktop" }),
        json!({ "default_max_age": -1 }),
        json!({ "default_max_age": "1" }),
        json!({ "client_name": "" }),
        json!({ "client_name": "a\nb" }),
        json!({ "client_name": "bank\u{202e}gpj" }),
        json!({ "client_name": "x".repeat(81) }),
        json!({ "contacts": ["x".repeat(256)] }),
        json!({ "contacts": vec!["x"; 11] }),
        json!({ "software_id": "a\u{0}" }),
        json!({ "scope": "a\"b" }),
        json!({ "id_token_encrypted_response_alg": "RSA-OAEP-256" }),
    ];
    for more in bad {
        let said = with(&more);
        assert_eq!(refused(said), ErrorCode::InvalidClientMetadata, "{more}");
    }
}

#[test]
fn a_registration_is_bounded_and_says_everything_once() {
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(REGISTRATION_MAX_BYTES));
    let twice =
        r#"{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}"#;
    for body in [&*long, twice, "", "[]", "null", "{", "\u{0}"] {
        let code = refused(Metadata::read(body.as_bytes()));
        assert_eq!(code, ErrorCode::InvalidClientMetadata);
    }
    let many: Vec<_> = (0..21).map(|n| format!("https://a.example/{n}")).collect();
    let code = refused(read(&json!({ "redirect_uris": many })));
    assert_eq!(code, ErrorCode::InvalidRedirectUri);
}
