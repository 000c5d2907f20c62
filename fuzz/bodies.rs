//! What each fuzz target does with its bytes.
//!
//! `fuzz_targets/` feeds them what libFuzzer makes up, `crates/doorward-protocol/tests/fuzz.rs` what it
//! found before. The rule: a body panics exactly when something is wrong.

use doorward_protocol::forward_auth::{
    InBand, OriginalRequest, Proxy, SkipRules, SkipScope, normalize_path, start_target,
};
use doorward_protocol::host::is_under;
use doorward_protocol::jose::{self, Typ, VerifyingKey};
use doorward_protocol::redirect::{Allowed, approve};
use doorward_protocol::seal::{Keys, Purpose, RingKey};
use doorward_protocol::trust::TrustedProxies;
use doorward_protocol::{cookie, password, session_cookie};
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use url::Url;

/// Cookie lines, session cookies and sealed values: nothing panics, and nothing opens that was not
/// sealed.
pub(crate) fn cookie_and_seal(data: &[u8]) {
    let key = RingKey::new("k1", [7; 32]).expect("a kid");
    let keys = Keys::new(vec![key], "k1").expect("a ring");
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(keys.open(Purpose::OutpostStart, b"", text).is_err());
        assert!(session_cookie::verify(&keys, text).is_err());
    }
    if let Ok(line) = HeaderValue::from_bytes(data) {
        let headers = HeaderMap::from_iter([(COOKIE, line)]);
        let left = cookie::without(&headers, |name| name.starts_with("authentik_"));
        assert!(!left.as_bytes().starts_with(b"authentik_"));
        assert!(cookie::pairs(&headers).all(|(name, _)| !name.is_empty()));
    }
}

/// Sub-requests of reverse proxies, one header a line: nothing panics, and a public path has one
/// reading.
pub(crate) fn forward_auth(data: &[u8]) {
    let (uri, headers) = sub_request(data);
    let rules = SkipRules::parse("/public.*", SkipScope::Path).expect("a valid rule");
    for proxy in [
        Proxy::Traefik,
        Proxy::Caddy,
        Proxy::Nginx,
        Proxy::NginxPage,
        Proxy::Envoy,
    ] {
        let Ok(original) = OriginalRequest::read(proxy, &Method::GET, &uri, &headers) else {
            continue;
        };
        if let Ok(url) = original.url() {
            assert!(matches!(url.scheme(), "http" | "https" | "ws" | "wss"));
        }
        drop(original.query().and_then(start_target));
        if InBand::recognize(original.path_and_query).is_some() {
            assert!(original.path_and_query.starts_with('/'));
        }
        if rules.matches(&original) {
            let plain = normalize_path(original.path_and_query).expect("public means one reading");
            assert!(plain.starts_with("/public") && plain.split('/').all(|part| part != ".."));
        }
    }
    TrustedProxies::default().client_address([127, 0, 0, 1].into(), &headers);
}

/// The first line is the address, the others are headers.
fn sub_request(data: &[u8]) -> (Uri, HeaderMap) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let uri = lines.next().and_then(|line| Uri::try_from(line).ok());
    let headers = lines.take(64).filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        Some((name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?))
    });
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        all.append(name, value);
    }
    (uri.unwrap_or_default(), all)
}

/// Tokens and key sets: nothing panics, no token is ours, and a key that was read is published as the
/// same key.
pub(crate) fn jose(data: &[u8]) {
    if let Ok(token) = std::str::from_utf8(data) {
        let keys = [VerifyingKey::from_secret(b"another secret than the seeds'")];
        for typ in [Typ::Jwt, Typ::AccessToken, Typ::LogoutToken] {
            assert!(jose::verify(token, typ, &keys).is_err());
        }
        let pem = include_str!("../crates/doorward-protocol/src/jose/tests/rsa.pem");
        let key = jose::DecryptingKey::from_pem(pem).expect("a key");
        if let Ok(opened) = jose::decrypt(token, &key) {
            assert!(opened.len() < token.len());
        }
    }
    for key in jose::read_set(data).into_iter().flatten() {
        assert_eq!(jose::Jwk::read(&key.published()), Ok(key.clone()));
        drop(VerifyingKey::new(&key));
    }
}

/// Encoded password hashes: reading one never panics. (Checking one is slow on purpose and is left
/// to the unit tests.)
pub(crate) fn password_hash(data: &[u8]) {
    if let Ok(encoded) = std::str::from_utf8(data)
        && password::is_supported(encoded)
    {
        assert!(encoded.starts_with("argon2") || encoded.starts_with(['$', 'p']));
    }
}

/// Redirect targets: whatever is approved is https, lies inside, and is no path of the outpost.
pub(crate) fn redirect(data: &[u8]) {
    let Ok(candidate) = std::str::from_utf8(data) else {
        return;
    };
    let url = |text| Url::parse(text).expect("an address");
    let domain = Allowed::Domain {
        external: url("https://auth.example.com"),
        cookie_domain: "example.com".to_owned(),
    };
    let single = Allowed::Single {
        external: url("https://app.example.com:8443"),
    };
    let own = Allowed::SameOrigin {
        base: url("https://auth.example.com"),
    };
    if let Ok(approved) = approve(candidate, &domain) {
        assert_eq!(approved.scheme(), "https");
        let host = approved.host_str().expect("a host");
        assert!(is_under(host, "example.com"));
        let first = approved.path().split('/').nth(1);
        assert_ne!(first, Some("outpost.goauthentik.io"), "it would go round");
        assert!(approved.username().is_empty() && approved.password().is_none());
    }
    if let Ok(approved) = approve(candidate, &single) {
        let app = url("https://app.example.com:8443");
        assert_eq!(approved.origin(), app.origin());
    }
    if let Ok(approved) = approve(candidate, &own) {
        assert_eq!(approved.origin(), url("https://auth.example.com").origin());
        assert!(!approved.path().starts_with("//"));
    }
}
